"""Puts proposals in order, and says whether the first one stands out."""

from collections.abc import Iterable

import msgspec

from replay.repairs.proposal import OUTSIDE, Candidate, Risk, Trust

ORDER = tuple(Trust)
"""Most trusted first."""
SURE_ENOUGH = 0.5
"""Below this confidence nothing is preselected."""
MARGIN = 0.05
"""Confidences closer than this are equal."""


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate with its place."""

    candidate: Candidate
    rank: int
    """Counts from 1."""
    preselected: bool
    """The first one, when it is strictly better than the second, not risky, and made on this machine."""


def rank(candidates: Iterable[Candidate]) -> tuple[Ranked, ...]:
    """Order by trust, then by confidence; the same patch counts once.

    What comes of a rule that is mostly rejected on this machine stands behind all other rules' proposals.

    Args:
        candidates: What the sources offer, each source's best first.

    Returns:
        Best first; equally good ones keep the order that they came in, and none of them is preselected.
    """
    best: dict[object, Candidate] = {}
    for candidate in sorted(candidates, key=_place):
        best.setdefault(msgspec.json.encode(candidate.patch), candidate)
    ordered = tuple(best.values())
    return tuple(
        Ranked(candidate=candidate, rank=place, preselected=place == 1 and _stands_out(ordered))
        for place, candidate in enumerate(ordered, 1)
    )


def _place(candidate: Candidate) -> tuple[bool, bool, int, float]:
    return candidate.trust in OUTSIDE, candidate.doubted, ORDER.index(candidate.trust), -candidate.confidence


def _stands_out(ordered: tuple[Candidate, ...]) -> bool:
    first = ordered[0]
    if first.doubted or first.risk is Risk.HIGH or first.trust in OUTSIDE or first.confidence < SURE_ENOUGH:
        return False
    return len(ordered) == 1 or _strictly_better(first, ordered[1])


def _strictly_better(first: Candidate, second: Candidate) -> bool:
    if second.doubted:
        return True
    more_trusted = ORDER.index(first.trust) < ORDER.index(second.trust)
    return more_trusted or first.confidence - second.confidence >= MARGIN
