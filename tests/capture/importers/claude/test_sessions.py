from pathlib import Path
from typing import Any

import msgspec
import pytest

from capture.errors import BadInputError
from capture.importers.agents import recognised, session_in
from capture.importers.claude.calls import LOOKED
from capture.importers.telling import LONGEST_NOTE
from capture.importers.told import BRANCH_LEFT, IN_BACKGROUND, IN_PARTS, NO_EXIT_CODE, REFUSED, STOPPED
from capture.provenance import Speaker, StepSource
from capture.retries import TRIED_AGAIN
from capture.tape.reader import load_trace, read_frames, run_ids
from capture.trace import RunStatus, StepStatus
from tests.capture.importers.claude.sessions import CWD, Written, home, imported, left_out, told, why_dead
from tests.capture.importers.importing import home_in


def test_what_was_asked_done_and_said_becomes_a_run(tmp_path: Path) -> None:
    session = Written()
    session.prompt("Build the site, please")
    session.answer({"type": "thinking", "thinking": "make will do", "signature": "x"}, message="msg_a")
    session.says("I build it.", message="msg_a")
    session.bash("make", "wrote site.js")
    session.says("Done.")
    trace = imported(tmp_path, session)
    assert told(trace) == [("shell", "make", 0)]
    step = trace.steps[0]
    assert (step.cwd, step.output, step.duration_ms, step.effects_seen) == (CWD, "wrote site.js\n", 1000, False)
    assert [(note.after_step, note.speaker, note.text) for note in trace.notes] == [
        (0, Speaker.USER, "Build the site, please"),
        (0, Speaker.REASONING, "make will do"),
        (0, Speaker.ASSISTANT, "I build it."),
        (1, Speaker.ASSISTANT, "Done."),
    ]
    run = trace.run
    assert (run.name, run.goal, run.status, run.workspace) == (
        "Build the site, please",
        "Build the site, please",
        RunStatus.SUCCESS,
        CWD,
    )
    assert run.imported is not None
    assert run.imported.steps_from is StepSource.CALLS
    assert not run.imported.left_out
    assert load_trace(home(tmp_path), run.run_id) == trace
    assert b"".join(frame.data for frame in read_frames(home(tmp_path), run.run_id)) == b"wrote site.js\r\n"


