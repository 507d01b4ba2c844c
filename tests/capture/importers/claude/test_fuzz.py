"""Whatever becomes of a session's lines, its import ends with a run that can be read, or with a sentence."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from capture.tape.reader import load_trace, read_frames, run_ids
from tests.capture.importers.claude.sessions import Written, home, imported

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def session() -> Written:
    written = Written()
    written.prompt("go")
    written.write("a.txt", "one\n")
    written.edit("a.txt", "one", "two", "one\n")
    written.fails("make", 2, "no")
    written.bash("make", "yes")
    written.result(written.call("Task", {"prompt": "x"}), [{"type": "text", "text": "y"}], outcome={"agentId": "a"})
    written.says("done")
    return written


LINES = session().lines
anything: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({}) | st.floats()
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a record."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in items for place in places(inner, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A record in which one value is another, or that is cut, doubled or gone."""
    line = draw(st.sampled_from(LINES))
    how = draw(st.sampled_from(["value", "cut", "joined", "as it was"]))
    if how == "cut":
        return line[: draw(st.integers(0, len(line)))]
    if how == "joined":
        return line[: draw(st.integers(0, len(line)))] + draw(st.sampled_from(LINES))
    record = json.loads(line)
    if how == "value":
        *path, last = draw(st.sampled_from(places(record)[1:]))
        inner = record
        for key in path:
            inner = inner[key]
        inner[last] = draw(anything)
    return json.dumps(record)


@FEW
@given(st.lists(mutated(), min_size=1, max_size=14), st.booleans())
def test_mutated_sessions(lines: list[str], ended: bool) -> None:  # noqa: FBT001 - drawn
    data = "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n" * ended
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        try:
            trace = imported(folder, data)
        except BadInputError:
            assert run_ids(home(folder)) == ()
            return
        assert load_trace(home(folder), trace.run.run_id) == trace
        assert [step.step_index for step in trace.steps] == [*range(1, len(trace.steps) + 1)]
        times = [frame.at_us for frame in read_frames(home(folder), trace.run.run_id)]
        assert times == sorted(times)
