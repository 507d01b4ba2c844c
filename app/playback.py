"""Shows any moment of a recording: the nearest keyframe and what came after it, fed to an emulator, nowhere else."""

import threading
from collections.abc import Callable
from contextlib import suppress

from app.emulator import Emulator, Picture, picture
from app.keyframes import KEYFRAMES, Keyframes, feed, make, part_beside, worth
from capture.tape.seeking import START, Position, Recording


class Playback:
    """One recording on one emulator; `show` is for one thread at a time, `prepare` may run beside it in another."""

    def __init__(self, recording: Recording, new: Callable[[], Emulator], *, engine: str) -> None:
        """Open what was kept of it.

        Args:
            recording: Closed with this.
            new: Makes an emulator with an empty screen that answers nothing.
            engine: Whose snapshots that emulator makes.
        """
        self.recording = recording
        """What is shown."""
        self._new, self._engine = new, engine
        self._path = recording.folder / KEYFRAMES
        self._emulator, self._at = new(), START
        kept = Keyframes.load(self._path, identity=recording.identity, engine=engine) if self.wanting else None
        self._keyframes = kept
        self._stopped = threading.Event()
        self.restored = self.from_start = 0
        """How often a keyframe was restored, and how often only the start was left."""

    @property
    def wanting(self) -> bool:
        """Whether it is long enough to want keyframes."""
        return worth(self.recording)

    @property
    def prepared(self) -> bool:
        """Whether every jump is quick."""
        return self._keyframes is not None or not self.wanting

    @property
    def keyframes(self) -> Keyframes | None:
        """Those that there are so far."""
        return self._keyframes

    def prepare(self, tell: Callable[[float], object] = lambda _: None) -> None:
        """Make the keyframes unless they are there; they serve from the first one on.

        Where they can't be kept, because the disk is full or the folder another's, jumps start where the last one
        stands, or at the start.

        Args:
            tell: Takes the part that is done, 0 to 1.
        """
        if self.prepared:
            return
        with suppress(OSError):
            descriptor, part = part_beside(self._path)
            self._keyframes = keyframes = Keyframes(descriptor)
            emulator = self._new()
            try:
                make(self.recording, emulator, keyframes, tell=lambda done: self._goes_on(tell, done))
                if not self._stopped.is_set():
                    keyframes.seal(identity=self.recording.identity, engine=self._engine)
                    part.replace(self._path)
            finally:
                emulator.close()
                part.unlink(missing_ok=True)

    def show(self, position: Position) -> Picture:
        """The screen at a place.

        Args:
            position: As the recording's `at` and `of` give it.

        Returns:
            What stood on the screen when all before it had come.
        """
        self._go_near(position)
        for reached, frame in self.recording.between(self._at, position):
            feed(self._emulator, frame)
            self._at = reached
            if self._stopped.is_set():
                break
        self._at = position
        return picture(self._emulator)

    def stop(self) -> None:
        """End what other threads do here soon; `close` when they have."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of files and emulator."""
        self._emulator.close()
        self.recording.close()
        if self._keyframes is not None:
            self._keyframes.close()

    def _goes_on(self, tell: Callable[[float], object], done: float) -> bool:
        tell(done)
        return not self._stopped.is_set()

    def _go_near(self, position: Position) -> None:
        """Be at the best place to feed on from: where it stands, a keyframe, or the start."""
        ahead = position.records >= self._at.records and position.offset >= self._at.offset
        if ahead and (self._keyframes is None or self._keyframes.place(position) <= self._at):
            return
        found = self._keyframes.before(position) if self._keyframes is not None else None
        if found is not None and not (ahead and found[0] <= self._at):
            with suppress(ValueError):
                self._emulator.restore(found[1])
                self._at, self.restored = found[0], self.restored + 1
                return
        if not ahead:
            self._emulator.close()
            self._emulator, self._at, self.from_start = self._new(), START, self.from_start + 1


def advanced(recording: Recording, at_us: int, elapsed_us: int, *, idle_us: int | None) -> int:
    """Where playing stands after a while.

    Args:
        recording: What is played.
        at_us: Where it stood.
        elapsed_us: How much of the recording was to go by.
        idle_us: Longest time in which nothing happens; None: as long as it did.

    Returns:
        A moment, at most the recording's end; a longer pause is jumped over.
    """
    now = min(at_us + elapsed_us, recording.duration_us)
    place = recording.at(now)
    following = recording.next_time(place)
    if idle_us is None or following is None or now - recording.time(place) <= idle_us:
        return now
    return following
