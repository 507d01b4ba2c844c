"""Every escape family, recorded for real and shown in a real terminal: not one byte of it acts there."""

import shutil
from pathlib import Path

import pytest

from app.cli.main import run as command_line
from app.core import Core
from capture.home import Home
from capture.wire import Ready, StepEnded
from tests.hostile.escapes import FAMILIES, UNFINISHED, VICTIM
from tests.hostile.terminal import PLAYING, POINTER, SGR, TEXTUAL, Seen, foreign
from tests.program import COMMAND, Program

TRICKLE = """
import os, sys, time
for number, byte in enumerate(open(sys.argv[1], "rb").read()):
    os.write(1, bytes([byte]))
    if number % 50 == 0:
        time.sleep(0.001)
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("hostile")
    workspace = folder / "work"
    workspace.mkdir()
    for name, data in FAMILIES.items():
        (workspace / f"{name}.bin").write_bytes(data)
    for number, data in enumerate(UNFINISHED):
        (workspace / f"unfinished-{number}.bin").write_bytes(b"begun " + data)
    (workspace / "trickle.py").write_text(TRICKLE, encoding="utf-8")
    return Program(home=folder / "replaybook", cwd=workspace)


def commands() -> list[tuple[str, int]]:
    """Each command with the exit code that it must be recorded with."""
    shown = [f"cat {name}.bin" for name in FAMILIES]
    shown += [f"cat unfinished-{number}.bin" for number in range(len(UNFINISHED))]
    shown += [f"python3 trickle.py {name}.bin" for name in ("forged", "invalid-utf8", "queries")]
    return [(f"{command}; (exit {number % 4})", number % 4) for number, command in enumerate(shown)]


@pytest.fixture(scope="module")
def run(program: Program) -> str:
    return program.record(*(command for command, _ in commands()), name="noise")


def test_commands_and_exit_codes_stay_right(program: Program, run: str) -> None:
    victim = Path("/tmp") / VICTIM
    victim.write_bytes(b"\0\0\0")
    steps = program.json("show", run)["steps"]
    assert [(step["command"], step["exit_code"]) for step in steps] == commands()
    assert {step["cwd"] for step in steps} == {str(program.cwd)}
    for step in steps[: len(FAMILIES)]:
        if not step["output_truncated"] and "c1-" not in step["command"]:
            assert step["output"].rstrip().endswith("done"), step["command"]
    program.json("show", run, "--at", "step:30")
    assert victim.exists()
    victim.unlink()


def test_the_command_line_shows_no_escape_at_all(
    program: Program, run: str, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(program.cwd)
    home = ["--home", str(program.home)]
    every = range(1, len(commands()) + 1)
    for arguments in (
        ["show", run],
        ["export", run, "--format", "text"],
        *(["show", run, "--step", str(step)] for step in every),
        *(["show", run, "--at", f"step:{step}"] for step in every),
        *(["show", run, "--at", f"{moment / 10}"] for moment in range(0, 30, 3)),
    ):
        assert command_line([*home, *arguments]) == 0, arguments
        out, err = capsysbinary.readouterr()
        assert foreign(out + err, None) == [], arguments


def test_nor_does_it_in_a_real_terminal(program: Program, run: str) -> None:
    few = program.record("cat osc.bin forged.bin dcs.bin apc.bin", "cat c0.bin bidi.bin invalid-utf8.bin queries.bin")
    program.json("compile", few, "--name", "noise", "--keep", "1", "--keep", "2")
    for arguments, codes, plain in (
        (("show", run), (0,), False),
        (("replay", "noise", "--mode", "simulate"), (0, 3), False),
        (("replay", "noise", "--mode", "strict", "--draft"), (0,), True),
    ):
        argv = (COMMAND, "--home", program.home, *arguments)
        with Seen(argv, cwd=program.cwd, environment={"NO_COLOR": "1"} if plain else {}) as terminal:
            assert terminal.to_end() in codes, terminal.text
            assert foreign(bytes(terminal.written), None if plain else SGR) == [], arguments


def test_play_draws_cells_only(program: Program, run: str) -> None:
    argv = (COMMAND, "--home", program.home, "play", run, "--speed", "20", "--idle", "0.1")
    with Seen(argv, cwd=program.cwd) as terminal:
        assert terminal.to_end() == 0
        assert foreign(bytes(terminal.written), PLAYING) == []


def test_the_screen_draws_cells_only(program: Program, run: str, tmp_path: Path) -> None:
    shutil.copytree(program.home / "runs" / run, tmp_path / "runs" / run)
    with Seen((COMMAND, "--home", tmp_path), cwd=program.cwd) as terminal:
        terminal.until("noise")
        terminal.until("r record")
        terminal.press("\x1b[B\r")
        terminal.until("Changes")
        terminal.until("cat c0.bin")
        for command, _ in commands()[1 : len(FAMILIES)]:
            terminal.press("\x1b[B")
            terminal.until(f"$ {command}")
        terminal.press("p")
        terminal.until("playing")
        terminal.press(" 0")
        terminal.until("00:00.0 /")
        for number in range(1, len(commands()) + 1):
            terminal.press("n")
            terminal.until(f" {number}/{len(commands())}")
        terminal.press("$")
        terminal.press("\x11")
        assert terminal.to_end() == 0
        assert foreign(POINTER.sub(b"", bytes(terminal.written)), TEXTUAL) == []


def storm(core: Core, workspace: Path, count: int) -> str:
    """A session whose terminal changes its size all the time while a program prints."""
    session = core.new_session(cwd=str(workspace), shell="bash", name="storm")
    try:
        while not isinstance(session.receive(30), Ready):
            pass
        session.send_keys(b"for i in {1..100}; do echo storm $i; done; (exit 3)\r")
        for number in range(count):
            session.resize(number * 7 % 300 + 1, number * 5 % 120 + 1)
        while not isinstance(session.receive(30), StepEnded):
            pass
        session.finish()
    finally:
        session.close()
    return session.spec.run_id


def test_a_storm_of_resizes_is_recorded_and_shown(tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    workspace.mkdir()
    core = Core(Home(tmp_path / "home").prepare())
    run = storm(core, workspace, 60)
    program = Program(home=core.home.path, cwd=workspace)
    step = program.json("show", run)["steps"][-1]
    assert (step["command"][:8], step["exit_code"]) == ("for i in", 3)
    for moment in ("0.01", "0.1", "999"):
        document = program.json("show", run, "--at", moment)
        assert len(document["rows"]) == document["size"]["rows"]
