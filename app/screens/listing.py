"""What Home says of playbooks and recordings, row by row (pure)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.amounts import counted
from app.documents import origin, run_standing
from app.health import LAST, Beat, Health, against_it
from app.keymap import Keys
from app.moments import ago
from app.screens.describing import mistake_words
from app.screens.settling import unknown_pieces
from app.stored import Summary
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.recorded import lasted
from capture.tape.presence import Presence
from capture.trace import Run, RunStatus
from replay.history.drift import Checked
from replay.operations.retention import Overdue
from replay.outcome import Replay, ReplayStatus
from replay.playbook import VersionStatus
from replay.shadow import Level

RUN_MARKS = {
    RunStatus.SUCCESS: piece("✓", Tone.GOOD),
    RunStatus.FAILED: piece("✗", Tone.BAD),
    RunStatus.IN_PROGRESS: piece("▸", Tone.HEAD),
    RunStatus.PARTIAL: piece("!", Tone.WARN),
    RunStatus.RECOVERED: piece("!", Tone.WARN),
}
VERSION_MARKS = {
    VersionStatus.ACTIVE: piece("✓", Tone.GOOD),
    VersionStatus.SHADOW: piece("◇", Tone.HEAD),
    VersionStatus.DRAFT: piece("·", Tone.DIM),
    VersionStatus.DISABLED: piece("⊘", Tone.BAD),
}
MARKED = "●"
"""Stands before a recording that will be compiled with others."""
BARS = "▁▂▃▄▅▆▇█"
"""A replay that succeeded: the higher, the longer it took beside its neighbours."""
OTHERS = {ReplayStatus.FAILED: "✗", ReplayStatus.NEEDS_REVIEW: "●"}
"""Signs of the replays that did not succeed."""
WELL = Health()


def spark(beats: Sequence[Beat]) -> str:
    """Replays as one character each, oldest first: a bar for one that succeeded, a sign for one that did not.

    Args:
        beats: Any number.
    """
    longest = max((beat.duration_ms or 0 for beat in beats if beat.status not in OTHERS), default=0)
    return "".join(OTHERS.get(beat.status) or _bar(beat.duration_ms or 0, longest) for beat in beats)


def _bar(duration: float, longest: float) -> str:
    return BARS[min(int(duration / longest * len(BARS)), len(BARS) - 1)] if longest else BARS[0]


def playbook_cells(one: Summary, found: Health = WELL, checked: Checked | None = None) -> list[Piece]:
    """Mark, name, version and its status, steps, last replays, and what must be known of it.

    Args:
        one: The playbook.
        found: How it has fared.
        checked: What a drift watch found of it in this session.
    """
    active = f", v{one.active} active" if one.active not in (None, one.version) else ""
    return [
        VERSION_MARKS[one.status],
        piece(one.name, Tone.STRONG),
        piece(f"v{one.version} {one.status}{active}"),
        piece(str(one.steps)),
        Piece(spark(found.beats).rjust(LAST), Tone.HEAD),
        told(one, found, checked),
    ]


def told(one: Summary, found: Health = WELL, checked: Checked | None = None) -> Piece:
    """What must be known of a playbook before anything else, else what it is for."""
    wait = f"● {found.waiting} repair{'s' if found.waiting > 1 else ''} to review" if found.waiting else ""
    if one.problem:
        return piece(f"✗ {mistake_words(one.problem)}", Tone.BAD)
    against = next(against_it(one, found, checked), None)
    if against or wait:
        return piece(" · ".join(filter(None, (against and f"! {against}", wait))), Tone.WARN)
    return piece(one.goal or "", Tone.DIM)


def run_cells(run: Run, presence: Presence | None, now: datetime, *, marked: bool) -> list[Piece]:
    """Mark, name, when, how it stands, where."""
    return [
        Piece(MARKED, Tone.HEAD) if marked else RUN_MARKS[run.status],
        piece(run.name, Tone.STRONG),
        piece(ago(run.started_at, now)),
        piece(run_standing(run, presence).replace("_", " ")),
        piece(origin(run) or shortened_home(run.cwd, run.user_home), Tone.DIM),
    ]


def waiting_pieces(
    waiting: int, unknown: Sequence[Replay], next_step: str, keys: Keys, *, overdue: Overdue | None = None
) -> list[Piece]:
    """The last line of Home: what waits for a person, else what to do next.

    Args:
        waiting: Repairs.
        unknown: Replays with a step of which nobody knows.
        next_step: What to do next; empty: nothing in particular.
        keys: As a person has them.
        overdue: Recordings that stay for longer than they should.
    """
    said = unknown_pieces(unknown, keys)
    if overdue and overdue.runs:
        there = f"  press {keys.first('doctor')} {keys.first('purge-old')}   "
        said += [Piece("! ", Tone.WARN), piece(overdue.words, Tone.STRONG), piece(there)]
    if waiting:
        return [
            *said,
            Piece("● ", Tone.WARN),
            piece(f"{waiting} waiting for your review", Tone.STRONG),
            piece(f"  press {keys.first('inbox')}"),
        ]
    quiet = Piece("· No repair waits for review.", Tone.DIM)
    return [*said, *([Piece("→ ", Tone.HEAD), piece(next_step)] if next_step else [quiet])]


def next_step(runs: Sequence[Run], playbooks: Sequence[Summary], fared: Iterable[Health], keys: Keys) -> str:
    """What somebody who begins does next; empty for one who has promoted a playbook."""
    key = keys.first
    if not runs and not playbooks:
        return f"No playbooks yet. Press {key('record')} to begin. Nothing recorded yet."
    if not playbooks:
        return f"Next: {key('compile-marked')} on a recording makes a playbook of it; {key('open')} looks at it first."
    if any(one.active for one in playbooks):
        return ""
    if not any(one.beats for one in fared):
        return f"Next: {key('open')} opens the playbook; {key('guided')} there replays it, step by step."
    return (
        f"Next: {key('open')} opens the playbook; {key('validate')} there validates it, {key('promote')} promotes it."
    )


def about_playbook(one: Summary, found: Health, checked: Checked | None, keys: Keys) -> list[Row]:
    """What is known of the playbook under the cursor."""
    goal = rows(one.goal, Tone.DIM) if one.goal else [row("no goal was given", Tone.DIM)]
    shown: list[Row] = [(VERSION_MARKS[one.status], Piece(" "), piece(one.name, Tone.STRONG)), *goal, ()]
    versions = f"{len(one.versions)} version{'s' if len(one.versions) > 1 else ''}, "
    versions += f"v{one.active} is active" if one.active else "none is active yet"
    shown += [row(versions), row(f"{counted(one.steps, 'step')} in v{one.version}"), ()]
    if one.problem:
        shown += rows(mistake_words(one.problem), Tone.BAD, first="✗ ", rest="  ")
    for against in against_it(one, found, checked):
        shown += [(Piece("! ", Tone.WARN), piece(against, Tone.WARN))]
    if found.waiting:
        opens = f"{keys.first('inbox')} opens them"
        shown.append((Piece("● ", Tone.WARN), piece(f"{found.waiting} to review; {opens}", Tone.WARN)))
    if not found.beats:
        return [*shown, row("never replayed yet", Tone.DIM)]
    good = [beat for beat in found.beats if beat.status not in OTHERS]
    took = [beat.duration_ms for beat in good if beat.duration_ms is not None]
    shown += [(piece(f"{len(good)} of the last {len(found.beats)} replays passed"),)]
    shown += [row(f"the newest took {lasted(took[-1])}", Tone.DIM)] if took else []
    return shown


def about_run(run: Run, presence: Presence | None, now: datetime, keys: Keys) -> list[Row]:
    """What is known of the recording under the cursor."""
    goal = rows(run.goal, Tone.DIM) if run.goal else []
    shown: list[Row] = [(RUN_MARKS[run.status], Piece(" "), piece(run.name, Tone.STRONG)), *goal, ()]
    shown += [row(f"{run.status.replace('_', ' ')}, {ago(run.started_at, now)}")]
    if run.ended_at is not None:
        shown.append(row(f"{lasted((run.ended_at - run.started_at).total_seconds() * 1000)} in {run.shell}"))
    shown += [row(origin(run) or shortened_home(run.cwd, run.user_home), Tone.DIM)]
    if presence is not None:
        shown += [(), (Piece("▸ ", Tone.HEAD), piece(f"it goes on; {keys.first('open')} goes back to it"))]
    return shown


def standing(level: Level) -> str:
    """The shadow level, for the first line."""
    return f"shadow {level}" if level is not Level.L0 else "no shadow here"


def parting_rows(reason: str) -> list[Row]:
    """Why recordings are not one playbook."""
    first, _, rest = reason.partition(": ")
    return [
        *rows(first, Tone.BAD, first="✗ ", rest="  "),
        (),
        *(line for part in rest.split("; ") for line in rows(part, first="· ", rest="  ")),
    ]


def shortened_home(path: str, home: str) -> str:
    """A path with `~` for the person's own folder."""
    return f"~{path[len(home) :]}" if home and (path == home or path.startswith(f"{home}/")) else path