def test_tokens_of_an_answer_count_once_though_several_records_tell_them(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.says("one", message="msg_a")
    session.says("two", message="msg_a")
    session.says("three", message="msg_b")
    agent = imported(tmp_path, session).run.agent
    assert agent is not None
    assert (agent.name, agent.version, agent.models) == ("Claude Code", "2.1.30", ("claude-opus-4",))
    assert (agent.llm_calls, agent.prompt_tokens, agent.cached_tokens, agent.completion_tokens) == (2, 2206, 2000, 40)


def test_tokens_that_nothing_tells_are_not_told(tmp_path: Path) -> None:
    session = Written("0.2.30")
    session.prompt("go")
    session.record("assistant", message={"role": "assistant", "content": [{"type": "text", "text": "hi"}]}, costUSD=0.1)
    agent = imported(tmp_path, session).run.agent
    assert agent is not None
    assert (agent.llm_calls, agent.prompt_tokens, agent.completion_tokens) == (1, None, None)


def test_commands_leave_the_next_one_their_directory_alone(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    for command, after in (
        ("cd a && make", f"{CWD}/a"),
        ("export A=1; make", f"{CWD}/a"),
        ("cd ../b && false", f"{CWD}/a"),
        ("cd ../c; exit 0", f"{CWD}/c"),
        ("make", f"{CWD}/tree"),
    ):
        id_ = session.call("Bash", {"command": command})
        session.cwd = after
        session.result(id_, "", outcome={"stdout": "", "stderr": "", "interrupted": False})
    session.bash("pwd")
    assert [(step.command, step.cwd, step.cwd_after) for step in imported(tmp_path, session).steps] == [
        ("cd a && make", CWD, f"{CWD}/a"),
        ("(export A=1; make)", f"{CWD}/a", f"{CWD}/a"),
        ("(cd ../b && false)", f"{CWD}/a", f"{CWD}/a"),
        # The next one says itself where it runs.
        ("(cd ../c; exit 0)", f"{CWD}/a", f"{CWD}/a"),
        ("make", f"{CWD}/c", f"{CWD}/c"),
        ("pwd", f"{CWD}/tree", f"{CWD}/tree"),
    ]


def test_commands_end_as_the_session_says(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.fails("make test", 2, "1 failed")
    session.bash("grep x y", returnCodeInterpretation="No matches found")
    session.bash("sleep 9", interrupted=True)
    session.bash("npm run dev", backgroundTaskId="b1")
    session.fails("sleep 200", 143, "Command timed out after 2m 0.0s")
    session.result(session.call("Bash", {"command": "rm -r x"}), "The user doesn't want to proceed with", error=True)
    session.result(session.call("Bash", {"command": "old"}), "something went wrong", error=True)
    session.bash("cd ..", "", "\nShell cwd was reset to /elsewhere")
    session.call("Bash", {"command": "last"})
    trace = imported(tmp_path, session)
    assert [(step.exit_code, step.status) for step in trace.steps] == [
        (2, StepStatus.FAILED),
        (1, StepStatus.FAILED),
        (None, StepStatus.PARTIAL),
        (None, StepStatus.PARTIAL),
        (143, StepStatus.FAILED),
        (None, StepStatus.SKIPPED),
        (None, StepStatus.FAILED),
        (0, StepStatus.SUCCESS),
        (None, StepStatus.PARTIAL),
    ]
    assert trace.steps[0].output == "1 failed\n"
    assert trace.steps[4].timed_out
    assert why_dead(trace.steps[5]) == REFUSED
    assert trace.steps[7].output == ""
    assert [step.hints and (step.hints.open_end or step.hints.dead_end) for step in trace.steps] == [
        msgspec.UNSET,
        msgspec.UNSET,
        STOPPED,
        IN_BACKGROUND,
        msgspec.UNSET,
        REFUSED,
        NO_EXIT_CODE,
        msgspec.UNSET,
        msgspec.UNSET,
    ]
    assert trace.steps[3].command == "npm run dev &"
    assert "commands that went on in the background have no exit code" in left_out(trace)
    assert "calls whose result is not in the file have no end" in left_out(trace)


def test_other_tools_become_calls(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.result(session.call("Read", {"file_path": "/x"}), "1\tone\n\n<system-reminder>careful</system-reminder>")
    content = [{"type": "text", "text": '{"id": 7}'}, {"type": "image", "source": {}}]
    session.result(session.call("mcp__tracker__create_issue", {"title": "a"}), content, outcome=content)
    session.result(session.call("mcp__tracker__close", {}), "<tool_use_error>no such</tool_use_error>", error=True)
    trace = imported(tmp_path, session)
    assert told(trace) == [
        ("tool", 'tool:Read {"file_path":"/x"}', 0),
        ("tool", 'tool:tracker/create_issue {"title":"a"}', 0),
        ("tool", "tool:tracker/close {}", 1),
    ]
    assert [step.output for step in trace.steps] == ["1\tone\n", '{"id": 7}\n', "no such\n"]
    assert [why_dead(step) for step in trace.steps] == [LOOKED, None, None]
    assert "image parts of results are left out" in left_out(trace)


def test_a_branch_that_was_left_is_a_dead_end_and_parallel_calls_are_not(tmp_path: Path) -> None:
    session = Written()
    start = session.prompt("go")
    session.bash("echo left")
    session.last = start
    session.prompt("no, otherwise")
    fork = session.last
    one = session.call("Bash", {"command": "echo one"}, message="msg_p")
    mine = session.last
    two = session.call("Bash", {"command": "echo two"}, message="msg_p")
    session.last, other = mine, session.last
    session.result(one, "one")
    session.last = other
    session.result(two, "two")
    session.says("done")
    trace = imported(tmp_path, session)
    assert fork is not None
    assert [(step.command, why_dead(step), step.apart is True) for step in trace.steps] == [
        ("echo left", BRANCH_LEFT, False),
        ("echo one", None, True),
        ("echo two", None, True),
    ]


def test_who_goes_back_to_the_beginning_leaves_all_of_it(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.bash("echo left")
    session.last = None
    session.prompt("go otherwise")
    session.bash("echo kept")
    assert [why_dead(step) for step in imported(tmp_path, session).steps] == [BRANCH_LEFT, None]


@pytest.mark.parametrize(
    ("words", "more", "later"),
    [
        # Summed up by a version that says so in words alone; another session in the same file; the agent's own words; a
        # command to the agent, which nothing answers.
        ("This session is being continued from a previous conversation that ran out of context.", {}, 1),
        ("go", {"sessionId": "0ther"}, 1),
        ("Caveat: these are commands", {"isMeta": True}, 1),
        ("<command-name>/exit</command-name>", {}, 0),
    ],
)
def test_what_begins_anew_otherwise_leaves_nothing(
    tmp_path: Path, words: str, more: dict[str, Any], later: int
) -> None:
    session = Written()
    session.prompt("go")
    session.bash("echo first")
    session.last = None
    session.prompt(words, **more)
    if later:
        session.bash("echo next")
    assert [why_dead(step) for step in imported(tmp_path, session).steps] == [None] * (1 + later)


def test_what_was_compacted_is_no_branch_that_was_left(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.bash("echo before")
    before, session.last = session.last, None
    session.record("system", subtype="compact_boundary", content="Conversation compacted", logicalParentUuid=before)
    session.prompt("This session is being continued", isCompactSummary=True)
    session.bash("echo after")
    older, session.last = session, None
    older.prompt("compacted without a word", isCompactSummary=True)
    older.bash("echo last")
    trace = imported(tmp_path, session)
    assert [why_dead(step) for step in trace.steps] == [None, None, None]
    assert [note.speaker for note in trace.notes] == [Speaker.USER, Speaker.REASONING, Speaker.REASONING]


def test_a_failed_call_that_is_made_again_is_a_dead_end(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.fails("make", 2)
    session.fails("make", 2)
    session.bash("make")
    session.fails("make other", 2)
    trace = imported(tmp_path, session)
    assert [why_dead(step) for step in trace.steps] == [TRIED_AGAIN, TRIED_AGAIN, None, None]


def test_subagents_are_parts_of_the_call_that_started_them(tmp_path: Path) -> None:
    session, agent = Written(), Written(agent="a1b2")
    agent.prompt("Look at the tests")
    agent.bash("pytest", "1 passed")
    agent.says("All green.")
    session.prompt("go")
    call = session.call("Task", {"prompt": "Look at the tests", "description": "tests"})
    session.result(call, "All green.", outcome={"agentId": "a1b2", "status": "completed", "totalTokens": 9})
    session.bash("make")
    trace = imported(tmp_path, session, subagents={"a1b2": agent})
    assert [(step.command.split()[0], step.part_of) for step in trace.steps] == [
        ("tool:Task", trace.steps[0].part_of),
        ("pytest", 1),
        ("make", trace.steps[0].part_of),
    ]
    assert why_dead(trace.steps[0]) == IN_PARTS
    assert trace.run.agent is not None
    assert trace.run.agent.llm_calls == 4


def test_subagents_of_older_versions_stand_in_the_session_itself(tmp_path: Path) -> None:
    session = Written("1.0.60")
    session.prompt("go")
    call = session.call("Task", {"prompt": "Look", "description": "x"})
    main, session.last = session.last, None
    session.prompt("Look", isSidechain=True)
    inner = session.call("Bash", {"command": "ls"}, isSidechain=True)
    session.result(inner, "a", isSidechain=True)
    session.last = main
    session.result(call, "seen")
    trace = imported(tmp_path, session)
    assert [(step.command.split()[0], step.part_of or None) for step in trace.steps] == [("tool:Task", None), ("ls", 1)]
    assert why_dead(trace.steps[1]) is None


def test_a_subagent_that_is_not_there_leaves_its_call(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.result(session.call("Task", {"prompt": "x"}), "ok", outcome={"agentId": "../../etc/passwd"})
    trace = imported(tmp_path, session)
    assert why_dead(trace.steps[0]) is None
    assert "subagents whose own record is not there" in left_out(trace)


def test_what_is_not_known_is_counted(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.record("hologram", payload=1)
    session.record("hologram", payload=2)
    session.answer({"type": "dream", "dream": "x"}, {"type": "text", "text": "hello"}, 5)  # type: ignore[arg-type]
    session.record("progress", data={})
    session.raw("no json")
    session.bash("ls")
    session.raw('{"type":"user","message":{"role":"us')
    data = session.text().rstrip(b"\n")
    trace = imported(tmp_path, data)
    assert told(trace) == [("shell", "ls", 0)]
    assert [note.text for note in trace.notes] == ["go", "hello"]
    said = left_out(trace)
    assert "records of the unknown kind hologram are left out (2, the first: line 2)" in said
    assert "parts of messages of the unknown kind dream are left out" in said
    assert "parts of messages that can't be read" in said
    assert "lines that are no record are left out (2, the first: line 6)" in said
    assert "hold nothing of the work are left out: 1 progress" in said
    assert "ends in the middle of a record" in said
    assert trace.run.status is RunStatus.PARTIAL


def test_two_records_that_were_written_into_one_line_are_both_taken(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.bash("echo one")
    session.bash("echo two")
    lines = session.lines
    session.lines = [*lines[:2], lines[2] + lines[3], lines[2][:40] + lines[4]]
    assert [step.command for step in imported(tmp_path, session).steps] == ["echo one", "echo two"]


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"hello", b"[1]\n", b'{"type":"summary","summary":"x"}\n', b"\xff\xfe\0"]
)
def test_a_file_without_a_session_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadInputError, match="holds no session of Claude Code"):
        imported(tmp_path, data)
    assert run_ids(home_in(tmp_path)) == ()


def test_a_folder_means_the_one_session_in_it_and_is_recognised(tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    (tmp_path / "5e551017.jsonl").write_bytes(session.text())
    (tmp_path / "agent-a1.jsonl").write_bytes(session.text())
    assert recognised(str(tmp_path)) == "claude"
    assert session_in(str(tmp_path)) == str(tmp_path / "5e551017.jsonl")
    (tmp_path / "other.jsonl").write_bytes(b'{"type":"unheard of"}\n')
    with pytest.raises(BadInputError, match="holds 2 sessions; give one of them"):
        session_in(str(tmp_path))
    with pytest.raises(BadInputError, match="is of no agent that is known"):
        recognised(str(tmp_path / "other.jsonl"))
    with pytest.raises(BadInputError, match="holds no session"):
        session_in(str(Path("/")))


def test_secrets_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    session = Written()
    session.prompt(f"use the token of the site, it is {token}")
    session.says(f"{'x' * (LONGEST_NOTE - 20)} {token}")
    session.bash(f"curl -H 'Authorization: token {token}' x", f"said {token}")
    session.write("key.txt", f"{token}\n")
    session.result(session.call("mcp__a__b", {"token": token}), f"got {token}")
    imported(tmp_path, session)
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if token[:12].encode() in path.read_bytes()]


def test_rules_of_ones_own_mask_what_is_imported(tmp_path: Path) -> None:
    (home_in(tmp_path).path / "secrets.toml").write_text('[[rules]]\nid = "badge"\nregex = "badge-[0-9]{4}"\n')
    session = Written()
    session.prompt("enter with badge-4711")
    session.bash("enter badge-4711", "badge-4711 may enter")
    step = imported(tmp_path, session).steps[0]
    assert (step.command, step.output) == ("enter [masked:badge]", "[masked:badge] may enter\n")
    files = [path for path in (tmp_path / "home" / "runs").rglob("*") if path.is_file()]
    assert not [path for path in files if b"4711" in path.read_bytes()]


def test_commands_that_a_person_ran_within_the_session_are_steps(tmp_path: Path) -> None:
    session = Written()
    session.prompt("<bash-input>ls</bash-input>")
    session.prompt("<bash-stdout>a b</bash-stdout><bash-stderr></bash-stderr>")
    session.prompt("<command-name>/compact</command-name>\n<command-args>now</command-args>")
    session.prompt("be careful", isMeta=True)
    trace = imported(tmp_path, session)
    assert told(trace) == [("shell", "ls", None)]
    assert trace.steps[0].output == "a b\n"
    assert [note.text for note in trace.notes] == ["/compact now"]
