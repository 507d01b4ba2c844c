"""A recording as the pictures that its screen showed, drawn by the terminal emulator."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple, TypeAlias

from app.emulator import Cursor, Emulator, Line
from capture.events import Frame
from capture.trace import Run

MakeEmulator: TypeAlias = Callable[[int, int], Emulator]
"""Makes an emulator of so many columns and rows; one that answers no query."""
RATES = (25, 12, 6, 3, 2, 1)
"""Pictures a second; the fastest is taken that doesn't make too many of them."""
MOST_SCREENS = 1200
"""About what a browser still plays smoothly out of one file."""


class Screen(NamedTuple):
    """What was to be seen at one moment."""

    at_us: int
    """Microseconds since the first picture."""
    columns: int
    rows: int
    lines: tuple[Line, ...]
    """One a row."""
    cursor: Cursor


class Window(NamedTuple):
    """A stretch of a recording."""

    start: int = 0
    """Bytes printed before it."""
    end: int | None = None
    """Bytes printed by its end; None: all."""
    start_us: int = 0
    """When it begins, in microseconds since the run began."""


def screen_at(
    run: Run, frames: Iterable[Frame], make: MakeEmulator, *, end: int | None = None, at_us: int | None = None
) -> Screen:
    """The screen at one moment.

    Args:
        run: The run.
        frames: Its terminal recording from the start.
        make: Makes the emulator.
        end: Bytes of the recording that have been printed by then; None: all.
        at_us: Microseconds since the run began; None: the end.

    Returns:
        The picture.
    """
    with closing(make(run.columns, run.rows)) as emulator:
        for frame, _ in _cut(frames, Window(end=end)):
            if at_us is not None and frame.at_us > at_us:
                break
            _feed(emulator, frame)
        return _shot(emulator, 0)


def screens(  # noqa: PLR0913 - a recording, and each way in which it is cut
    run: Run,
    frames: Callable[[], Iterable[Frame]],
    make: MakeEmulator,
    *,
    window: Window,
    idle_us: int,
    most: int = MOST_SCREENS,
    kept: Collection[int] = (),
) -> Iterator[Screen]:
    """The pictures of a stretch of the recording, each different from the one before.

    Args:
        run: The run.
        frames: Gives its terminal recording from the start, as often as it is asked.
        make: Makes the emulator.
        window: Which stretch.
        idle_us: Longer silences are shown so long.
        most: Pictures that are too many, unless there is one a second at most.
        kept: Moments whose picture is among them however soon another one follows, as `moments` gives them.

    Yields:
        At least one picture.
    """
    every_us = 1_000_000 // _rate(_timed(frames(), window, idle_us), most)
    shown: Screen | None = None
    shot_us = changed_us = 0
    with closing(make(run.columns, run.rows)) as emulator:
        for frame, now_us in _timed(frames(), window, idle_us):
            # What stood for no time at all was never seen.
            wanted = shown is None or now_us - shot_us >= every_us or changed_us in kept
            if now_us > changed_us and wanted:
                shot_us, screen = changed_us, _shot(emulator, changed_us)
                if shown is None or screen[1:] != shown[1:]:
                    yield (shown := screen)
            changed_us = now_us
            _feed(emulator, frame)
        last = _shot(emulator, changed_us)
        if shown is None or last[1:] != shown[1:]:
            yield last


def moments(frames: Iterable[Frame], offsets: Sequence[int], *, idle_us: int) -> list[int]:
    """When so many bytes had been printed, on the clock of the pictures.

    Args:
        frames: The terminal recording from its start.
        offsets: Numbers of bytes, none before a smaller one.
        idle_us: Longer silences are shown so long.

    Returns:
        Microseconds from the first picture, one for each offset.
    """
    found: list[int] = []
    printed = now_us = 0
    for frame, now_us in _timed(frames, Window(), idle_us):
        printed += len(frame.data)
        while len(found) < len(offsets) and offsets[len(found)] <= printed:
            found.append(now_us)
    return [*found, *([now_us] * (len(offsets) - len(found)))]


def _rate(timed: Iterable[tuple[Frame, int]], most: int) -> int:
    """How many pictures a second the stretch can have."""
    slots: dict[int, set[int]] = {rate: set() for rate in RATES}
    for _, now_us in timed:
        for rate, filled in slots.items():
            if len(filled) <= most:
                filled.add(now_us * rate // 1_000_000)
    return next((rate for rate, filled in slots.items() if len(filled) <= most), RATES[-1])


def _timed(frames: Iterable[Frame], window: Window, idle_us: int) -> Iterator[tuple[Frame, int]]:
    """Each frame up to the window's end and when it is shown: 0 until the window begins, and no silence too long."""
    now_us, before_us = 0, window.start_us
    for frame, inside in _cut(frames, window):
        if inside:
            now_us += min(max(0, frame.at_us - before_us), idle_us)
            before_us = max(before_us, frame.at_us)
        yield frame, now_us


def _cut(frames: Iterable[Frame], window: Window) -> Iterator[tuple[Frame, bool]]:
    """Each frame up to the window's end, and whether it is in the window; one at an edge is cut in two."""
    offset = 0
    for frame in frames:
        if window.end is not None and offset >= window.end:
            return
        data = frame.data if window.end is None else frame.data[: window.end - offset]
        before = max(0, window.start - offset)
        if before and data:
            yield Frame(at_us=frame.at_us, data=data[:before], resize=frame.resize), False
        if data[before:] or not data:
            yield Frame(at_us=frame.at_us, data=data[before:], resize=frame.resize), not before
        offset += len(data)


def _feed(emulator: Emulator, frame: Frame) -> None:
    if frame.resize is not None and frame.resize != (emulator.columns, emulator.rows):
        emulator.resize(*frame.resize)
    if frame.data:
        emulator.feed(frame.data)


def _shot(emulator: Emulator, at_us: int) -> Screen:
    emulator.refresh()
    lines = tuple(emulator.line(row) for row in range(emulator.rows))
    return Screen(at_us, emulator.columns, emulator.rows, lines, emulator.cursor)
