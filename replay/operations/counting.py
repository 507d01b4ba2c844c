"""What a library's work comes to, counted from catalog, replays and log: for who watches it from outside."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from capture.errors import ReplaybookError
from replay.governance.audit import Action
from replay.governance.chain import AuditEntry
from replay.library.rows import RepairRow, ReplayRow, RunRow, ValidationRow, VersionRow
from replay.outcome import Mode, ReplayStatus
from replay.repairs.proposal import RepairStatus
from replay.verifying import UNSTORED

DECIDED = frozenset({Action.SIGNED, Action.APPROVED, Action.REJECTED, Action.CHANGES_REQUESTED})
"""A person has looked at a repair and said something."""
STOPPED = frozenset({ReplayStatus.FAILED, ReplayStatus.NEEDS_REVIEW, ReplayStatus.NOT_READY})
"""The replays whose documents say at what they stopped."""
_JUDGED = frozenset({ReplayStatus.SUCCESS, ReplayStatus.FAILED, ReplayStatus.NEEDS_REVIEW})


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog holds of what is counted."""

    runs: tuple[RunRow, ...] = ()
    versions: tuple[VersionRow, ...] = ()
    repairs: tuple[RepairRow, ...] = ()
    replays: tuple[ReplayRow, ...] = ()
    validations: tuple[ValidationRow, ...] = ()


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The counts, each a whole that can be checked against the lists of the command line."""

    at: str
    """ISO 8601 UTC."""
    runs: dict[str, int]
    """Recordings by how they ended."""
    versions: dict[str, int]
    """Playbook versions by status."""
    replays: dict[str, dict[str, int]]
    """By mode, then by status."""
    success_ratio: float | None
    """Of the strict and guided replays that were judged, outside of shadows, the share that passed; None: there are
    none."""
    divergences: dict[str, int]
    """Replays that stopped outside of shadows, by the class of what they stopped at."""
    unreadable: int
    """Replays of which nobody can say at what they stopped: their documents are gone or damaged."""
    repairs: dict[str, int]
    """Proposed repairs by where they stand."""
    review_s: list[float]
    """Seconds from each repair's proposal until a person first said something to it, sorted."""
    inbox_waiting: int
    """Repairs that wait for a person."""
    inbox_oldest_s: float | None
    """For how long the oldest has waited; None: none waits."""
    validations: dict[str, dict[str, int]]
    """By shadow level, then by verdict."""
    audit_entries: int | None
    """Length of the log of decisions; None: its head is gone."""


def count(
    rows: Rows,
    entries: Sequence[AuditEntry],
    *,
    stopped_at: Callable[[str], str | None],
    length: int | None,
    now: datetime,
) -> Figures:
    """Count (pure but for what `stopped_at` reads).

    Args:
        rows: The catalog's.
        entries: The log of decisions.
        stopped_at: The class of what a replay stopped at, by its id; None: its document says nothing of it. What it
            raises is counted as unreadable.
        length: Of the log.
        now: For how long repairs have waited.
    """
    real = [one for one in rows.replays if not one.in_shadow and one.version != UNSTORED]
    # The documents of those that passed, most of all, are not read.
    classes, unreadable = _classes((one.id for one in real if one.status in STOPPED), stopped_at)
    judged = [one for one in real if one.mode is not Mode.SIMULATE and one.status in _JUDGED]
    passed = sum(one.status is ReplayStatus.SUCCESS for one in judged)
    waiting = [one.created_at for one in rows.repairs if one.status is RepairStatus.PROPOSED]
    return Figures(
        at=now.isoformat(),
        runs=_counted(one.status for one in rows.runs),
        versions=_counted(one.status for one in rows.versions),
        replays=_grouped((one.mode, one.status) for one in rows.replays),
        success_ratio=passed / len(judged) if judged else None,
        divergences=_counted(classes),
        unreadable=unreadable,
        repairs=_counted(one.status for one in rows.repairs),
        review_s=sorted(_reviewed(rows.repairs, entries)),
        inbox_waiting=len(waiting),
        inbox_oldest_s=max((now - datetime.fromisoformat(one)).total_seconds() for one in waiting) if waiting else None,
        validations=_grouped((one.level, one.verdict) for one in rows.validations),
        audit_entries=length,
    )


def _classes(replay_ids: Iterable[str], stopped_at: Callable[[str], str | None]) -> tuple[list[str], int]:
    """What some replays stopped at, and of how many that can't be read."""
    classes: list[str] = []
    unreadable = 0
    for one in replay_ids:
        try:
            found = stopped_at(one)
        except ReplaybookError:
            unreadable += 1
        else:
            classes += [found] if found else []
    return classes, unreadable


def _reviewed(repairs: Iterable[RepairRow], entries: Iterable[AuditEntry]) -> Iterable[float]:
    """How long each repair that was decided waited for it, in seconds."""
    proposed = {one.id: datetime.fromisoformat(one.created_at) for one in repairs}
    for entry in entries:
        if entry.action in DECIDED and (since := proposed.pop(entry.subject, None)) is not None:
            yield max(0.0, (datetime.fromisoformat(entry.at) - since).total_seconds())


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(str(one) for one in words).items()))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for (group, word), number in sorted(Counter((str(one), str(two)) for one, two in pairs).items()):
        counts.setdefault(group, {})[word] = number
    return counts
