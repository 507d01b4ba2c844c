"""A real pseudo-terminal: what can be told of the programs on it, and how they are ended."""

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from capture import processes
from capture.terminal import PseudoTerminal

PATIENCE_S = 30.0
Spawn = Callable[..., PseudoTerminal]

pytestmark = pytest.mark.skipif(not processes.available(), reason="only /proc tells what other processes do")


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Starts a command on a terminal and waits until it has printed something."""
    terminals: list[PseudoTerminal] = []

    def begin(*argv: str) -> PseudoTerminal:
        terminal = PseudoTerminal(argv, cwd=str(tmp_path), environment=dict(os.environ), size=(80, 24))
        terminals.append(terminal)
        return terminal

    yield begin
    for terminal in terminals:
        terminal.kill_all()
        terminal.close()


def read_until(terminal: PseudoTerminal, text: bytes) -> bytes:
    seen = b""
    while text not in seen:
        assert select.select([terminal], [], [], PATIENCE_S)[0], seen
        piece = terminal.read()
        assert piece is not None, seen
        seen += piece
    return seen


def settled(terminal: PseudoTerminal, wanted: object) -> bool:
    """Whether the answer becomes the wanted one: a program needs a moment from its prompt to its read."""
    give_up = time.monotonic() + PATIENCE_S
    while terminal.waiting_for_input() is not wanted and time.monotonic() < give_up:
        select.select([], [], [], 0.02)
    return terminal.waiting_for_input() is wanted


@pytest.mark.parametrize(
    ("argv", "waiting"),
    [
        (("sh", "-c", "echo up; cat"), True),
        (("sh", "-c", "echo up; sleep 300 | cat; read x"), False),
        (("sh", "-c", "echo up; while :; do :; done"), False),
        ((sys.executable, "-c", "print('up', flush=True); input('Name: ')"), True),
        ((sys.executable, "-c", "import select; print('up', flush=True); select.select([0], [], [])"), None),
        (("sh", "-c", "echo up; sh -c 'read x </dev/tty; read y'"), True),
        (("sh", "-c", "mkfifo f; echo up; read x <f"), False),
    ],
)
def test_a_program_that_reads_the_terminal_is_known(spawn: Spawn, argv: tuple[str, ...], waiting: object) -> None:
    terminal = spawn(*argv)
    read_until(terminal, b"up")
    assert settled(terminal, waiting)


def test_a_password_prompt_is_known_by_its_echo(spawn: Spawn) -> None:
    terminal = spawn("sh", "-c", "printf open; read x; stty -echo; printf hidden; read y; stty raw; printf raw; read z")
    read_until(terminal, b"open")
    assert not terminal.asks_for_secret()
    terminal.write(b"\n")
    read_until(terminal, b"hidden")
    assert terminal.asks_for_secret()
    terminal.write(b"\n")
    read_until(terminal, b"raw")
    assert not terminal.asks_for_secret()


def test_typing_more_than_fits_waits_for_room(spawn: Spawn, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    terminal = spawn("sh", "-c", "stty raw -echo; echo up; read go <go; head -c 300000 | wc -c; echo done")
    read_until(terminal, b"up")
    terminal.write(b"x" * 300_000)
    assert terminal.unsent
    (tmp_path / "go").write_text("\n")
    while terminal.unsent:
        assert select.select([], [terminal], [], PATIENCE_S)[1]
        terminal.send_more()
    assert b"300000" in read_until(terminal, b"done")


def test_discarded_input_is_never_read(spawn: Spawn, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    terminal = spawn("sh", "-c", "echo up; read x; echo got=$x; read go <go; read y; echo got=$y")
    read_until(terminal, b"up")
    terminal.write(b"one\ntwo\nthr")
    read_until(terminal, b"got=one")
    terminal.discard_input()
    terminal.write(b"four\n")
    (tmp_path / "go").write_text("\n")
    assert b"got=four" in read_until(terminal, b"got=four")


@pytest.mark.parametrize(("command", "status"), [("exit 7", 7), ("kill -TERM $$", 143)])
def test_how_it_ended_is_told_as_a_shell_tells_it(spawn: Spawn, command: str, status: int) -> None:
    terminal = spawn("sh", "-c", f"echo up; {command}")
    read_until(terminal, b"up")
    descriptor = os.pidfd_open(terminal.pid)
    with os.fdopen(descriptor):
        assert select.select([descriptor], [], [], PATIENCE_S)[0]
    assert terminal.exit_status() == status
    assert terminal.read() is None


def test_programs_get_their_signals_as_they_are_used_to(spawn: Spawn) -> None:
    terminal = spawn("sh", "-c", "grep -E '^Sig(Ign|Blk)' /proc/self/status; echo end")
    said = read_until(terminal, b"end").split()
    assert [said[0], said[2]] == [b"SigBlk:", b"SigIgn:"]
    # Signals from 32 on are the C library's own.
    assert [int(mask, 16) & 0x7FFFFFFF for mask in (said[1], said[3])] == [0, 0]
