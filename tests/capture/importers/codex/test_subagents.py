"""Sessions of Codex that another one started stand behind the call that began them."""

import json
from pathlib import Path

import pytest

from capture.errors import BadInputError
from capture.importers.told import ATTENDED, IN_BACKGROUND, IN_PARTS
from capture.provenance import Speaker
from capture.tape.reader import run_ids
from capture.trace import Trace
from tests.capture.importers.codex.rollouts import answer, call, event, item, new, ran, tokens, user
from tests.capture.importers.importing import home_in, origin, taken

ADA, BOB = "0199a213-81c0-7800-8aa1-aaaaaaaaaaaa", "0199a213-81c0-7800-8aa1-bbbbbbbbbbbb"


def beside(folder: Path, agent: str, data: bytes) -> None:
    (folder / f"rollout-2025-11-02T10-00-09-{agent}.jsonl").write_bytes(data)


def codex(folder: Path, data: bytes) -> Trace:
    return taken(home_in(folder), data, "codex")


def told(trace: Trace) -> list[tuple[str, int | None, str | None]]:
    return [
        (step.command.partition(" ")[0], step.part_of or None, step.hints.dead_end if step.hints else None)
        for step in trace.steps
    ]


def test_what_a_subagent_did_is_a_part_of_the_call_that_started_it(tmp_path: Path) -> None:
    history = (item(call("c1", "shell_command", {"command": "first"})), item(answer("c1", ran(""))))
    spawns_bob = item(call("b1", "spawn_agent", {"message": "deeper"}))
    beside(
        tmp_path,
        ADA,
        new(
            *history,
            event("user_message", message="Write it"),
            item(call("a1", "shell_command", {"command": "ada"})),
            item(answer("a1", ran(""))),
            spawns_bob,
            event("collab_agent_spawn_end", call_id="b1", new_thread_id=BOB),
            item(answer("b1", json.dumps({"task_name": "/root/bob"}))),
            tokens(100, 100),
        ),
    )
    bob = item(call("x1", "shell_command", {"command": "bob"})), item(answer("x1", ran(""))), tokens(10, 10)
    beside(tmp_path, BOB, new(*bob))
    trace = codex(
        tmp_path,
        new(
            item(user("Do it")),
            *history,
            item(call("s1", "spawn_agent", {"message": "Write it"})),
            item(answer("s1", json.dumps({"agent_id": ADA, "nickname": "Ada"}))),
            item(call("w1", "wait", {"ids": [ADA]})),
            item(answer("w1", "{}")),
            item(call("c2", "shell_command", {"command": "last"})),
            item(answer("c2", ran(""))),
            tokens(1000, 1000),
        ),
    )
    assert told(trace) == [
        ("first", None, None),
        ("tool:spawn_agent", None, IN_PARTS),
        ("ada", 2, None),
        ("tool:spawn_agent", 2, IN_PARTS),
        ("bob", 4, None),
        ("tool:wait", None, ATTENDED),
        ("last", None, None),
    ]
    assert [step.apart is True for step in trace.steps] == [False, False, True, True, True, False, False]
    assert [(note.speaker, note.text) for note in trace.notes] == [
        (Speaker.USER, "Do it"),
        (Speaker.ASSISTANT, "Write it"),
    ]
    assert trace.run.agent is not None
    assert (trace.run.agent.llm_calls, trace.run.agent.prompt_tokens) == (3, 1110)
    assert origin(trace).left_out == ()


def test_a_subagent_whose_rollout_is_not_there_stays_a_call(tmp_path: Path) -> None:
    spawning = item(call("s1", "spawn_agent", {"message": "x"})), item(answer("s1", json.dumps({"agent_id": ADA})))
    again = item(call("s2", "spawn_agent", {"message": "x"})), item(answer("s2", '{"agent_id": "../../etc"}'))
    trace = codex(tmp_path, new(*spawning, *again))
    assert told(trace) == [("tool:spawn_agent", None, None)] * 2
    assert "subagents whose own rollout is not beside the session's stand as one call (2" in origin(trace).left_out[0]


def test_a_command_that_went_on_is_one_that_nobody_waited_for(tmp_path: Path) -> None:
    running = "Chunk ID: 1\nWall time: 1.0 seconds\nProcess running with session ID 7\nOutput:\n"
    trace = codex(tmp_path, new(item(call("c1", "exec_command", {"cmd": "serve"})), item(answer("c1", running))))
    (step,) = trace.steps
    assert (step.command, step.exit_code, step.hints and step.hints.open_end) == ("serve &", None, IN_BACKGROUND)


def test_a_session_of_another_agent_says_which_import_takes_it(tmp_path: Path) -> None:
    home, data = home_in(tmp_path), new(item(user("Do it")))
    for form in ("claude", "jsonl"):
        with pytest.raises(BadInputError, match="is a session of codex; import it with replaybook import codex"):
            taken(home, data, form)
    assert run_ids(home) == ()
