"""Which repairs a person wants to see, in which order, and who has decided on them (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.moments import ago
from replay.governance.audit import Action
from replay.governance.chain import AuditEntry
from replay.repairs.proposal import Repair, RepairStatus, Risk

DECIDING = frozenset({Action.APPROVED, Action.REJECTED, Action.CHANGES_REQUESTED, Action.SIGNED})
"""Entries of the log that a person's answer leaves."""
RISKS = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}


class Order(StrEnum):
    """What stands on top; those that wait come before the others in each."""

    LONGEST = "waits longest"
    NEWEST = "newest"
    RISK = "most risk"
    SUREST = "surest"
    PLAYBOOK = "playbook"


class Decided(NamedTuple):
    """Who answered last, and when."""

    actor: str
    action: str
    at: str
    """ISO 8601 UTC."""


def deciders(entries: Iterable[AuditEntry]) -> dict[str, Decided]:
    """The last answer to each repair, by its id.

    Args:
        entries: Of the log, the oldest first.
    """
    return {one.subject: Decided(one.actor, one.action, one.at) for one in entries if one.action in DECIDING}


def waits(repairs: Iterable[Repair]) -> list[Repair]:
    """Those that wait, the one that waits longest first."""
    return ordered([one for one in repairs if one.status is RepairStatus.PROPOSED], Order.LONGEST)


def ordered(repairs: Iterable[Repair], order: Order) -> list[Repair]:
    """All of them, those that wait first."""
    found = sorted(repairs, key=lambda one: (one.created_at, one.repair_id), reverse=order is Order.NEWEST)
    match order:
        case Order.RISK:
            found.sort(key=lambda one: RISKS[one.risk])
        case Order.SUREST:
            found.sort(key=lambda one: -one.confidence)
        case Order.PLAYBOOK:
            found.sort(key=lambda one: (one.playbook, one.base_version, one.step_index, one.rank))
        case _:
            pass
    return sorted(found, key=lambda one: one.status is not RepairStatus.PROPOSED)


def chosen(repairs: Iterable[Repair], typed: str, decided: Mapping[str, Decided]) -> list[Repair]:
    """Those that a line of words names.

    Args:
        repairs: In their order.
        typed: `playbook:NAME`, `status:WORD`, `risk:WORD`, `source:WORD`, `class:WORD`, `by:NAME`, and texts that must
            stand somewhere in the repair, its change included; all of them in any case.
        decided: Who answered.
    """
    words = typed.casefold().split()
    return [one for one in repairs if all(_has(one, word, decided.get(one.repair_id)) for word in words)]


def _has(repair: Repair, word: str, decided: Decided | None) -> bool:
    facts = facts_of(repair, decided)
    key, colon, value = word.partition(":")
    if colon and key in facts:
        return value in facts[key].casefold()
    told = (*facts.values(), repair.repair_id, repair.rationale, repair.diff, repair.note or "")
    return any(word in text.casefold() for text in told)


def facts_of(repair: Repair, decided: Decided | None) -> dict[str, str]:
    """What can be asked for by name."""
    waiting = repair.status is RepairStatus.PROPOSED
    return {
        "playbook": f"{repair.playbook}@{repair.base_version}",
        "status": f"{'waiting ' if waiting else ''}{repair.status.replace('_', ' ')}",
        "risk": repair.risk,
        "source": repair.source,
        "class": repair.failure_class,
        "by": " ".join((*repair.approved_by, decided.actor if decided else "")),
    }


def decided_words(decided: Decided, repair: Repair, now: datetime) -> str:
    """Who decided, when, and what they said of it."""
    said = f": {repair.note}" if repair.note else ""
    when = ago(datetime.fromisoformat(decided.at), now)
    return f"{decided.action.replace('-', ' ')} by {decided.actor}, {when}{said}"


def summary(repairs: Sequence[Repair], now: datetime) -> tuple[str, ...]:
    """How many wait, for how long the first has, how many are stale, how many there are."""
    waiting = waits(repairs)
    stale = sum(one.status is RepairStatus.STALE for one in repairs)
    since = next((one.created_at for one in waiting if one.created_at), None)
    longest = f"the longest since {ago(datetime.fromisoformat(since), now)}" if since else ""
    return (f"{len(waiting)} waiting", longest, f"{stale} stale" if stale else "", f"{len(repairs)} in all")
