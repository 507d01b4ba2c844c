import base64
import random
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.secrets.redaction import Redactor
from capture.secrets.streaming import StreamRedactor

GITHUB = "ghp_" + "a1B2" * 9
NOISE = random.Random(7).randbytes(200_000)  # noqa: S311 -- noise, not a secret
KEY_BODY = "\n".join("MIIEvQ" + "Zx9" * 19 + "=" for _ in range(3))
PRIVATE_KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}\nabc=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA2E0A8F3B1C4D5E6F",
        GITHUB,
        "github_pat_" + "1aB_" * 20,
        "glpat-" + "x9Y-" * 5,
        "xoxb-123456789012-123456789012-abcDEF",
        "sk_live_" + "4eC3" * 6,
        "sk-ant-api03-" + "aB3_" * 23 + "xAA",
        "sk-proj-" + "aB3_" * 15,
        "AIza" + "Sy3_x" * 7,
        "npm_" + "aB3c" * 9,
        "pypi-AgEIcHlwaS5vcmc" + "aB3-" * 20,
        "hf_" + "abCD" * 8 + "eF",
        "SG." + "aB3_" * 5 + "xy." + "aB3-" * 10 + "xyz",
        "1234567890:AA" + "aB3_" * 8 + "x",
        "dop_v1_" + "0a1f" * 16,
        "eyJhbGciOiJIUzI1NiJ9abc.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        PRIVATE_KEY,
    ],
)
def test_a_token_is_known_by_its_shape(secret: str) -> None:
    masked, maskings = Redactor().text(f"before {secret} after")
    assert masked.startswith("before [masked:")
    assert masked.endswith(" after")
    assert secret not in masked
    assert [masking.where for masking in maskings] == ["line 1"]


@pytest.mark.parametrize(
    "text",
    [
        "commit 3f2c9a1b8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a",
        str(uuid.UUID(bytes=NOISE[:16])),
        "data:image/png;base64," + base64.b64encode(NOISE[:4000]).decode(),
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "Unexpected token: }",
        "password: ",
        "Enter passphrase for key: ",
        "MAX_TOKENS=4000",
        "https://example.org:8443/path@2x.png",
        "git@example.org:team/site.git",
        "cache-key=v1-linux",
        "secrets/config.yml",
        "export TOKEN=$(cat token) PASSWORD=${PASSWORD:-}",
        "ghp_short sk_live_ AKIA1234",
        "mentions -----BEGIN PRIVATE KEY----- only",
    ],
)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    masked = Redactor().text(text)[0]
    assert masked.replace("[masked:private-key]", "-----BEGIN PRIVATE KEY-----") == text


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        ("./deploy --password hunter2 --force", "./deploy --password [masked:option] --force"),
        ("./deploy --api-key=k1 x", "./deploy --api-key=[masked:assignment] x"),
        ("mysql -u root -phunter2 shop", "mysql -u root -p[masked:mysql-option] shop"),
        ("psql postgres://app:pw@db/shop", "psql postgres://app:[masked:password-in-address]@db/shop"),
        ("DB_PASSWORD='two words' ./x", "DB_PASSWORD='[masked:assignment]' ./x"),
        ("export API_TOKEN=abc && ./x", "export API_TOKEN=[masked:assignment] && ./x"),
        (
            "curl -H 'Authorization: Bearer abc' https://h",
            "curl -H 'Authorization: Bearer [masked:authorization-header]' https://h",
        ),
        ("curl -s -u bob:pw https://h", "curl -s -u bob:[masked:user-option] https://h"),
        ("sshpass -p 'a b' ssh h", "sshpass -p '[masked:password-option]' ssh h"),
        ("./x --password '$ecret'", "./x --password '[masked:option]'"),
        ("./x --password $PW --token-file t", "./x --password $PW --token-file t"),
        ("openssl enc -d -pass file:p.txt -in a", "openssl enc -d -pass file:p.txt -in a"),
        ("openssl enc -d -pass stdin -in a", "openssl enc -d -pass stdin -in a"),
        ("./x -pass filed7 -in a", "./x -pass [masked:option] -in a"),
        ("./x --no-password run; mkdir -p a; ssh -p 22 h", "./x --no-password run; mkdir -p a; ssh -p 22 h"),
    ],
)
def test_a_command_line_is_masked_where_a_secret_stands(command: str, masked: str) -> None:
    redactor = Redactor()
    assert redactor.command(command)[0] == masked
    assert redactor.command(masked)[0] == masked


