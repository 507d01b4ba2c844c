"""Record: a live shell on the left, what it amounts to on the right, as it grows."""

import asyncio
import gc
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from app.actions import Area, bindings
from app.ghostty import Ghostty
from app.ports import LiveSession
from app.screens.base import BookScreen
from app.widgets.lines import Lines
from app.widgets.prose import Piece, Row, Tone, piece
from app.widgets.recorded import effect_row, masking_row, step_mark
from app.widgets.steps import Mark, StepList, StepRow
from app.widgets.terminal_pane import TerminalPane
from app.workers.facts import SessionPrinted, SessionStarted, SessionTold
from app.workers.live import LiveReader
from app.workers.tasks import in_thread
from capture.shells import own_shell
from capture.trace import Masked, Step, StepStatus
from capture.wire import (
    Detached,
    Ended,
    FileTouched,
    HostFailed,
    Message,
    SecretMasked,
    StepBegan,
    StepEnded,
    Stopped,
    Warned,
)

STEP_PERCENT, LEAST_PERCENT, MOST_PERCENT = 5, 15, 70
"""Of the width: what a key moves the edge by, and the least and most that the trace gets."""
LONG_S = 30.0
"""How long it is said that nothing is recorded any more."""


class RecordScreen(BookScreen):
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
        self._cwd, self._run_name, self._goal, self._watch = cwd, name, goal, watch
        self._run, self._take_over = run, take_over
        self._stopped = self._left = False
        self._session: LiveSession | None = None
        self._reader: LiveReader | None = None
        self._ended = False
        self._running = False
        self._touched: set[str] = set()
        self._effects: list[Row] = []
        self._masked: list[SecretMasked] = []
        self.pane = TerminalPane(Ghostty(answer=self._send), id="pane")
        """The live shell."""
        self.steps = StepList(id="steps")
        """What was done so far."""
        self.files = Lines(id="files", follow=True)
        """What it changed so far."""

    @property
    def busy(self) -> str | None:
        """An open session."""
        open_session = self._session is not None and not self._ended
        question = "A session is being recorded. End it and quit? What was recorded is kept; n, then d lets it run on."
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
        self.title_bar.place("record", *([self._run_name] if self._run_name else []))
        self.title_bar.facts("starting the shell …")
        self.pane.focus()
        self.call_after_refresh(self._start)

    def on_screen_suspend(self) -> None:
        """A dialog, or another screen."""
        self.pane.cover()

    def on_screen_resume(self) -> None:
        """Back again."""
        super().on_screen_resume()
        self.pane.uncover()

    def _start(self) -> None:
        size, core, cwd, shell = self.pane.content_size, self.core, self._cwd, own_shell(os.environ)
        columns, lines = max(size.width, 20), max(size.height, 5)
        name, goal, watch = self._run_name, self._goal, self._watch
        run, take_over = self._run, self._take_over

        def begin() -> SessionStarted:
            if run is None:
                return SessionStarted(
                    core.new_session(
                        name=name,
                        goal=goal,
                        cwd=cwd,
                        shell=shell,
                        columns=columns,
                        rows=lines,
                        watch=watch,
                        keep_on_detach=True,
                    )
                )
            session = core.attach(run, take_over=take_over)
            steps = core.trace(run).steps
            return SessionStarted(session, screen=core.screen(run, session.recorded, columns, lines), steps=steps)

        in_thread(self, begin, group="session")

    @on(SessionStarted)
    def attach(self, event: SessionStarted) -> None:
        """Begin to show what the shell says; queries in what it said before have had their answers."""
        self.pane.feed(event.screen)
        for step in event.steps:
            if step.status is not StepStatus.PARTIAL:
                self._note_step(step)
        self._session = event.session
        self._reader = LiveReader(event.session, self.post_message, pressed=lambda: self.book.pressed_at)
        event.session.resize(*self.pane.content_size)
        if self._run is not None:
            event.session.redraw()
        self._reader.attach(asyncio.get_running_loop())
        self._show_standing()
        # What there is by now stays: to look through all of it for garbage, time and again, stops the pane for 200 ms.
        gc.freeze()

    async def on_unmount(self) -> None:
        """An open session is ended in order, unless it was left running, or this program falls over."""
        gc.unfreeze()
        if self._reader:
            self._reader.detach()
        if self._session:
            if not (self._ended or self._left or self.app.return_code):
                self._session.end()
            await asyncio.to_thread(self._session.close)

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
                self._running = True
                self.steps.update(StepRow(index=index, command=command, mark=Mark.RUNNING))
                self.steps.go_to(index)
            case StepEnded(step=step):
                self._note_step(step)
            case FileTouched(path=path) if self._running and path not in self._touched:
                self._touched.add(path)
                self.files.add([(Piece("   … ", Tone.DIM), piece(path, Tone.DIM))])
            case SecretMasked():
                self._note_masking(told)
            case Ended(run_id=run_id):
                self._ended = True
                self.book.replace_with_trace(run_id)
            case HostFailed(message=message):
                self._let_go()
                self.say(message, severity="error")
            case Stopped(message=message):
                self._stopped = True
                self.say(message, severity="error", timeout=LONG_S)
            case Warned(message=message):
                self.say(message, severity="warning")
            case Detached(message=message):
                self._left = True
                self._let_go()
                self.say(message, severity="warning")
            case _:
                pass
        self._show_standing()

    def _let_go(self) -> None:
        """Nothing more comes; keys are the screen's, so that esc leads back."""
        self._ended = True
        self.steps.focus()

    def _note_step(self, step: Step) -> None:
        self._running = False
        self.steps.update(StepRow(index=step.step_index, command=step.command, mark=step_mark(step)))
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
        self._send(event.data)

    @on(TerminalPane.Sized)
    def follow_size(self, event: TerminalPane.Sized) -> None:
        """The shell's terminal has the pane's size."""
        if self._session and not self._ended:
            self._session.resize(event.size.width, event.size.height)

    @on(TerminalPane.Left)
    def leave(self) -> None:
        """Keys are the screen's now."""
        self.steps.focus()

    def action_leave_pane(self) -> None:
        """Back into the shell: inside the pane the key is the pane's own."""
        self.pane.focus()

    def on_descendant_focus(self) -> None:
        """The title says where keys go."""
        if self._session:
            self._show_standing()

    def action_zoom(self) -> None:
        """The pane alone, or beside the trace again; keys are the shell's then."""
        self.toggle_class("-zoomed")
        self.pane.focus()

    def action_wider(self) -> None:
        """More for the shell."""
        self._split(STEP_PERCENT)

    def action_narrower(self) -> None:
        """More for the trace."""
        self._split(-STEP_PERCENT)

    def _split(self, by: int) -> None:
        whole = max(self.size.width, 1)
        share = round(100 * self.query_one("#side").outer_size.width / whole / STEP_PERCENT) * STEP_PERCENT - by
        self.query_one("#side").styles.width = f"{min(max(share, LEAST_PERCENT), MOST_PERCENT)}%"

    def action_end_session(self) -> None:
        """End the shell; its trace opens when it is gone."""
        if self._session and not self._ended:
            self._session.end()

    def action_leave_running(self) -> None:
        """Let the shell run on without this screen."""
        if self._session and not self._ended:
            self._left = True
            self.say("The session runs on; enter on it opens it again.")
            self.app.pop_screen()

    def go_back(self) -> None:
        """Leaving ends the session; that is asked."""
        if self._session is None or self._ended:
            self.app.pop_screen()
            return

        question = "End the session? What was recorded is kept; n, then d lets it run on."
        self.confirm("Recording", question, self.action_end_session)

    def _send(self, data: bytes) -> None:
        if self._session and not self._ended:
            self._session.send_keys(data)

    def _show_standing(self) -> None:
        recording = piece("● recording", Tone.BAD)
        if self._ended:
            recording = piece("■ detached" if self._left else "■ ended", Tone.DIM)
        elif self._stopped:
            recording = piece("! not recorded any more", Tone.WARN)
        hint = "ctrl+] leaves the shell" if self.pane.has_focus else "ctrl+] back to the shell"
        self.title_bar.facts(recording, hint, Path(self._cwd).name)
