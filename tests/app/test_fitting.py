"""Compiling with `--verify` and bringing a version up to date, as their user would."""

import os
import shutil
from pathlib import Path

import pytest

from capture.files.effects import FOUND_LIMIT
from replay.shadow import Level, strongest
from tests.program import Program, tree

needs_shadow = pytest.mark.skipif(strongest() is Level.L0, reason="no isolation on this machine")

TOO_MANY_TO_KEEP = FOUND_LIMIT // 7 + 1
"""Lines of seven bytes of a file that is not held from the beginning."""
TOOL = """
import os, sys, time
count = sys.argv[1]
print(f"read {count} parts")
print(f"job {time.time_ns() % 10**6 + 10**6} is over")
open("made.txt", "w").write(f"{os.getpid()} {time.time_ns() % 10**6}\\n")
"""


@pytest.fixture
def work(program: Program) -> Program:
    (program.cwd / "tool.py").write_text(TOOL, encoding="utf-8")
    return program


def document(program: Program, ref: str) -> str:
    return str(program.json("playbook", ref)["document"])


@needs_shadow
def test_noise_is_learned_in_a_shadow_and_the_host_is_left_alone(work: Program) -> None:
    run = work.record("python3 tool.py 3", "echo first >> log.txt", "echo second >> log.txt")
    before = tree(work.cwd)
    made = work.json("compile", run, "--name", "p", "--verify")
    assert tree(work.cwd) == before
    found = made["verification"]
    assert (found["state"], found["failed"], found["host_changes"]) == ("learned", [], 0)
    assert len(found["replays"]) == 2
    assert any("made.txt" in note for note in found["learned"])
    text = document(work, "p@1")
    assert "read 3 parts" in text
    assert "job {{number}} is over" in text
    for path in ("made.txt", "log.txt"):
        (work.cwd / path).unlink()
    assert work.json("replay", "p@1", "--mode", "strict", "--draft")["status"] == "success"
    (work.cwd / "log.txt").unlink()
    (work.cwd / "tool.py").write_text(TOOL.replace("parts", "pieces"), encoding="utf-8")
    assert work.json("replay", "p@1", "--mode", "strict", "--draft", code=4)["failure"]["divergence"] == "output"


@needs_shadow
def test_what_comes_out_alike_teaches_nothing_in_one_replay(work: Program) -> None:
    run = work.record("echo one > a.txt", "cat a.txt")
    plain = work.json("compile", run, "--name", "p")
    made = work.json("compile", run, "--name", "p", "--verify")
    assert made["verification"]["state"] == "same"
    assert len(made["verification"]["replays"]) == 1
    assert (made["digest"], made["version"]) == (plain["digest"], 2)


@needs_shadow
def test_another_beginning_teaches_nothing(work: Program) -> None:
    (work.cwd / "in.txt").write_text("a line\n" * TOO_MANY_TO_KEEP)
    os.utime(work.cwd / "in.txt", (0, 0))
    start = shutil.copytree(work.cwd, work.cwd.with_name("start"))
    run = work.record("wc -l in.txt", "echo b >> in.txt")
    refused = work.json("compile", run, "--name", "p", "--verify", code=4)["verification"]
    assert (refused["state"], refused["learned"]) == ("failed", [])
    assert "in.txt" in refused["failed"][0]
    assert f"{TOO_MANY_TO_KEEP} in.txt" in document(work, "p@1")
    assert work.json("compile", run, "--name", "p", "--verify", "--cwd", str(start))["verification"]["state"] == "same"


@needs_shadow
def test_a_short_file_that_was_written_over_is_taken_back_to_where_the_recording_began(work: Program) -> None:
    (work.cwd / "in.txt").write_text("a\n")
    os.utime(work.cwd / "in.txt", (0, 0))
    run = work.record("wc -l in.txt", "echo b >> in.txt")
    found = work.json("compile", run, "--name", "p", "--verify")["verification"]
    assert (found["state"], found["failed"]) == ("same", [])
    assert (work.cwd / "in.txt").read_text() == "a\nb\n"


