"""Running a library: what the screens ask of the core, and what both front ends say of it."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Protocol

from app.vitals import told_span
from capture.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from app.doctor import Finding
    from capture.trace import Run
    from replay.operations.backup import Manifest
    from replay.operations.counting import Figures
    from replay.operations.retention import Overdue, Retention
    from replay.team.copying import Copied

MIB = 1 << 20


class Upkeep(Protocol):
    """Who does it; each call may block."""

    def figures(self) -> Figures:
        """What all work came to until now."""
        ...

    def vitals(self) -> tuple[Finding, ...]:
        """Whether the library is in order."""
        ...

    def overdue(self, runs: Sequence[Run]) -> Overdue | None:
        """How many recordings a purge by the settings would delete; None: they say nothing of it, or can't be read."""
        ...

    def retention(self, before: datetime) -> Retention:
        """Which recordings would go that ended before; changes nothing."""
        ...

    def purge(self, chosen: Retention, *, progress: Callable[[str], None]) -> Retention:
        """Delete them for good; what `progress` raises ends it between two portions."""
        ...

    def back_up(self, target: Path, *, progress: Callable[[str], None]) -> Manifest:
        """Copy the whole home to a file; what `progress` raises leaves none."""
        ...

    def check_backup(self, file: Path, *, progress: Callable[[str], None]) -> Manifest:
        """Hold a backup against its own list, and extract nothing."""
        ...

    def restore(self, file: Path, folder: Path, *, progress: Callable[[str], None]) -> Manifest:
        """Make another home of a backup in an empty folder; what `progress` raises leaves none."""
        ...

    def copy_catalog(self, source: str, target: str, *, progress: Callable[[str], None]) -> Copied:
        """Copy what a home or a database holds into an empty one."""
        ...


def figure_lines(figures: Figures) -> Iterator[str]:
    """The figures for a person."""
    for what, words in (("recordings", figures.runs), ("versions", figures.versions), ("repairs", figures.repairs)):
        yield f"{what}: {_counts(words)}"
    for mode, words in figures.replays.items():
        yield f"replays, {mode}: {_counts(words)}"
    if figures.success_ratio is not None:
        yield f"passed: {figures.success_ratio:.0%} of the strict and guided replays that were judged"
    if figures.divergences:
        yield f"stopped at: {_counts(figures.divergences)}"
    if figures.unreadable:
        yield f"stopped at what can't be read: {figures.unreadable}"
    for level, words in figures.validations.items():
        yield f"validations, {level}: {_counts(words)}"
    if figures.review_s:
        middle = told_span(median(figures.review_s))
        yield f"first word on a repair: after {middle} in the median of {len(figures.review_s)}"
    if figures.inbox_oldest_s is not None:
        yield f"waiting: {figures.inbox_waiting}, the oldest for {told_span(figures.inbox_oldest_s)}"
    if figures.audit_entries is not None:
        yield f"decisions: {figures.audit_entries}"


def _counts(words: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {printable(word)}" for word, number in words.items()) or "none"


def retention_lines(found: Retention) -> Iterator[str]:
    """What goes or went, for a person."""
    yield from (f"{'deleted' if found.gone else 'goes'}  {run_id}" for run_id in found.goes)
    yield from (f"stays  {one.run_id}: {printable(one.reason)}" for one in found.kept)
    freed = f", {found.freed / MIB:.1f} MiB freed" if found.gone else ""
    went = "deleted" if found.gone else "would go"
    yield f"{len(found.goes)} {went}{freed}, {len(found.kept)} old ones stay, {found.young} are not old"


def copied_lines(place: Path, found: Manifest) -> Iterator[str]:
    """What a copy holds, where it is, and what is not in it."""
    yield printable(f"{place}: {len(found.files)} files, {found.size / MIB:.1f} MiB, as of {found.made_at}")
    if found.team is not None:
        yield printable(f"the team's database {found.team} is not in it: copy that with pg_dump")


def copied_document(what: str, place: Path, found: Manifest) -> dict[str, object]:
    """The same for programs.

    Args:
        what: What the place is: `file` or `home`.
        place: Where it is.
        found: What it holds.
    """
    numbers = {"files": len(found.files), "bytes": found.size, "made_at": found.made_at, "team": found.team}
    return {what: str(place), **numbers}
