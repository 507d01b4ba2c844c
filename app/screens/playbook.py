"""Playbook: what will be done again, on what conditions, what the compiler decided, and which version may run."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane

from app.actions import Area, bindings
from app.screens.comparing import masked
from app.screens.describing import (
    left_out_rows,
    listed,
    lit_span,
    mistake_rows,
    note_rows,
    question_at,
)
from app.screens.dialogs import Reading
from app.screens.exporting import PLAYBOOK_FORMS, PLAYBOOK_QUESTION, ask_export, of_stored, playbook_form
from app.screens.keyring import read_secrets, show_secrets
from app.screens.listing import VERSION_MARKS
from app.screens.sharing import ask_publish
from app.screens.stating import parameter_rows, question_rows, step_rows
from app.screens.terms import term_rows
from app.screens.validating import ask_times, report_rows, validate_errand, validation_rows
from app.screens.versions import VersionsScreen
from app.stored import Stored
from app.widgets.lines import Lines
from app.widgets.prose import Tone, piece, row, rows
from app.widgets.steps import StepList
from app.workers.facts import DocumentWrong, StandingChanged, ValidationEnded, VersionNews, VersionRead
from app.workers.reading import read_version
from app.workers.sharing import VersionsPublished
from app.workers.tasks import in_thread
from app.workers.telling import SecretsRead
from replay.flows import Flow, flows
from replay.playbook import VersionStatus

STEP, DOCUMENT = "tab-1", "tab-5"
"""The ids of the tabs with the step and with the text, as Textual counts them."""


class PlaybookScreen(VersionsScreen):
    """Steps on the left; on the right a tab for step, parameters, notes, versions and document."""

    AREA = Area.PLAYBOOK
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.PLAYBOOK)

    def __init__(self, ref: str, *, cwd: str | None) -> None:
        """Show a version.

        Args:
            ref: NAME or NAME@V.
            cwd: Where it would be replayed; None: where the program was started.
        """
        super().__init__(ref, cwd=cwd)
        self._ways: Sequence[Flow] = ()
        self._covered = False
        self.step, self.notes, self.document = (Lines(), Lines(), Lines())
        """The tabs' texts."""

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
                        if body is self.versions:
                            yield self.changed

    def on_mount(self) -> None:
        """Name the panes."""
        self.steps.border_title = "Steps"
        self.title_bar.place(self._ref)
        self.steps.focus()

    def on_screen_resume(self) -> None:
        """Its standing may have changed elsewhere; behind a dialog the version that was shown is shown on."""
        if self._covered and self._stored is not None:
            self.take_news()
        else:
            self.read_again()

    def on_screen_suspend(self) -> None:
        """By a dialog, or by a screen that is gone to."""
        self._covered = self.book.shown_screen is self

    def read_again(self) -> None:
        """Read the version that is wanted."""
        core, ref = self.core, self._ref
        in_thread(self, lambda: read_version(core, ref), group="version")

    def take_news(self) -> None:
        """Read the version that is shown again: others may have moved it, or made another."""
        core, ref = self.core, self.ref
        if ref is None:
            return

        def read() -> Message:
            found = read_version(core, ref)
            return VersionNews(found) if isinstance(found, VersionRead) else found

        in_thread(self, read, group="version")

    @on(VersionNews)
    def show_news(self, event: VersionNews) -> None:
        """What has changed of it; what a person reads meanwhile stays where it is."""
        read, shown = event.read, self._stored
        playbook = read.stored.playbook
        if shown is None or self.ref != f"{playbook.name}@{playbook.version}":
            # Another one was opened meanwhile, and read anew.
            return
        if (shown.playbook, shown.text, shown.compilation) == (playbook, read.stored.text, read.stored.compilation):
            self._stored = read.stored
            self._show_standing(read)
        else:
            self.show(read)

    @on(VersionRead)
    def show(self, event: VersionRead) -> None:
        """Fill every pane."""
        self._stored = event.stored
        playbook = event.stored.playbook
        self.title_bar.place(playbook.name)
        self._origin, compilation = event.origin, event.stored.compilation
        self._ways = flows(playbook)
        self.steps.show_linked(listed(playbook, compilation, event.origin), self._ways)
        left_out, asked = (len(compilation.dropped), len(compilation.questions)) if compilation else (0, 0)
        said = (f"? {asked} asked" if asked else "", f"- {left_out} left out" if left_out else "")
        self.steps.border_subtitle = " · ".join(filter(None, said))
        self.parameters.show([*parameter_rows(playbook, self._values, self.book.keys), *term_rows(self.terms)])
        self.document.show(masked(line) for line in event.stored.text.splitlines())
        self.notes.scroll_to(y=0, animate=False)
        self._show_standing(event)
        self.catch_up()

    def _show_standing(self, event: VersionRead) -> None:
        """What others, and validations, make of it."""
        playbook, compilation, keys = event.stored.playbook, event.stored.compilation, self.book.keys
        actives = (one.version for one in event.versions if one.status is VersionStatus.ACTIVE)
        self.actives[playbook.name] = next(actives, 0)
        mark = VERSION_MARKS[event.stored.status]
        facts = [
            f"v{playbook.version}",
            f"{len(playbook.steps)} step{'s' if len(playbook.steps) != 1 else ''}",
            playbook.goal or "",
        ]
        active = event.stored.status is VersionStatus.ACTIVE
        suspect = [piece(f"! {event.suspect.words}", Tone.WARN)] if event.suspect and active else []
        wrong_here = [piece("! wrong: see its notes", Tone.WARN)] if event.wrong and active else []
        mark_piece = piece(f"{mark.text} {event.stored.status}", mark.tone)
        self.title_bar.facts(mark_piece, *suspect, *wrong_here, *facts)
        base = next((one.base for one in event.versions if one.version == playbook.version), None)
        told = f"{event.wrong}; the inbox holds the edit"
        wrong = rows(told, Tone.WARN, first="! ", rest="  ") if event.wrong and active else []
        validation = validation_rows(event.validation, self.book.now(), keys)
        self.notes.show([*wrong, *validation, *note_rows(compilation, base=base, keys=keys)], stay=True)
        self.show_versions(event.versions)

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
        question = question_at(compilation, event.index)
        if question is not None:
            self.step.show(question_rows(playbook, question, self.book.keys))
            return
        if event.index < 0:
            left_out = compilation.dropped if compilation else ()
            dropped = next(one for one in left_out if one.source_step_index == -event.index)
            self.step.show(left_out_rows(dropped, self._origin, self.book.keys))
            return
        kept = compilation is not None and playbook.steps[event.index - 1].source_step in compilation.kept
        span = lit_span(playbook, compilation, event.index)
        keys = self.book.keys
        self.step.show(step_rows(playbook, event.index, ways=self._ways, lit=span, kept=kept, keys=keys))

    def show_step(self) -> None:
        """The tab of the step."""
        self.query_one(TabbedContent).active = STEP

    def action_edit_text(self) -> None:
        """In the list of versions enter opens one; elsewhere it edits."""
        if self.versions.has_focus:
            self.versions.choose()
        else:
            super().action_edit_text()

    def action_keep_secrets(self) -> None:
        """See which secrets it wants, and keep them in the keyring."""
        if self.ref is not None:
            read_secrets(self, self.ref)

    @on(SecretsRead)
    def list_secrets(self, event: SecretsRead) -> None:
        """Over the screen."""
        show_secrets(self, event)

    def action_history(self) -> None:
        """Look at its replays."""
        if self.ref is not None:
            self.book.open_history(self.ref)

    @on(ValidationEnded)
    def show_verdict(self, event: ValidationEnded) -> None:
        """Say the verdict with its level."""
        reason = event.validated.validation.reason
        self.say(f"{event.said}. {reason}", severity="information" if event.good else "warning")
        if event.validated.validation.stability and self.app.screen is self:
            self.app.push_screen(Reading(event.ref, report_rows(event.validated)))
        self.take_news()

    def action_validate_thoroughly(self) -> None:
        """Validate it several times over, after asking how often."""
        ref, core, network = self.ref, self.core, self.terms.network
        if ref is None:
            self.say(self.NO_VERSION, severity="warning")
            return

        def start(times: str | None) -> None:
            if times is not None:
                self.book.send_out(validate_errand(core, ref, network=network, times=int(times)))

        self.app.push_screen(ask_times(ref, self.book.keys), start)

    def action_disable(self) -> None:
        """Disable it, after a question."""
        core = self.core
        question = "Disable {ref}? It never runs again."
        self._govern("Disable", question, lambda ref, active: core.disable(ref, active=active))

    def action_rollback(self) -> None:
        """Roll back, after a question."""
        core = self.core
        question = "Make the version that was active before {ref} active again?"
        self._govern("Roll back", question, lambda ref, active: core.rollback(ref.partition("@")[0], active=active))

    def _govern(self, title: str, question: str, act: Callable[[str, int | None], Stored]) -> None:
        ref = self.ref
        if ref is None:
            return
        active = self.active_before(ref)

        def decide() -> None:
            in_thread(self, lambda: StandingChanged(act(ref, active)), group="govern")

        self.confirm(title, question.format(ref=ref), decide)

    @on(StandingChanged)
    def reread(self) -> None:
        """Other versions may stand elsewhere now, too."""
        self.take_news()

    def action_publish(self) -> None:
        """Put this version into a repository that others read."""
        if self.ref is not None:
            ask_publish(self, [self.ref])

    @on(VersionsPublished)
    def show_published(self, event: VersionsPublished) -> None:
        """Where it is now, and what signed it, to be read in peace."""
        self.app.push_screen(Reading("Shared", [row(line) for line in event.lines]))

    def action_export(self) -> None:
        """Write it to a file, in the format that its ending names."""
        ref = self.ref
        if ref is not None:
            begin = f"{ref.partition('@')[0]}.yaml"
            ask_export(
                self,
                of_stored(self, ref),
                question=PLAYBOOK_QUESTION,
                value=begin,
                form_of=playbook_form,
                endings=PLAYBOOK_FORMS,
            )
