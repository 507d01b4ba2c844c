"""The quality report: its score is what its parts come to, and falls with every doubt."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.compiler import compile_traces, report
from replay.playbook import Quality, QualityPart
from tests.replay.recording import Machine

ASPECTS = [one for one in vars(report).values() if isinstance(one, report.Aspect)]
STEPS = st.integers(min_value=1, max_value=200)


def quality(tmp_path: Path, commands: Sequence[str], setup: str = "true") -> Quality:
    machine = Machine(tmp_path, setup)
    return compile_traces([machine.record(commands)], name="work", blobs=machine.blobs).quality


def part(found: Quality, aspect: report.Aspect) -> QualityPart:
    return next(one for one in found.parts if one.name == aspect.name)


def parts(doubts: Sequence[int], steps: int) -> list[QualityPart]:
    counted = {report.ANSWERED: report.ratio, report.KEPT: report.ratio}
    pairs = zip(ASPECTS, doubts, strict=True)
    return [counted.get(aspect, report.share)(aspect, count, steps) for aspect, count in pairs]


@given(
    steps=STEPS,
    doubts=st.lists(st.integers(min_value=0, max_value=400), min_size=len(ASPECTS), max_size=len(ASPECTS)),
    where=st.integers(min_value=0, max_value=len(ASPECTS) - 1),
    more=st.integers(min_value=1, max_value=400),
)
def test_the_score_falls_when_doubts_are_added(steps: int, doubts: list[int], where: int, more: int) -> None:
    worse = [count + more * (at == where) for at, count in enumerate(doubts)]
    before, after = parts(doubts, steps), parts(worse, steps)
    assert 0 <= report.score(after) <= report.score(before) <= 1
    assert after[where].score <= before[where].score
    assert all(one == two for at, (one, two) in enumerate(zip(before, after, strict=True)) if at != where)


@given(steps=STEPS, where=st.integers(min_value=0, max_value=len(ASPECTS) - 1))
def test_a_first_doubt_shows_in_its_part_and_in_its_words(steps: int, where: int) -> None:
    none = parts([0] * len(ASPECTS), steps)
    one = parts([int(at == where) for at in range(len(ASPECTS))], steps)
    assert report.score(none) == 1
    assert one[where].score < none[where].score == 1
    assert one[where].why != none[where].why


DOUBTFUL = {
    "left to chance": (["shuf -i 1-9", "touch a"], {report.CHECKED, report.REPRODUCIBLE}),
    "failed": (["false", "touch a"], {report.SUCCEEDED}),
    "masked": (["touch a", "echo took 3 ms"], {report.COMPARED}),
    "left out": (["ls", "touch a"], {report.KEPT}),
    "unreadable": (['eval "$(echo touch b)"', "touch a"], {report.INPUTS}),
    "nothing": (["touch a", "cp a b"], set()),
}


@pytest.mark.parametrize(("commands", "aspects"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_each_doubt_is_found_in_a_recording(tmp_path: Path, commands: list[str], aspects: set[report.Aspect]) -> None:
    found = quality(tmp_path, commands)
    assert {one.name for one in found.parts if one.score < 1} == {one.name for one in aspects}
    assert found.score == report.score(found.parts)


def test_a_failed_step_that_is_left_out_is_told_with_its_reason(tmp_path: Path) -> None:
    found = quality(tmp_path, ["ls", "cat nothing", "touch a"])
    why = "it only looked, failed, and left all as it was"
    assert [note for note in found.notes if "left out" in note] == [
        f"step 2 of the recording failed (exit 1) and is left out: {why}"
    ]


def test_an_open_question_lowers_the_score(tmp_path: Path) -> None:
    asked = quality(tmp_path, ["cat n", "mkdir d42"], "echo job d42 > n")
    assert part(asked, report.ANSWERED).why == "questions open: 1"
    assert asked.score == report.score(asked.parts) < 1


def test_a_playbook_stored_without_parts_still_loads() -> None:
    old = msgspec.json.decode(b'{"score": 0.5, "notes": ["one"]}', type=Quality)
    assert old == Quality(score=0.5, notes=("one",))
