"""Whatever a file holds, an import ends with a run that can be read, or with a sentence."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from capture.tape.reader import load_trace, read_frames, run_ids
from tests.capture.importers.importing import HEADER_2, HEADER_3, exported, home_in, taken

LOOSE = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["\x1b]133;B\x07", "ls\r\n", "\x1b]133;C\x07", "\x1b]133;D;0\x07", "end: a (exit 0)", "a", "90x20", "\r", "\x1b[2J"]
)
numbers = st.floats() | st.integers(-5, 10**25) | st.none()
events = st.tuples(numbers, st.sampled_from("oimrxz"), texts | numbers).map(
    lambda event: json.dumps(event, allow_nan=True).encode()
)
fields = st.sampled_from([*HEADER_2, *HEADER_3, "title", "command", "env", "replaybook"])


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """A header, some of its fields replaced by anything, its version still one that is read."""
    header: dict[str, Any] = draw(st.sampled_from([HEADER_2, HEADER_3]))
    other = draw(st.dictionaries(fields, texts | numbers))
    return json.dumps({**header, **other, "version": header["version"]}).encode()


lines = st.lists(events | st.binary(max_size=30), max_size=15)


def holds(make: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))


@LOOSE
@given(headers(), lines)
def test_asciicasts(header: bytes, following: list[bytes]) -> None:
    def make(folder: Path) -> None:
        home = home_in(folder)
        try:
            trace = taken(home, b"\n".join([header, *following]))
        except BadInputError:
            assert run_ids(home) == ()
            return
        assert load_trace(home, trace.run.run_id) == trace
        times = [frame.at_us for frame in read_frames(home, trace.run.run_id)]
        assert times == sorted(times)
        for line in exported(home, trace):
            json.loads(line)

    holds(make)


@LOOSE
@given(
    st.binary(max_size=60),
    st.lists(st.tuples(st.sampled_from(["", "O ", "I ", "S ", "H "]), numbers, st.integers(-3, 40)), max_size=8),
    st.binary(max_size=20) | st.sampled_from([b"H 0 EXIT_CODE 3\n", b"S 1 SIGWINCH ROWS=3 COLS=9\n", b"H 0 LINES x\n"]),
)
def test_typescripts(body: bytes, entries: list[tuple[str, object, int]], more: bytes) -> None:
    def make(folder: Path) -> None:
        home = home_in(folder)
        timing = "".join(f"{kind}{delay} {size}\n" for kind, delay, size in entries).encode() + more
        try:
            trace = taken(home, b"Script started on 2026-05-04 12:00:00+02:00\n" + body, "typescript", timing=timing)
        except BadInputError:
            assert run_ids(home) == ()
        else:
            assert load_trace(home, trace.run.run_id) == trace

    holds(make)
