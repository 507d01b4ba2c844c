"""Replays in a shadow as their user has them: what fails by the shadow alone is said so, and is no verdict."""

import http.server
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from replay.shadow import Level, offered
from replay.shadow.limits import VARIABLE
from tests.program import COMMAND, Program, tree
from tests.seat import until

pytestmark = pytest.mark.skipif(Level.L3 not in offered(), reason="this machine offers no L3")
TOOL = "print('done')\n"
SHADOWED = ("replay", "work@1", "--mode", "strict", "--shadow", "--draft")


def recorded(program: Program, *commands: str, shell: str = "bash") -> None:
    """A draft `work@1`, and the workspace as it was before."""
    aside = program.cwd.with_name("aside")
    shutil.copytree(program.cwd, aside, symlinks=True)
    script = program.home.with_name("script")
    script.write_text("".join(f"{command}\n" for command in commands), encoding="utf-8")
    program.json("record", "--script", str(script), "--name", "work", "--shell", shell)
    program.json("compile", "work", "--name", "work")
    shutil.rmtree(program.cwd)
    aside.rename(program.cwd)


def validated(program: Program) -> dict[str, Any]:
    before = tree(program.cwd)
    found = program.json("validate", "work@1", code=None)["validation"]
    assert tree(program.cwd) == before
    assert isinstance(found, dict)
    return found


def test_a_folder_that_an_overlay_can_not_rename_is_no_verdict(program: Program) -> None:
    (program.cwd / "old").mkdir()
    (program.cwd / "old/file").write_text("x\n")
    recorded(program, "python3 -c \"import os; os.rename('old', 'new')\"")
    found = validated(program)
    assert (found["verdict"], found["host_changes"]) == ("inconclusive", 0)
    assert "overlay can't rename" in found["reason"]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "served").mkdir()
    (tmp_path / "served/file").write_text("served\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path / "served"))

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/file"
        server.shutdown()


def test_the_network_is_reached_when_asked_for_and_what_fails_without_it_is_no_verdict(
    program: Program, address: str
) -> None:
    recorded(program, f"curl -fsS {address}")
    found = validated(program)
    assert (found["verdict"], found["host_changes"]) == ("inconclusive", 0)
    assert "--network" in found["reason"]
    assert program.json(*SHADOWED, "--network")["status"] == "success"


HOGS = [
    ("memory=300M", "x = bytes(range(250)) * 2000000; import time; time.sleep(1000)", "killed", "memory"),
    ("time=2s", "import time; time.sleep(1000)", "timeout", "more than 2 s"),
]


def test_a_step_at_a_limit_says_which_and_is_no_verdict(program: Program) -> None:
    tool = program.cwd / "tool.py"
    tool.write_text(TOOL)
    recorded(program, "python3 tool.py")
    for limit, code, kind, told in HOGS:
        tool.write_text(f"{TOOL}{code}\n")
        failure = program(*SHADOWED, "--json", environment={VARIABLE: limit}).document["failure"]
        assert failure["class"] == kind
        assert told in failure["artefact"]
        assert VARIABLE in failure["artefact"]


OWN = [
    pytest.param("print('Out of memory'); raise SystemExit(1)", marks=pytest.mark.bench),
    "import os, errno; raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))",
    pytest.param("raise MemoryError", marks=pytest.mark.bench),
    pytest.param("import os; os.kill(os.getpid(), 9)", marks=pytest.mark.bench),
]


@pytest.mark.parametrize("code", OWN)
def test_words_of_a_limit_that_nothing_hit_are_the_steps_own(program: Program, code: str) -> None:
    tool = program.cwd / "tool.py"
    tool.write_text(TOOL)
    recorded(program, "python3 tool.py")
    tool.write_text(f"{TOOL}{code}\n")
    found = validated(program)
    assert found["verdict"] == "red", found["reason"]


@pytest.mark.parametrize("shell", [pytest.param("zsh", marks=pytest.mark.bench), "fish"])
def test_other_shells_run_in_an_overlay_too(program: Program, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    recorded(program, "mkdir made", "cd made", "echo one > file", shell=shell)
    found = validated(program)
    assert (found["verdict"], found["level"], found["reason"]) == ("green", "L3", "every step was as recorded")


def test_ctrl_c_in_a_step_leaves_no_process_no_mount_and_no_folder(
    program: Program, tmp_path: Path, mounts: Callable[[], list[str]]
) -> None:
    tool = program.cwd / "tool.py"
    tool.write_text(TOOL)
    recorded(program, "python3 tool.py")
    tool.write_text(f"{TOOL}import time\nopen('up', 'w')\ntime.sleep(1000)\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    mounted = mounts()
    argv: list[str | Path] = [COMMAND, "--home", program.home, *SHADOWED]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        argv, cwd=program.cwd, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    ) as replay:
        until(lambda: any(Path(f"/proc/{pid}/root{program.cwd}/up").exists() for pid in keepers_of(replay.pid)))
        keepers = keepers_of(replay.pid)
        # As a terminal does.
        os.killpg(replay.pid, signal.SIGINT)
        assert replay.wait(30) == 130
    assert list(temporary.iterdir()) == []
    # Whose parent is gone is nobody's until the machine's first process has taken it.
    until(lambda: not [keeper for keeper in keepers if Path(f"/proc/{keeper}").exists()])
    assert mounts() == mounted
    assert not (program.cwd / "up").exists()


def keepers_of(pid: int) -> list[int]:
    """Its grandchildren: the children of its children, each of which holds a namespace."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in _read(task / "children").split()]
    return [int(kept) for child in children for kept in _read(Path(f"/proc/{child}/task/{child}/children")).split()]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
