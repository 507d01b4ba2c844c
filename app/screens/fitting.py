"""Holding a version against what happens: done again in a shadow, or compared with a replay or a run."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime

from textual.message import Message

from app.errands import Errand
from app.looking import Marked
from app.moments import ago
from app.ports import Core
from app.screens.base import BookScreen
from app.screens.choosing import Choose
from app.screens.comparing import STATUS_PIECES
from app.screens.dialogs import AskText, Reading
from app.screens.endings import ending_of
from app.screens.listing import RUN_MARKS
from app.screens.typed_path import typed_path
from app.stored import Updated, Verified
from app.widgets.prose import Piece, Row, Tone, diff_rows, piece, row, rows
from app.widgets.shelf import Shelf
from app.workers.facts import Fitted
from capture.trace import Run
from replay.outcome import Mode, Replay
from replay.verifying import Verification

WORKSPACE_QUESTION = (
    "The work is done once more in an isolated copy, to learn what varies. From which state? A directory that is as "
    "the workspace was before the recording; empty: {workspace}, taken back to where the recording began."
)
SHADOW_TEXT = (
    "The recorded commands run again now, in an isolated copy of {workspace}. Nothing reaches the directory itself. "
    "What comes out different is noise, and is masked in a new draft. You may leave this screen; {stop} stops it."
)
UPDATE_TEXT = "Against what? Lines that no longer match are written anew in a draft; nothing is run."
NOTHING_TO_COMPARE = "nothing to hold it against yet: replay it, or record the same work once more"


def ask_shadow(screen: BookScreen, title: str, run: Run, start: Callable[[str | None], None]) -> None:
    """Ask for the state to begin from, and then whether the commands may run there.

    Args:
        screen: Who asks.
        title: What will be done.
        run: The recording.
        start: Is given the directory; None: the recording's own, taken back.
    """

    def placed(given: str | None) -> None:
        if given is not None:
            place = os.path.realpath(typed_path(given)) if given.strip() else None
            where = place or f"{run.workspace} as it was before the recording"
            screen.confirm(title, SHADOW_TEXT.format(workspace=where, stop=stop), lambda: start(place))

    stop = screen.book.keys.first("stop-errand")
    question = WORKSPACE_QUESTION.format(workspace=run.workspace)
    screen.app.push_screen(AskText(title, question, optional=True, problem=_no_directory), placed)


def _no_directory(given: str) -> str | None:
    path = typed_path(given)
    return f"{path} is not a directory; give another" if given.strip() and not os.path.isdir(path) else None  # noqa: PTH112 - pathlib raises where a folder above is shut


def verify_errand(core: Core, ref: str, *, cwd: str | None) -> Errand:
    """Doing a version again, as an errand whose fact is `Fitted`."""

    def work(errand: Errand) -> Message:
        done = core.verify(ref, cwd=cwd, progress=errand.report, director=errand)
        return _verified(ref, _ref(done), done.found)

    return Errand(f"verifying {ref}", work, ending=ending_of)


def verified_errand(core: Core, run: Run, name: str, *, marked: Marked, cwd: str | None) -> Errand:
    """Compiling and doing it again, as an errand whose fact is `Fitted`."""

    def work(errand: Errand) -> Message:
        made, found = core.compile_verified(
            [run.run_id],
            name=name,
            keep=marked.keep,
            drop=marked.drop,
            cwd=cwd,
            progress=errand.report,
            director=errand,
        )
        ref = f"{made.playbook.name}@{made.playbook.version}"
        return _verified(ref, ref, found, source=run.run_id)

    return Errand(f"compiling and verifying {name}", work, ending=ending_of)


def update_errand(core: Core, ref: str, source: str) -> Errand:
    """Bringing a version up to date, as an errand whose fact is `Fitted`."""

    def work(errand: Errand) -> Message:
        del errand
        done = core.update(ref, source)
        made = _ref(done)
        head = f"{made} is a draft, made of {ref}" if made else f"{ref} still matches: nothing is written anew"
        return Fitted(ref, made=made, good=not done.left, said=(head, *done.changes), diff=done.diff, left=done.left)

    return Errand(f"updating {ref}", work, ending=ending_of)


def _ref(done: Verified | Updated) -> str | None:
    playbook = done.made.playbook if done.made else None
    return f"{playbook.name}@{playbook.version}" if playbook else None


def _verified(ref: str, made: str | None, found: Verification, *, source: str | None = None) -> Fitted:
    head, *told = found.lines()
    said = (f"{made or ref} {head}", *(line.strip() for line in told))
    return Fitted(ref, made=made, good=found.passed, said=said, source=source)


def show_fitted(screen: BookScreen, fact: Fitted) -> None:
    """Tell everything of it over a screen."""
    screen.app.push_screen(Reading(fact.made or fact.ref, fitted_rows(fact)))


def fitted_rows(fact: Fitted) -> list[Row]:
    """What came of holding a version against what happened."""
    head, *told = fact.said
    sign, tone = ("✓ ", Tone.GOOD) if fact.good else ("! ", Tone.WARN)
    shown = [*rows(head, tone, first=sign, rest="  ")]
    shown += [line for text in told for line in rows(text, first="· ", rest="  ")]
    shown += [(), *diff_rows(fact.diff)] if fact.diff else []
    left = [line for text in fact.left for line in rows(text, first="- ", rest="  ")]
    return [*shown, (), row("Left as it is", Tone.HEAD), *left] if left else shown


def ask_source(screen: BookScreen, ref: str, *, replays: Sequence[Replay], runs: Sequence[Run], now: datetime) -> None:
    """Ask which replay or run to hold a version against, then do it as an errand.

    Args:
        screen: Who asks.
        ref: NAME@V.
        replays: Of the playbook, newest first.
        runs: What was recorded, newest first.
        now: To say how long ago something was.
    """
    options = [_replay_option(one, now) for one in replays if one.run_id and one.mode is not Mode.SIMULATE]
    options += [_run_option(run, now) for run in runs if run.replay_id is None]
    if not options:
        screen.say(NOTHING_TO_COMPARE, severity="warning")
        return
    core = screen.core

    def chosen(source: str | None) -> None:
        if source is not None:
            screen.book.send_out(update_errand(core, ref, source))

    shelf = Shelf("what", "when", "came to", empty="", id="sources")
    screen.app.push_screen(Choose(f"Update {ref}", UPDATE_TEXT, shelf, options), chosen)


def _replay_option(replay: Replay, now: datetime) -> tuple[str, list[Piece]]:
    sign, _, words = STATUS_PIECES[replay.status].text.partition(" ")
    stopped = f" at step {replay.stopped_at}" if replay.stopped_at else ""
    began = ago(datetime.fromisoformat(replay.started_at), now) if replay.started_at else ""
    mark = Piece(sign, STATUS_PIECES[replay.status].tone)
    what = f"replay of v{replay.version}{', in a shadow' if replay.shadow else ''}"
    return replay.replay_id, [mark, piece(what, Tone.STRONG), piece(began), piece(f"{words}{stopped}")]


def _run_option(run: Run, now: datetime) -> tuple[str, list[Piece]]:
    came = piece(run.status.replace("_", " "))
    return run.run_id, [RUN_MARKS[run.status], piece(run.name, Tone.STRONG), piece(ago(run.started_at, now)), came]
