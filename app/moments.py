"""How a person names a moment of a recording, how it is written back, and how long ago a time is."""

import re
from datetime import datetime

from capture.errors import BadInputError, UnknownNameError
from capture.tape.seeking import Position, Recording
from capture.trace import Step
from replay.repairs.proposal import Repair

SECOND_US = 1_000_000
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)s?", re.ASCII)
_STEP = re.compile(r"step:(\d+)", re.ASCII)
_DIGITS = 15


def moment(text: str, recording: Recording, steps: tuple[Step, ...]) -> Position:
    """The place in a recording that a person means.

    Args:
        text: Seconds (`12.5`), `mm:ss`, `h:mm:ss`, or `step:K` for the screen that step K left.
        recording: What it is a moment of.
        steps: Its steps.

    Returns:
        A place; a moment behind the end is the end.

    Raises:
        BadInputError: It is none of these.
        UnknownNameError: There is no such step.
    """
    if (named := _STEP.fullmatch(text)) and len(text) < _DIGITS:
        index = int(named[1])
        if not 1 <= index <= len(steps):
            raise UnknownNameError(f"there is no step {index}; the run has steps 1 to {len(steps)}")
        return recording.of(steps[index - 1].output_end)
    clock = _CLOCK.fullmatch(text)
    if clock is None or len(text) > _DIGITS:
        raise BadInputError(f"{text!r} is no moment of a recording; give seconds, mm:ss, or step:K")
    hours, minutes, seconds = int(clock[1] or 0), int(clock[2] or 0), float(clock[3])
    return recording.at(round(((hours * 60 + minutes) * 60 + seconds) * SECOND_US))


def clock_text(at_us: int) -> str:
    """A moment as people read it: `mm:ss.t`, with hours where there are some."""
    tenths = max(at_us, 0) * 10 // SECOND_US
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    shown = f"{minutes:02}:{rest // 10:02}.{rest % 10}"
    return f"{hours}:{shown}" if hours else shown


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in one unit."""
    seconds = max(int((now - then).total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"


def age(repair: Repair, now: datetime) -> str:
    """How long ago it was proposed."""
    return ago(datetime.fromisoformat(repair.created_at), now) if repair.created_at else "unknown"
