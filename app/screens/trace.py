"""Trace: what a session recorded, step by step, and the way from there to a playbook."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from app.actions import Area, bindings
from app.amounts import counted
from app.calls import patch_words
from app.dialogue import Said, agent_words, depth, hint_lines, turns
from app.documents import UNNAMED, origin
from app.looking import Marked
from app.moments import clock_text
from app.screens.compiling import compile_errand
from app.screens.conversing import Conversing
from app.screens.dialogs import AskText
from app.screens.exporting import RUN_FORMS, RUN_QUESTION, ask_export, of_stored, run_form
from app.screens.fitting import ask_shadow, show_fitted, verified_errand
from app.screens.incident import ask_incident
from app.screens.naming import PLAYBOOK_QUESTION, slug
from app.screens.removing import ask_removal
from app.screens.storing import ask_push
from app.widgets.changed import changed_rows
from app.widgets.prose import Row, Tone, content, piece, row
from app.widgets.recorded import late_line, late_rows, named_rows, output_rows, step_mark, told
from app.widgets.scrubber import Scrubber
from app.widgets.steps import StepList, StepRow
from app.workers.facts import Compiled, Fitted, RunRemoved
from app.workers.seeing import GlanceTaken, StepSeen, look
from app.workers.sharing import RunsPushed
from app.workers.tasks import in_thread
from capture.errors import ReplaybookError
from capture.tape.glance import Glance
from capture.trace import FileEffect, Note, Step, StepKind, StepStatus, Trace

ZOOMS = ("-zoom-output", "-zoom-effects")
"""Classes of the screen while one pane has all the room."""


class TraceScreen(Conversing):
    """Steps | what they printed | what they changed; time along the bottom."""

    AREA = Area.TRACE
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.TRACE)

    def __init__(self, run: str, *, find: str | None = None, at: tuple[int, int, int] | None = None) -> None:
        """Show a run.

        Args:
            run: Its id, name, or the beginning of one.
            find: A text to find in it at once.
            at: `Hit.place` to go to; with `find` only.
        """
        super().__init__()
        self._run, self._first = run, (find, at)
        self._glance: Glance | None = None
        self._marked = Marked()
        self._shown: Step | None = None
        self._files: list[int] = []
        self._file = -1
        self.times = Scrubber(id="scrubber")
        """When each command began."""

    @property
    def trace(self) -> Trace | None:
        """The recording; what its steps printed is read when it is looked at."""
        return self._glance.trace if self._glance else None

    def compose_body(self) -> Iterator[Widget]:
        """Three panes over a line of time."""
        with Horizontal(id="panes"):
            yield self.steps
            with Vertical(id="detail"):
                yield self.output
                yield self.effects
        yield self.times

    def on_mount(self) -> None:
        """Read the recording."""
        self.steps.border_title = "Steps"
        self.output.border_title, self.effects.border_title = "Output", "Changes"
        self.title_bar.place(self._run)
        core, run = self.core, self._run
        in_thread(self, lambda: GlanceTaken(core.glance(run)), group="trace")
        self.steps.focus()

    @on(GlanceTaken)
    def show(self, event: GlanceTaken) -> None:
        """Fill the panes."""
        self._glance, self._marked = event.glance, Marked()
        trace = event.glance.trace
        run, failed = trace.run, sum(step.status is StepStatus.FAILED for step in trace.steps)
        self.steps.border_subtitle = ""
        self.title_bar.place(run.name)
        self.title_bar.facts(
            run.status.replace("_", " "),
            counted(len(trace.steps), "step"),
            f"{failed} failed" if failed else "",
            agent_words(run.agent) if run.agent else "",
            origin(run) or run.shell,
            f"{run.started_at:%Y-%m-%d %H:%M}",
            *(["edited"] if run.edits else []),
        )
        if not trace.steps:
            self.output.show([row("No command was run in this session.", Tone.DIM)])
            self.effects.show(late_rows(trace.late(0)))
        first = next(iter(turns(trace)), None)
        self.list_turns(trace, None if self.steps.rows or not isinstance(first, Said) else -first.number)
        self.times.mark([(self._part(step.started_at), step.status is StepStatus.FAILED) for step in trace.steps])
        find, at = self._first
        if find:
            self._first = None, None
            self.find(find, at)

    @on(StepList.Moved)
    def follow(self, event: StepList.Moved) -> None:
        """Read the step under the cursor."""
        del event
        self.show_step()

    def show_step(self) -> None:
        """Read the step under the cursor, or tell what was said there."""
        step, glance, core = self._step, self._glance, self.core
        if self.said is not None:
            self._shown, self._files = None, []
            self.show_said(self.said)
            self._tell_time(self.said.at, "")
        if step is not None and glance is not None:
            self._shown = None
            if glance.is_near(step):
                # With the cursor: a thread would make it come a frame later.
                with suppress(ReplaybookError):
                    self._show_output(step, glance.output(step))
            in_thread(self, lambda: look(core, glance, step), group="step")
            self._tell_time(step.started_at, f"step {step.step_index} · ")

    def _tell_time(self, moment: datetime, words: str) -> None:
        """Where on the line of time the cursor is."""
        gone = clock_text(max(round(self._second(moment) * 1_000_000), 0))
        self.times.show(self._part(moment), f"{words}{gone}")

    @on(StepSeen)
    def show_seen(self, event: StepSeen) -> None:
        """Show it, unless the cursor is elsewhere by now."""
        step = event.step
        if step is not self._step:
            return
        changed = changed_rows(step, event.files, event.variables)
        before = self._before(step)
        self._files, self._file = [len(before) + place for place in changed.files], -1
        if self._shown is not step:
            self._show_output(step, event.output)
        self.effects.show([*before, *changed.rows, *self._behind(step)])
        self._say_ways("{next-file} next diff" if self._files else "")

    def _show_output(self, step: Step, output: str) -> None:
        self._shown = step
        self.output.border_title = f"Output of {step.step_index}"
        self.output.show(output_rows(step, output, self.needle, unfold=self.unfold_key))
        self.tell_hit()

    @on(Scrubber.Chosen)
    def choose(self, event: Scrubber.Chosen) -> None:
        """Go to the step that ran at the moment that was clicked on."""
        steps = self.trace.steps if self.trace else ()
        begun = [step for step in steps if self._part(step.started_at) <= event.part]
        if begun:
            self.steps.go_to(begun[-1].step_index)

    def action_zoom_pane(self) -> None:
        """Give the pane that the keys go to all the room, or take it back."""
        zoomed = self.has_class(*ZOOMS[:1]) or self.has_class(*ZOOMS[1:])
        at = int(self.effects.has_focus)
        self.remove_class(*ZOOMS)
        if not zoomed:
            self.add_class(ZOOMS[at])
        (self.steps if zoomed else (self.output, self.effects)[at]).focus()

    def action_next_file(self) -> None:
        """Go to the next file that this step wrote."""
        if not self._files:
            self.say("this step wrote no file")
            return
        self._file = (self._file + 1) % len(self._files)
        self.effects.focus()
        if self.has_class(ZOOMS[0]):
            self.remove_class(ZOOMS[0])
            self.add_class(ZOOMS[1])
        self.effects.go_to(self._files[self._file], top=True)
        self._say_ways(f"file {self._file + 1} of {len(self._files)} · {{next-file}} next")

    def _say_ways(self, words: str) -> None:
        """In the frame of the changes; no word where there is no diff."""
        told = self.book.keys.told(f"{words} · {{zoom-pane}} whole") if words else ""
        self.effects.border_subtitle = content([piece(told)])

    def action_push_run(self) -> None:
        """Put it into a store that others fetch from."""
        if self.trace is not None:
            ask_push(self, [self.trace.run.run_id])

    @on(RunsPushed)
    def show_pushed(self, event: RunsPushed) -> None:
        """Where it is now."""
        self.say("\n".join(event.lines))

    def action_compile(self) -> None:
        """Ask for a name, then compile."""
        if self.trace is not None:
            self.app.push_screen(AskText("Compile", PLAYBOOK_QUESTION, value=slug(self.trace.run.name)), self._compile)

    def action_compile_verified(self) -> None:
        """Ask for a name and whether to do it again, then compile."""
        if self.trace is not None:
            asked = AskText("Compile and verify", PLAYBOOK_QUESTION, value=slug(self.trace.run.name))
            self.app.push_screen(asked, self._compile_verified)

    def _compile_verified(self, name: str | None) -> None:
        if not name or self.trace is None:
            return
        run, core, marked = self.trace.run, self.core, self._marked

        def start(cwd: str | None) -> None:
            self.book.send_out(verified_errand(core, run, name, marked=marked, cwd=cwd))

        ask_shadow(self, "Compile and verify", run, start)

    def take_fact(self, fact: Message) -> None:
        """The playbook that was made is where one goes from here."""
        run = self.trace.run if self.trace else None
        compiled = fact.made if isinstance(fact, Fitted) and run and fact.source == run.run_id else None
        if isinstance(fact, Fitted) and run and compiled and self.app.screen is self:
            self.book.open_playbook(compiled, cwd=run.cwd or None)
            show_fitted(self, fact)
        else:
            super().take_fact(fact)

    def _compile(self, name: str | None) -> None:
        if name and self.trace:
            self.book.send_out(
                compile_errand(self.core, [self.trace.run.run_id], name=name, marked=self._marked), to=self
            )

    @on(Compiled)
    def open_playbook(self, event: Compiled) -> None:
        """The playbook is where one goes from here."""
        playbook = event.compilation.playbook
        self.book.open_playbook(
            f"{playbook.name}@{playbook.version}", cwd=(self.trace.run.cwd or None) if self.trace else None
        )

    def action_keep(self) -> None:
        """Keep the step under the cursor, or leave it to the compiler again."""
        self._mark(self._marked.kept)

    def action_drop(self) -> None:
        """Drop the step under the cursor, or leave it to the compiler again."""
        self._mark(self._marked.dropped)

    def _mark(self, how: Callable[[int], Marked]) -> None:
        step = self._step
        if step is not None:
            self._marked = how(step.step_index)
            self.steps.update(self.step_row(step))
            self.steps.border_subtitle = self._marked.words

    def action_play(self) -> None:
        """Play it from the step under the cursor."""
        if self.trace is not None:
            self.book.open_player(self.trace.run.run_id, step=self.steps.numbered or 1)

    def action_export_run(self) -> None:
        """Write it to a file."""
        if self.trace is not None:
            run = self.trace.run
            value = f"{slug(run.name)}.cast"
            write = of_stored(self, run.run_id)
            ask_export(self, write, question=RUN_QUESTION, value=value, form_of=run_form, endings=RUN_FORMS)

    def action_incident(self) -> None:
        """Write a report of it."""
        if self.trace is not None:
            ask_incident(self, self.trace.run.replay_id or self.trace.run.run_id)

    def action_remove(self) -> None:
        """Delete it, after a question."""
        if self.trace is not None:
            ask_removal(self, self.trace.run)

    @on(RunRemoved)
    def leave(self) -> None:
        """There is nothing to look at any more."""
        self.leave_it()

    @property
    def _step(self) -> Step | None:
        at = self.steps.numbered
        return self.trace.steps[at - 1] if self.trace and at else None

    def _second(self, moment: datetime) -> float:
        """When it was, in seconds of the recording."""
        return (moment - self.trace.run.started_at).total_seconds() if self.trace else 0.0

    def _part(self, moment: datetime) -> float:
        """The same as a part of the whole time up to the end of the last step."""
        last = self.trace.steps[-1] if self.trace and self.trace.steps else None
        whole = self._second(last.started_at) + last.duration_ms / 1_000 if last else 0.0
        return min(max(self._second(moment) / whole, 0.0), 1.0) if whole > 0 else 0.0

    def step_row(self, step: Step) -> StepRow:
        """A step in the list."""
        return StepRow(
            index=step.step_index,
            command=(patch_words(step.command) if step.kind is StepKind.FILE else None) or step.command or UNNAMED,
            mark=step_mark(step),
            sign=self._marked.sign(step.step_index),
            told=told(step),
            depth=depth(self.trace, step) if self.trace else 0,
            above=self._between(0) if step.step_index == 1 else "",
            below=self._between(step.step_index),
        )

    def _between(self, after_step: int) -> str:
        """What happened behind a step and is none, and what was noted there."""
        if self.trace is None:
            return ""
        pauses = (pause.words for pause in self.trace.pauses if pause.after_step == after_step)
        notes = (note.words for note in self._noted(after_step))
        return " · ".join(filter(None, (*pauses, late_line(self._late(after_step)), *notes)))

    def _noted(self, after_step: int) -> list[Note]:
        """What the person who recorded noted; what is said in the run of an agent has rows of its own."""
        notes = self.trace.notes if self.trace is not None else ()
        return [note for note in notes if note.after_step == after_step and note.speaker is None]

    def _before(self, step: Step) -> list[Row]:
        """What its recorder said of it; with the first one, whose run it is and what changed before any step."""
        told = [named_rows("Said by its recorder, not checked", hint_lines(step))]
        told += [self.run_rows(), self._late_rows(0)] if step.step_index == 1 else []
        return [line for part in told if part for line in (*part, ())]

    def _behind(self, step: Step) -> list[Row]:
        """What changed behind a step while none ran: nobody's, and told apart from what the step did."""
        told = self._late_rows(step.step_index)
        return [(), *told] if told else []

    def _late_rows(self, after_step: int) -> list[Row]:
        """The pauses behind a step, and what changed while none ran."""
        pauses = [one for one in self.trace.pauses if one.after_step == after_step] if self.trace is not None else []
        told = late_rows(self._late(after_step), paused=bool(pauses))
        return [*(row(pause.words, Tone.WARN) for pause in pauses), *told]

    def _late(self, after_step: int) -> tuple[FileEffect, ...]:
        return self.trace.late(after_step) if self.trace is not None else ()
