"""Planted secrets of many kinds and places leave no byte in the home; what only looks like them stays readable."""

import gzip
import shlex
from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from capture.scripted import ScriptEntry, ScriptInput
from capture.secrets.redaction import Redactor
from capture.secrets.streaming import StreamRedactor
from capture.trace import Trace
from tests.app.corpus import Shapes, look_alikes, planted, private_key

SHELLS = ("bash", "zsh")


def _left(home: Path, secrets: dict[str, str]) -> list[tuple[str, str]]:
    """Kind and file of every secret that is anywhere in the home, names of files included."""
    files = [path for path in home.rglob("*") if path.is_file()]
    contents = {path: path.read_bytes() + str(path).encode() for path in files}
    return [
        (kind, path.name) for kind, secret in secrets.items() for path in files if secret.encode() in contents[path]
    ]


def _coloured(line: str, secret: str) -> str:
    half = len(secret) // 2
    return line.replace(secret, f"{secret[:half]}\x1b[01;31m{secret[half:]}\x1b[0m")


def test_the_corpus_is_large_enough() -> None:
    assert len({kind for kind, _, _ in planted(Shapes(1))}) >= 60


def _answer(prompt: str, text: str) -> ScriptInput:
    return ScriptInput(expect=prompt, send=f"{text}\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_no_planted_secret_is_in_any_file_of_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    shapes = Shapes(11)
    work = tmp_path / "work"
    work.mkdir()
    lines = planted(shapes)
    key = private_key(shapes)
    text = "\n".join([*(line for _, line, _ in lines), key, ""])
    secrets = {kind: secret for kind, _, secret in lines}
    secrets |= {f"key line {number}": part for number, part in enumerate(key.split("\n")[1:-1])}
    more = Shapes(12)
    for place in ("name", "goal", "baseline", "read", "getpass", "function", "alias", "folder", "file", "utf16"):
        secrets[place] = "ghp_" + more.of("abcdefghijkABCDEFGHIJK0123456789", 36)
    (tmp_path / "plain.txt").write_text(text)
    (tmp_path / "coloured.txt").write_text("".join(f"{_coloured(line, secret)}\n" for _, line, secret in lines))
    (tmp_path / "wide.txt").write_bytes(f"token {secrets['utf16']}\n".encode("utf-16"))
    (tmp_path / "packed.gz").write_bytes(gzip.compress(text.encode()))
    monkeypatch.setenv("SERVICE_PASSWORD", secrets["baseline"])
    source = shlex.quote(str(tmp_path))
    commands = [
        ScriptEntry(command=f"cat {source}/plain.txt"),
        ScriptEntry(command=f"cat {source}/coloured.txt"),
        ScriptEntry(command=f"cp {source}/plain.txt {source}/wide.txt {source}/packed.gz ."),
        ScriptEntry(command=f"cat > heredoc.txt <<'X'\n{text}X"),
        ScriptEntry(command="diff -u heredoc.txt /dev/null; cat -n heredoc.txt | tail -n 9"),
        ScriptEntry(command=f"f() {{ echo {secrets['function']}; }}; alias a='echo {secrets['alias']}'; f"),
        ScriptEntry(command=f"mkdir {secrets['folder']}; cd {secrets['folder']}; echo 1 > {secrets['file']}; cd .."),
        *(ScriptEntry(command=f": {shlex.quote(line)}") for _, line, _ in lines[::7]),
        ScriptEntry(command="printf 'Password: '; read -s x; echo", inputs=(_answer("Password: ", secrets["read"]),)),
        ScriptEntry(
            command="python3 -c 'import getpass; getpass.getpass()'",
            inputs=(_answer("Password: ", secrets["getpass"]),),
        ),
    ]
    core = Core(Home(tmp_path / "home").prepare())
    trace: Trace = core.record_entries(
        commands, name=f"run {secrets['name']}", goal=f"use {secrets['goal']}", cwd=str(work), shell=shell
    )
    assert len(trace.steps) == len(commands)
    assert all("[masked:" in step.command for step in trace.steps[7 : 7 + len(lines[::7])])
    assert "[masked:" in trace.steps[0].output
    assert _left(tmp_path / "home", secrets) == []


def test_what_only_looks_like_a_secret_is_hardly_ever_masked() -> None:
    lines = look_alikes(Shapes(21))
    redactor = Redactor()
    masked = [line for line in lines if redactor.text(line)[1]]
    assert len(masked) <= 0.02 * len(lines), masked[:10]
    stream = StreamRedactor(redactor)
    out = stream.feed("".join(f"{line}\r\n" for line in lines).encode()) + stream.flush()
    assert out.count(b"[masked:") <= 0.02 * len(lines)
