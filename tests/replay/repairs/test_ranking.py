"""The order of proposals."""

from replay.repairs.proposal import Candidate, PatchEntry, PatchOp, Risk, Trust
from replay.repairs.ranking import rank


def candidate(run: str, trust: Trust, confidence: float, risk: Risk = Risk.LOW) -> Candidate:
    patch = (PatchEntry(op=PatchOp.REPLACE, step_index=1, value=run),)
    return Candidate(source="rule:x", patch=patch, rationale="", confidence=confidence, trust=trust, risk=risk)


def test_trust_comes_before_confidence() -> None:
    ranked = rank(
        [candidate("a", Trust.MODEL, 1.0), candidate("b", Trust.NEAR_MATCH, 0.6), candidate("c", Trust.TOOL_HINT, 0.5)]
    )

    assert [item.candidate.patch[0].value for item in ranked] == ["c", "b", "a"]
    assert [item.rank for item in ranked] == [1, 2, 3]
    assert [item.preselected for item in ranked] == [True, False, False]


def test_equals_risky_and_unsure_ones_are_not_chosen() -> None:
    equal = rank([candidate("a", Trust.NEAR_MATCH, 0.7), candidate("b", Trust.NEAR_MATCH, 0.7)])
    risky = rank([candidate("a", Trust.NEAR_MATCH, 0.9, Risk.HIGH)])
    unsure = rank([candidate("a", Trust.TOOL_HINT, 0.4)])

    assert not any(item.preselected for item in (*equal, *risky, *unsure))


def test_the_same_patch_counts_once_by_its_best_source() -> None:
    (only,) = rank([candidate("a", Trust.NEAR_MATCH, 0.9), candidate("a", Trust.TOOL_HINT, 0.8)])

    assert only.candidate.trust is Trust.TOOL_HINT
