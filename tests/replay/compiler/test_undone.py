"""Undone work: gone where the recording proves that nothing is left of it, and only there."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from capture.errors import BadInputError
from capture.trace import EffectOp, FileEffect, FileType, LateEffects
from replay.compiler import compile_traces
from replay.playbook import Compilation
from tests.replay.recording import NOW, Machine

REPOSITORY = """
export GIT_CONFIG_GLOBAL=/dev/null
git init -q -b main
git config user.email ada@example.org
git config user.name Ada
echo one > f && git add f && git commit -qm one
"""


def compiled(tmp_path: Path, commands: Sequence[str], setup: str = "true", keep: Sequence[int] = ()) -> Compilation:
    machine = Machine(tmp_path, setup)
    return compile_traces([machine.record(commands)], name="work", blobs=machine.blobs, keep=frozenset(keep))


def dropped(compilation: Compilation) -> list[int]:
    return [one.source_step_index for one in compilation.dropped]


GONE = {
    "a file": ["touch a", "rm a", "touch b"],
    "a file, twice": ["touch a", "rm a", "touch a", "rm a", "touch b"],
    "a copy, written over and removed": ["cp f g", "echo x > g", "rm g", "touch b"],
    "an edit by hand": ["echo x > f", "git checkout -- f", "touch b"],
    "all edits": ["echo x > f", "git checkout .", "touch b"],
    "a staged edit, after a look": ["git status", "echo x > f", "git reset -q --hard", "touch b"],
    "what was never added": ["touch x", "git clean -fdq", "touch b"],
    "a directory's mode aside": ["mkdir -p d/e", "rm -r d", "touch b"],
}


@pytest.mark.parametrize("commands", GONE.values(), ids=GONE)
def test_work_undone_without_a_trace_is_dropped(tmp_path: Path, commands: list[str]) -> None:
    left = compiled(tmp_path, commands, REPOSITORY).playbook.steps
    assert [step.run for step in left] == ["touch b"]


STAYS = {
    "another content came back": ["echo x > f", "echo two > f"],
    "only a part was undone": ["touch a b", "rm a"],
    "a program ran between": ["touch a", "python3 -c pass", "rm a"],
    "it was copied between": ["echo x > a", "cp a c", "rm a"],
    "a pattern may have met it": ["echo x > a", "cat * > all", "rm a"],
    "somebody stood in it": ["mkdir d", "cd d", "cd ..", "touch d2", "rmdir d"],
    "a program of which only files are known": ['python3 -c \'open("a", "w")\'', "rm a", "touch b"],
    "a place that nobody watches": ["touch a ../elsewhere", "rm a ../elsewhere", "touch b"],
    "the index may have been in use": ["git add f", "git reset -q", "touch b"],
    "the index was in use": ["echo x > f", "git add f", "git status", "git add f", "git reset -q", "touch b"],
    "a stash that is popped later": ["echo x > f", "git stash -q", "touch b", "git stash drop -q"],
    "make looks at dates": ["echo x > f", "git checkout -- f", "make -f /dev/null -q all"],
    "a moved directory was changed within": ["mv d e", "echo y >> e/f", "mv e d", "touch b"],
    "a backup was proven by restoring it": ["tar cf b.tar d", "rm -r d", "tar xf b.tar", "touch b"],
    "the mode is another": ["echo x > f", "git checkout -- f", "touch b"],
}


@pytest.mark.parametrize("commands", STAYS.values(), ids=STAYS)
def test_without_a_proof_undone_work_stays(tmp_path: Path, commands: list[str]) -> None:
    strict = "; chmod 600 f" if commands is STAYS["the mode is another"] else ""
    made = compiled(tmp_path, commands, REPOSITORY + "mkdir d && echo d > d/f" + strict)
    reasons = [one.reason for one in made.dropped if "undo" in one.reason and "cd" not in commands[1]]
    assert reasons == []


def test_what_changed_while_no_step_ran_is_no_proof(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    trace = machine.record(["touch a", "rm a", "touch b"])
    other = FileEffect(path="a", op=EffectOp.CREATED, type=FileType.FILE, after="sha256:1", size=1, mode=0o644)
    late = LateEffects(after_step=2, at=NOW, file_effects=(other,))
    with_late = msgspec.structs.replace(trace, between=(late,))
    assert dropped(compile_traces([with_late], name="p", blobs=machine.blobs)) == []
    assert dropped(compile_traces([trace], name="p", blobs=machine.blobs)) == [1, 2]


def test_a_workspace_that_was_not_seen_whole_proves_nothing_about_files_that_were_there(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "echo a > a")
    trace = machine.record(["mv a b", "mv b a", "touch c"])
    unseen = msgspec.structs.replace(trace, workspace_before=(), workspace_complete=False)
    assert dropped(compile_traces([unseen], name="p", blobs=machine.blobs)) == []


def test_the_reasons_name_the_other_half(tmp_path: Path) -> None:
    made = compiled(tmp_path, ["mkdir d", "touch d/a", "cat d/a", "rm -r d", "touch b"])
    assert [one.reason for one in made.dropped] == [
        "it is undone, without a trace, by what step 4 does",
        "it is undone, without a trace, by what step 4 does",
        "it looks at what step 4 undoes",
        "it only undoes step 1",
    ]


def test_a_session_that_only_undoes_itself_stays_whole(tmp_path: Path) -> None:
    assert dropped(compiled(tmp_path, ["mkdir d", "rm -rf d"])) == []


def test_a_step_that_is_not_there_can_not_be_kept(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no step 9 to keep"):
        compiled(tmp_path, ["touch a"], keep=[9])
