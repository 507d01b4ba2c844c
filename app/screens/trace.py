"""Trace: what a session recorded, step by step, and the way from there to a playbook."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from app.actions import Area, bindings
from app.documents import UNNAMED, origin
from app.edit import Edit
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.screens.exporting import RUN_FORMS, RUN_QUESTION, ask_export, of_stored, run_form
from app.screens.fitting import ask_shadow, compile_errand, show_fitted
from app.screens.incident import ask_incident
from app.screens.naming import PLAYBOOK_QUESTION, slug
from app.screens.removing import ask_removal
from app.widgets.lines import Lines
from app.widgets.prose import Row, Tone, row
from app.widgets.recorded import effect_rows, late_line, late_rows, output_rows, step_mark
from app.widgets.steps import StepList, StepRow
from app.workers.facts import Compiled, Fitted, RunRemoved, TraceRead
from app.workers.tasks import in_thread
from capture.trace import FileEffect, Step, Trace

KEPT = "+"
"""Stands before a step that compiling must not leave out."""


class TraceScreen(BookScreen):
    """Steps | what they printed | what they changed."""

    AREA = Area.TRACE
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.TRACE)

    def __init__(self, run: str) -> None:
        """Show a run.

        Args:
            run: Its id, name, or the beginning of one.
        """
        super().__init__()
        self._run = run
        self._trace: Trace | None = None
        self._kept: set[int] = set()
        self.steps = StepList(id="steps", gutter=True)
        """What was done, and what is to be kept whatever the compiler thinks."""
        self.output = Lines(id="output")
        """The command and what it printed."""
        self.effects = Lines(id="effects")
        """Files, variables, dialogue."""

    def compose_body(self) -> Iterator[Widget]:
        """Three panes."""
        with Horizontal():
            yield self.steps
            with Vertical(id="detail"):
                yield self.output
                yield self.effects

    def on_mount(self) -> None:
        """Read the recording."""
        self.steps.border_title = "Steps"
        self.output.border_title, self.effects.border_title = "Output", "Effects"
        core, run = self.core, self._run
        in_thread(self, lambda: TraceRead(core.trace(run)), group="trace")
        self.steps.focus()

    @on(TraceRead)
    def show(self, event: TraceRead) -> None:
        """Fill the panes."""
        self._trace = event.trace
        run = event.trace.run
        self._kept.clear()
        self.steps.border_subtitle = ""
        self.title_bar.place(run.name)
        self.title_bar.facts(
            run.status.replace("_", " "),
            f"{len(event.trace.steps)} steps",
            origin(run) or run.shell,
            f"{run.started_at:%Y-%m-%d %H:%M}",
            *(["edited"] if run.edits else []),
        )
        if not event.trace.steps:
            self.output.show([row("No command was run in this session.", Tone.DIM)])
            self.effects.show(late_rows(event.trace.late(0)))
        self.steps.show(self._row(step) for step in event.trace.steps)

    @on(StepList.Moved)
    def follow(self, event: StepList.Moved) -> None:
        """Show the step under the cursor."""
        if self._trace is not None:
            step = self._trace.steps[event.index - 1]
            self.output.show(output_rows(step))
            self.effects.show([*self._before(step), *effect_rows(step), *self._behind(step)])

    def action_compile(self) -> None:
        """Ask for a name, then compile."""
        if self._trace is not None:
            self.app.push_screen(AskText("Compile", PLAYBOOK_QUESTION, value=slug(self._trace.run.name)), self._compile)

    def action_compile_verified(self) -> None:
        """Ask for a name and whether to do it again, then compile."""
        if self._trace is not None:
            asked = AskText("Compile and verify", PLAYBOOK_QUESTION, value=slug(self._trace.run.name))
            self.app.push_screen(asked, self._compile_verified)

    def _compile_verified(self, name: str | None) -> None:
        if not name or self._trace is None:
            return
        run, core, kept = self._trace.run, self.core, frozenset(self._kept)

        def start(cwd: str | None) -> None:
            self.book.send_out(compile_errand(core, run, name, keep=kept, cwd=cwd))

        ask_shadow(self, "Compile and verify", run, start)

    def take_fact(self, fact: Message) -> None:
        """The playbook that was made is where one goes from here."""
        run = self._trace.run if self._trace else None
        compiled = fact.made if isinstance(fact, Fitted) and run and fact.source == run.run_id else None
        if isinstance(fact, Fitted) and run and compiled and self.app.screen is self:
            self.book.open_playbook(compiled, cwd=run.cwd or None)
            show_fitted(self, fact)
        else:
            super().take_fact(fact)

    def _compile(self, name: str | None) -> None:
        if name and self._trace:
            core, run_id, kept = self.core, self._trace.run.run_id, frozenset(self._kept)
            in_thread(self, lambda: Compiled(core.compile([run_id], name=name, keep=kept)), group="compile")

    @on(Compiled)
    def open_playbook(self, event: Compiled) -> None:
        """The playbook is where one goes from here."""
        playbook = event.compilation.playbook
        self.book.open_playbook(
            f"{playbook.name}@{playbook.version}", cwd=(self._trace.run.cwd or None) if self._trace else None
        )

    def action_keep(self) -> None:
        """Keep the step under the cursor, or leave it to the compiler again."""
        if self._trace is not None and self.steps.step is not None:
            step = self._trace.steps[self.steps.step - 1]
            self._kept ^= {step.step_index}
            self.steps.update(self._row(step))
            self.steps.border_subtitle = f"{KEPT} {len(self._kept)} kept" if self._kept else ""

    def action_play(self) -> None:
        """Play it from the step under the cursor."""
        if self._trace is not None:
            self.book.open_player(self._trace.run.run_id, step=self.steps.step or 1)

    def action_cut_step(self) -> None:
        """Take the step under the cursor out."""
        if self.steps.step is not None:
            self._edit(Edit(cut=(self.steps.step,)))

    def action_trim_start(self) -> None:
        """Begin with the step under the cursor."""
        if self.steps.step is not None:
            self._edit(Edit(trim=f"{self.steps.step}.."))

    def action_trim_end(self) -> None:
        """End with the step under the cursor."""
        if self.steps.step is not None:
            self._edit(Edit(trim=f"..{self.steps.step}"))

    def action_undo_edit(self) -> None:
        """Take the last edit back."""
        core = self.core
        self._change(core.undo_edit)

    def action_undo_all_edits(self) -> None:
        """Give the original back."""
        core = self.core
        self._change(core.undo_edits)

    def _edit(self, edit: Edit) -> None:
        core = self.core
        self._change(lambda run_id: core.edit(run_id, edit))

    def _change(self, change: Callable[[str], object]) -> None:
        """Change the run; the steps are read again, for they have other numbers."""
        if self._trace is None:
            return
        core, run_id = self.core, self._trace.run.run_id

        def work() -> TraceRead:
            change(run_id)
            return TraceRead(core.trace(run_id))

        in_thread(self, work, group="edit")

    def action_export_run(self) -> None:
        """Write it to a file."""
        if self._trace is not None:
            run = self._trace.run
            value = f"{slug(run.name)}.cast"
            write = of_stored(self, run.run_id)
            ask_export(self, write, question=RUN_QUESTION, value=value, form_of=run_form, endings=RUN_FORMS)

    def action_incident(self) -> None:
        """Write a report of it."""
        if self._trace is not None:
            ask_incident(self, self._trace.run.replay_id or self._trace.run.run_id)

    def action_remove(self) -> None:
        """Delete it, after a question."""
        if self._trace is not None:
            ask_removal(self, self._trace.run)

    @on(RunRemoved)
    def leave(self) -> None:
        """There is nothing to look at any more."""
        self.app.pop_screen()

    def _row(self, step: Step) -> StepRow:
        return StepRow(
            index=step.step_index,
            command=step.command or UNNAMED,
            mark=step_mark(step),
            sign=KEPT if step.step_index in self._kept else "",
            above=late_line(self._late(0)) if step.step_index == 1 else "",
            below=late_line(self._late(step.step_index)),
        )

    def _before(self, step: Step) -> list[Row]:
        """What changed before any step; shown with the first one."""
        told = late_rows(self._late(0)) if step.step_index == 1 else []
        return [*told, ()] if told else []

    def _behind(self, step: Step) -> list[Row]:
        """What changed behind a step while none ran: nobody's, and told apart from what the step did."""
        told = late_rows(self._late(step.step_index))
        return [(), *told] if told else []

    def _late(self, after_step: int) -> tuple[FileEffect, ...]:
        return self._trace.late(after_step) if self._trace is not None else ()
