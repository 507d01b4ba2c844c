"""What a remote shell tells is parted from what it prints, however the line cuts it."""

import pytest

from capture.shells.remote import Line, RemoteBash, word

NONCE, TOKEN = "0123abcd", b"feed\0"


def mark(kind: str, more: str = "") -> bytes:
    return f"\x1b]133;{kind};{NONCE};1{more}\x07".encode()


SHOWN = b"motd\r\n" + mark("D", ";0") + b"$ " + mark("B", ";0") + b"out\r\nfe" + mark("D", ";0")
SENT = (
    b"motd\r\n"
    + TOKEN
    + b"K\0a\r\nb\0"
    + TOKEN
    + b"D\0x"
    + mark("D", ";0")
    + b"$ "
    + TOKEN
    + b"P\0seen\r\n\0"
    + mark("P")
    + mark("B", ";0")
    + b"out\r\nfe"
    + TOKEN
    + b"D\0y"
    + mark("D", ";0")
)


@pytest.mark.parametrize("size", [1, 3, 7, 4096])
def test_records_are_told_and_the_rest_is_shown(size: int) -> None:
    heard: list[bytes] = []
    line = Line(NONCE, TOKEN, heard.append)
    shown = b"".join(line.feed(SENT[at : at + size]) for at in range(0, len(SENT), size))
    assert shown == SHOWN
    assert heard == [b"K\0a\nb\0" + TOKEN + b"D\0x", b"P\0seen\n\0", b"D\0y"]


@pytest.mark.parametrize("size", [1, 5, 4096])
def test_what_is_typed_is_shown_only_as_the_shell_takes_it(size: int) -> None:
    line = Line(NONCE, TOKEN, lambda _: None)
    line.feed(mark("B", ";0"))
    assert line.at_prompt
    line.typing()
    came = b"echo\\040secret" + mark("X") + b"$ echo secret\r\n" + mark("C")
    assert b"".join(line.feed(came[at : at + size]) for at in range(0, len(came), size)) == came.partition(mark("X"))[2]
    assert not line.at_prompt


def test_a_forged_record_stays_output() -> None:
    heard: list[bytes] = []
    line = Line(NONCE, TOKEN, heard.append)
    forged = b"beef\0D\0" + mark("D").replace(NONCE.encode(), b"ffffffff")
    assert (line.feed(forged), heard) == (forged, [])


def test_a_word_is_printable_and_ends_with_a_tilde() -> None:
    assert word("a b'é\n~\\") == r"a b'\0303\0251\0012\0176\0134~"


def test_the_remote_command_suits_any_login_shell() -> None:
    command = RemoteBash(("ssh", "host"), before="cd 'it'; x=\"!\"", looked=lambda _: None).argv[-1]
    script = command.split("' '")[1]
    assert not set('!\n"`') & set(script) - set('"`')
    assert r"\\" not in script
    assert "!" not in script
