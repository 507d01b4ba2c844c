"""Shows the moments that a screen wants, in a thread that owns the recording: the screen is never held up."""

import threading
from collections.abc import Callable, Sequence
from itertools import islice

from textual.message import Message

from app.emulator import Picture
from app.playback import Playback
from capture.tape.searching import Needle
from capture.tape.seeking import Position, Recording
from capture.tape.sought import printed
from capture.trace import Trace

MOST_PLACES = 100_000
"""Places of a text that are kept, the first ones."""


class PlayerOpened(Message):
    """The recording is open; look up places in it until the screen goes."""

    def __init__(self, trace: Trace, recording: Recording) -> None:
        """Carry both."""
        super().__init__()
        self.trace, self.recording = trace, recording


class CommandsPlaced(Message):
    """When each command began was looked up."""

    def __init__(self, times_us: Sequence[int]) -> None:
        """Carry a moment a step, in microseconds."""
        super().__init__()
        self.times_us = times_us


class PictureShown(Message):
    """The screen at the place that was wanted last."""

    def __init__(self, picture: Picture) -> None:
        """Carry it."""
        super().__init__()
        self.picture = picture

    def can_replace(self, message: Message) -> bool:
        """The last one is enough."""
        return isinstance(message, PictureShown)


class KeyframesGrew(Message):
    """Jumps are quick up to here."""

    def __init__(self, part: float) -> None:
        """Carry the part, 0 to 1."""
        super().__init__()
        self.part = part

    def can_replace(self, message: Message) -> bool:
        """The last one is enough."""
        return isinstance(message, KeyframesGrew)


class PrintedFound(Message):
    """Where a text was printed was looked up."""

    def __init__(self, text: str, offsets: Sequence[int]) -> None:
        """Carry the bytes of output up to the end of each, rising."""
        super().__init__()
        self.text, self.offsets = text, offsets


class PlayerClosed(Message):
    """The recording was let go of."""


class Projector:
    """Between a screen that wants moments and the playback that shows them."""

    def __init__(self, tell: Callable[[Message], object]) -> None:
        """Own nothing yet.

        Args:
            tell: Takes the messages.
        """
        self._tell = tell
        self._changed = threading.Condition()
        self._wanted: Position | None = None
        self._sought = ""
        self._recording: Recording | None = None
        self._reading = threading.Lock()
        """Held by who looks for a text; the files stay open as long."""
        self._stopped = False

    def want(self, position: Position) -> None:
        """Show this next; what was wanted before and not yet shown is left out."""
        with self._changed:
            self._wanted = position
            self._changed.notify()

    def stop(self) -> None:
        """Let go of the recording as soon as what is being shown is done."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def find(self, text: str) -> PrintedFound:
        """Look for a text in all that was printed; what was looked for before is given up.

        Args:
            text: Of one line, not empty.
        """
        self._sought = text
        with self._reading:
            if self._recording is None:
                return PrintedFound(text, ())
            places = printed(self._recording, Needle(text), lambda: self._stopped or self._sought != text)
            return PrintedFound(text, tuple(islice(places, MOST_PLACES)))

    def run(self, trace: Trace, playback: Playback) -> Message:
        """Show what is wanted until `stop`; keyframes are made beside it."""
        making = threading.Thread(target=self._prepare, args=(trace, playback), name="keyframes")
        self._recording = playback.recording
        # Told first: what is looked up meanwhile is of no use to a screen that has no recording yet.
        self._tell(PlayerOpened(trace, playback.recording))
        making.start()
        try:
            while (position := self._next()) is not None:
                self._tell(PictureShown(playback.show(position)))
        finally:
            playback.stop()
            making.join()
            with self._reading:
                self._recording = None
                playback.close()
        return PlayerClosed()

    def _next(self) -> Position | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._wanted is not None)
            wanted, self._wanted = self._wanted, None
            return None if self._stopped else wanted

    def _prepare(self, trace: Trace, playback: Playback) -> None:
        recording = playback.recording
        places = (recording.of(step.output_start) for step in trace.steps if not self._stopped)
        self._tell(CommandsPlaced([recording.time(place) for place in places]))
        if not playback.prepared:
            playback.prepare(lambda part: self._tell(KeyframesGrew(part)))
            self._tell(KeyframesGrew(1.0))
