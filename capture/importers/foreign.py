"""What another tool's recording holds, whatever its format: the values between a reader and the tape."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from typing import IO, NamedTuple

from capture.errors import BadInputError

MICROSECONDS = 1_000_000
LONGEST_US = 10 * 365 * 24 * 3600 * MICROSECONDS
"""Ten years: a recording that says that it took longer is wrong."""
LARGEST_SIDE = 1000
"""Columns or rows; an emulator must be able to make a screen of it."""
LONGEST_LINE = 64 << 20
"""Bytes of one line of a file."""
_MOST_NOTES = 12


class Printed(NamedTuple):
    """The terminal printed."""

    at_us: int
    data: bytes


class Typed(NamedTuple):
    """Somebody typed."""

    at_us: int
    text: str


class Resized(NamedTuple):
    """The terminal has another size."""

    at_us: int
    columns: int
    rows: int


class Marker(NamedTuple):
    """A place that was given a name."""

    at_us: int
    label: str


class Exited(NamedTuple):
    """The session ended."""

    at_us: int
    status: int


Moment = Printed | Typed | Resized | Marker | Exited
"""Times are microseconds since the beginning, and never run backwards."""


class Began(NamedTuple):
    """A command began."""

    at_us: int
    command: str


class Ended(NamedTuple):
    """A command ended."""

    at_us: int
    exit_code: int | None
    """None when nothing tells."""


class Moved(NamedTuple):
    """The shell told its working directory."""

    at_us: int
    cwd: str


Happening = Moment | Began | Ended | Moved
"""What happened, steps told apart."""


class Head(NamedTuple):
    """What a file says of the whole recording."""

    format: str
    """As `asciicast-v2`."""
    columns: int = 80
    rows: int = 24
    started_at: datetime | None = None
    title: str | None = None
    command: str | None = None
    """What was recorded, where it was one command."""
    shell: str = ""
    ours: bool = False
    """Whether its markers are those of our own export."""
    commands: tuple[str, ...] = ()
    """Of our own export: the whole text of each step's command, where a marker holds the first line only."""


class LeftOut:
    """What could not be taken over, or only with care, counted by kind."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}
        self._elsewhere: Callable[[str, str], None] | None = None

    def note(self, what: str, where: str = "") -> None:
        """Note one more.

        Args:
            what: The kind, as `lines that are no event are left out`.
            where: The place of this one; empty for what is said of the whole.
        """
        if self._elsewhere is not None:
            self._elsewhere(what, where)
            return
        count, first = self._found.get(what, (0, where))
        self._found[what] = count + 1, first

    def hand_on(self, to: Callable[[str, str], None]) -> None:
        """Let someone else hear of all that comes from now on."""
        self._elsewhere = to

    def sentences(self) -> tuple[str, ...]:
        """One a kind, with the first place where it was met; not more than a few, and then how many kinds more."""
        told = [_sentence(what, count, first) for what, (count, first) in self._found.items()]
        if len(told) > _MOST_NOTES:
            told[_MOST_NOTES - 1 :] = [f"{len(told) - _MOST_NOTES + 1} more kinds of things are left out or changed"]
        return tuple(told)


def _sentence(what: str, count: int, first: str) -> str:
    if first:
        return f"{what} ({count}, the first: {first})"
    return what if count == 1 else f"{what} ({count})"


class Recording(NamedTuple):
    """A file as it is read, moment by moment."""

    head: Head
    moments: Iterator[Moment]
    left_out: LeftOut
    """Filled while `moments` is read."""


class Clock:
    """Times as they come from a file, made to stand still where they would run backwards.

    Args:
        left_out: Hears of it.
    """

    def __init__(self, left_out: LeftOut) -> None:
        self.now_us = 0
        """The latest time."""
        self._left_out = left_out

    def at(self, seconds: float, where: str) -> int | None:
        """A time since the beginning; None, and noted, when it can't be one."""
        if not -LONGEST_US <= seconds * MICROSECONDS <= LONGEST_US:
            self._left_out.note("events whose time is longer than ten years are left out", where)
            return None
        moment = round(seconds * MICROSECONDS)
        if moment < self.now_us:
            self._left_out.note("times that run backwards are taken as standing still", where)
        self.now_us = max(self.now_us, moment)
        return self.now_us

    def after(self, seconds: float, where: str) -> int | None:
        """A time since the latest one; None, and noted, when it can't be one."""
        moment = self.at(self.now_us / MICROSECONDS + seconds, where)
        return moment if moment is None else self.now_us


def lines_of(file: IO[bytes], name: str, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """Lines without their ends, and their numbers.

    Args:
        file: Where to read.
        name: Of the file, for the error.
        first: Number of the line that is read first.

    Yields:
        The number and the line.

    Raises:
        BadInputError: A line is too long to be one.
    """
    for number in count(first):
        line = file.readline(LONGEST_LINE)
        if not line:
            return
        if len(line) == LONGEST_LINE:
            raise BadInputError(f"{name} line {number} is longer than {LONGEST_LINE >> 20} MiB: this is no recording")
        yield number, line.rstrip(b"\r\n")


def side(value: object, otherwise: int) -> int:
    """A number of columns or rows that a screen can have."""
    return value if isinstance(value, int) and 1 <= value <= LARGEST_SIDE else otherwise
