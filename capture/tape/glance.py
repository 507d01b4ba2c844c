"""Opens a trace of any length at once: everything but what its steps printed, which is read when somebody looks."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from capture.errors import BadInputError
from capture.events import Event, StepEnded, fold
from capture.home import Home
from capture.tape.reader import decoded, naming, run_path, with_open_ends, with_true_status
from capture.tape.writer import TRACE
from capture.trace import Step, Trace

NEAR = 64 << 10
"""Bytes that are read in no time."""
_BUFFER = 64 << 10
_ENDED = b'{"event":"step_ended",'
_BEGINS, _ENDS = b',"output":"', b'","output_bytes":'
"""Around what a step printed. Inside of a JSON string a quotation mark stands behind a backslash: neither can be there,
and the fields before the output hold no object. Where a line is not as we write it, it is read as a whole."""
_decode_text = msgspec.json.Decoder(str).decode


class Place(NamedTuple):
    """Where a JSON string lies in the file, its quotation marks included."""

    start: int
    length: int


class Glance:
    """A run with all of its steps, their outputs left on the disk."""

    def __init__(self, path: Path, trace: Trace, places: Mapping[int, Place]) -> None:
        """Keep what was read.

        Args:
            path: The file of the trace.
            trace: Its steps have an empty output where `places` says where it lies.
            places: By step.
        """
        self.trace = trace
        """Steps without their outputs."""
        self._path, self._places = path, places

    def output(self, step: Step) -> str:
        """What a step printed.

        Raises:
            BadInputError: The file is another one by now.
        """
        raw = self.raw_output(step)
        if raw is None:
            return step.output
        try:
            return _decode_text(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadInputError(f"{self._path} was changed since it was opened; open the run again") from error

    def is_near(self, step: Step) -> bool:
        """Whether what a step printed is read in no time."""
        return step.step_index not in self._places or self._places[step.step_index].length <= NEAR

    def raw_output(self, step: Step) -> bytes | None:
        """The same as the JSON string that it is in the file; None where the step itself holds it."""
        place = self._places.get(step.step_index)
        if place is None:
            return None
        try:
            with self._path.open("rb", buffering=0) as file:
                file.seek(place.start)
                return file.read(place.length)
        except OSError as error:
            raise BadInputError(f"{self._path} can't be read: {error.strerror}; open the run again") from error


def glance(home: Home, run_id: str) -> Glance:
    """Read a run and all of its steps but for what they printed.

    Args:
        home: Where it is kept.
        run_id: Whole.

    Returns:
        The run with its status as `load_trace` tells it.

    Raises:
        UnknownNameError: No such run.
        BadInputError: Not even its head can be read.
    """
    folder = run_path(home, run_id)
    places: dict[int, Place] = {}
    with naming(folder / TRACE):
        trace = fold(_events(folder / TRACE, places))
    run = with_true_status(trace.run, folder)
    steps = trace.steps if run.imported else with_open_ends(trace.steps, folder)
    return Glance(folder / TRACE, msgspec.structs.replace(trace, run=run, steps=steps), places)


def _events(path: Path, places: dict[int, Place]) -> Iterator[Event]:
    """The events of a file, the outputs cut out of those of steps that ended."""
    at = 0
    with path.open("rb", buffering=_BUFFER) as file:
        for line in file:
            begins = line.find(_BEGINS) if line.startswith(_ENDED) else -1
            ends = line.find(_ENDS, begins) if begins >= 0 else -1
            if ends < 0:
                yield from decoded(line)
            else:
                start = begins + len(_BEGINS)
                for event in decoded(line[:start] + line[ends:]):
                    if isinstance(event, StepEnded) and ends > start:
                        places[event.step.step_index] = Place(at + start - 1, ends - start + 2)
                    yield event
            at += len(line)
