"""The number of a process: read anew from what tells it, or a matter for a person, never the recorded one."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from capture.trace import Trace
from replay.compiler import compile_traces
from replay.compiler.tokens import SHORTEST_PROCESS
from replay.outcome import FailureClass, ReplayStatus
from replay.playbook import Compilation, LinkStrength, SafetyLevel
from tests.data.sessions import ROOT
from tests.data.sessions import Session as Taped
from tests.replay.compiler.corpus import replayed
from tests.replay.recording import Machine

START = {"setup": "echo x > before"}


@pytest.fixture
def bystander() -> Iterator[int]:
    """A process that has the number which a recording's process had."""
    with subprocess.Popen(["sleep", "300"]) as process:
        if len(str(process.pid)) < SHORTEST_PROCESS:
            process.kill()
            pytest.skip(f"{process.pid} is too short to be told from any number")
        yield process.pid
        assert process.poll() is None
        process.terminate()


def compiled(tmp_path: Path, commands: Sequence[str], setup: str = "true", **answers: bool) -> Compilation:
    machine = Machine(tmp_path / "recorded", setup)
    return compile_traces([machine.record(commands)], name="work", blobs=machine.blobs, answers=answers)


def told_of(tmp_path: Path, *commands: str, pid: int) -> Compilation:
    """A really recorded job, its number the bystander's; behind it these commands."""
    session = Taped(ROOT / "flow-kill-by-pid")
    home = session.unpack(tmp_path / "tape")
    trace = session.trace(home)
    recorded = trace.steps[0].output.split()[1]
    first = msgspec.structs.replace(trace.steps[0], output=trace.steps[0].output.replace(recorded, str(pid)))
    behind = [
        msgspec.structs.replace(trace.steps[2], step_index=index, command=command.replace("PID", str(pid)))
        for index, command in enumerate(commands, 2)
    ]
    return compile_traces([_of(trace, first, *behind)], name="work", blobs=home.blob)


def _of(trace: Trace, *steps: object) -> Trace:
    return msgspec.structs.replace(trace, steps=tuple(steps))


KILLS = ["kill PID", "kill -TERM -- PID", "kill -s TERM PID", "kill -0 PID && kill PID", "P=PID; kill $P"]


@pytest.mark.parametrize("kill", KILLS)
def test_a_replay_ends_the_new_process_and_no_bystander(tmp_path: Path, bystander: int, kill: str) -> None:
    playbook = told_of(tmp_path, kill, "! wait PID", pid=bystander).playbook
    assert str(bystander) not in "".join(step.run for step in playbook.steps)
    replay, _ = replayed(tmp_path, START, playbook, given={}, swap={})
    assert (replay.status, replay.failure) == (ReplayStatus.SUCCESS, None)
    assert replay.bindings["process"] != str(bystander)
    assert not Path("/proc", replay.bindings["process"]).exists()


@pytest.mark.parametrize("command", ["kill PID", "P=PID; kill $P", "strace -p PID", "renice -n 5 -p PID"])
def test_a_number_that_nothing_told_is_left_to_a_person(tmp_path: Path, bystander: int, command: str) -> None:
    session = Taped(ROOT / "flow-kill-by-pid")
    home = session.unpack(tmp_path / "again")
    trace = session.trace(home)
    typed = msgspec.structs.replace(trace.steps[2], step_index=1, command=command.replace("PID", str(bystander)))
    playbook = compile_traces([_of(trace, typed)], name="work", blobs=home.blob).playbook
    assert playbook.steps[0].safety is SafetyLevel.MANUAL_ONLY
    assert playbook.steps[0].safety_reason == f"{bystander} was the number of a process, which is another one today"
    replay, _ = replayed(tmp_path, START, playbook, given={}, swap={})
    assert replay.failure is not None
    assert (replay.stopped_at, replay.failure.failure_class) == (1, FailureClass.UNSAFE)


TOLD = {
    "by the shell's own variable": ["sleep 0 & echo $!", "wait {} || :"],
    "by a program that says so": ["sh say", "wait {} || :"],
    "by a file": ["cat server.pid", "wait {} || :"],
    "by a number that no one types by chance": ["echo started $(cat server.pid)", "wait {} || :"],
}


