"""Whatever stands in a rollout, its import ends with a run that can be read, or with a sentence."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.errors import BadInputError
from capture.tape.reader import load_trace
from tests.capture.importers.codex.rollouts import answer, call, event, item, new, patch, patched, ran, user
from tests.capture.importers.importing import home_in, taken

KNOWN = [
    item(user("Go")),
    item(call("c1", "shell", {"command": ["ls"]})),
    item(answer("c1", ran("x"))),
    item(call("c2", "write_stdin", {"session_id": 1, "chars": "x"})),
    item(answer("c1", "Process running with session ID 1")),
    item(patch("c3", "*** Add File: a\n+b")),
    item(patched("c3")),
    event("exec_command_end", call_id="c1", command=["ls"], exit_code=0),
    event("thread_rolled_back", num_turns=1),
    event("turn_aborted"),
    event("mcp_tool_call_end", call_id="c4", invocation={"server": "s", "tool": "t"}, result={"Ok": {"content": []}}),
    event("token_count", info={"total_token_usage": {"input_tokens": 1}}),
]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.sampled_from(["", "x", "\ud800", "c1", "*** Begin Patch"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "text", "Ok"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A record, one of its fields replaced by anything."""
    record: dict[str, Any] = draw(st.sampled_from(KNOWN))
    payload = dict(record["payload"])
    if draw(st.booleans()):
        payload[draw(st.sampled_from([*payload, "extra"]))] = draw(values)
    line = json.dumps({**record, "payload": payload}).encode()
    return line[: draw(st.integers(0, len(line)))] if draw(st.integers(0, 9)) == 0 else line


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(mangled(), max_size=12))
def test_rollouts(records: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = home_in(Path(folder))
        try:
            trace = taken(home, new(*records), "codex")
        except BadInputError:
            return
        assert load_trace(home, trace.run.run_id) == trace
        assert [step.step_index for step in trace.steps] == list(range(1, len(trace.steps) + 1))
