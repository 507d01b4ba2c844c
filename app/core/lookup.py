"""Finds recordings by what was typed in them."""

import contextlib
from collections.abc import Iterator

import msgspec

from app.core.parts import Parts
from app.stored import Typed
from capture.errors import ReplaybookError
from capture.tape import reader
from capture.tape.searching import Needle
from capture.tape.writer import TRACE


class _Line(msgspec.Struct, frozen=True):
    """What is wanted of a line of a trace."""

    event: str
    command: str = ""
    step_index: int = 0


class Lookup(Parts):
    """What can be asked of all recordings at once."""

    def typed(self, text: str, *, most: int) -> tuple[Typed, ...]:
        """The newest recordings with a command that holds a text, in capitals or not; one command of each.

        Args:
            text: Any.
            most: So many at the most.
        """
        found: list[Typed] = []
        needle = Needle(text.lower())
        for run_id in reversed(reader.run_ids(self.home)) if text else ():
            with contextlib.suppress(OSError, ReplaybookError):
                line = next(self._lines(run_id, needle), None)
                if line is not None:
                    run = reader.load_run(self.home, run_id)
                    found.append(Typed(run_id=run_id, run=run.name, command=line.command, step_index=line.step_index))
            if len(found) == most:
                break
        return tuple(found)

    def _lines(self, run_id: str, needle: Needle) -> Iterator[_Line]:
        whole = (self.home.run_folder(run_id) / TRACE).read_bytes()
        # Most have it nowhere: whether bytes hold bytes is asked a thousand times as fast as what they mean.
        if not needle.may_be_in(whole):
            return
        for line in whole.split(b"\n"):
            if b'"step_started"' in line:
                with contextlib.suppress(msgspec.DecodeError):
                    read = msgspec.json.decode(line, type=_Line)
                    if read.event == "step_started" and needle.spans(read.command):
                        yield read