@pytest.mark.parametrize("commands", TOLD.values(), ids=TOLD)
def test_whatever_told_it_is_read_again(tmp_path: Path, commands: list[str]) -> None:
    machine = Machine(tmp_path, "echo 43121 > server.pid; echo 'echo pid $(cat server.pid)' > say")
    first = machine.run(commands[0], 1)
    # A machine that has just begun gives its processes short numbers, which may mean anything.
    first = msgspec.structs.replace(first, output=re.sub(r"\d+\n$", "43121\n", first.output))
    second = machine.run(commands[1].format(first.output.split()[-1]), 2)
    made = compile_traces([machine.trace((first, second))], name="work", blobs=machine.blobs)
    assert [(link.from_step, link.to_step, link.strength) for link in made.links] == [(1, 2, LinkStrength.STRONG)]
    assert made.playbook.steps[1].safety is SafetyLevel.AUTO_OK
    assert made.questions == ()


SHORT = "seq 57 > lines; echo 'echo pid 57' > say"


def test_a_count_that_happens_to_be_the_same_is_not_taken_for_it(tmp_path: Path) -> None:
    made = compiled(tmp_path, ["wc -l < lines", "sh say", "wait 57 || :", "wc -l < lines"], SHORT)
    assert [(link.from_step, link.to_step) for link in made.links] == [(2, 3)]
    assert [step.expect.output for step in made.playbook.steps][3] == "57\n"
    alone = compiled(tmp_path / "alone", ["wc -l < lines", "wait 57 || :"], SHORT)
    assert [link.strength for link in alone.links] == [LinkStrength.WEAK]
    assert alone.playbook.steps[1].safety is SafetyLevel.MANUAL_ONLY


@pytest.mark.parametrize(("now", "stops"), [("57", None), ("58", FailureClass.AMBIGUOUS_VALUE)])
def test_a_short_one_used_as_anything_else_is_a_question(tmp_path: Path, now: str, stops: FailureClass | None) -> None:
    made = compiled(tmp_path, ["sh say", "wait 57 || :", "mkdir job-57"], SHORT)
    assert [question.value for question in made.questions] == ["57"]
    assert [step.run for step in made.playbook.steps] == ["sh say", "wait {{process}} || :", "mkdir job-57"]
    replay, _ = replayed(tmp_path, {"setup": SHORT}, made.playbook, given={}, swap={"pid 57": f"pid {now}"})
    assert (replay.failure and replay.failure.failure_class) == stops


@pytest.mark.parametrize(("answer", "run"), [(True, "mkdir job-{{process}}"), (False, "mkdir job-57")])
def test_and_the_answer_decides(tmp_path: Path, answer: bool, run: str) -> None:  # noqa: FBT001 - a table
    machine = Machine(tmp_path, SHORT)
    trace = machine.record(["sh say", "wait 57 || :", "mkdir job-57"])
    made = compile_traces([trace], name="work", blobs=machine.blobs, answers={"57": answer})
    assert made.questions == ()
    assert [step.run for step in made.playbook.steps][1:] == ["wait {{process}} || :", run]


def test_numbers_that_differ_between_recordings_are_read_anew_or_left_to_a_person(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "echo 'echo pid $1' > say")
    both = [machine.record([f"sh say {pid} | tail -1", f"wait {pid} || :"]) for pid in (43121, 43122)]
    made = compile_traces(both, name="work", blobs=machine.blobs).playbook
    assert made.steps[1].safety is SafetyLevel.MANUAL_ONLY


def test_a_number_out_of_a_list_of_processes_is_read_where_it_stood(tmp_path: Path) -> None:
    # No other run on this machine calls one so.
    name = f"nap{os.getpid()}"
    napper = shutil.copy("/bin/sleep", tmp_path / name)
    with subprocess.Popen([napper, "300"]) as first:
        made = compiled(tmp_path, [f"pgrep -x {name}", f"ps -o comm= -p {first.pid} > b"])
        first.kill()
    assert [step.run for step in made.playbook.steps] == [f"pgrep -x {name}", "ps -o comm= -p {{process}} > b"]
    with subprocess.Popen([napper, "300"]) as second:
        replay, work = replayed(tmp_path, START, made.playbook, given={}, swap={})
        second.kill()
    assert (replay.status, replay.failure) == (ReplayStatus.SUCCESS, None)
    assert replay.bindings["process"] == str(second.pid)
    assert (work / "b").read_text() == f"{name}\n"
