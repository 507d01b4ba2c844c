"""The end of a terminal recording: as much of it as a screen can be drawn from again."""

from collections.abc import Iterator
from pathlib import Path

from capture.events import Frame
from capture.home import Home
from capture.modes import Modes
from capture.tape.reader import load_run, opened
from capture.tape.writer import INDEX, INDEX_RECORD, RAW

ENOUGH = 4 << 20
"""Bytes of output that a screen is drawn from."""
LOOK_BACK = 16 << 20
"""Bytes before those in which is looked for modes that still stand."""
_PIECE = 1 << 20


def last_frames(home: Home, run_id: str, end: int) -> Iterator[Frame]:
    """What must be shown to a new terminal until it shows what the recorded one did.

    Args:
        home: Where the run is kept.
        run_id: Whole.
        end: Offset in the recording behind the last byte wanted.

    Yields:
        The terminal's size, the modes that stand, then output with its changes of size.

    Raises:
        UnknownNameError: No such run.
    """
    run, folder = load_run(home, run_id), home.run_folder(run_id)
    start = max(0, end - ENOUGH)
    sizes = list(_sizes(folder / INDEX, end))
    before = [size for offset, size in sizes if offset <= start]
    with opened(folder / RAW) as raw:
        raw.seek(max(0, start - LOOK_BACK))
        modes = Modes()
        while raw.tell() < start:
            modes.feed(raw.read(min(_PIECE, start - raw.tell())))
        yield Frame(at_us=0, data=modes.on, resize=before[-1] if before else (run.columns, run.rows))
        for offset, size in (*((at, size) for at, size in sizes if at > start), (end, None)):
            yield Frame(at_us=0, data=raw.read(max(0, offset - raw.tell())))
            if size is not None:
                yield Frame(at_us=0, data=b"", resize=size)


def _sizes(index: Path, end: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Each size that the terminal was given, and the offset in the recording where it holds from."""
    try:
        data = index.read_bytes()
    except FileNotFoundError:
        return
    whole = data[: len(data) - len(data) % INDEX_RECORD.size]
    for _, offset, columns, rows in INDEX_RECORD.iter_unpack(whole):
        if columns and rows and offset <= end:
            yield offset, (columns, rows)