def test_variables_are_masked_by_name_and_by_value() -> None:
    variables = {
        "DB_PASSWORD": "x",
        "URL": "http://a:b@c",
        "PATH": "/bin",
        "OLDPWD": "/w",
        "KEY_CREDENTIALS": "/k.json",
    }
    masked, maskings = Redactor().environment(variables)
    assert masked == variables | {"DB_PASSWORD": "[masked:variable]", "URL": "http://a:[masked:password-in-address]@c"}
    assert [masking.where for masking in maskings] == ["DB_PASSWORD", "URL"]


def test_a_secret_that_a_command_gave_away_is_masked_wherever_it_turns_up_again() -> None:
    redactor = Redactor()
    redactor.command("./login --password correct-horse-7")
    assert redactor.text("logged in with correct-horse-7")[0] == "logged in with [masked:option]"


@given(st.lists(st.integers(1, 40), max_size=200))
@settings(max_examples=50)
def test_a_stream_is_masked_however_it_is_cut(cuts: list[int]) -> None:
    data = f"$ ls\r\n\x1b[31m{GITHUB}\x1b[0m done\r\n{PRIVATE_KEY}\r\nok é\r\n$ ".replace("\n", "\r\n").encode()
    stream = StreamRedactor(Redactor())
    out, start = b"", 0
    for cut in cuts:
        out += stream.feed(data[start : start + cut])
        start += cut
    out += stream.feed(data[start:]) + stream.flush()
    text = out.decode()
    assert GITHUB not in text
    assert not any(line in text for line in KEY_BODY.split("\n"))
    assert text.startswith("$ ls\r")
    assert "[masked:github-token]\x1b[0m done" in text
    assert text.endswith("ok é\r\r\n$ ")


def test_a_token_that_a_narrow_prompt_wraps_is_one_token() -> None:
    stream = StreamRedactor(Redactor())
    typed = f"$ x {GITHUB[:20]} \r{GITHUB[20:]}\r\n".encode()
    out = b"".join(stream.feed(bytes([byte])) for byte in typed)
    assert out == b"$ x [masked:github-token]\r\n"


def test_a_token_that_a_narrow_prompt_breaks_behind_is_known_too() -> None:
    out = StreamRedactor(Redactor()).feed(f"$ x {'AKIA' + 'QWERTYUIOPASDFG2'} \rhere\r\n".encode())
    assert out == b"$ x [masked:aws-access-token] \rhere\r\n"


def test_a_stream_changes_nothing_else_and_holds_back_little() -> None:
    stream = StreamRedactor(Redactor())
    out = b""
    for start in range(0, len(NOISE), 1000):
        out += stream.feed(NOISE[start : start + 1000])
        assert start + 1000 - len(out) <= 4096
    assert out + stream.flush() == NOISE


def test_a_secret_in_an_endless_line_is_not_cut_in_two() -> None:
    data = b"x" * 9000 + f" {GITHUB} ".encode() + b"y" * 9000
    stream = StreamRedactor(Redactor())
    out = b"".join(stream.feed(data[start : start + 100]) for start in range(0, len(data), 100)) + stream.flush()
    assert out == data.replace(GITHUB.encode(), b"[masked:github-token]")


def test_a_key_that_is_only_mentioned_hides_nothing_after_it() -> None:
    stream = StreamRedactor(Redactor())
    out = stream.feed(b"a.pem:-----BEGIN PRIVATE KEY-----\r\n") + stream.feed(b"next line\r\n") + stream.flush()
    assert out == b"a.pem:[masked:private-key]\r\nnext line\r\n"


@pytest.mark.parametrize("piece", ["password", "curl ", "mysql ", "token=", "eyJ", "-----BEGIN PRIVATE KEY-----", "a-"])
def test_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    # Quadratic handling of these would take a minute, not half a second.
    assert Redactor().command(piece * 10_000)[0]


