"""Imports bytes as files in tests, and makes asciicasts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from capture.home import Home
from capture.importers import import_file
from capture.provenance import Imported
from capture.tape.asciicast import Version, to_asciicast
from capture.tape.reader import load_trace, read_frames
from capture.trace import Trace

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HEADER_2 = {"version": 2, "width": 100, "height": 30, "timestamp": 1_700_000_000}
HEADER_3 = {"version": 3, "term": {"cols": 100, "rows": 30}, "timestamp": 1_700_000_000}
_numbers = count(1)


def home_in(folder: Path) -> Home:
    return Home(folder / "home").prepare()


def taken(
    home: Home, data: bytes, form: str = "asciicast", *, timing: bytes | None = None, mapping: str | None = None
) -> Trace:
    """What `data` becomes."""
    where = home.path.parent
    times = None
    if timing is not None:
        times = where / "times"
        times.write_bytes(timing)
    if mapping is not None:
        (where / "map.toml").write_text(mapping)
    (where / "session.cast").write_bytes(data)
    run_id = f"r{next(_numbers)}"
    import_file(
        home,
        form,
        str(where / "session.cast"),
        run_id=run_id,
        now=NOW,
        timing=None if times is None else str(times),
        mapping=None if mapping is None else str(where / "map.toml"),
    )
    return load_trace(home, run_id)


def cast(header: dict[str, Any], *events: Sequence[Any] | bytes) -> bytes:
    lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in (header, *events)]
    return b"\n".join(lines) + b"\n"


def shown(*pieces: str, every: float = 0.5) -> bytes:
    """An asciicast v2 of some output."""
    return cast(HEADER_2, *([round(at * every, 6), "o", piece] for at, piece in enumerate(pieces)))


def exported(home: Home, trace: Trace, version: Version = 3) -> list[str]:
    return list(to_asciicast(trace.run, read_frames(home, trace.run.run_id), trace.steps, version))


def raw(home: Home, trace: Trace) -> bytes:
    return (home.run_folder(trace.run.run_id) / "terminal.raw").read_bytes()


def origin(trace: Trace) -> Imported:
    assert trace.run.imported is not None
    return trace.run.imported
