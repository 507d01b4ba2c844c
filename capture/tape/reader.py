"""Reads runs from disk, whatever state a crash has left them in."""

import contextlib
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msgspec

from capture.errors import BadInputError, RefusedError, UnknownNameError
from capture.events import Event, Frame, RunEnded, fold
from capture.home import Home
from capture.printable import plain_text
from capture.tape.presence import Presence, is_held, is_let_go, presence_in
from capture.tape.writer import INDEX, INDEX_RECORD, LOCK, RAW, TRACE
from capture.trace import Run, RunStatus, Step, StepStatus, Trace

_DELETED = "deleted-"
_TAIL_BYTES = 1 << 12
_UNFINISHED_OUTPUT = 256 << 10
_decode_event = msgspec.json.Decoder(Event).decode


def run_ids(home: Home) -> tuple[str, ...]:
    """All runs, oldest first."""
    return tuple(sorted(one.name for one in home.runs.glob("*") if (home.run_folder(one.name) / TRACE).is_file()))


def is_run(home: Home, run_id: str) -> bool:
    """Whether there is a run of just that id."""
    return (
        bool(run_id) and "/" not in run_id and run_id not in (".", "..") and (home.run_folder(run_id) / TRACE).is_file()
    )


def load_trace(home: Home, run_id: str) -> Trace:
    """Read a run and all of its steps.

    Args:
        home: Where it is kept.
        run_id: Whole.

    Returns:
        The trace; `recovered` when its host was killed, `in_progress` while it lives.

    Raises:
        UnknownNameError: No such run.
        BadInputError: Not even its head can be read.
    """
    return read_trace(run_path(home, run_id))


def read_trace(folder: Path) -> Trace:
    """Read the trace in a folder, as `load_trace` does.

    Args:
        folder: With the files of one run.

    Returns:
        The trace.

    Raises:
        BadInputError: Not even its head can be read.
    """
    with naming(folder / TRACE):
        trace = fold(_events((folder / TRACE).read_bytes()))
    run = with_true_status(trace.run, folder)
    if run.imported is not None:
        # There a step without an exit code may well have ended, and what follows it is not its output.
        return msgspec.structs.replace(trace, run=run)
    return msgspec.structs.replace(trace, run=run, steps=with_open_ends(trace.steps, folder))


def load_run(home: Home, run_id: str) -> Run:
    """Read the head of a run only.

    Args:
        home: Where it is kept.
        run_id: Whole.

    Returns:
        Its head, with the status as in `load_trace`.

    Raises:
        UnknownNameError: No such run.
        BadInputError: Its head can't be read.
    """
    folder = run_path(home, run_id)
    with (folder / TRACE).open("rb") as file, naming(folder / TRACE):
        head = _events(file.readline())
        file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
        ends = (event for event in _events(file.read()) if isinstance(event, RunEnded))
        return with_true_status(fold((*head, *ends)).run, folder)


def read_frames(home: Home, run_id: str, start: int = 0) -> Iterator[Frame]:
    """Read the terminal recording.

    Args:
        home: Where it is kept.
        run_id: Whole.
        start: Offset of the first byte wanted, as a step's `output_start`.

    Yields:
        Frames in order; bytes whose index record is missing come last.

    Raises:
        UnknownNameError: No such run.
    """
    yield from frames_in(run_path(home, run_id), start)


def frames_in(folder: Path, start: int = 0) -> Iterator[Frame]:
    """Read the terminal recording in a folder, as `read_frames` does.

    Args:
        folder: With the files of one run.
        start: Offset of the first byte wanted.

    Yields:
        Frames in order.
    """
    at_us, offset = 0, start
    with opened(folder / INDEX) as index, opened(folder / RAW) as raw:
        raw.seek(start)
        while len(record := index.read(INDEX_RECORD.size)) == INDEX_RECORD.size:
            # A crash may leave zeros where records were about to be: time never runs backwards.
            noted_us, end, columns, rows = INDEX_RECORD.unpack(record)
            at_us = max(at_us, noted_us)
            if columns and end >= start:
                yield Frame(at_us=at_us, data=b"", resize=(columns, rows))
            elif end > offset:
                yield Frame(at_us=at_us, data=raw.read(end - offset))
                offset = end
        if rest := raw.read():
            yield Frame(at_us=at_us, data=rest)


