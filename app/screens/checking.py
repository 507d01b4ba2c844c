"""Check: whether the active versions of all playbooks would still pass, as a drift watch finds it."""

from collections.abc import Iterator
from itertools import count
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from app.actions import Area, bindings
from app.calls import told_command
from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.comparing import CHECK_SIGNS
from app.screens.endings import ending_of
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, piece, rows
from app.widgets.recorded import lasted
from app.widgets.shelf import Shelf
from app.workers.telling import CheckEnded, PlaybookChecked
from replay.history.drift import Checked, Drift, Watch
from replay.outcome import CheckState, Replay, StepState
from replay.spreading.processes import over

EMPTY = "No playbook is known to be checked."
SIGNS = {
    Drift.PASSED: Piece("✓", Tone.GOOD),
    Drift.UNKNOWN: Piece("?", Tone.WARN),
    Drift.NOT_READY: Piece("✗", Tone.BAD),
    Drift.REFUSED: Piece("⊘", Tone.BAD),
    Drift.DIVERGED: Piece("✗", Tone.BAD),
    Drift.SKIPPED: Piece("-", Tone.DIM),
}


TITLES = {False: "checking", True: "checking in shadows"}
"""Of the job, without shadows and with them."""


class CheckScreen(BookScreen):
    """Playbooks above, what was found of the one under the cursor below."""

    AREA = Area.CHECK
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.CHECK)

    def __init__(self, found: Watch | None = None) -> None:
        """Show what a check found, or check.

        Args:
            found: By one that has ended; None: what goes on is looked at, else a new one begins.
        """
        super().__init__()
        self._watch = found
        self._found: dict[str, Checked] = {}
        self.playbooks = Shelf("playbook", "found", "took", "where", empty=EMPTY, id="playbooks")
        """All of them, as they become known."""
        self.detail = Lines(id="output")
        """Of the one under the cursor."""

    def compose_body(self) -> Iterator[Widget]:
        """List and detail."""
        yield self.playbooks
        yield self.detail

    def on_mount(self) -> None:
        """Check at once: it changes nothing."""
        self.playbooks.border_title, self.detail.border_title = "Playbooks", "Found"
        self.title_bar.place("check")
        self.playbooks.show(())
        self.playbooks.focus()
        going_on = next(filter(None, map(self.book.jobs.find, TITLES.values())), None)
        if self._watch is not None:
            self.take_fact(CheckEnded(self._watch))
        elif going_on is None:
            self.action_reload()
        for fact in going_on.told if going_on else ():
            self.post_message(fact)

    def action_reload(self) -> None:
        """Simulate all of them again."""
        self._check(shadow=False)

    def action_check_shadow(self) -> None:
        """Replay all of them in a shadow as well."""
        self._check(shadow=True)

    def _check(self, *, shadow: bool) -> None:
        core = self.core

        def work(errand: Errand) -> Message:
            known, planned = count(1), list[int]()

            def told(one: Checked) -> None:
                errand.report(f"{next(known)} of {planned[-1]}: {one.playbook}: {one.found.replace('_', ' ')}")
                errand.found(PlaybookChecked(one, of=planned[-1]))

            own = core.settings().settings.check
            return CheckEnded(
                core.check(
                    shadow=shadow,
                    over=over(own.jobs, own.cluster),
                    director=errand,
                    stopped=lambda: errand.stopped,
                    planned=planned.append,
                    told=told,
                )
            )

        if self.book.send_out(Errand(TITLES[shadow], work, ending=ending_of)):
            self._watch = None
            self._found.clear()
            self.title_bar.facts()

    @on(PlaybookChecked)
    def add(self, event: PlaybookChecked) -> None:
        """One more is known."""
        self._found[event.checked.playbook] = event.checked
        # Told on another way, the end may be known before.
        if self._watch is None:
            self.title_bar.facts(f"{len(self._found)} of {event.of}")
        self._show()

    def take_fact(self, fact: Message) -> None:
        """All are known."""
        if not isinstance(fact, CheckEnded):
            super().take_fact(fact)
            return
        self._watch = fact.watch
        self._found = {one.playbook: one for one in fact.watch.playbooks}
        self.title_bar.facts(*_summary(fact.watch))
        self._show()

    def _show(self) -> None:
        self.playbooks.show([(name, _cells(one)) for name, one in self._found.items()])
        self._show_detail()

    @on(Shelf.Moved)
    def follow(self) -> None:
        """Show what was found of the one under the cursor."""
        self._show_detail()

    def _show_detail(self) -> None:
        one = self._found.get(self.playbooks.key or "")
        if one:
            self.detail.show(checked_rows(one))

    @on(Shelf.Chosen)
    def open_chosen(self) -> None:
        """A click opens as enter does."""
        self.action_open()

    def action_open(self) -> None:
        """Open the playbook under the cursor, to be replayed where it was checked."""
        one = self._found.get(self.playbooks.key or "")
        if one:
            self.book.open_playbook(one.playbook, cwd=one.workspace)


def _summary(found: Watch) -> tuple[Piece | str, ...]:
    good = piece("✓ all pass", Tone.GOOD) if found.passed else piece(f"✗ {found.failed} would not pass", Tone.BAD)
    return good, f"{found.checked} checked", f"{found.skipped} skipped" if found.skipped else ""


def _cells(one: Checked) -> list[Piece]:
    return [
        SIGNS[one.found],
        piece(f"{one.playbook}@{one.version}" if one.version else one.playbook, Tone.STRONG),
        piece(one.found.replace("_", " ")),
        piece(lasted(one.duration_ms)),
        piece(one.workspace or one.reason, Tone.DIM),
    ]


def checked_rows(one: Checked) -> list[Row]:
    """What was found of one playbook, step by step."""
    shown = rows(one.reason, SIGNS[one.found].tone, first=f"{SIGNS[one.found].text} ", rest="  ")
    shown += [line for wrong in one.wrong for line in rows(wrong, Tone.WARN, first="! ", rest="  ")]
    replay = one.shadowed or one.simulated
    return [*shown, (), *_step_rows(replay)] if replay else shown


def _step_rows(replay: Replay) -> Iterator[Row]:
    for step in replay.steps:
        tone = Tone.DIM if step.status in (StepState.NOT_RUN, StepState.SKIPPED) else Tone.PLAIN
        command = told_command(step.run).strip().partition("\n")[0]
        yield (piece(f"{step.step_index:>3} {step.status.replace('_', ' '):<8} ", Tone.DIM), piece(command, tone))
        for check in step.checks:
            if check.state is not CheckState.PASS:
                yield (Piece("      "), CHECK_SIGNS[check.state], piece(check.message))
