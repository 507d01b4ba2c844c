"""Record: a live shell on the left, what it amounts to on the right, as it grows."""

import asyncio
import gc
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from app.actions import Area, bindings
from app.screens.dialogs import AskText
from app.screens.shell import ShellScreen
from app.sessions import LiveSession
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, piece
from app.widgets.recorded import effect_row, masking_row, step_mark
from app.widgets.steps import Mark, StepList, StepRow
from app.widgets.terminal_pane import TerminalPane
from app.workers.beginning import Begun, Opening
from app.workers.live import LiveReader
from app.workers.session_facts import SessionPrinted, SessionStarted, SessionTold
from app.workers.tasks import Refused, in_thread
from capture.shells import own_shell
from capture.trace import Masked, Note, Step, StepStatus
from capture.wire import (
    Detached,
    Ended,
    FileTouched,
    HostFailed,
    Message,
    NoteKept,
    Paused,
    SecretMasked,
    StepBegan,
    StepEnded,
    Stopped,
    Warned,
)

LONG_S = 30.0
"""How long it is said that nothing is recorded any more."""
KEPT = "What was recorded is kept; n, then {leave-running} lets it run on."
TO_THE_SESSION = frozenset({"note", "pause_recording", "unmask", "end_session", "leave_running", "send_key"})
"""Actions that a session is told of."""


