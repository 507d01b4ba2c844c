"""Playbook: what will be done again, on what conditions, what the compiler decided, and which version may run."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane

from app.actions import Area, bindings
from app.ports import Core, Plan, Stored
from app.screens.comparing import masked, recorded_rows, requirement_row
from app.screens.dialogs import AskText, Reading, YesOrNo
from app.screens.exporting import PLAYBOOK_FORMS, PLAYBOOK_QUESTION, ask_export, playbook_form
from app.screens.governing import GoverningScreen
from app.screens.home import VERSION_MARKS
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, diff_rows, piece, row, rows
from app.widgets.shelf import Shelf
from app.widgets.steps import Mark, StepList, StepRow
from app.workers.facts import DiffRead, QuestionAnswered, StandingChanged, ValidationEnded, VersionRead
from app.workers.tasks import in_thread
from replay.document.changes import ChangeKind
from replay.outcome import Mode
from replay.playbook import Compilation, Parameter, PlaybookStep, QualityPart, SafetyLevel, VersionStatus

SAFETY_MARKS = {
    SafetyLevel.AUTO_OK: Mark.PENDING,
    SafetyLevel.NEEDS_CONFIRM: Mark.WARNED,
    SafetyLevel.MANUAL_ONLY: Mark.REFUSED,
}
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
                    with TabPane(title):
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
        self.steps.show(
            StepRow(index=index, command=step.run, mark=Mark.SKIPPED if step.skip else SAFETY_MARKS[step.safety])
            for index, step in enumerate(playbook.steps, 1)
        )
        self.parameters.show(_parameter_rows(playbook.parameters))
        self.notes.show(_note_rows(event.stored.compilation))
        self.document.show(masked(line) for line in event.stored.text.splitlines())
        self.versions.show(
            [(f"{playbook.name}@{number}", _version_cells(number, status)) for number, status in event.versions]
        )

    @on(StepList.Moved)
    def follow(self, event: StepList.Moved) -> None:
        """Show the step under the cursor."""
        if self._stored:
            self.step.show(_step_rows(self._stored.playbook.steps[event.index - 1]))

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
                self.book.open_replay(Plan(ref=ref, cwd=self._cwd, mode=mode, shadow=shadow))
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
        """Ask the first open question of the compiler."""
        compilation, ref, core = self._stored and self._stored.compilation, self.ref, self.core
        if not compilation or not compilation.questions or ref is None:
            self.say("no question is open")
            return
        question = compilation.questions[0]

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - what the dialog hands over
            if yes is not None:
                in_thread(self, lambda: QuestionAnswered(core.answer(ref, question.id, yes=yes)), group="answer")

        self.app.push_screen(YesOrNo(f"Question {question.id}", question.text), answered)

    @on(QuestionAnswered)
    def show_answered(self, event: QuestionAnswered) -> None:
        """Go on with the version that the answer made."""
        playbook = event.stored.playbook
        self._ref = f"{playbook.name}@{playbook.version}"
        self.say(f"✓ {self._ref} is a draft with your answer")
        self._read()

    def action_export(self) -> None:
        """Write it to a file, in the format that its ending names."""
        ref = self.ref
        if ref is not None:
            begin = f"{ref.partition('@')[0]}.yaml"
            ask_export(
                self, ref, question=PLAYBOOK_QUESTION, value=begin, form_of=playbook_form, endings=PLAYBOOK_FORMS
            )

    def action_diff(self) -> None:
        """What this version changed."""
        stored, core = self._stored, self.core
        if stored is None or stored.playbook.version == 1:
            self.say("version 1 has none before it", severity="warning")
            return
        name, version = stored.playbook.name, stored.playbook.version
        before, after = f"{name}@{version - 1}", f"{name}@{version}"

        def read() -> DiffRead:
            return DiffRead(f"{before} → {after}", core.diff(before, after), core.changes(before, after))

        in_thread(self, read, group="diff")

    @on(DiffRead)
    def show_diff(self, event: DiffRead) -> None:
        """Over the screen."""
        told = [row(change.line(), CHANGE_TONES[change.kind]) for change in event.changes]
        self.app.push_screen(Reading(event.title, [*told, (), *diff_rows(event.diff)]))


def _read_version(core: Core, ref: str) -> VersionRead:
    stored = core.version(ref)
    name = stored.playbook.name
    known = next((one.versions for one in core.playbooks() if one.name == name), ())
    return VersionRead(
        stored, [(number, core.version(f"{name}@{number}").status) for number in sorted(known, reverse=True)]
    )


def _version_cells(number: int, status: str) -> list[Piece]:
    return [VERSION_MARKS[VersionStatus(status)], piece(f"v{number}", Tone.STRONG), piece(status)]


def _parameter_rows(parameters: dict[str, Parameter]) -> list[Row]:
    if not parameters:
        return [row("It has no parameter: every value is as recorded.", Tone.DIM)]
    shown: list[Row] = []
    for name, parameter in parameters.items():
        shown.append((piece(name, Tone.STRONG), piece(f"  {parameter.type} · from {parameter.source}", Tone.DIM)))
        shown.append((Piece("  default   ", Tone.DIM), *masked(parameter.default or "must be given")))
        if parameter.recorded is not None:
            shown.append((Piece("  recorded  ", Tone.DIM), piece(parameter.recorded)))
    return shown


def _step_rows(step: PlaybookStep) -> list[Row]:
    shown = recorded_rows(step)
    if step.requires:
        shown += [(), row("needs", Tone.HEAD), *(requirement_row(requirement) for requirement in step.requires)]
    facts = [("in", step.cwd), ("time limit", step.timeout), ("note", step.note)]
    told = [(piece(f"{name:<10}", Tone.DIM), *masked(value)) for name, value in facts if value]
    told += [(piece(f"{'with':<10}", Tone.DIM), *masked(f"{name}={value}")) for name, value in step.env.items()]
    told += [(piece(f"{'captures':<10}", Tone.DIM), piece(capture.name, Tone.MASK)) for capture in step.capture]
    if step.safety is not SafetyLevel.AUTO_OK:
        told.append((piece(f"{'safety':<10}", Tone.DIM), piece(step.safety.replace("_", " "), Tone.WARN)))
        told += [(piece(" " * 10), *masked(step.safety_reason))] if step.safety_reason else []
    return [*shown, (), *told] if told else shown


def _note_rows(compilation: Compilation | None) -> list[Row]:
    if compilation is None:
        return [row("No compile made this version: a person's decision did.", Tone.DIM)]
    shown: list[Row] = [(piece("quality ", Tone.DIM), piece(f"{compilation.quality.score:.0%}", Tone.STRONG))]
    shown += [_part_row(part) for part in compilation.quality.parts]
    shown += [note for text in compilation.quality.notes for note in _bullet(text)]
    shown += _section("Questions", [f"{one.id}  {one.text}" for one in compilation.questions], "? ")
    shown += _section("Left out", [f"step {one.source_step_index}: {one.reason}" for one in compilation.dropped], "- ")
    return shown + _section("Decisions", compilation.notes, "· ")


def _part_row(part: QualityPart) -> Row:
    """How well one part does, and what it could take away at most; in words where it takes something."""
    tone = Tone.DIM if part.score == 1 else Tone.WARN
    facts = f"{part.score:>5.0%} of {part.weight:<4.0%}"
    return piece(f"  {part.name:<13}", Tone.PLAIN), piece(f"{facts} ", tone), piece(part.why, tone)


def _section(title: str, texts: Sequence[str], sign: str) -> list[Row]:
    return [(), row(title, Tone.HEAD), *(line for text in texts for line in _bullet(text, sign))] if texts else []


def _bullet(text: str, sign: str = "· ") -> list[Row]:
    return rows(text, first=sign, rest="  ")
