"""Playbook: what will be done again, on what conditions, what the compiler decided, and which version may run."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane

from app.actions import Area, bindings
from app.ports import Core, Plan, Stored
from app.screens.choosing import Form, Given
from app.screens.comparing import masked
from app.screens.describing import (
    left_out_rows,
    listed,
    lit_span,
    mistake_rows,
    note_rows,
    parameter_rows,
    step_rows,
)
from app.screens.dialogs import AskText, Reading, YesOrNo
from app.screens.exporting import PLAYBOOK_FORMS, PLAYBOOK_QUESTION, ask_export, playbook_form
from app.screens.fitting import ask_shadow, ask_source, show_fitted, verify_errand
from app.screens.governing import GoverningScreen
from app.screens.home import VERSION_MARKS
from app.screens.wanted import fields
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Tone, diff_rows, piece, row
from app.widgets.shelf import Shelf
from app.widgets.steps import StepList
from app.workers.facts import (
    DiffRead,
    DocumentWrong,
    Fitted,
    Redecided,
    SourcesRead,
    StandingChanged,
    ValidationEnded,
    VersionRead,
)
from app.workers.tasks import in_thread
from capture.errors import BadInputError, ReplaybookError
from capture.trace import Trace
from replay.binding import shown
from replay.document.changes import ChangeKind
from replay.outcome import Mode
from replay.playbook import Question, VersionStatus

UNREADABLE = "can't be read"
DOCUMENT = "document"
"""The id of the tab with the text."""
CHANGE_TONES = {
    ChangeKind.ADDED: Tone.GOOD,
    ChangeKind.REMOVED: Tone.BAD,
    ChangeKind.MOVED: Tone.HEAD,
    ChangeKind.CHANGED: Tone.WARN,
}


class PlaybookScreen(GoverningScreen):
    """Steps on the left; on the right a tab for step, parameters, notes, versions and document."""

    AREA = Area.PLAYBOOK
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.PLAYBOOK)

    def __init__(self, ref: str, *, cwd: str | None) -> None:
        """Show a version.

        Args:
            ref: NAME or NAME@V.
            cwd: Where it would be replayed; None: where the program was started.
        """
        super().__init__()
        self._ref, self._cwd = ref, cwd or str(Path.cwd())
        self._stored: Stored | None = None
        self._origin: Trace | None = None
        self._values: dict[str, str] = {}
        self.steps = StepList(id="steps")
        """What will be done."""
        self.step, self.parameters, self.notes, self.document = (Lines(), Lines(), Lines(), Lines())
        """The tabs' texts."""
        self.versions = Shelf("version", "status", empty="no versions", id="versions")
        """All versions; enter opens one."""

    def compose_body(self) -> Iterator[Widget]:
        """Steps and tabs."""
        with Horizontal():
            yield self.steps
            with TabbedContent(id="tabs"):
                for title, body in (
                    ("Step", self.step),
                    ("Parameters", self.parameters),
                    ("Notes", self.notes),
                    ("Versions", self.versions),
                    ("YAML", self.document),
                ):
                    with TabPane(title, id=DOCUMENT if body is self.document else None):
                        yield body

    def on_mount(self) -> None:
        """Name the panes."""
        self.steps.border_title = "Steps"
        self.title_bar.place(self._ref)
        self.steps.focus()

    def on_screen_resume(self) -> None:
        """Its standing may have changed elsewhere."""
        self._read()

    def _read(self) -> None:
        core, ref = self.core, self._ref
        in_thread(self, lambda: _read_version(core, ref), group="version")

    @property
    def ref(self) -> str | None:
        """The version that is shown."""
        playbook = self._stored.playbook if self._stored else None
        return f"{playbook.name}@{playbook.version}" if playbook else None

    @on(VersionRead)
    def show(self, event: VersionRead) -> None:
        """Fill every pane."""
        self._stored = event.stored
        playbook = event.stored.playbook
        self.title_bar.place(playbook.name)
        mark = VERSION_MARKS[event.stored.status]
        facts = [f"v{playbook.version}", f"{len(playbook.steps)} steps", playbook.goal or ""]
        self.title_bar.facts(piece(f"{mark.text} {event.stored.status}", mark.tone), *facts)
        self._origin, compilation = event.origin, event.stored.compilation
        self.steps.show(listed(playbook, compilation, event.origin))
        left_out = len(compilation.dropped) if compilation else 0
        self.steps.border_subtitle = f"- {left_out} left out" if left_out else ""
        self.parameters.show(parameter_rows(playbook, self._values))
        self.notes.show(note_rows(compilation))
        self.document.show(masked(line) for line in event.stored.text.splitlines())
        self.versions.show(
            [(f"{playbook.name}@{number}", _version_cells(number, status)) for number, status in event.versions]
        )

    @on(DocumentWrong)
    def show_mistake(self, event: DocumentWrong) -> None:
        """Where the document is wrong, in place of what it says."""
        self._stored, self._origin = None, None
        self.title_bar.place(event.ref)
        self.title_bar.facts(piece("✗ can't be read", Tone.BAD))
        for lines in (self.step, self.parameters, self.notes):
            lines.show([row("Its document can't be read; the tab YAML says why.", Tone.DIM)])
        self.steps.show(())
        self.document.show(mistake_rows(event.reason, event.text))
        self.query_one(TabbedContent).active = DOCUMENT

    @on(StepList.Moved)
    def follow(self, event: StepList.Moved) -> None:
        """Show the step under the cursor."""
        self.refresh_bindings()
        if self._stored is None:
            return
        playbook, compilation = self._stored.playbook, self._stored.compilation
        if event.index < 0:
            left_out = compilation.dropped if compilation else ()
            dropped = next(one for one in left_out if one.source_step_index == -event.index)
            self.step.show(left_out_rows(dropped, self._origin))
            return
        step = playbook.steps[event.index - 1]
        kept = compilation is not None and step.source_step in compilation.kept
        self.step.show(step_rows(step, lit=lit_span(playbook, compilation, event.index), kept=kept))

    @on(Shelf.Chosen)
    def open_version(self, event: Shelf.Chosen) -> None:
        """Show another version."""
        self._ref = event.key
        self._read()

    def on_key(self, event: events.Key) -> None:
        """Enter in the list of versions opens one; it is no action of its own."""
        if event.key == "enter" and self.versions.has_focus:
            self.versions.choose()

    def action_simulate(self) -> None:
        """Check it."""
        self._replay(Mode.SIMULATE)

    def action_strict(self) -> None:
        """Replay it strictly."""
        self._replay(Mode.STRICT)

    def action_guided(self) -> None:
        """Replay it, with repairs."""
        self._replay(Mode.GUIDED)

    def action_shadow(self) -> None:
        """Replay it strictly, in a shadow."""
        self._replay(Mode.STRICT, shadow=True)

    def _replay(self, mode: Mode, *, shadow: bool = False) -> None:
        """Ask where, then replay there."""
        ref = self.ref
        if ref is None:
            return

        def there(cwd: str | None) -> None:
            if cwd is None:
                return
            self._cwd = os.path.realpath(os.path.expanduser(cwd))  # noqa: PTH111 - `~` and links, as a shell reads them
            if os.path.isdir(self._cwd):  # noqa: PTH112 - as above
                self.book.open_replay(Plan(ref=ref, cwd=self._cwd, mode=mode, shadow=shadow, values=dict(self._values)))
            else:
                self.say(f"{self._cwd} is not a directory; give another", severity="error")

        how, question = (
            (f"{mode}, in a shadow", "A copy of which workspace?") if shadow else (mode, "In which workspace?")
        )
        self.app.push_screen(AskText(f"Replay {ref}, {how}", question, value=self._cwd), there)

    @on(ValidationEnded)
    def show_verdict(self, event: ValidationEnded) -> None:
        """Say the verdict with its level."""
        validation = event.validated.validation
        good = validation.verdict == "green"
        sign, severity = ("✓", "information") if good else ("✗", "warning")
        self.say(
            f"{sign} {event.ref}: {validation.verdict} at {validation.level}. {validation.reason}", severity=severity
        )
        self._read()

    def action_disable(self) -> None:
        """Disable it, after a question."""
        self._govern("Disable", "Disable {ref}? It never runs again.", self.core.disable)

    def action_rollback(self) -> None:
        """Roll back, after a question."""
        core = self.core
        question = "Make the version that was active before {ref} active again?"
        self._govern("Roll back", question, lambda ref: core.rollback(ref.partition("@")[0]))

    def _govern(self, title: str, question: str, act: Callable[[str], Stored]) -> None:
        ref = self.ref
        if ref is None:
            return

        self.confirm(
            title, question.format(ref=ref), lambda: in_thread(self, lambda: StandingChanged(act(ref)), group="govern")
        )

    @on(StandingChanged)
    def reread(self) -> None:
        """Other versions may stand elsewhere now, too."""
        self._read()

    def action_answer(self) -> None:
        """Ask the open questions of the compiler, until one is answered."""
        compilation, ref = self._stored and self._stored.compilation, self.ref
        if not compilation or not compilation.questions or ref is None:
            self.say("no question is open")
            return
        self._ask(ref, compilation.questions, 0)

    def _ask(self, ref: str, questions: Sequence[Question], at: int) -> None:
        question, core = questions[at], self.core

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - what the dialog hands over
            if yes is not None:
                said = f"with your answer to {question.id}"
                in_thread(self, lambda: Redecided(core.answer(ref, question.id, yes=yes), said), group="decide")
            elif at + 1 < len(questions):
                self._ask(ref, questions, at + 1)

        count = f" · {at + 1} of {len(questions)}" if len(questions) > 1 else ""
        self.app.push_screen(YesOrNo(f"Question {question.id}{count}", question.text), answered)

    def action_take_back(self) -> None:
        """Take back the step under the cursor, or leave it to the compiler again."""
        ref, core, at = self.ref, self.core, self.steps.step
        if ref is None or self._stored is None or at is None:
            return
        number = -at if at < 0 else self._stored.playbook.steps[at - 1].source_step
        if number is not None:
            words = "kept" if at < 0 else "left to the compiler again"
            said = f"with step {number} of the recording {words}"
            in_thread(self, lambda: Redecided(core.keep(ref, number), said), group="decide")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A step is taken back where the cursor is on one that was left out, or that was taken back before."""
        if action != "take_back":
            return super().check_action(action, parameters)
        compilation, at = self._stored.compilation if self._stored else None, self.steps.step
        if compilation is None or self._stored is None or at is None:
            return False
        return at < 0 or self._stored.playbook.steps[at - 1].source_step in compilation.kept

    @on(Redecided)
    def show_redecided(self, event: Redecided) -> None:
        """Go on with the version that was made of it."""
        playbook = event.stored.playbook
        self._ref = f"{playbook.name}@{playbook.version}"
        self.say(f"✓ {self._ref} is a draft {event.said}")
        self._read()

    def action_set_values(self) -> None:
        """Ask for all parameters in one form."""
        if self._stored is None or not self._stored.playbook.parameters:
            self.say("it has no parameter")
            return
        playbook = self._stored.playbook

        def given(values: Given | None) -> None:
            if values is not None:
                self._values = dict(values)
                self.parameters.show(parameter_rows(playbook, shown(playbook, self._values)))

        self.app.push_screen(Form(f"Values for {self.ref}", fields(playbook, self._values)), given)

    def action_verify(self) -> None:
        """Do it again in a shadow, after a question."""
        ref, origin, core = self.ref, self._origin, self.core
        if ref is None:
            return
        if origin is None:
            self.say("no recording of it is left to hold it against", severity="warning")
            return

        def start(cwd: str | None) -> None:
            self.book.send_out(verify_errand(core, ref, cwd=cwd))

        ask_shadow(self, f"Verify {ref}", origin.run, start)

    def action_update(self) -> None:
        """Read what it can be held against, then ask."""
        ref, core = self.ref, self.core
        if ref is not None:
            name = ref.partition("@")[0]
            in_thread(self, lambda: SourcesRead(core.replays(name), core.runs()), group="sources")

    @on(SourcesRead)
    def ask_which(self, event: SourcesRead) -> None:
        """One of them is chosen."""
        if self.ref is not None:
            ask_source(self, self.ref, replays=event.replays, runs=event.runs, now=self.book.now())

    def take_fact(self, fact: Message) -> None:
        """A new draft is shown at once, with what it came of; under a dialog only its sentence is."""
        if not isinstance(fact, Fitted) or fact.ref.partition("@")[0] != self._ref.partition("@")[0]:
            super().take_fact(fact)
            return
        self._ref = fact.made or self._ref
        self._read()
        if self.app.screen is self:
            show_fitted(self, fact)
        else:
            super().take_fact(fact)

    def action_export(self) -> None:
        """Write it to a file, in the format that its ending names."""
        ref = self.ref
        if ref is not None:
            begin = f"{ref.partition('@')[0]}.yaml"
            ask_export(
                self, ref, question=PLAYBOOK_QUESTION, value=begin, form_of=playbook_form, endings=PLAYBOOK_FORMS
            )

    def action_diff(self) -> None:
        """What this version changed; in the list of versions, against the one under the cursor."""
        stored, core = self._stored, self.core
        if stored is None:
            return
        name, version = stored.playbook.name, stored.playbook.version
        chosen = int((self.versions.key or "").rpartition("@")[2] or 0) if self.versions.has_focus else 0
        first, last = sorted((chosen, version)) if chosen not in (0, version) else (version - 1, version)
        if first < 1:
            self.say("version 1 has none before it", severity="warning")
            return
        before, after = f"{name}@{first}", f"{name}@{last}"

        def read() -> DiffRead:
            return DiffRead(f"{before} → {after}", core.diff(before, after), core.changes(before, after))

        in_thread(self, read, group="diff")

    @on(DiffRead)
    def show_diff(self, event: DiffRead) -> None:
        """Over the screen."""
        told = [row(change.line(), CHANGE_TONES[change.kind]) for change in event.changes]
        self.app.push_screen(Reading(event.title, [*told, (), *diff_rows(event.diff)]))


def _read_version(core: Core, ref: str) -> VersionRead | DocumentWrong:
    try:
        stored = core.version(ref)
    except BadInputError as error:
        reason = str(error)
        path = Path(reason.partition(".yaml")[0] + ".yaml")
        if not path.is_relative_to(core.home.playbooks):
            raise
        return DocumentWrong(ref, reason, path.read_text(encoding="utf-8", errors="replace"))
    name = stored.playbook.name
    summary = next((one for one in core.playbooks() if one.name == name), None)
    versions = [_status_of(core, name, number) for number in sorted(summary.versions, reverse=True)] if summary else []
    return VersionRead(stored, versions, origin=_origin(core, stored))


def _status_of(core: Core, name: str, number: int) -> tuple[int, str]:
    try:
        return number, core.version(f"{name}@{number}").status
    except BadInputError:
        return number, UNREADABLE


def _origin(core: Core, stored: Stored) -> Trace | None:
    """The first recording that it was compiled from; None when it is gone."""
    try:
        return core.trace(stored.playbook.source_runs[0]) if stored.playbook.source_runs else None
    except ReplaybookError:
        return None


def _version_cells(number: int, status: str) -> list[Piece]:
    mark = Piece("✗", Tone.BAD) if status == UNREADABLE else VERSION_MARKS[VersionStatus(status)]
    return [mark, piece(f"v{number}", Tone.STRONG), piece(status)]
