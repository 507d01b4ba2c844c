"""Which decisions somebody wants to see."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from capture.errors import BadInputError
from replay.governance.chain import AuditEntry

PlaybookOf = Callable[[str], str | None]
"""The playbook that a repair or a replay is about, by its id."""
_SPAN = re.compile(r"(\d{1,6})\s*(min|h|d|w)")
_UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """All that is not named is wanted."""

    playbook: str | None = None
    """Its versions, its repairs and its replays; with `@V` that version alone."""
    since: datetime | None = None
    """The earliest moment."""
    kinds: frozenset[str] = frozenset()
    """Actions, as `promoted`."""
    text: str = ""
    """Stands anywhere in the entry, in any case."""

    def has(self, entry: AuditEntry, playbook_of: PlaybookOf) -> bool:
        """Whether an entry is one of them."""
        return (
            (not self.kinds or entry.action in self.kinds)
            and (self.since is None or datetime.fromisoformat(entry.at) >= self.since)
            and (self.playbook is None or self._is_about(entry, playbook_of))
            and self.text.casefold() in _words(entry)
        )

    def _is_about(self, entry: AuditEntry, playbook_of: PlaybookOf) -> bool:
        name, _, _ = entry.subject.partition("@")
        return self.playbook in {entry.subject, name, playbook_of(entry.subject)}


EVERYTHING = Wanted()
"""No decision is left out."""


def wanted_of(typed: str, *, now: datetime) -> Wanted:
    """What a person typed into one line: `playbook:NAME since:7d kind:promoted`, and text to look for.

    Raises:
        BadInputError: A moment that is none.
    """
    given: dict[str, list[str]] = {"playbook": [], "since": [], "kind": []}
    text: list[str] = []
    for word in typed.split():
        key, colon, value = word.partition(":")
        (given[key] if colon and value and key in given else text).append(value if colon and key in given else word)
    return Wanted(
        playbook=given["playbook"][-1] if given["playbook"] else None,
        since=moment(given["since"][-1], now=now) if given["since"] else None,
        kinds=frozenset(given["kind"]),
        text=" ".join(text),
    )


def moment(typed: str, *, now: datetime) -> datetime:
    """A moment as people write it.

    Args:
        typed: A date or a time in ISO 8601 (UTC unless it says otherwise), or a span before now: 90min, 12h, 7d, 2w.
        now: With a time zone.

    Raises:
        BadInputError: It is neither.
    """
    span = _SPAN.fullmatch(typed.strip())
    try:
        if span:
            return now - int(span[1]) * _UNITS[span[2]]
        given = datetime.fromisoformat(typed.strip())
    except (ValueError, OverflowError) as error:
        raise BadInputError(
            f"{typed!r} is no moment; give a date as 2026-03-01, a time as 2026-03-01T09:00:00, or a span as 12h or 7d"
        ) from error
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def chosen(entries: Iterable[AuditEntry], wanted: Wanted, playbook_of: PlaybookOf) -> tuple[AuditEntry, ...]:
    """Those that are wanted, in their order."""
    return tuple(entry for entry in entries if wanted.has(entry, playbook_of))


def _words(entry: AuditEntry) -> str:
    details = (text for pair in entry.details.items() for text in pair)
    return "\n".join((entry.actor, entry.action, entry.subject, entry.at, *details)).casefold()
