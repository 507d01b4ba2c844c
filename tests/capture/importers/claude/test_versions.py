import json
from pathlib import Path
from typing import Any

from capture.provenance import Speaker
from tests.capture.importers.claude.sessions import Written, imported, left_out, told, why_dead


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def test_version_0_2_with_costs_and_texts_as_they_are(tmp_path: Path) -> None:
    head = {"isSidechain": False, "userType": "external", "cwd": "/w", "sessionId": "s", "version": "0.2.57"}
    call = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls", "description": "List"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a.txt"}
    kept = {"stdout": "a.txt", "stdoutLines": 1, "stderr": "", "stderrLines": 0, "interrupted": False}
    data = lines(
        {"parentUuid": None, **head, "type": "user", "message": {"role": "user", "content": "hi"}, "uuid": "1"},
        {
            "parentUuid": "1",
            **head,
            "type": "assistant",
            "uuid": "2",
            "costUSD": 0.01,
            "durationMs": 900,
            "timestamp": "2025-04-01T09:00:01.000Z",
            "message": {"id": "m1", "role": "assistant", "model": "claude-3-7-sonnet", "content": [call]},
        },
        {
            "parentUuid": "2",
            **head,
            "type": "user",
            "uuid": "3",
            "timestamp": "2025-04-01T09:00:02.500Z",
            "message": {"role": "user", "content": [result]},
            "toolUseResult": kept,
        },
    )
    trace = imported(tmp_path, data)
    assert told(trace) == [("shell", "ls", 0)]
    assert (trace.steps[0].output, trace.steps[0].duration_ms) == ("a.txt\n", 1500)
    assert trace.run.agent is not None
    assert (trace.run.agent.version, trace.run.agent.models) == ("0.2.57", ("claude-3-7-sonnet",))
    assert "what tells no time stands at the time of what came before it" in left_out(trace)


def test_what_is_printed_as_stream_json(tmp_path: Path) -> None:
    def call(id_: str, name: str, given: dict[str, Any], **more: Any) -> dict[str, Any]:
        block = {"type": "tool_use", "id": id_, "name": name, "input": given}
        return {"type": "assistant", "session_id": "s", "message": {"id": id_, "content": [block]}, **more}

    def result(id_: str, text: str, **more: Any) -> dict[str, Any]:
        block = {"type": "tool_result", "tool_use_id": id_, "content": text}
        return {"type": "user", "session_id": "s", "message": {"role": "user", "content": [block]}, **more}

    data = lines(
        {"type": "system", "subtype": "init", "session_id": "s", "cwd": "/w", "tools": ["Bash"]},
        call("t1", "Task", {"prompt": "look"}, parent_tool_use_id=None),
        call("t2", "Bash", {"command": "ls"}, parent_tool_use_id="t1"),
        result("t2", "a", parent_tool_use_id="t1"),
        result("t1", "seen", parent_tool_use_id=None),
        {"type": "result", "subtype": "success", "session_id": "s", "usage": {"output_tokens": 5}},
    )
    trace = imported(tmp_path, data)
    assert [(step.command.split()[0], step.part_of or None) for step in trace.steps] == [("tool:Task", None), ("ls", 1)]
    assert (trace.steps[1].cwd, trace.steps[1].output) == ("/w", "a\n")


def test_a_later_version_in_which_much_is_new(tmp_path: Path) -> None:
    session = Written("3.9.0")
    session.prompt([{"type": "text", "text": "go", "emphasis": 1}, {"type": "hologram"}])
    session.record("attachment", attachment={"type": "new"})
    session.answer({"type": "plan", "steps": []}, {"type": "text", "text": "so", "tone": "warm"})
    session.result(
        session.call("Bash", {"command": "ls", "sandbox": {}}),
        [{"type": "text", "text": "a"}, {"type": "video"}],
        outcome={"stdout": "a", "stderr": "", "energy": 3},
    )
    session.record("mood", mood="fine", message="?", uuid_of="x")
    session.record("user", message="not an object any more")
    trace = imported(tmp_path, session)
    assert told(trace) == [("shell", "ls", 0)]
    assert [note.text for note in trace.notes] == ["go", "so"]
    said = left_out(trace)
    for kind in ("kind hologram", "kind plan", "kind mood", "video parts of results", "1 attachment"):
        assert kind in said


def test_an_answer_that_says_that_the_interface_failed_is_said_and_took_nothing(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.record("system", subtype="api_error", error={"status": 529})
    text = [{"type": "text", "text": "API Error: Overloaded"}]
    message = {"id": "m", "role": "assistant", "model": "<synthetic>", "content": text, "usage": {"output_tokens": 0}}
    session.record("assistant", message=message, isApiErrorMessage=True)
    session.prompt("[Request interrupted by user]")
    trace = imported(tmp_path, session)
    assert [(note.speaker, note.text) for note in trace.notes] == [
        (Speaker.USER, "go"),
        (Speaker.ASSISTANT, "API Error: Overloaded"),
        (Speaker.USER, "[Request interrupted by user]"),
    ]
    assert trace.run.agent is not None
    assert (trace.run.agent.llm_calls, trace.run.agent.models) == (0, ())
    assert "failures of the model's interface, met and tried again, are left out: 1" in left_out(trace)


def test_a_session_is_called_by_its_title(tmp_path: Path) -> None:
    session = Written()
    session.raw(json.dumps({"type": "summary", "summary": "Of another session", "leafUuid": "elsewhere"}))
    session.prompt("go")
    leaf = session.says("done")
    session.raw(json.dumps({"type": "summary", "summary": "Site built", "leafUuid": leaf}))
    assert imported(tmp_path, session).run.name == "Site built"
    session.raw(json.dumps({"type": "custom-title", "customTitle": "mine", "sessionId": "s"}))
    assert imported(tmp_path, session).run.name == "mine"


def test_subagents_side_by_side_are_apart(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    one = session.call("Agent", {"prompt": "one"}, message="m")
    two = session.call("Agent", {"prompt": "two"}, message="m")
    session.result(one, "1", outcome={"agentId": "a1"})
    session.result(two, "2", outcome={"agentId": "a2"})
    agents = {}
    for name in ("a1", "a2"):
        agents[name] = Written(agent=name)
        agents[name].prompt(name)
        agents[name].bash(f"echo {name}")
    trace = imported(tmp_path, session, subagents=agents)
    assert [(step.command.split()[0], step.part_of or None, step.apart is True) for step in trace.steps] == [
        ("tool:Agent", None, True),
        ("echo", 1, True),
        ("tool:Agent", None, True),
        ("echo", 3, True),
    ]


def test_a_subagent_that_no_call_names_stands_at_the_end(tmp_path: Path) -> None:
    session, agent = Written(), Written(agent="lost")
    session.prompt("go")
    session.bash("make")
    agent.bash("ls")
    trace = imported(tmp_path, session, subagents={"lost": agent})
    assert [step.command for step in trace.steps] == ["make", "ls"]
    assert why_dead(trace.steps[1]) is None
    assert "subagents that no call of the session started" in left_out(trace)
