"""How a playbook has fared lately: its last replays, what has drifted, and which repairs wait, as values."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from replay.outcome import Mode, Replay, ReplayStatus
from replay.shadow import Level

if TYPE_CHECKING:
    from app.stored import Summary
    from replay.history.drift import Checked

LAST = 8
"""Replays that are told of."""
_DRIFTED = frozenset({ReplayStatus.FAILED, ReplayStatus.NEEDS_REVIEW, ReplayStatus.NOT_READY})


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One replay."""

    replay_id: str
    status: ReplayStatus
    duration_ms: float | None = None
    """None: not noted."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of a playbook before it is replayed again."""

    beats: tuple[Beat, ...] = ()
    """The last replays that ran steps, oldest first."""
    drifted: str | None = None
    """What the newest replay or simulation stopped at, in a clause; None when it did not stop, or there is none."""
    waiting: int = 0
    """Repairs that wait for a person."""

    @property
    def passed(self) -> int:
        """How many of the last replays succeeded."""
        return sum(beat.status is ReplayStatus.SUCCESS for beat in self.beats)


class Wellbeing(Protocol):
    """Who knows it; each call may block."""

    def health(self) -> Mapping[str, Health]:
        """By playbook."""
        ...

    def shadow_level(self) -> Level:
        """The best isolation that this machine offers."""
        ...


def health(replays: Sequence[Replay], *, waiting: int) -> Health:
    """What the newest replays of a playbook say (pure).

    Args:
        replays: Newest first; those that say nothing of it are passed over.
        waiting: Repairs that wait.
    """
    telling = [one for one in replays if tells(one)]
    beats = [
        Beat(replay_id=one.replay_id, status=one.status, duration_ms=one.duration_ms)
        for one in telling
        if one.mode is not Mode.SIMULATE
    ]
    return Health(beats=tuple(beats[:LAST][::-1]), drifted=_drift(telling), waiting=waiting)


def tells(replay: Replay) -> bool:
    """Whether a replay says something: it was not cut short, and was not made to find something else out.

    A validation's control run is meant to fail; what a drift watch does in a shadow speaks of the real workspace.
    """
    return replay.status is not ReplayStatus.CANCELLED and (replay.shadow is None or replay.watch)


def _drift(telling: Sequence[Replay]) -> str | None:
    newest = next(iter(telling), None)
    if newest is None or newest.status not in _DRIFTED:
        return None
    if newest.failure is None:
        return newest.status.replace("_", " ")
    return f"step {newest.failure.step_index}, {newest.failure.failure_class}"


def against_it(one: "Summary", found: Health, checked: "Checked | None" = None) -> Iterator[str]:
    """All that speaks against a playbook, in clauses, the heaviest first."""
    yield from ([one.suspect.words] if one.suspect else [])
    if checked and not checked.passed:
        yield f"drifted: {checked.reason}"
    elif found.drifted and not one.suspect:
        yield f"drifted: {found.drifted}"
    yield from ([one.wrong] if one.wrong else [])
