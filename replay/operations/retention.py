"""Which recordings are old enough to go, and why others stay (pure)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from capture.trace import Run, RunStatus


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An old recording that stays."""

    run_id: str
    reason: str
    """In a clause."""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """What would go, and what would not although it is old."""

    before: str
    """ISO 8601: recordings that ended before are old."""
    goes: tuple[str, ...] = ()
    """Run ids, oldest first."""
    kept: tuple[Kept, ...] = ()
    young: int = 0
    """Recordings that are not old."""
    gone: bool = False
    """Whether it was done."""
    freed: int = 0
    """Bytes that it freed on the disk, when it was done; contents that another recording names stay."""


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """How many recordings a library holds on to for longer than it was told to."""

    older_than: str
    """A span, as `90d`."""
    runs: int
    """Recordings that a purge would delete."""

    @property
    def words(self) -> str:
        """In a clause."""
        count = "1 recording is" if self.runs == 1 else f"{self.runs or 'no'} recordings are"
        return f"{count} older than your retention of {self.older_than}"


def retention(runs: Iterable[Run], before: datetime, *, needed: Mapping[str, str], newest: int = 0) -> Retention:
    """Choose.

    Args:
        runs: All recordings.
        before: Those that ended earlier are old; of one whose end is not known, its start counts.
        needed: Why a recording stays although it is old, by run id.
        newest: So many of the newest stay, however old.
    """
    rising = sorted(runs, key=lambda run: run.started_at)
    safe = {run.run_id for run in rising[max(0, len(rising) - newest) :]} if newest else set()
    goes: list[str] = []
    kept: list[Kept] = []
    young = 0
    for run in rising:
        if (run.ended_at or run.started_at) >= before:
            young += 1
        elif reason := _stays(run, needed, safe):
            kept.append(Kept(run_id=run.run_id, reason=reason))
        else:
            goes.append(run.run_id)
    return Retention(before=before.isoformat(), goes=tuple(goes), kept=tuple(kept), young=young)


def _stays(run: Run, needed: Mapping[str, str], safe: set[str]) -> str | None:
    if run.status is RunStatus.IN_PROGRESS:
        return "it is still being recorded"
    return needed.get(run.run_id) or ("it is one of the newest" if run.run_id in safe else None)