def is_recording(home: Home, run_id: str) -> bool:
    """Whether the run's host is alive.

    Args:
        home: Where it is kept.
        run_id: Whole.

    Returns:
        True while its host holds the run's lock.
    """
    return is_held(run_path(home, run_id) / LOCK)


def has_ended(home: Home, run_id: str, within_s: float) -> bool:
    """Whether the host of a run is gone, or goes away soon.

    Args:
        home: Where it is kept.
        run_id: Whole.
        within_s: How long to wait for that, in seconds.
    """
    # It may have died before there was a run.
    return is_let_go(home.run_folder(run_id) / LOCK, within_s)


def host_of(home: Home, run_id: str) -> Presence | None:
    """What the run's host noted of itself; it may be gone.

    Args:
        home: Where it is kept.
        run_id: Whole.

    Returns:
        Its note; None when there is none that can be read.
    """
    return presence_in(run_path(home, run_id) / LOCK)


def delete_run(home: Home, run_id: str) -> None:
    """Delete a run in all its states; the contents that it alone needs are not its files.

    Args:
        home: Where it is kept.
        run_id: Whole.

    Raises:
        UnknownNameError: No such run.
        RefusedError: It is still being recorded.
    """
    folder = run_path(home, run_id)
    if is_held(folder / LOCK):
        raise RefusedError(f"run {run_id} is still being recorded; end it first: replaybook end {run_id}")
    for left in home.path.glob(f"{_DELETED}*"):
        shutil.rmtree(left)
    # Every state of it at once: a half of it must not be listed.
    shutil.rmtree((home.runs / run_id).rename(home.path / f"{_DELETED}{run_id}"))


def opened(path: Path) -> BinaryIO:
    """A file of the recording; one that a crash has taken is empty."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        return BytesIO()


def run_path(home: Home, run_id: str) -> Path:
    """The folder of a run that is there.

    Raises:
        UnknownNameError: No such run.
    """
    if not is_run(home, run_id):
        raise UnknownNameError(f"no run {run_id}; `replaybook runs` lists them")
    return home.run_folder(run_id)


def _events(lines: bytes) -> Iterator[Event]:
    for line in lines.split(b"\n"):
        yield from decoded(line)


def decoded(line: bytes) -> Iterator[Event]:
    """The event of a line; none of one that a crash or a full disk tore, or turned to zeros."""
    if text := line.strip(b"\0\n"):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            yield _decode_event(text)


def with_true_status(run: Run, folder: Path) -> Run:
    """The head of a run as things are: one that nobody records any more does not go on."""
    if run.status is RunStatus.IN_PROGRESS and not is_held(folder / LOCK):
        return msgspec.structs.replace(run, status=RunStatus.RECOVERED)
    return run


def with_open_ends(steps: tuple[Step, ...], folder: Path) -> tuple[Step, ...]:
    """The steps of a trace, each as far as it is known; what came when others printed too is nobody's."""
    printed = max((step.output_end for step in steps), default=0)
    return tuple(_with_open_end(step, folder) if step.output_start >= printed else step for step in steps)


def _with_open_end(step: Step, folder: Path) -> Step:
    """A step that never ended has its output on the tape only."""
    if step.status is not StepStatus.PARTIAL or step.output_end > step.output_start:
        return step
    with contextlib.suppress(OSError), (folder / RAW).open("rb") as file:
        file.seek(step.output_start)
        data = file.read(_UNFINISHED_OUTPUT)
        end = file.seek(0, 2)
        return msgspec.structs.replace(
            step,
            output=plain_text(data),
            output_bytes=end - step.output_start,
            output_truncated=end > step.output_start + len(data),
            output_end=end,
        )
    return step


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Say of which file an error is."""
    try:
        yield
    except BadInputError as error:
        raise BadInputError(f"{path}: {error}") from error
