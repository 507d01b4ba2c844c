"""What reviews teach: a source that is mostly rejected ranks lower and says so, a patch approved thrice is a lesson."""

import msgspec
import pytest

from replay.repairs.learning import LEARNED, Track, lessons, proposed_before, tracks, weighed
from replay.repairs.proposal import Candidate, PatchEntry, PatchOp, Repair, RepairStatus, Trust
from replay.repairs.ranking import rank
from tests.replay.library.samples import repair

YES, NO = RepairStatus.APPROVED, RepairStatus.REJECTED


def reviewed(*statuses: RepairStatus, source: str = "rule:x") -> list[Repair]:
    return [
        repair(repair_id=f"r-{at}", status=status, source=source, created_version=at + 2 if status is YES else None)
        for at, status in enumerate(statuses)
    ]


def candidate(source: str, run: str, trust: Trust, confidence: float = 0.9) -> Candidate:
    patch = (PatchEntry(op=PatchOp.REPLACE, step_index=1, value=run),)
    return Candidate(source=source, patch=patch, rationale="It is there.", confidence=confidence, trust=trust)


@pytest.mark.parametrize(
    ("statuses", "doubtful"),
    [
        ([NO, NO], "trusted"),
        ([NO, NO, NO], "doubtful"),
        ([NO, NO, NO, YES, YES], "doubtful"),
        ([NO, NO, NO, YES, YES, YES], "trusted"),
        ([NO] * 5 + [YES] * 10, "trusted"),
        ([YES] * 10 + [NO] * 6, "doubtful"),
        ([RepairStatus.PROPOSED, RepairStatus.STALE, RepairStatus.CHANGES_REQUESTED] * 3, "trusted"),
    ],
)
def test_a_source_is_doubtful_when_most_of_its_newest_proposals_were_rejected(
    statuses: list[RepairStatus], doubtful: str
) -> None:
    found = tracks(reviewed(*statuses)).get("rule:x", Track(rejected=0, decided=0))
    assert found.doubtful == (doubtful == "doubtful")


def test_a_doubted_one_stands_behind_all_rules_before_all_outsiders_and_is_never_hidden() -> None:
    known = {"rule:bad": Track(rejected=4, decided=5)}
    offered = [
        candidate("rule:bad", "a", Trust.TOOL_HINT),
        candidate("rule:good", "b", Trust.IDEMPOTENT, 0.5),
        candidate("http", "c", Trust.HTTP),
    ]
    ranked = rank(weighed(one, known) for one in offered)
    assert [one.candidate.source for one in ranked] == ["rule:good", "rule:bad", "http"]
    assert ranked[1].candidate.rationale == "It is there. Rejected 4 of 5 times here."
    assert ranked[0].preselected
    assert [one.candidate.source for one in rank(offered)] == ["rule:bad", "rule:good", "http"]
    (alone,) = rank([weighed(offered[0], known)])
    assert not alone.preselected


def test_the_same_patch_approved_three_times_is_a_lesson_while_the_version_runs_unrepaired() -> None:
    said = reviewed(YES, YES)
    assert lessons(said, version=1, digest="sha256:1") == ()
    said = reviewed(YES, NO, YES, YES)
    (lesson,) = lessons(said, version=1, digest="sha256:1")
    assert (lesson.times, lesson.repairs, lesson.made, lesson.edit) == (3, ("r-0", "r-2", "r-3"), 5, None)
    assert lesson.words == "release@1 is wrong: step 1 was repaired 3 times in the same way (replace: make rows)"
    assert lesson.next == "replaybook promote release@5 makes the version active that holds it"
    assert lessons(said, version=5, digest="sha256:5") == ()
    other = (PatchEntry(op=PatchOp.REPLACE, step_index=1, value="make all"),)
    assert lessons([*said[:3], msgspec.structs.replace(said[3], patch=other)], version=1, digest="sha256:1") == ()


def test_an_edit_is_proposed_once() -> None:
    said = reviewed(YES, YES, YES)
    assert not proposed_before(said, said[-1])
    edit = repair(repair_id="e", source=LEARNED)
    assert proposed_before([*said, edit], said[-1])
    (lesson,) = lessons([*said, edit], version=1, digest="sha256:1")
    assert lesson.edit == "e"
    assert proposed_before([*said, msgspec.structs.replace(edit, status=NO)], said[-1])
