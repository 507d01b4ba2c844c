"""The reviewer's corpus, recorded for real: what is missed is named here, and nothing else is in the home."""

import base64
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from capture.scripted import ScriptEntry, ScriptInput
from capture.secrets.redaction import Redactor
from tests.app.reviewer_corpus import STAND_INS, Planted, in_commands, in_files, in_places, look_alikes
from tests.seat import Seat, end_all, hosts, replaybook, until

NOT_SEEN = {
    "file: csv": "a table's head names the column, lines away",
    "two lines apart": "a prompt and a line of output look the same",
    "continued": "the option and its value stand on two lines",
    "printf -v": "the name and the value stand apart",
    "command substitution": "the value is a word of another command",
}
"""Kinds that nothing in their line gives away."""
WHOLE = 20
"""Secrets from this length on are looked for in pieces too."""
PIECE = 12
ESCAPES = re.compile(rb"\x1b\][^\x07]*\x07|\x1b\[[0-9;?]*[A-Za-z]|\x1b.")


def _views(data: bytes) -> Iterator[bytes]:
    """What a file says, in every way that it may be written."""
    yield data
    yield ESCAPES.sub(b"", data)
    yield data.replace(b"\0", b"")
    yield data.replace(b"\\n", b"\n").replace(b'\\"', b'"')
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            yield unpack(data)
        except (OSError, zlib.error, EOFError):
            continue


def _forms(secret: str) -> Iterator[bytes]:
    """The secret, or pieces of a long one, as they are and encoded."""
    plain = secret.encode()
    if len(plain) < WHOLE:
        yield plain
    else:
        yield from (plain[at : at + PIECE] for at in range(0, len(plain) - PIECE + 1, 3))
    yield plain.hex().encode()
    for before in range(3):
        encoded = base64.b64encode(b"x" * before + plain)
        yield encoded[4 if before else 0 : len(plain) * 4 // 3 - 4]


def _left(home: Path, planted: list[Planted]) -> set[str]:
    """Kinds of which something is in the home, names of files included."""
    paths = [path for path in home.rglob("*") if path.is_file()]
    everything = b"\n".join(view for path in paths for view in _views(path.read_bytes() + str(path).encode()))
    return {
        one.kind
        for one in planted
        if any(form in everything for secret in (one.secret, *one.lines) for form in _forms(secret))
    }


def _command(number: int, one: Planted) -> str:
    if not one.content:
        return one.command
    return f". ../given/{number}" if one.sourced else f"cp ../given/{number} . ; cat {number}"


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Planted]:
    """The corpus, its files in `given`, and the programs that it names on the PATH."""
    found = [*in_commands(), *in_files(), *in_places()]
    for folder in ("bin", "given", "work"):
        (tmp_path / folder).mkdir()
    for name in STAND_INS:
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/sh\nexit 0\n")
        program.chmod(0o755)
    for number, one in enumerate(found):
        (tmp_path / "given" / str(number)).write_bytes(one.content)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return found


def test_what_a_script_holds_is_in_no_file_of_the_home(tmp_path: Path, planted: list[Planted]) -> None:
    entries = [
        ScriptEntry(
            command=_command(number, one),
            inputs=tuple(ScriptInput(expect=prompt, send=f"{text}\n") for prompt, text in one.inputs),
        )
        for number, one in enumerate(planted)
    ]
    core = Core(Home(tmp_path / "home").prepare())
    trace = core.record_entries(entries, name="work", goal="", cwd=str(tmp_path / "work"), shell="bash")
    assert len(trace.steps) == len(planted) >= 60
    assert _left(tmp_path / "home", planted) == set(NOT_SEEN)


def test_what_a_person_types_is_in_no_file_of_the_home(tmp_path: Path, planted: list[Planted]) -> None:
    """Key by key through a terminal: the line editor draws its line, and draws it anew."""
    home = tmp_path / "home"
    (Path(os.environ["HOME"]) / ".bashrc").write_text("PS1='here> '\n", encoding="utf-8")
    typed = [one for one in planted if one.command and "\n" not in one.command and not one.inputs]
    with replaybook(home, "record", cwd=tmp_path / "work", size=(60, 24)) as seat:
        seat.wait_for("here> ")
        for one in typed:
            seat.type(f"{one.command}\r")
            seat.wait_for("here> ")
        _leave(seat, home)
    assert _left(home, typed) == {kind for kind in NOT_SEEN if kind in {one.kind for one in typed}}


def _leave(seat: Seat, home: Path) -> None:
    seat.type("exit\r")
    seat.over()
    until(lambda: not list(hosts(home)))
    end_all(home)


def test_what_only_looks_like_a_secret_is_hardly_ever_masked() -> None:
    lines = look_alikes()
    redactor = Redactor()
    masked = [line for line in lines if redactor.text(line)[1]]
    assert len(lines) >= 60
    assert len(masked) <= 0.02 * len(lines), masked
