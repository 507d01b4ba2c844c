"""Tool steps in the shells of replays: recorded, timed, interrupted and judged as any other step."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from capture.calls import Call
from capture.errors import BadInputError
from capture.home import Home
from capture.session import Session
from capture.tape.reader import load_trace
from capture.trace import RunStatus, Step, StepKind
from capture.wire import SessionMode, SessionSpec
from replay.executor import SessionExecutor
from replay.place import Place, here
from replay.playbook import PlaybookStep
from replay.shadow import open_shadow
from replay.shadow.isolation import Level
from replay.shadow.opening import strongest
from replay.tools.answers import NO_EXECUTOR, NOT_DONE, SAID_ERROR
from replay.tools.handing import ToolHand, process_of
from replay.tools.settings import ToolSettings, read_tools

SERVER = Path(__file__).with_name("server.py")
HELPERS = """\
import os, pathlib, signal, time
def where(): return [os.getcwd(), os.environ.get("TOK")]
def write(path, text): pathlib.Path(path).write_text(text)
def fails(): raise ValueError("no such city")
def sleeps(began): pathlib.Path(began).write_text("x"); time.sleep(60)
def kills(): os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)
def shows(): return "\\x1b[2J" + "line\\n" * 3
"""
SETTINGS = """\
["py/*"]
python = "helpers:*"
path = "{folder}"
env = ["TOK"]
timeout = "2m"
["t/*"]
command = ["{python}", "{server}"]
timeout = "2m"
["web"]
url = "http://127.0.0.1:9/"
"""


class Replayed:
    """A replay's shell, and what is done in it."""

    def __init__(self, executor: SessionExecutor, workspace: Path, home: Path) -> None:
        self.executor, self.workspace, self.home = executor, workspace, home

    def do(self, run: str, **more: str) -> Step:
        return self.executor.run(PlaybookStep(run=run, **more), run, {}, lambda _: None)  # type: ignore[arg-type]

    def call(self, name: str, given: object = None, **more: str) -> Step:
        text = Call(name, given).text
        return self.executor.run(
            PlaybookStep(kind=StepKind.TOOL, run=text, **more),  # type: ignore[arg-type]
            text,
            {},
            lambda _: None,
        )


@contextmanager
def replaying(tmp_path: Path, shell: str, *, shadow: bool = False) -> Iterator[Replayed]:
    workspace, home, helpers = tmp_path / "work", tmp_path / "home", tmp_path / "helpers"
    for folder in (workspace, home, helpers):
        folder.mkdir()
    (helpers / "helpers.py").write_text(HELPERS)
    settings = read_tools(SETTINGS.format(folder=helpers, python=sys.executable, server=SERVER), source="tools.toml")
    with ExitStack() as stack:
        place: Place = stack.enter_context(open_shadow(workspace)) if shadow else here(str(workspace))
        tools = ToolHand(
            settings, shell=shell, workspace=place.workspace, network=place.network, beside=place.session_folder
        )
        stack.callback(tools.close)
        spec = SessionSpec(
            home=str(home),
            run_id="r1",
            name="tools",
            shell=shell,
            cwd=place.workspace,
            workspace=place.workspace,
            watched=place.watched,
            mode=SessionMode.HANDED,
            wrap=place.wrapped(place.workspace),
            folder=place.session_folder,
            environment=place.environment({**os.environ, "HOME": str(tmp_path)}),
            before=tools.begin(),
        )
        executor = SessionExecutor(
            Session.start(spec), cwd=place.workspace, secrets={}, carry_out=str, time_s=120, tools=tools
        )
        stack.callback(executor.finish, RunStatus.SUCCESS)
        yield Replayed(executor, workspace, home)


SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed"))
    for name in ("bash", "zsh", "fish")
]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_call_is_a_step_of_its_shell(tmp_path: Path, shell: str) -> None:
    with replaying(tmp_path, shell) as replay:
        replay.do("mkdir sub; cd sub; " + ("set -x TOK t0" if shell == "fish" else "export TOK=t0"))
        place = replay.call("py/where")
        assert place.output == f'[\n  "{replay.workspace}/sub",\n  "t0"\n]\n'
        assert (place.kind, place.command, place.exit_code) == (StepKind.TOOL, "tool:py/where null", 0)
        written = replay.call("py/write", {"path": "a.txt", "text": "x"})
        assert ([effect.path for effect in written.file_effects], written.output) == (["sub/a.txt"], "")
        assert replay.call("py/fails").exit_code == SAID_ERROR
        assert replay.call("py/shows").output == "␛[2Jline\nline\nline\n"
        assert replay.call("nobody/x").exit_code == NO_EXECUTOR
        late = replay.call("py/sleeps", {"began": "late"}, timeout="500ms")
        assert (late.timed_out, late.exit_code) == (True, 130)
        interrupted: list[Step] = []
        began = replay.workspace / "sub/began"
        calling = threading.Thread(target=lambda: interrupted.append(replay.call("py/sleeps", {"began": "began"})))
        calling.start()
        while not began.exists():
            assert calling.is_alive()
            calling.join(0.01)
        replay.executor.interrupt()
        calling.join()
        assert [(step.exit_code, step.timed_out) for step in interrupted] == [(130, False)]
        assert replay.do("cat a.txt").output == "x"
    trace = load_trace(Home(replay.home), "r1")
    assert [step.kind for step in trace.steps][:2] == [StepKind.SHELL, StepKind.TOOL]
    assert trace.steps[2].command == 'tool:py/write {"path":"a.txt","text":"x"}'


def test_a_process_that_dies_is_told_of_and_started_anew(tmp_path: Path) -> None:
    with replaying(tmp_path, "bash") as replay:
        assert replay.call("py/where").exit_code == 0
        died = replay.call("py/kills")
        assert (died.exit_code, "the process that carries tools out ended" in died.output) == (NOT_DONE, True)
        assert replay.call("py/where").exit_code == 0
        with pytest.raises(BadInputError, match="written as `tool:NAME JSON`"):
            replay.executor.run(PlaybookStep(kind=StepKind.TOOL, run="x"), "x", {}, lambda _: None)


def test_a_process_that_comes_too_late_ends_at_once(tmp_path: Path) -> None:
    hand = ToolHand(ToolSettings(), shell="bash", workspace=str(tmp_path), network=True)
    folder = Path(hand.begin().partition("\n")[0].partition("=")[2])
    hand.end()
    done = subprocess.run(process_of(folder), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert (done.returncode, folder.exists()) == (0, False)
    hand.close()


@pytest.mark.skipif(strongest() is Level.L0, reason="no shadow can be opened here")
def test_in_a_shadow_a_server_writes_nothing_on_the_host(tmp_path: Path) -> None:
    with replaying(tmp_path, "bash", shadow=True) as replay:
        written = replay.call("t/write", {"path": "a.txt", "text": "x"})
        assert (written.exit_code, written.output) == (0, "wrote a.txt\n")
        assert [effect.path for effect in written.file_effects] == ["a.txt"]
        outside = replay.call("t/write", {"path": str(tmp_path / "b.txt"), "text": "x"})
        assert outside.exit_code != 0
        away = replay.call("web", {})
        assert (away.exit_code, "Network is unreachable" in away.output) == (NOT_DONE, True)
    assert not list(replay.workspace.iterdir())
    assert not (tmp_path / "b.txt").exists()
