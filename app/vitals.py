"""Whether a library is in order: what a monitor asks every minute, and what to do about what is not."""

import os
import shutil
from collections.abc import Sequence
from datetime import timedelta

from app.doctor import Finding, State
from app.logs import VARIABLE, opened, refusal
from capture.errors import BadInputError
from capture.home import Home
from replay.governance.chain import AuditVerdict
from replay.governance.freezing import Frozen
from replay.operations.counting import Figures
from replay.operations.retention import Overdue
from replay.outcome import Replay
from replay.playbook import VersionStatus

LEAST_FREE = 1 << 30
"""Bytes that the home's disk should have left: a long recording takes some hundred megabytes."""
PATIENCE = timedelta(days=3)
"""For so long a repair may wait for a person."""


def vitals(  # noqa: PLR0913 - each is another part of the library
    home: Home,
    figures: Figures,
    *,
    log: AuditVerdict | None,
    frozen: Frozen | None,
    unknown: Sequence[Replay],
    overdue: Overdue | BadInputError | None = None,
    patience: timedelta = PATIENCE,
) -> tuple[Finding, ...]:
    """Judge (pure but for a look at the disk).

    Args:
        home: On whose disk.
        figures: As counted now.
        log: What became of holding the log of decisions against its chain; None: the server that has it is away.
        frozen: Why no replay may run.
        unknown: Replays with a step that may have happened or not.
        overdue: Recordings that stay for longer than they should, or why that can't be told; None: nobody wants that.
        patience: For how long a repair may wait.
    """
    return (
        _log(log, figures),
        _disk(home),
        _inbox(figures, patience),
        _unknown(unknown),
        _replays(frozen),
        *_records(figures),
        *_retained(overdue),
        *_logged(os.environ.get(VARIABLE)),
    )


def told_span(seconds: float) -> str:
    """How long something has lasted, in the largest unit that says something."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _log(log: AuditVerdict | None, figures: Figures) -> Finding:
    if log is None:
        told = "the team's server is away, and the log of decisions with it"
        advice = "look at it again once the server is back"
        return Finding(name="audit", state=State.DEGRADED, detail=told, advice=advice)
    decided = sum(number for status, number in figures.versions.items() if status != VersionStatus.DRAFT)
    if decided and not figures.audit_entries and log.ok:
        told = f"the log of decisions is gone, and yet versions were decided on ({decided})"
        advice = (
            "put audit.ndjson and audit.head back from a backup; replaybook backup --verify holds one against its list"
        )
        return Finding(name="audit", state=State.MISSING, detail=told, advice=advice)
    if log.ok:
        return Finding(name="audit", state=State.OK, detail=f"{figures.audit_entries or 0} decisions, whole")
    advice = "replaybook audit --verify tells where; no decision made since can be trusted before that is known"
    return Finding(name="audit", state=State.MISSING, detail="the log of decisions was changed", advice=advice)


def _disk(home: Home) -> Finding:
    free = shutil.disk_usage(home.path).free
    told = f"{free / (1 << 30):.1f} GiB free at {home.path}"
    if free >= LEAST_FREE:
        return Finding(name="disk", state=State.OK, detail=told)
    advice = "replaybook purge --older-than 90d --dry-run tells what may go"
    return Finding(name="disk", state=State.DEGRADED, detail=told, advice=advice)


def _inbox(figures: Figures, patience: timedelta) -> Finding:
    waiting, oldest = figures.inbox_waiting, figures.inbox_oldest_s
    if oldest is None:
        return Finding(name="inbox", state=State.OK, detail="no repair waits for a person")
    told = f"{waiting} {'waits' if waiting == 1 else 'wait'} for a person, the oldest for {told_span(oldest)}"
    if oldest <= patience.total_seconds():
        return Finding(name="inbox", state=State.OK, detail=told)
    return Finding(name="inbox", state=State.DEGRADED, detail=told, advice="replaybook repairs lists them")


def _unknown(unknown: Sequence[Replay]) -> Finding:
    if not unknown:
        return Finding(name="unknown", state=State.OK, detail="of no step it is unknown whether it happened")
    told = f"{len(unknown)} replays ended in a step that may have happened or not, the last {unknown[0].replay_id}"
    advice = f"replaybook settle {unknown[0].replay_id} says which"
    return Finding(name="unknown", state=State.DEGRADED, detail=told, advice=advice)


def _replays(frozen: Frozen | None) -> Finding:
    if frozen is None:
        return Finding(name="replays", state=State.OK, detail="may run")
    advice = "replaybook freeze --lift lets them run again"
    return Finding(name="replays", state=State.DEGRADED, detail=frozen.words, advice=advice)


def _records(figures: Figures) -> tuple[Finding, ...]:
    """Only where some can't be read."""
    if not figures.unreadable:
        return ()
    told = f"{figures.unreadable} of those that stopped can't be read, so nobody knows at what"
    advice = "replaybook replays names them; put their files in replays/ back from a backup"
    return (Finding(name="records", state=State.DEGRADED, detail=told, advice=advice),)


def _retained(overdue: Overdue | BadInputError | None) -> tuple[Finding, ...]:
    """Only where it was said how old recordings may get."""
    if overdue is None:
        return ()
    if isinstance(overdue, BadInputError):
        advice = "replaybook settings --edit opens them"
        return (Finding(name="retention", state=State.DEGRADED, detail=str(overdue), advice=advice),)
    state = State.DEGRADED if overdue.runs else State.OK
    advice = "replaybook purge asks and deletes them; --dry-run only tells which" if overdue.runs else ""
    return (Finding(name="retention", state=state, detail=overdue.words, advice=advice),)


def _logged(path: str | None) -> tuple[Finding, ...]:
    """Only where a log is wanted."""
    if not path:
        return ()
    try:
        os.close(opened(path))
    except OSError as error:
        told = f"{refusal(path, error)}, so nothing is logged"
    else:
        return (Finding(name="log", state=State.OK, detail=f"JSON lines in {path}"),)
    return (Finding(name="log", state=State.DEGRADED, detail=told, advice=f"give {VARIABLE} another file"),)
