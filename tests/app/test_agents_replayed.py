"""What an agent recorded of itself, from the file to a green replay elsewhere: every format through the same work."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.capture.importers.claude.sessions import Written
from tests.capture.importers.codex.rollouts import (
    answer,
    call,
    event,
    item,
    new,
    old,
    patch,
    patched,
    ran,
    tokens,
    user,
)
from tests.capture.importers.mapped.logs import EVENTS, called, log, result
from tests.program import Program

GOAL = "Greet whom the file names"
FIRST, SECOND = 'name=$(cat data/names)\necho "hello $name"\n', 'name=$(cat data/names)\necho "good day $name"\n'
SETUP = "mkdir -p data && echo ada > data/names"
MOVING = "mkdir -p data && cd data && echo ada > names"
"""The same, as an agent does it whose commands have a shell each."""
RUN = "sh src/greet.sh"
ADD = "*** Add File: src/greet.sh\n" + "".join(f"+{line}\n" for line in FIRST.splitlines()).rstrip("\n")
UPDATE = '*** Update File: src/greet.sh\n@@\n-echo "hello $name"\n+echo "good day $name"'
NOT_THERE = '*** Update File: src/greet.sh\n@@\n-echo "hallo $name"\n+echo "good day $name"'


def claude() -> bytes:
    session = Written()
    session.prompt(GOAL)
    session.fails("cat data/names", 1, "cat: data/names: No such file or directory")
    session.bash(SETUP)
    session.write("src/greet.sh", FIRST)
    session.bash(RUN, "hello ada")
    session.edit("src/greet.sh", "hello", "good day", FIRST)
    session.bash(RUN, "good day ada")
    session.says("Done")
    return session.text()


def codex() -> bytes:
    shell = "Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code {}\nOutput:\n{}"
    return new(
        event("user_message", message=GOAL),
        item(call("c0", "exec_command", {"cmd": MOVING})),
        item(answer("c0", shell.format(0, ""))),
        item(patch("p1", ADD)),
        item(patched("p1")),
        item(call("c1", "exec_command", {"cmd": RUN})),
        item(answer("c1", shell.format(0, "hello ada\n"))),
        item(patch("p2", NOT_THERE)),
        item(patched("p2", "Failed to find expected lines in src/greet.sh", 1)),
        item(patch("p3", UPDATE)),
        item(patched("p3")),
        tokens(100, 100),
        item(call("c2", "exec_command", {"cmd": RUN})),
        item(answer("c2", shell.format(0, "good day ada\n"))),
        b'{"timestamp":"2025-11-02T10:0',
        event("hologram"),
    )


def old_codex() -> bytes:
    apply = "apply_patch <<'EOF'\n*** Begin Patch\n{}\n*** End Patch\nEOF"
    commands = [(MOVING, ""), (apply.format(ADD), "Success."), (RUN, "hello ada\n")]
    commands += [(apply.format(UPDATE), "Success."), (RUN, "good day ada\n")]
    calls = [
        one
        for at, (command, output) in enumerate(commands)
        for one in (call(f"c{at}", "shell", {"command": ["bash", "-lc", command]}), answer(f"c{at}", ran(output)))
    ]
    return old(user(GOAL), *calls)


def mapped() -> bytes:
    return log(
        {"session": {"dir": "/home/ada/site"}},
        {"type": "message", "from": "user", "text": GOAL, "ts": 1.7e9},
        called("1", "bash", cmd=MOVING),
        result("1", "", 0),
        called("2", "write", path="src/greet.sh", text=FIRST),
        result("2", "written"),
        called("3", "bash", cmd=RUN),
        result("3", "hello ada\n", 0),
        called("4", "patch", diff=f"*** Begin Patch\n{UPDATE}\n*** End Patch"),
        result("4", "patched"),
        called("5", "bash", cmd=RUN),
        result("5", "good day ada\n", 0),
    )


@pytest.mark.parametrize(
    ("form", "written", "left_out"),
    [("claude", claude, 0), ("codex", codex, 2), ("codex", old_codex, 1), ("jsonl", mapped, 0)],
    ids=["claude", "codex", "old codex", "jsonl"],
)
def test_an_agents_work_is_done_again_elsewhere(
    tmp_path: Path, form: str, written: Callable[[], bytes], left_out: int
) -> None:
    program = Program(home=tmp_path / "home", cwd=tmp_path / "fresh")
    program.cwd.mkdir()
    (tmp_path / "session.jsonl").write_bytes(written())
    (tmp_path / "map.toml").write_text(EVENTS.replace('kind = "shell"', 'kind = "shell"\nfresh = true'))
    also = ("--map", str(tmp_path / "map.toml")) if form == "jsonl" else ()
    made = program("import", form, str(tmp_path / "session.jsonl"), "--name", "greet", *also)
    assert (made.code, made.err.count("note: ")) == (0, left_out)
    compiled = program.json("compile", "greet", "--name", "greet")
    assert [step["kind"] for step in compiled["steps"]] == ["shell", "file", "shell", "file", "shell"]
    done = program.json("replay", "greet", "--mode", "strict", "--draft")
    assert (done["status"], [step["status"] for step in done["steps"]]) == ("success", ["success"] * 5)
    assert (program.cwd / "src/greet.sh").read_text() == SECOND
