"""The recording that is always on, as its user has it: the hook in a startup file, real shells, real terminals."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pexpect
import pytest

from app.cli.hooking import STARTUP_FILES
from capture import processes
from capture.always.sessions import sessions
from capture.home import Home
from capture.shells import RECORDED
from capture.tape.presence import is_held
from capture.tape.reader import load_trace, read_frames
from capture.tape.writer import LOCK
from tests.program import COMMAND, Program

PATIENCE_S = 60
PROMPTS = {
    "bash": "PS1='P>''> '\n",
    "zsh": "PS1='P>''> '\nunsetopt promptsp\n",
    "fish": "function fish_prompt; echo -n 'P>''> '; end\nfunction fish_greeting; end\n",
}
SHOWN = "P>> "


class Seat:
    """Somebody's terminal: their shell, with the hook in its startup file."""

    def __init__(self, folder: Path, shell: str, *, hook: Callable[[str], str] = lambda lines: lines) -> None:
        self.user_home = folder / "user"
        self.work = self.user_home / "work"
        self.work.mkdir(parents=True)
        self.program = Program(folder / "home", self.work)
        self.shell = shell
        printed = self.program("hook", shell)
        assert printed.code == 0, printed
        rc = Path(STARTUP_FILES[shell].replace("~", str(self.user_home)))
        rc.parent.mkdir(parents=True, exist_ok=True)
        rc.write_text(hook(printed.out) + PROMPTS[shell])
        self.terminal: Any = None

    def sit_down(self, **more: Any) -> "Seat":
        config = str(self.user_home / ".config")
        environment = {**os.environ, "HOME": str(self.user_home), "XDG_CONFIG_HOME": config, "TERM": "xterm"}
        self.terminal = pexpect.spawn(
            self.shell, ["-i"], env=environment, cwd=str(self.work), timeout=PATIENCE_S, dimensions=(24, 100), **more
        )
        self.terminal.delaybeforesend = None
        self.terminal.expect_exact(SHOWN)
        return self

    def type(self, command: str) -> str:
        """Type, and wait for the prompt behind it; what was shown."""
        self.terminal.send(f"{command}\r")
        self.terminal.expect_exact(SHOWN)
        return str(self.terminal.before.decode(errors="replace"))

    def last(self, count: int) -> str:
        """`record --last` typed at this very shell; the id of the run."""
        shown = self.type(f"{COMMAND} --home {self.program.home} record --last {count} --json")
        found = re.search(r'"run_id":"([^"]+)"', shown.replace("\r\n", ""))
        assert found, shown
        return found[1]

    @property
    def home(self) -> Home:
        return Home(self.program.home)

    def session(self) -> Path:
        return sessions(self.home)[0]

    def process(self, word: str) -> int:
        """The process below this terminal's shell that has a word in its command line."""
        below = processes.descendants(self.terminal.pid, processes.snapshot())
        return next(pid for pid in below if word.encode() in _words(pid))

    def leave(self) -> None:
        if self.terminal is not None:
            self.terminal.close(force=True)


