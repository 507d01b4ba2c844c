"""Is an active version still to be trusted: one that diverged twice in a row is suspect, until it succeeds (pure)."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from replay.outcome import Divergence, FailureClass, Mode, Replay, ReplayStatus

IN_A_ROW = 2
"""Divergences that make a version suspect."""
_DIVERGED = frozenset({ReplayStatus.FAILED, ReplayStatus.NEEDS_REVIEW})
_MOST = 100
"""Replays that are looked at to find since when."""


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """Why an active version is not to be trusted at the moment."""

    since: str
    """When the first of the divergences in a row began, ISO 8601 UTC."""
    divergences: int
    """How many in a row."""
    step_index: int
    """Where the newest one stopped."""
    failure_class: FailureClass = msgspec.field(name="class")
    message: str
    """Of the newest one."""
    replays: tuple[str, ...]
    """Newest first."""

    @property
    def words(self) -> str:
        """In a few words."""
        return f"suspect since {self.since[:10]}: step {self.step_index}, {self.failure_class}"


def counts(replay: Replay, version: int, digest: str) -> bool:
    """Whether a replay says something of a version: it ran steps of that very document, and was not cut short.

    A validation in a shadow doesn't count, since its control run is meant to fail; a drift watch's replay does.
    """
    ran = replay.mode is not Mode.SIMULATE and replay.status is not ReplayStatus.CANCELLED
    meant = replay.shadow is None or replay.watch
    refused = replay.failure is not None and replay.failure.divergence is Divergence.POLICY
    return ran and meant and not refused and (replay.version, replay.digest) == (version, digest)


def suspect(replays: Iterable[Replay], *, version: int, digest: str, since: str | None) -> Suspect | None:
    """Whether the newest replays of an active version all diverged, at least twice.

    Args:
        replays: Of its playbook, newest first; not read further than needed.
        version: The active one.
        digest: Of it.
        since: When it was promoted, or came back; None: not known, so nothing is too old.
    """
    row: list[Replay] = []
    for seen, replay in enumerate(replays):
        if seen >= _MOST or (since is not None and _before(replay.started_at, since)):
            break
        if not counts(replay, version, digest):
            continue
        if replay.status not in _DIVERGED or replay.failure is None:
            break
        row.append(replay)
    if len(row) < IN_A_ROW or row[0].failure is None:
        return None
    newest = row[0].failure
    return Suspect(
        since=row[-1].started_at,
        divergences=len(row),
        step_index=newest.step_index,
        failure_class=newest.failure_class,
        message=newest.message,
        replays=tuple(one.replay_id for one in row),
    )


def _before(one: str, two: str) -> bool:
    return datetime.fromisoformat(one) < datetime.fromisoformat(two)
