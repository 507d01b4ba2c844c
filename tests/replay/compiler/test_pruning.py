"""The pruning passes against sessions whose answers were written down before they were recorded."""

from collections import Counter
from pathlib import Path

import pytest

from capture.errors import BadInputError
from capture.tape.reader import read_trace
from replay.compiler import compile_traces
from replay.playbook import Compilation
from tests.replay.compiler.record_sessions import SESSIONS, sessions

LEAST_RECALL = 0.9
"""Of what a careful reader leaves out, the share that is found; one too many costs little, one missing a replay."""


def pruned(name: str, *keep: int) -> Compilation:
    trace = read_trace(SESSIONS / name)
    return compile_traces([trace], name="work", blobs=lambda _digest: None, keep=frozenset(keep))


def dropped(compilation: Compilation) -> set[int]:
    return {one.source_step_index for one in compilation.dropped}


@pytest.mark.parametrize("name", sessions())
def test_nothing_is_dropped_that_a_careful_reader_keeps(name: str) -> None:
    assert dropped(pruned(name)) <= {*sessions()[name]["drops"]}


def test_what_a_careful_reader_drops_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    count: Counter[str] = Counter()
    for name, one in sessions().items():
        found, wanted = dropped(pruned(name)), {*one["drops"]}
        count.update(right=len(found & wanted), wrong=len(found - wanted), missed=len(wanted - found))
    precision, recall = (count["right"] / (count["right"] + count[one]) for one in ("wrong", "missed"))
    with capsys.disabled():
        print(f"\npruning, {len(sessions())} sessions: precision {precision:.3f}, recall {recall:.3f}")  # noqa: T201 - for people
    assert recall >= LEAST_RECALL


@pytest.mark.parametrize("name", sessions())
def test_each_drop_has_a_reason_and_can_be_taken_back(name: str) -> None:
    first = pruned(name)
    for one in first.dropped:
        assert one.reason
        kept = pruned(name, one.source_step_index)
        assert one.source_step_index in {step.source_step for step in kept.playbook.steps}
        assert dropped(kept) < dropped(first)


UNDONE = {
    "made-filled-and-removed": {1, 2, 3, 4},
    "edited-twice-and-restored": {1, 2, 3},
    "moved-and-back": {1, 2},
    "staged-and-unstaged": {2, 3},
    "stash-and-pop": {2, 3},
    "exported-and-unset": {1, 2},
    "trace-on-and-off": {1, 2},
    "there-and-back": {1, 3},
}


@pytest.mark.parametrize("name", UNDONE)
def test_keeping_one_half_keeps_the_other_and_says_so(name: str) -> None:
    for step in UNDONE[name]:
        kept = pruned(name, step)
        assert not dropped(kept) & UNDONE[name]
        assert any(f"step {step} of the recording is kept, and with it" in note for note in kept.notes)


def test_tapes_are_there_for_all_sessions_and_no_others() -> None:
    assert {one.name for one in Path(SESSIONS).iterdir() if one.is_dir()} == set(sessions())


def test_a_person_drops_steps_and_the_version_says_so() -> None:
    name = sessions_with_steps()
    trace = read_trace(SESSIONS / name)
    first = pruned(name)
    wanted = first.playbook.steps[0].source_step
    assert wanted is not None
    made = compile_traces([trace], name="work", blobs=lambda _digest: None, drop=frozenset({wanted}))
    assert wanted not in {step.source_step for step in made.playbook.steps}
    assert made.left_out == (wanted,)
    assert [one.reason for one in made.dropped if one.source_step_index == wanted] == ["left out by you"]
    for keep, drop, said in (({wanted}, {wanted}, "both kept and dropped"), (set[int](), {999}, "no step 999 to drop")):
        with pytest.raises(BadInputError, match=said):
            compile_traces([trace], name="work", blobs=lambda _: None, keep=frozenset(keep), drop=frozenset(drop))


def sessions_with_steps() -> str:
    return next(name for name in sessions() if len(pruned(name).playbook.steps) > 1)
