"""What a step asks a person for: the level, the part of its command that decides it, and why."""

from pathlib import Path

import msgspec
import pytest

from capture.patches import FileEdit, Hunk, patch_text
from capture.trace import StepKind
from replay.compiler import compile_traces
from replay.compiler.safety import OUTSIDE, UNSEEN
from replay.playbook import Compilation, SafetyLevel
from tests.replay.recording import Machine

SCRATCH = "/tmp/replaybook-safety-test"


def compiled(tmp_path: Path, *commands: str, setup: str = "") -> Compilation:
    machine = Machine(tmp_path, setup)
    return compile_traces([machine.record(list(commands))], name="p", blobs=machine.blobs)


def deciding(compilation: Compilation, at: int) -> str | None:
    span = compilation.safety_spans[at]
    return None if span is None else compilation.playbook.steps[at].run[slice(*span)]


def test_ordinary_steps_say_nothing(tmp_path: Path) -> None:
    compilation = compiled(tmp_path, "mkdir d && echo x > d/a", "cp d/a b")
    assert [step.safety for step in compilation.playbook.steps] == [SafetyLevel.AUTO_OK] * 2
    assert [step.safety_reason for step in compilation.playbook.steps] == [None, None]
    assert compilation.safety_spans == (None, None)
    assert not [note for note in compilation.notes if "decides it" in note]


@pytest.mark.parametrize(
    ("command", "part", "reason"),
    [
        ("echo a; rm -f old; echo b", "rm -f old", "rm deletes what it names"),
        ("mkdir build; rm -rf *", "*", "removes all that is there"),
        ('A=x; mkdir x; rm -rf "$A"', '"$A"', "removes a tree that only a run can name"),
        ('A=x; touch x; mv "$A" y', "$A", "destroys what $A names, whatever that is when it runs"),
        ("(false && sudo -n true); true", "sudo -n true", "sudo acts as another user"),
        (f"false && echo x > {SCRATCH}; true", SCRATCH, UNSEEN),
        ("false && echo x > ../above; true", "../above", UNSEEN),
        ('false && echo x > "$NOWHERE"; true', '"$NOWHERE"', UNSEEN),
        ("git init -q; echo a > a; git add -f a; echo b", "git add -f a", "git add is told not to ask"),
    ],
)
def test_the_part_that_decides_and_the_reason(tmp_path: Path, command: str, part: str, reason: str) -> None:
    compilation = compiled(tmp_path, command)
    step = compilation.playbook.steps[0]
    assert step.safety is SafetyLevel.NEEDS_CONFIRM
    assert deciding(compilation, 0) == part
    assert step.safety_reason == reason
    assert any(note.endswith(f"`{part}` decides it") for note in compilation.notes)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("in.txt", None),
        ("a/../in.txt", None),
        ("../out.txt", OUTSIDE),
        ("a/../../out.txt", OUTSIDE),
        (SCRATCH, OUTSIDE),
    ],
)
def test_a_patch_of_a_file_outside_of_the_workspace_asks(tmp_path: Path, path: str, reason: str | None) -> None:
    machine = Machine(tmp_path)
    trace = machine.record(["true"])
    patch = patch_text([FileEdit(old=None, new=path, hunks=(Hunk(1, (("+", "x\n"),)),))])
    told = msgspec.structs.replace(trace.steps[0], kind=StepKind.FILE, command=patch)
    compilation = compile_traces([msgspec.structs.replace(trace, steps=(told,))], name="p", blobs=machine.blobs)
    assert compilation.playbook.steps[0].safety_reason == reason


def test_the_span_is_of_the_command_with_its_placeholders(tmp_path: Path) -> None:
    work = tmp_path / "work"
    compilation = compiled(tmp_path, f"touch a; echo {work}; rm -f {work}/a; echo done")
    assert compilation.playbook.steps[0].run == "touch a; echo {{project}}; rm -f {{project}}/a; echo done"
    assert deciding(compilation, 0) == "rm -f {{project}}/a"


def test_an_absolute_path_in_the_workspace_is_no_overwrite(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    workspace = machine.record(["true"]).run.workspace
    trace = machine.record([f"echo x > {workspace}/new"])
    (step,) = compile_traces([trace], name="p", blobs=machine.blobs).playbook.steps
    assert (step.safety, step.safety_reason) == (SafetyLevel.AUTO_OK, None)
