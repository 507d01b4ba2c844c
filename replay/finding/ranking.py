"""In which order what was found is told (pure)."""

from collections.abc import Mapping, Sequence

import msgspec

from replay.finding.values import Match, Standing
from replay.playbook import VersionStatus

_TIERS = {VersionStatus.ACTIVE: 0, VersionStatus.SHADOW: 1, VersionStatus.DRAFT: 1, VersionStatus.DISABLED: 2}


def ranked(found: Sequence[Match], *, near: Mapping[str, float] | None = None) -> tuple[Match, ...]:
    """Best first: what is active before all else, what is disabled behind it.

    Args:
        found: In any order.
        near: How near a source of vectors finds each to the task, by name, 0 to 1; None: it was not asked.

    Returns:
        The same with their scores.
    """
    highest = max((one.relevance for one in found), default=0.0)

    def score(one: Match) -> float:
        relevance = one.relevance / highest if near and highest else one.relevance
        closeness = near.get(one.standing.name, 0.0) if near else 0.0
        return (relevance + closeness) * trust(one.standing)

    scored = [msgspec.structs.replace(one, score=round(score(one), 6)) for one in found]
    return tuple(sorted(scored, key=lambda one: (_TIERS[one.standing.status], -one.score, one.standing.name)))


def trust(standing: Standing) -> float:
    """What past replays make of a relevance: 1 where there were none, up to 1.25, down to 0.75."""
    return 0.75 + 0.5 * (standing.succeeded + 1) / (standing.tried + 2)