@needs_shadow
def test_an_answer_keeps_what_was_learned(work: Program) -> None:
    (work.cwd / "id.py").write_text("print('ticket 4711')\nimport time\nprint('at', time.time_ns() % 10**6 + 10**6)\n")
    run = work.record("python3 id.py", "echo close 4711")
    made = work.json("compile", run, "--name", "p", "--verify")
    assert made["questions"]
    assert "{{number}}" in document(work, "p@1")
    answered = work.json("answer", "p@1", made["questions"][0]["id"], "yes")
    assert "{{number}}" in answered["document"]
    assert "capture" in answered["document"]


def test_a_place_for_nothing_is_refused(work: Program) -> None:
    run = work.record("echo one")
    assert work("compile", run, "--name", "p", "--cwd", ".").code == 2


def edit(program: Program, before: str, after: str) -> None:
    path = Path(program.home, "playbooks", "p", "1.yaml")
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_a_version_is_brought_up_to_date_and_patterns_stay(program: Program) -> None:
    script = program.cwd / "tool.sh"
    script.write_text("echo checked 3 files\necho over: fine\n")
    run = program.record("bash tool.sh", "echo hi > made.txt")
    program.json("compile", run, "--name", "p")
    edit(program, "over: fine", "over: {{any}}")
    same = program.json("update", "p", "--from", run)
    assert (same["version"], same["changes"], same["diff"]) == (None, [], "")
    script.write_text("echo reading\necho checked 4 files\necho over: well\n")
    stopped = program.json("replay", "p", "--mode", "strict", "--draft", code=4)
    done = program.json("update", "p@1", "--from", stopped["replay_id"])
    assert (done["base"], done["version"], done["status"]) == ("p@1", 2, "draft")
    assert len(done["changes"]) == 2
    assert "+        checked 4 files" in done["diff"]
    assert "reading\n        checked 4 files\n        over: {{any}}\n" in document(program, "p@2")
    assert "checked 3 files" in document(program, "p@1")
    assert program.json("replay", "p@2", "--mode", "strict", "--draft")["status"] == "success"
    assert program.json("update", "p@1", "--from", stopped["run_id"])["version"] == 3
    assert program.json("audit", "--verify")["ok"]


def test_an_update_of_something_else_is_refused(program: Program) -> None:
    one, two = program.record("echo one"), program.record("echo two", name="other")
    program.json("compile", one, "--name", "p")
    program.json("compile", two, "--name", "q")
    replay = program.json("replay", "q", "--mode", "strict", "--draft")
    assert program("update", "p", "--from", two).code == 2
    assert program("update", "p", "--from", replay["replay_id"]).code == 2
    assert program("update", "p", "--from", "nope").code == 7
    assert program("update", "nope", "--from", one).code == 7


@needs_shadow
def test_a_replay_goes_on_after_the_work_was_done_again_in_a_shadow(work: Program, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    run = work.record("export WORD=kept", f"test -e {gate}", "echo $WORD > out.txt")
    work.json("compile", run, "--name", "p")
    (work.cwd / "out.txt").unlink()
    gate.unlink()
    stopped = work.json("replay", "p@1", "--mode", "strict", "--draft", code=4)
    assert stopped["stopped_at"] == 2, stopped
    gate.touch()
    learned = work.json("compile", run, "--name", "p", "--verify")["verification"]
    assert learned["replays"]
    work.json("replay", "p@1", "--mode", "strict", "--shadow")
    assert work.json("replay", "p@1", "--mode", "strict", "--draft", "--from", "2")["status"] == "success"
    assert (work.cwd / "out.txt").read_text() == "kept\n"
    listed = work("replays", "p", "--json").rows
    assert [one["version"] for one in listed] == [1, 1, 1]
    assert not {one["replay_id"] for one in listed} & set(learned["replays"])
