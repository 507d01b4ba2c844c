"""Player: a recording as it went, and any moment of it at once."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from app.actions import Area, bindings
from app.moments import SECOND_US, clock_text, moment
from app.playback import advanced
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.scrollback import lit
from app.widgets.looking_back import FOUND
from app.widgets.picture_view import PictureView
from app.widgets.prose import Tone, command_line, piece
from app.widgets.scrubber import Scrubber
from app.workers.projecting import CommandsPlaced, KeyframesGrew, PictureShown, PlayerOpened, PrintedFound, Projector
from app.workers.tasks import in_thread
from capture.errors import ReplaybookError
from capture.tape.seeking import START, Position, Recording
from capture.trace import Step, StepStatus, Trace

FRAME_S = 1 / 30
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
IDLE_CAPS_S = (2.0, 0.5, None)
LEAP_US = 5 * SECOND_US
FIND = "Goes to the moment when it was printed; without a capital letter, capitals don't matter. Empty: no more."
WORDS = 20
"""Characters of what is looked for that the first line shows."""


class PlayerScreen(BookScreen):
    """Plays a run; every jump is answered by a thread, so that keys always work."""

    AREA = Area.PLAYER
    BINDINGS: ClassVar[list[BindingType]] = bindings(Area.PLAYER)

    def __init__(self, run: str, *, step: int = 1) -> None:
        """Play a run.

        Args:
            run: Its id, name, or the beginning of one.
            step: Where to begin; 1 is the very start.
        """
        super().__init__()
        self._run, self._first = run, step
        self._projector = Projector(self.post_message)
        self._trace: Trace | None = None
        self._offsets: list[int] = []
        self._recording: Recording | None = None
        self._place, self._at_us = START, 0
        self._playing, self._ticked = False, 0.0
        self._speed, self._idle = SPEEDS.index(1.0), 0
        self._made = 1.0
        self._sought, self._searching = "", False
        self._printed: tuple[int, ...] = ()
        self.view = PictureView(id="picture")
        """The screen of that moment."""
        self.scrubber = Scrubber(id="scrubber")
        """Where it stands in time."""

    def compose_body(self) -> Iterator[Widget]:
        """Picture and time."""
        yield self.view
        yield self.scrubber

    def on_mount(self) -> None:
        """Open the recording in its thread."""
        self.title_bar.place(self._run)
        wanted = self.book.preferences.player
        self._speed = min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - wanted.speed))
        self._idle = min(range(len(IDLE_CAPS_S)), key=lambda at: abs((IDLE_CAPS_S[at] or 0) - wanted.longest_pause_s))
        core, run, projector = self.core, self._run, self._projector
        in_thread(self, lambda: projector.run(core.glance(run).trace, core.playback(run)), group="player")
        self.set_interval(FRAME_S, self._tick)

    def on_unmount(self) -> None:
        """Let the thread go."""
        self._recording = None
        self._projector.stop()

    @on(PlayerOpened)
    def begin(self, event: PlayerOpened) -> None:
        """Mark the commands, and play."""
        if not self.is_attached:
            return
        self._trace, self._recording = event.trace, event.recording
        self._offsets = [step.output_start for step in event.trace.steps]
        self.title_bar.place(event.trace.run.name)
        later = 1 < self._first <= len(event.trace.steps)
        self._go(self._start_of(event.trace.steps[self._first - 1]) if later else event.recording.at(0))
        self._play(on=True)

    @on(CommandsPlaced)
    def mark(self, event: CommandsPlaced) -> None:
        """Mark the commands; of many that takes a moment."""
        if self._recording is not None:
            whole = max(self._recording.duration_us, 1)
            told = zip(event.times_us, self._steps, strict=False)
            self.scrubber.mark([(at_us / whole, step.status is StepStatus.FAILED) for at_us, step in told])

    @on(PictureShown)
    def draw(self, event: PictureShown) -> None:
        """Draw it."""
        self.view.show(lit(event.picture, self._sought, FOUND))

    @on(KeyframesGrew)
    def note(self, event: KeyframesGrew) -> None:
        """Say how far jumps are quick."""
        self._made = event.part
        self._say()

    @on(Scrubber.Chosen)
    def choose(self, event: Scrubber.Chosen) -> None:
        """Go where the person clicked."""
        if self._recording is not None:
            self._go_to(round(event.part * self._recording.duration_us))

    def action_play_pause(self) -> None:
        """Play or pause; from the end, play again."""
        if self._recording is None:
            return
        if not self._playing and self._at_us >= self._recording.duration_us:
            self._go_to(0)
        self._play(on=not self._playing)

    def action_faster(self) -> None:
        """Twice as fast."""
        self._speed = min(self._speed + 1, len(SPEEDS) - 1)
        self._say()

    def action_slower(self) -> None:
        """Half as fast."""
        self._speed = max(self._speed - 1, 0)
        self._say()

    def action_idle_cap(self) -> None:
        """The next longest pause."""
        self._idle = (self._idle + 1) % len(IDLE_CAPS_S)
        self._say()

    def action_next_command(self) -> None:
        """To where the next command began."""
        ahead = self._steps[bisect_right(self._offsets, self._place.offset) :]
        if ahead:
            self._go(self._start_of(ahead[0]))

    def action_previous_command(self) -> None:
        """To where this command, or the one before it, began."""
        behind = self._steps[: bisect_left(self._offsets, self._place.offset)]
        if behind:
            self._go(self._start_of(behind[-1]))

    def action_next_error(self) -> None:
        """To where the next failed command began."""
        self._go_to_error(self._steps[bisect_right(self._offsets, self._place.offset) :])

    def action_previous_error(self) -> None:
        """To where the failed command before began."""
        self._go_to_error(self._steps[: bisect_left(self._offsets, self._place.offset)][::-1])

    def _go_to_error(self, steps: Sequence[Step]) -> None:
        failed = next((step for step in steps if step.status is StepStatus.FAILED), None)
        if failed is None:
            self.say("no other command failed there")
        else:
            self._go(self._start_of(failed))

    def action_forward(self) -> None:
        """Five seconds on."""
        self._go_to(self._at_us + LEAP_US)

    def action_rewind(self) -> None:
        """Five seconds back."""
        self._go_to(self._at_us - LEAP_US)

    def action_to_start(self) -> None:
        """To the very start."""
        self._go_to(0)

    def action_to_end(self) -> None:
        """To the very end."""
        if self._recording is not None:
            self._go_to(self._recording.duration_us)

    def action_jump(self) -> None:
        """Ask for a moment."""
        self._play(on=False)
        self.app.push_screen(AskText("Jump", "Where to: seconds, mm:ss, or step:K as step K left it."), self._jump)

    def _jump(self, text: str | None) -> None:
        if not text or self._recording is None:
            return
        try:
            self._go(moment(text.strip(), self._recording, self._steps))
        except ReplaybookError as error:
            self.say(str(error), severity="error")

    def action_find(self) -> None:
        """Ask for a text, and go to where it was printed."""
        self._play(on=False)
        self.app.push_screen(AskText("Find", FIND, value=self._sought, optional=True), self._find)

    def _find(self, text: str | None) -> None:
        if text is None or self._recording is None:
            return
        self._sought, self._printed = text.strip(), ()
        projector, sought = self._projector, self._sought
        if sought:
            self._searching = True
            in_thread(self, lambda: projector.find(sought), group="search")
        else:
            self._searching = False
            projector.want(self._place)
        self._say()

    @on(PrintedFound)
    def show_found(self, event: PrintedFound) -> None:
        """Go to the first from here on, or say that there is none."""
        if event.text != self._sought or not self.is_attached:
            return
        self._searching, self._printed = False, tuple(event.offsets)
        self._projector.want(self._place)
        if self._printed:
            self._go_to_printed(bisect_left(self._printed, self._place.offset))
        else:
            self._say()
            self.say(f"{event.text}: printed nowhere in it", severity="warning")

    def action_next_printed(self) -> None:
        """To where it was printed next; round the end."""
        self._go_to_printed(bisect_right(self._printed, self._place.offset))

    def action_previous_printed(self) -> None:
        """To where it was printed before; round the start."""
        self._go_to_printed(bisect_left(self._printed, self._place.offset) - 1)

    def _go_to_printed(self, number: int) -> None:
        if self._recording is None or not self._printed:
            self.say(self.book.keys.told("find something first: {find} asks for it"))
            return
        self._play(on=False)
        self._go(self._recording.of(self._printed[number % len(self._printed)]))

    @property
    def _found_words(self) -> str:
        """How far one is through what was found; empty when nothing is looked for."""
        if not self._sought or self._searching:
            return f"finding {self._sought[:WORDS]} …" if self._sought else ""
        behind = bisect_right(self._printed, self._place.offset)
        return f"{self._sought[:WORDS]}: {behind} of {len(self._printed)}"

    def _tick(self) -> None:
        """Let time go by."""
        now = self.book.clock()
        elapsed, self._ticked = now - self._ticked, now
        if not self._playing or self._recording is None:
            return
        cap = IDLE_CAPS_S[self._idle]
        idle_us = None if cap is None else round(cap * SECOND_US)
        at_us = advanced(
            self._recording, self._at_us, round(elapsed * SPEEDS[self._speed] * SECOND_US), idle_us=idle_us
        )
        if at_us != self._at_us:
            self._go_to(at_us)
        if at_us >= self._recording.duration_us:
            self._play(on=False)

    def _go_to(self, at_us: int) -> None:
        """To a moment, as near as the recording goes."""
        if self._recording is not None:
            at_us = min(max(at_us, 0), self._recording.duration_us)
            self._go(self._recording.at(at_us), at_us)

    def _go(self, place: Position, at_us: int | None = None) -> None:
        """To a place; its moment is that of the last thing before it."""
        if self._recording is not None:
            self._at_us = self._recording.time(place) if at_us is None else at_us
            if place != self._place or not self.view.picture.lines:
                self._projector.want(place)
            self._place = place
            self._say()

    def _play(self, *, on: bool) -> None:
        self._playing, self._ticked = on, self.book.clock()
        self._say()

    @property
    def _steps(self) -> tuple[Step, ...]:
        return self._trace.steps if self._trace is not None else ()

    def _start_of(self, step: Step) -> Position:
        return self._recording.of(step.output_start) if self._recording is not None else START

    def _say(self) -> None:
        """Tell where it stands."""
        if self._recording is None:
            return
        whole = self._recording.duration_us
        self.scrubber.show(self._at_us / max(whole, 1), f"{clock_text(self._at_us)} / {clock_text(whole)}")
        begun = bisect_right(self._offsets, self._place.offset)
        cap = IDLE_CAPS_S[self._idle]
        self.title_bar.facts(
            piece("▶ playing", Tone.GOOD) if self._playing else piece("‖ paused", Tone.STRONG),
            piece(self._found_words, Tone.HEAD) if self._sought else "",
            f"x{SPEEDS[self._speed]:g}",
            f"{self._steps[begun - 1].step_index}/{len(self._steps)}" if begun else "",
            command_line(self._steps[begun - 1].command)[:40] if begun else "",
            "all pauses" if cap is None else f"pauses ≤ {cap:g} s",
            "" if self._made >= 1 else f"keyframes {self._made:.0%}",
        )
