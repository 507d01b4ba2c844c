from pathlib import Path

import pytest

from capture.calls import Call, read_call
from capture.errors import BadInputError
from capture.patches import read_patch
from capture.provenance import AgentUse, Speaker
from capture.trace import EffectOp, StepKind, StepStatus, Trace
from tests.capture.importers.importing import home_in, origin, taken
from tests.capture.importers.mapped.logs import CHAT, EVENTS, called, log, result


def mapped(folder: Path, data: bytes, mapping: str = EVENTS) -> Trace:
    return taken(home_in(folder), data, "jsonl", mapping=mapping)


def test_a_log_of_calls_and_their_results(tmp_path: Path) -> None:
    trace = mapped(
        tmp_path,
        log(
            {"session": {"dir": "/w", "name": "Build"}},
            {"type": "message", "from": "user", "text": "Build it", "ts": 1.7e9},
            {"type": "model", "name": "m-1", "tokens": {"in": 10, "out": 3}},
            called("1", "bash", 1.7e9 + 1, cmd="make", dir="sub"),
            result("1", "no rule\n", 2, 1.7e9 + 3.5),
            {"type": "model", "name": "m-1", "tokens": {"in": 20, "cached": 5, "out": 4}},
            called("2", "search", 1.7e9 + 4, q="rule"),
            result("2", {"hits": 1}, None, 1.7e9 + 5),
            called("3", "fetch", 1.7e9 + 4) | {"within": "2"},
            result("3", "404", None, 1.7e9 + 5, failed=True),
        ),
    )
    assert (trace.run.name, trace.run.goal, trace.run.cwd) == ("Build", "Build it", "/w")
    assert [(note.speaker, note.text) for note in trace.notes] == [(Speaker.USER, "Build it")]
    assert trace.run.agent == AgentUse(
        name="Ada's agent", models=("m-1",), llm_calls=2, prompt_tokens=30, cached_tokens=5, completion_tokens=7
    )
    make, search, fetch = trace.steps
    assert (make.kind, make.command, make.cwd, make.exit_code) == (StepKind.SHELL, "make", "/w/sub", 2)
    assert (make.output, make.duration_ms) == ("no rule\n", 2500)
    assert (read_call(search.command), search.output, search.exit_code) == (
        Call("search", {"q": "rule"}),
        '{\n  "hits": 1\n}\n',
        0,
    )
    assert (fetch.status, fetch.part_of) == (StepStatus.FAILED, 2)
    assert origin(trace).left_out == ()


def test_commands_that_had_a_shell_each(tmp_path: Path) -> None:
    fresh = EVENTS.replace('kind = "shell"', 'kind = "shell"\nfresh = true')
    trace = mapped(tmp_path, log(called("1", "bash", cmd="cd a && ls"), result("1", "", 0)), fresh)
    assert trace.steps[0].command == "(cd a && ls)"


def test_files_that_are_written_and_patched(tmp_path: Path) -> None:
    begin = "*** Begin Patch\n*** Update File: a/b\n@@\n-x\n+y\n*** End Patch"
    trace = mapped(
        tmp_path,
        log(
            {"session": {"dir": "/w"}},
            called("1", "write", path="/w/a/b", text="x"),
            result("1"),
            called("2", "patch", diff=begin),
            result("2"),
            called("3", "patch", diff="--- c\n+++ c\n@@ -1 +1 @@\n-1\n+2\n"),
            result("3"),
            called("4", "patch", diff=begin),
            result("4", "does not fit", 1),
            called("5", "patch", diff="no patch"),
            result("5"),
        ),
    )
    written, patched, plain, refused, unread = trace.steps
    assert [(edit.new, edit.parents, edit.hunks[0].new) for edit in read_patch(written.command)] == [
        ("a/b", True, ["x"])
    ]
    assert written.file_effects[0].op is EffectOp.CREATED
    assert patched.file_effects[0].before == written.file_effects[0].after
    assert (plain.kind, plain.file_effects[0].path) == (StepKind.FILE, "c")
    assert refused.hints
    assert refused.hints.dead_end == "the patch could not be applied"
    assert (unread.kind, origin(trace).left_out) == (
        StepKind.TOOL,
        ("patches that can't be read are calls of a tool (1, the first: line 10)",),
    )


def test_a_chat_with_several_calls_in_one_record(tmp_path: Path) -> None:
    calls = [
        {"id": "a", "function": {"name": "get", "arguments": '{"n": 1}'}},
        {"id": "b", "function": {"name": "get", "arguments": "not JSON"}},
        {"id": "c"},
    ]
    trace = mapped(
        tmp_path,
        log(
            {"role": "user", "content": "Go"},
            {
                "role": "assistant",
                "content": [{"text": "First"}, {"text": "then"}],
                "tool_calls": calls,
                "created": 1_700_000_000_000,
            },
            {"role": "tool", "tool_call_id": "b", "content": "two"},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "x"}]},
            {"role": "tool", "tool_call_id": "z", "content": "?"},
            {"role": "assistant", "content": None, "tool_calls": "?"},
            {"role": "system", "content": "?"},
        ),
        CHAT,
    )
    assert [note.text for note in trace.notes] == ["Go", "First\nthen"]
    assert [(read_call(step.command), step.output) for step in trace.steps] == [
        (Call("get", {"n": 1}), '[\n  {\n    "type": "x"\n  }\n]\n'),
        (Call("get", "not JSON"), "two\n"),
    ]
    assert trace.steps[0].apart is True
    assert trace.run.started_at.year == 2023
    assert trace.run.agent == AgentUse(name="an agent")
    assert origin(trace).left_out == (
        "what tells no time stands at the time of what came before it (2, the first: line 1)",
        "answers to calls that are not told are left out (1, the first: line 5)",
        "`each` in line 12 of the map finds no list (1, the first: line 6)",
        "records that no rule of the map fits are left out (1, the first: line 7)",
    )


def test_what_can_not_be_read_is_counted(tmp_path: Path) -> None:
    trace = mapped(
        tmp_path,
        log(
            b"{",
            b"[]",
            {"type": "message", "from": "a stranger", "text": "Hello"},
            called("1", "bash", cmd=""),
            called("2", "bash", cmd="ls"),
        ),
    )
    assert [step.status for step in trace.steps] == [StepStatus.PARTIAL]
    assert origin(trace).left_out == (
        "lines that are no JSON object are left out (2, the first: line 1)",
        "what is said by others than user, assistant, reasoning (line 8 of the map) (1, the first: line 3)",
        "calls without a command (line 14 of the map) are left out (1, the first: line 4)",
        "calls whose end the file does not tell are kept without one (1, the first: line 5)",
    )


def test_a_map_is_needed_and_only_here(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    with pytest.raises(BadInputError, match="jsonl needs a file that says where everything stands"):
        taken(home, log({"a": 1}), "jsonl")
    with pytest.raises(BadInputError, match="--map is for jsonl; asciicast is read without one"):
        taken(home, b"", mapping=CHAT)
    with pytest.raises(BadInputError, match="holds nothing that an agent did or said"):
        taken(home, log({"a": 1}), "jsonl", mapping=CHAT)