class RecordScreen(ShellScreen):
    """Owns the session from its start to its end."""

    AREA = Area.RECORD
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.RECORD)

    def __init__(
        self,
        *,
        cwd: str,
        name: str | None = None,
        goal: str | None = None,
        watch: Sequence[str] = (),
        run: str | None = None,
        take_over: bool = False,
    ) -> None:
        """Record in a directory, or go on with a session that was left running.

        Args:
            cwd: Where the shell begins.
            name: Of the recording; None: the directory's.
            goal: What the work is for.
            watch: Paths elsewhere whose files count too.
            run: The session to go on with; None: a new one.
            take_over: Send another front end of it away.
        """
        super().__init__()
        self._begun = Begun(cwd=cwd, name=name, goal=goal, watch=watch, run=run, take_over=take_over)
        self._opening: Opening | None = None
        self._stopped = self._left = False
        self._session: LiveSession | None = None
        self._reader: LiveReader | None = None
        self._ended = False
        self._command_runs = self._paused = False
        self._typed_ahead = b""
        self._touched: set[str] = set()
        self._effects: list[Row] = []
        self._masked: list[SecretMasked] = []
        self.steps = StepList(id="steps")
        """What was done so far."""
        self.files = Lines(id="files", follow=True)
        """What it changed so far."""

    @property
    def busy(self) -> str | None:
        """An open session."""
        open_session = self._session is not None and not self._ended
        question = f"A session is being recorded. End it and quit? {self.book.keys.told(KEPT)}"
        return question if open_session else None

    def compose_body(self) -> Iterator[Widget]:
        """Shell, steps, files."""
        with Horizontal():
            yield self.pane
            with Vertical(id="side"):
                yield self.steps
                yield self.files

    def on_mount(self) -> None:
        """Start the shell in the pane's size as soon as it is known."""
        self.pane.border_title = "Shell"
        self.steps.border_title, self.files.border_title = "Steps", "Files"
        self.title_bar.place("record", *([self._begun.name] if self._begun.name else []))
        self.title_bar.facts("starting the shell …")
        self.pane.focus()
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        size, opening = self.pane.content_size, Opening(self.core, self._begun)
        self._opening = opening
        chosen = self.book.preferences.record.shell
        shell = own_shell(os.environ) if chosen == "yours" else chosen
        columns, lines = max(size.width, 20), max(size.height, 5)
        in_thread(self, lambda: opening.open(shell, columns, lines), group="session")

    @on(Refused)
    def leave_unbegun(self) -> None:
        """There is no session to show: back to where keys do something."""
        if self._session is None:
            self.leave_it()

    @on(SessionStarted)
    def attach(self, event: SessionStarted) -> None:
        """Begin to show what the shell says; queries in what it said before have had their answers."""
        self.pane.feed(event.screen)
        for step in event.steps:
            if step.status is not StepStatus.PARTIAL:
                self._note_step(step)
        for note in event.notes:
            self._show_note(note)
        self._session = event.session
        self._reader = LiveReader(event.session, self.post_message, pressed=lambda: self.book.pressed_at)
        event.session.resize(*self.pane.content_size)
        if self._typed_ahead:
            event.session.send_keys(self._typed_ahead)
        if self._begun.run is not None:
            event.session.redraw()
        self._reader.attach(asyncio.get_running_loop())
        self.show_standing()
        # What there is by now stays: to look through all of it for garbage, time and again, stops the pane for 200 ms.
        gc.freeze()

    async def on_unmount(self) -> None:
        """An open session is ended in order, unless it was left running, or this program falls over."""
        gc.unfreeze()
        if self._reader:
            self._reader.detach()
        over = self._ended or self._left or bool(self.app.return_code)
        gone_on_with = self._session is None and self._begun.run is not None
        if self._opening:
            await asyncio.to_thread(self._opening.leave, end=not (over or gone_on_with))

    @on(SessionPrinted)
    def draw(self, event: SessionPrinted) -> None:
        """Show a frame's worth of output."""
        self.pane.feed(event.data, more=event.more)
        if event.more and self._reader:
            self._reader.go_on()

    @on(SessionTold)
    def note(self, event: SessionTold) -> None:
        """Let the trace grow."""
        told: Message = event.told
        match told:
            case StepBegan(step_index=index, command=command):
                self._command_runs = True
                self.steps.update(StepRow(index=index, command=command, mark=Mark.RUNNING))
                self.steps.go_to(index)
            case StepEnded(step=step):
                self._note_step(step)
            case FileTouched(path=path) if self._command_runs and path not in self._touched:
                self._touched.add(path)
                self.files.add([(Piece("   … ", Tone.DIM), piece(path, Tone.DIM))])
            case SecretMasked():
                self._note_masking(told)
            case NoteKept(note=note):
                self._show_note(note)
            case Paused(on=on):
                self._paused = on
                paused = self.book.keys.told("‖ nothing is recorded until {pause-recording} is pressed again")
                self.say(paused if on else "● recording again")
            case Ended(run_id=run_id):
                self._ended = True
                self.book.replace_with_trace(run_id)
            case HostFailed() | Stopped() | Warned() | Detached():
                self._note_trouble(told)
            case _:
                pass
        self.show_standing()

    def _note_trouble(self, told: HostFailed | Stopped | Warned | Detached) -> None:
        """Not all of it is recorded, or nothing more is, here or at all."""
        grave = isinstance(told, HostFailed | Stopped)
        self._stopped = self._stopped or isinstance(told, Stopped)
        self._left = self._left or isinstance(told, Detached)
        if isinstance(told, HostFailed | Detached):
            self._let_go()
        timeout = LONG_S if isinstance(told, Stopped) else None
        self.say(told.message, severity="error" if grave else "warning", timeout=timeout)

    def _let_go(self) -> None:
        """Nothing more comes; keys are the screen's, so that esc leads back."""
        self._ended = True
        self.steps.focus()
        self.refresh_bindings()

    def _note_step(self, step: Step) -> None:
        self._command_runs = False
        below = next((row.below for row in self.steps.rows if row.index == step.step_index), "")
        self.steps.update(StepRow(index=step.step_index, command=step.command, mark=step_mark(step), below=below))
        if step.file_effects or self._touched:
            self._touched.clear()
            self._effects += [
                effect_row(effect, prefix=f"{step.step_index:>2} ", words=False) for effect in step.file_effects
            ]
            self.files.show(self._effects)

    def _note_masking(self, told: SecretMasked) -> None:
        """Only the first time: where else it stands, the trace tells."""
        if told.step_index is None or any(told.secret == known.secret for known in self._masked):
            return
        self._masked.append(told)
        masked = Masked(rule=told.rule, field=told.field, count=told.count, secret=told.secret)
        self._effects.append(masking_row(masked, prefix=f"{told.step_index:>2} "))
        self.files.show(self._effects)

    def _show_note(self, note: Note) -> None:
        row = next((one for one in self.steps.rows if one.index == note.after_step), None)
        words = note.words
        if row is None:
            self.say(words)
        else:
            below = f"{row.below} · {words}" if row.below else words
            self.steps.update(msgspec.structs.replace(row, below=below))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What a session that is over, or another terminal's, can't be told is not offered."""
        return not (self._ended and action in TO_THE_SESSION) and super().check_action(action, parameters)

    def action_note(self) -> None:
        """Ask for one."""
        if self._session is None or self._ended:
            self.say("Nothing is being recorded.")
            return
        question = "It is kept with the step that runs or ran last; without a text, it is a bookmark."
        self.app.push_screen(AskText("Note", question, optional=True), self._keep_note)

    def _keep_note(self, text: str | None) -> None:
        if text is not None and self._session is not None and not self._ended:
            self._session.note(text)

    def action_pause_recording(self) -> None:
        """From the next prompt on."""
        if self._session is not None and not self._ended:
            self._session.pause(on=not self._paused)
            if self._command_runs:
                self.say("as soon as the command that runs has ended")
            self.pane.focus()

    def action_unmask(self) -> None:
        """Ask, then have what was masked last written down as it is."""
        told = next((one for one in reversed(self._masked) if one.secret), None)
        if told is None or self._session is None or self._ended:
            self.say("Nothing was masked that could be shown again.")
            return
        question = (
            f"Step {told.step_index}: what {told.rule} masked in {told.field} was no secret? It is kept as it is."
        )
        self.confirm("Masked", question, lambda: self._unmask(told))

    def _unmask(self, told: SecretMasked) -> None:
        if self._session is not None and not self._ended:
            self._session.unmask([told.secret])
            self._masked.remove(told)
            self.say(f"✓ {told.rule} of step {told.step_index} will be kept as it is")

    @on(TerminalPane.Typed)
    def type(self, event: TerminalPane.Typed) -> None:
        """Keys are the shell's."""
        self.send(event.data)

    @on(TerminalPane.Sized)
    def follow_size(self, event: TerminalPane.Sized) -> None:
        """The shell's terminal has the pane's size."""
        if self._session and not self._ended:
            self._session.resize(event.size.width, event.size.height)

    def watch_focused(self) -> None:
        """The title says where keys go, drawn in the same frame as what else tells of it."""
        if self._session:
            self.show_standing()

    def action_end_session(self) -> None:
        """End the shell; its trace opens when it is gone."""
        if self._session and not self._ended:
            self._session.end()

    def action_leave_running(self) -> None:
        """Let the shell run on without this screen."""
        if self._session and not self._ended:
            self._left = True
            self.say(self.book.keys.told("The session runs on; {open} on it opens it again."))
            self.leave_it()

    def go_back(self) -> None:
        """Leaving ends the session; that is asked."""
        if self._session is None or self._ended:
            self.leave_it()
            return

        question = f"End the session? {self.book.keys.told(KEPT)}"
        self.confirm("Recording", question, self.action_end_session)

    def send(self, data: bytes) -> None:
        """Give the shell what was typed, before it was there too."""
        if self._session is None:
            self._typed_ahead += data
        elif not self._ended:
            self._session.send_keys(data)

    def show_standing(self) -> None:
        """Say in the title how the recording stands, and where keys go."""
        recording = piece("‖ paused", Tone.WARN) if self._paused else piece("● recording", Tone.BAD)
        if self._ended:
            recording = piece("■ detached" if self._left else "■ ended", Tone.DIM)
        elif self._stopped:
            recording = piece("! not recorded any more", Tone.WARN)
        in_shell = self.focused is self.pane
        hint = "{leave-pane} leaves the shell" if in_shell else "{leave-pane} back to the shell"
        if self.has_class("-zoomed") and not in_shell:
            hint += ", {zoom} to the trace"
        if self.pane.looking.by_keys:
            hint = "looking back; {look-leave} leads to the shell"
        elif self._ended:
            hint = "nothing more comes; {back} leads back"
        self.title_bar.facts(recording, self.book.keys.told(hint), Path(self._begun.cwd).name)