@pytest.mark.parametrize("secret", [GITHUB, "eyJ" + "hbGci" * 5 + ".eyJ" + "zdWIi" * 400 + "." + "dozj" * 10])
@given(cuts=st.lists(st.integers(1, 3000), max_size=60))
@settings(max_examples=25, deadline=None)
def test_masks_do_not_depend_on_how_a_stream_is_cut(secret: str, cuts: list[int]) -> None:
    long = ("x" * 3000 + f" {secret} ") * 4
    data = f"{long}\r\npassword=hunter2\r\n\x1b[31m{secret[:9]}\x1b[0m{secret[9:]}\r\nok".encode()
    whole, pieces = StreamRedactor(Redactor()), StreamRedactor(Redactor())
    out, start = b"", 0
    for cut in cuts:
        out += pieces.feed(data[start : start + cut])
        start += cut
    out += pieces.feed(data[start:]) + pieces.flush()
    assert out == whole.feed(data) + whole.flush()
    assert secret.encode() not in out
    assert b"password=[masked:" in out


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("$ export DB_PASSWORD=hunter2 x", "hunter2"),
        (f"$ login {GITHUB}", GITHUB),
        ("$ psql postgres://app:s3cret9@db/shop", "s3cret9"),
        ("$ curl -u bob:s3cret9 https://h", "s3cret9"),
        ("$ ./x --token s3cret9 y", "s3cret9"),
    ],
)
def test_a_secret_that_is_typed_slowly_is_never_written_key_by_key(line: str, secret: str) -> None:
    stream = StreamRedactor(Redactor())
    pieces = [stream.feed(key.encode()) + stream.pause() for key in line]
    out = b"".join(pieces) + stream.feed(b"\r\n$ ") + stream.pause()
    assert out.startswith(b"$ ")
    assert out.endswith(b"\r\n$ ")
    assert b"[masked:" in out
    assert not any(secret[at : at + 3].encode() in out for at in range(len(secret) - 3))


def test_a_key_that_was_erased_while_typing_hides_nothing() -> None:
    stream = StreamRedactor(Redactor())
    out = stream.feed(b"$ export TOKEN=abx\x08 \x08c1\r\n")
    assert out == b"$ export TOKEN=[masked:assignment]\r\n"


def test_a_prompt_is_written_as_soon_as_the_terminal_is_silent() -> None:
    stream = StreamRedactor(Redactor())
    assert stream.feed(b"one\r\nme@host $ ") + stream.pause() == b"one\r\nme@host $ "


def test_what_holds_no_secret_passes_untouched() -> None:
    seq = "".join(f"{number}\r\n" for number in range(20_000))
    listing = "".join(f"-rw-r--r-- 1 a a 1 Nov 27 \x1b[01;34mdir{n}\x1b[0m\r\n" for n in range(2_000))
    picture = base64.b64encode(NOISE).decode()
    for text in (seq, listing, picture, "\r\n".join(picture[at : at + 76] for at in range(0, len(picture), 76))):
        stream = StreamRedactor(Redactor())
        data = text.encode()
        out = b"".join(stream.feed(data[at : at + 65_536]) for at in range(0, len(data), 65_536)) + stream.flush()
        assert out == data


@pytest.mark.parametrize("text", ['name: "secret_token"\n\nfoo', "key = x_token\r\n\r\n", 'variable "a"\n\n\nb\n'])
def test_a_blank_line_behind_a_name_is_passed(text: str) -> None:
    assert Redactor().text(text)[0] == text


def test_a_line_that_came_before_is_looked_at_again_once_a_secret_in_it_is_known() -> None:
    redactor = Redactor()
    line = "the password that a token stands for: oak-lamp-tide"
    assert "oak-lamp-tide" in redactor.text(f"{line}\n")[0]
    redactor.hide("oak-lamp-tide")
    assert "oak-lamp-tide" not in redactor.text(f"{line}\n")[0]


LINES = (
    "ok", "", 'name: "db_password"', "value: kettle-moon-91", "default = x", "password=hunter2-oak",
    "\x1b[1mpass\x1b[0mword=abc-123", 'variable "api_key" {', "the token is kettle-moon-91",
    "token: [masked:x]", "key = secret_token", "x" * 500,
)  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(LINES), max_size=8), max_size=4))
def test_what_came_before_changes_nothing_in_what_is_masked(texts: list[list[str]]) -> None:
    one = Redactor()
    for lines in texts:
        text = "\n".join(lines)
        masked, maskings = one.text(text)
        fresh, wanted = Redactor().text(text)
        assert (masked, [(one.rule, one.where) for one in maskings]) == (
            fresh,
            [(one.rule, one.where) for one in wanted],
        )