def _words(pid: int) -> list[bytes]:
    """The command line of a process; what a prompt runs may be over by now."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Callable[..., Seat]]:
    taken: list[Seat] = []

    def take(shell: str = "bash", **more: Any) -> Seat:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not here")
        taken.append(Seat(tmp_path, shell, **more))
        return taken[-1]

    yield take
    for one in taken:
        one.leave()


def commands(seat: Seat, run_id: str) -> list[str]:
    return [step.command for step in load_trace(seat.home, run_id).steps]


@pytest.mark.parametrize("shell", RECORDED)
def test_what_was_done_just_now_becomes_a_run(seat: Callable[..., Seat], shell: str) -> None:
    here = seat(shell).sit_down()
    here.type("export KEPT=1 API_TOKEN=ghp_16C7e42F292c6912E7710c838347Ae178B4a")
    here.type("mkdir sub; cd sub")
    here.type("echo one > file; cat file; false")
    here.type("echo $API_TOKEN")
    run_id = here.last(2)
    trace = load_trace(here.home, run_id)
    assert [step.command for step in trace.steps] == ["echo one > file; cat file; false", "echo $API_TOKEN"]
    assert [step.exit_code for step in trace.steps] == [1, 0]
    assert [effect.path for effect in trace.steps[0].file_effects] == ["file"]
    assert (trace.run.workspace, trace.run.cwd, trace.run.name) == (*[str(here.work / "sub")] * 2, "sub")
    assert trace.run.status == "success"
    assert trace.environment["KEPT"] == "1"
    assert not any(name.startswith("REPLAYBOOK_SESSION") for name in trace.environment)
    tape = b"".join(frame.data for frame in read_frames(here.home, run_id))
    assert tape[trace.steps[0].output_start : trace.steps[0].output_end] == b"one\r\n"
    assert here.home.blob(trace.steps[0].file_effects[0].after or "") == b"one\n"
    assert [row["run_id"] for row in here.program("runs", "--json").rows] == [run_id]
    kept = [path for path in here.home.path.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in here.home.path.rglob("*")} == {0}
    assert not any(b"ghp_16C7e42F292c6912E7710c838347Ae178B4a" in path.read_bytes() for path in kept)
    assert here.program.json("compile", run_id, "--name", "just-now")["playbook"] == "just-now"


@pytest.mark.parametrize("shell", RECORDED)
def test_leaving_the_shell_leaves_the_terminal_and_ends_the_session(seat: Callable[..., Seat], shell: str) -> None:
    here = seat(shell).sit_down()
    here.type("true")
    here.terminal.send("exit 7\r")
    here.terminal.expect(pexpect.EOF)
    here.terminal.close()
    assert here.terminal.exitstatus == 7
    assert not is_held(here.session() / LOCK)
    document = here.program.json("record", "--last", "2", "--name", "after")
    assert commands(here, document["run_id"]) == ["true", "exit 7"]


def test_another_terminal_takes_from_the_newest_that_lives(seat: Callable[..., Seat]) -> None:
    here = seat().sit_down()
    here.type("echo here")
    document = here.program.json("record", "--last", "5")
    assert (document["steps"], document["status"]) == (1, "success")
    assert "only 1 commands are kept" in here.program("record", "--last", "5").err
    assert here.program.json("record", "--last", "1", "--session", here.session().name)["steps"] == 1
    assert here.program("record", "--last", "1", "--session", "nope").code == 7
    here.type("false")
    assert here.program.json("record", "--last", "1")["status"] == "failed"


@pytest.mark.parametrize("killed", ["capture.host", "--always"])
@pytest.mark.parametrize("shell", RECORDED)
def test_what_records_is_killed_and_the_user_is_told_and_has_a_plain_shell(
    seat: Callable[..., Seat], shell: str, killed: str
) -> None:
    here = seat(shell).sit_down()
    here.type("echo kept")
    os.kill(here.process(killed), signal.SIGKILL)
    here.terminal.expect_exact(SHOWN)
    told = " ".join(here.terminal.before.decode(errors="replace").split())
    assert told.count("the recording of this terminal broke off") == 1
    shown = here.type("echo x-'40'-x; stty -a | cat")
    assert "x-40-x\r\n" in shown
    assert "isig icanon" in shown
    assert "broke off" not in here.type("true")
    document = here.program.json("record", "--last", "1")
    assert commands(here, document["run_id"]) == ["echo kept"]


BROKEN = {"crash": "#!/bin/sh\necho Traceback >&2\nexit 1\n", "python": "#!/no/such/python\n"}


@pytest.mark.parametrize("shell", RECORDED)
@pytest.mark.parametrize("fault", ["home", "missing", *BROKEN])
def test_what_can_not_start_leaves_the_plain_shell(
    seat: Callable[..., Seat], tmp_path: Path, shell: str, fault: str
) -> None:
    program = tmp_path / "broken-program"
    if fault in BROKEN:
        program.write_text(BROKEN[fault])
        program.chmod(0o755)
    here = seat(shell, hook=lambda lines: lines if fault == "home" else lines.replace(str(COMMAND), str(program)))
    if fault == "home":
        here.program.home.write_text("a file")
    here.sit_down()
    shown = here.type("echo works-$((6 * 7))" if shell != "fish" else "echo works-(math 6 x 7)")
    assert "works-42" in shown
    assert "Traceback" not in shown
    here.terminal.send("exit\r")
    here.terminal.expect(pexpect.EOF)
    assert sessions(here.home) == ()


def test_a_full_disk_leaves_a_shell(seat: Callable[..., Seat]) -> None:
    here = seat()
    here.program.home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", here.program.home], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        with suppress(OSError), (here.program.home / "full").open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        here.sit_down()
        assert "works-42" in here.type("echo works-$((6 * 7))")
        here.leave()
    finally:
        subprocess.run(["umount", "-l", here.program.home], check=True)


def test_a_shell_inside_a_recording_begins_no_other(seat: Callable[..., Seat]) -> None:
    here = seat().sit_down()
    here.type("bash -i")
    here.type("echo nested")
    here.type("exit")
    assert len(sessions(here.home)) == 1
    here.type(f"{COMMAND} --home {here.program.home} record --name inner")
    here.type("echo recorded")
    here.terminal.send("exit\r")
    here.terminal.expect_exact("recorded inner as")
    here.terminal.expect_exact(SHOWN)
    assert len(sessions(here.home)) == 1
    assert here.program.json("show", "inner")["steps"][0]["command"] == "echo recorded"


def test_without_a_terminal_the_hook_does_nothing(seat: Callable[..., Seat]) -> None:
    here = seat()
    done = subprocess.run(
        ["bash", "-ic", "echo ran"],
        env={**os.environ, "HOME": str(here.user_home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == "ran\n"
    assert sessions(here.home) == ()
    refused = here.program("record", "--always")
    assert refused.code == 2
    assert "needs a terminal" in refused.err


def test_the_hook_says_how_to_put_it_in_and_out(seat: Callable[..., Seat]) -> None:
    here = seat()
    for shell, file in STARTUP_FILES.items():
        lines = here.program("hook", shell, "--limit", "32", "--sessions", "2").out
        assert f"# Put these lines first in {file}; take them out again" in lines
        assert f"record --always --shell {shell} --limit 32 --sessions 2" in lines
        assert here.program.json("hook", shell)["file"] == file
        if shutil.which(shell):
            subprocess.run([shell, "-n", "-c", lines], check=True)


def test_old_sessions_go_when_a_new_one_begins(seat: Callable[..., Seat]) -> None:
    here = seat(hook=lambda lines: lines.replace("--shell bash", "--shell bash --sessions 1"))
    for _ in range(3):
        here.sit_down()
        here.type("true")
        here.terminal.send("exit\r")
        here.terminal.expect(pexpect.EOF)
        here.leave()
    assert len(sessions(here.home)) == 2
