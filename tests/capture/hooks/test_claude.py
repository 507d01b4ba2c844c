import io
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.doctor import State, findings
from app.documents import run_standing
from capture.home import Home
from capture.hooks import claude
from capture.hooks.hearing import LOG, hear, troubles
from capture.provenance import Speaker
from capture.tape.presence import presence_in
from capture.tape.reader import load_trace, run_ids
from capture.tape.writer import LOCK as LOCK_FILE
from capture.trace import RunStatus, StepStatus, Trace
from tests.capture.importers.claude.sessions import Written
from tests.program import COMMAND

START = datetime(2026, 3, 4, 10, tzinfo=UTC)


class Agent:
    """Tells hooks what a session does, a second apart."""

    def __init__(self, home: Home, session: str = "5e55", *, pid: int | None = None) -> None:
        self.home = home
        self._session = session
        self._pid = os.getpid() if pid is None else pid
        self._at = START

    def hook(self, event: str, **more: Any) -> None:
        self._at += timedelta(seconds=1)
        told = {"session_id": self._session, "cwd": "/w", "hook_event_name": event} | more
        claude.take(told, self.home, self._at, self._pid)

    def begins(self, id_: str, command: str = "make", **more: Any) -> None:
        self.hook("PreToolUse", tool_name="Bash", tool_input={"command": command}, tool_use_id=id_, **more)

    def ends(self, id_: str, command: str = "make", stdout: str = "", **more: Any) -> None:
        response = {"stdout": stdout, "stderr": "", "interrupted": False}
        given = {"command": command}
        self.hook("PostToolUse", tool_name="Bash", tool_input=given, tool_use_id=id_, tool_response=response, **more)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


def only(home: Home) -> Trace:
    (run_id,) = run_ids(home)
    return load_trace(home, run_id)


def test_a_session_lands_live_in_a_run(home: Home) -> None:
    agent = Agent(home)
    agent.hook("SessionStart", source="startup")
    assert only(home).run.status is RunStatus.IN_PROGRESS
    agent.hook("UserPromptSubmit", prompt="build it")
    agent.begins("t1")
    (running,) = only(home).steps
    assert (running.command, running.status) == ("make", StepStatus.PARTIAL)
    agent.ends("t1", stdout="built")
    agent.hook(
        "PostToolUse",
        tool_name="Write",
        tool_input={"file_path": "/w/a.txt", "content": "a\n"},
        tool_response={"type": "create", "filePath": "/w/a.txt", "content": "a\n", "structuredPatch": []},
        tool_use_id="t2",
        duration_ms=500,
    )
    agent.hook("Stop", last_assistant_message="Done.")
    agent.hook("SessionEnd", reason="prompt_input_exit")
    trace = only(home)
    assert [(step.command[:10], step.exit_code, step.duration_ms, step.output) for step in trace.steps] == [
        ("make", 0, 1000, "built\n"),
        ("--- /dev/n", 0, 500, ""),
    ]
    assert trace.steps[1].file_effects[0].path == "a.txt"
    assert [(note.speaker, note.text) for note in trace.notes] == [
        (Speaker.USER, "build it"),
        (Speaker.ASSISTANT, "Done."),
    ]
    assert (trace.run.status, trace.run.workspace, trace.run.imported) == (RunStatus.SUCCESS, "/w", None)
    assert trace.run.agent is not None
    assert (trace.run.agent.name, trace.run.agent.prompt_tokens) == ("Claude Code", None)


def test_what_fails_and_what_is_broken_off(home: Home) -> None:
    agent = Agent(home)
    given = {"tool_name": "Bash", "tool_input": {"command": "false"}, "tool_use_id": "t1"}
    agent.begins("t1", "false")
    agent.hook("PostToolUseFailure", **given, error="Exit code 1\nno", is_interrupt=False)
    agent.begins("t2", "sleep 9")
    agent.hook("Stop")
    agent.begins("t3", "sleep 8")
    agent.hook("SessionEnd", reason="other")
    trace = only(home)
    assert [(step.exit_code, step.status, step.output) for step in trace.steps] == [
        (1, StepStatus.FAILED, "no\n"),
        (None, StepStatus.PARTIAL, ""),
        (None, StepStatus.PARTIAL, ""),
    ]
    assert [step.duration_ms for step in trace.steps] == [1000, 1000, 1000]


def test_calls_side_by_side_and_hooks_out_of_order(home: Home) -> None:
    agent = Agent(home)
    agent.begins("t1", "a")
    agent.begins("t2", "b")
    agent.ends("t2", "b")
    agent.ends("t1", "a")
    agent.ends("t3", "c")
    agent.begins("t3", "c")
    agent.ends("t3", "c")
    trace = only(home)
    assert [(step.command, step.apart is True) for step in trace.steps] == [("a", True), ("b", True), ("c", False)]


def test_calls_without_a_name_of_their_own_are_paired_by_what_they_are_given(home: Home) -> None:
    agent = Agent(home)
    given: dict[str, Any] = {"tool_name": "Bash", "tool_input": {"command": "ls"}}
    for _ in range(2):
        agent.hook("PreToolUse", **given)
        agent.hook("PostToolUse", **given, tool_response={"stdout": "a", "stderr": ""})
    assert [step.output for step in only(home).steps] == ["a\n", "a\n"]


def test_what_a_subagent_does_is_a_part_of_the_call_that_started_it(home: Home) -> None:
    agent = Agent(home)
    agent.hook("PreToolUse", tool_name="Task", tool_input={"prompt": "x"}, tool_use_id="t1")
    agent.begins("s1", "ls", agent_id="a1")
    agent.ends("s1", "ls", agent_id="a1")
    agent.hook("SubagentStop", agent_id="a1")
    agent.hook("PostToolUse", tool_name="Task", tool_input={"prompt": "x"}, tool_use_id="t1", tool_response="ok")
    trace = only(home)
    assert [(step.command.split()[0], step.part_of or None) for step in trace.steps] == [("tool:Task", None), ("ls", 1)]
    assert [step.status for step in trace.steps] == [StepStatus.SUCCESS, StepStatus.SUCCESS]


def test_sessions_land_apart_and_one_that_goes_on_lands_where_it_was(home: Home) -> None:
    one, two = Agent(home, "one"), Agent(home, "two")
    one.ends("t1")
    two.ends("t1")
    one.ends("t2")
    assert sorted(len(load_trace(home, run_id).steps) for run_id in run_ids(home)) == [1, 2]
    one.hook("SessionEnd")
    one.hook("SessionStart", source="resume")
    assert len(run_ids(home)) == 3


def test_a_killed_agent_leaves_what_had_ended(home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        agent = Agent(home, pid=process.pid)
        agent.ends("t1")
        agent.begins("t2")
        assert only(home).run.status is RunStatus.IN_PROGRESS
        process.kill()
    trace = only(home)
    assert trace.run.status is RunStatus.RECOVERED
    assert [step.status for step in trace.steps] == [StepStatus.SUCCESS, StepStatus.PARTIAL]
    Agent(home).ends("t2")
    assert only(home).run.status is RunStatus.IN_PROGRESS


def test_the_tokens_of_a_session_are_those_of_its_file(home: Home, tmp_path: Path) -> None:
    session = Written()
    session.prompt("go")
    session.says("done")
    path = tmp_path / "s.jsonl"
    path.write_bytes(session.text())
    agent = Agent(home)
    agent.ends("t1")
    agent.hook("SessionEnd", transcript_path=str(path))
    use = only(home).run.agent
    assert use is not None
    assert (use.llm_calls, use.prompt_tokens, use.version) == (1, 1103, "2.1.30")


def test_hooks_of_one_session_at_once_lose_nothing(home: Home) -> None:
    def tell(number: int) -> None:
        agent = Agent(home)
        agent.begins(f"t{number}", f"echo {number}")
        agent.ends(f"t{number}", f"echo {number}", str(number))

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = only(home).steps
    assert [step.step_index for step in steps] == [1, 2, 3, 4, 5, 6]
    assert {(step.command, step.output) for step in steps} == {(f"echo {n}", f"{n}\n") for n in range(6)}


def test_secrets_are_masked(home: Home) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    agent = Agent(home, f"session-{token}")
    agent.hook("UserPromptSubmit", prompt=f"use {token}")
    agent.begins("t1", f"echo {token}")
    agent.ends("t1", f"echo {token}", token)
    assert not [path for path in home.path.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    "word", [b"", b"[]", b"{", b"\xff", b"{}", b'{"hook_event_name":"Stop"}', b'{"hook_event_name":5,"session_id":[]}']
)
def test_a_word_that_is_none_changes_nothing(home: Home, word: bytes) -> None:
    assert hear(home, io.BytesIO(word), claude.take) is None
    assert run_ids(home) == ()


def test_a_word_without_a_session_is_no_secret_to_its_user(home: Home) -> None:
    hear(home, io.BytesIO(b'{"hook_event_name":"PreToolUse","tool_input":"hush"}'), claude.take)
    (line,) = troubles(home)
    assert "the hook of PreToolUse was told no session_id" in line
    assert "hush" not in line


def test_where_nothing_can_be_written_the_user_hears_it_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = Home(tmp_path / "file" / "home")
    told = {"session_id": "s", "cwd": "/w", "hook_event_name": "SessionStart"}
    said = hear(nowhere, io.BytesIO(json.dumps(told).encode()), claude.take)
    assert said is not None
    assert said.startswith(f"replaybook records nothing of this session: {nowhere.path} can't be written (")
    told["hook_event_name"] = "UserPromptSubmit"
    assert hear(nowhere, io.BytesIO(json.dumps(told).encode()), claude.take) is None


def test_what_comes_after_the_end_begins_a_run_only_where_something_was_done(home: Home) -> None:
    agent = Agent(home)
    for runs in (0, 1):
        agent.hook("Stop", last_assistant_message="done")
        agent.hook("SubagentStop", agent_id="a")
        agent.hook("SessionEnd")
        assert len(run_ids(home)) == runs
        agent.ends(f"call-{runs}")
        agent.hook("SessionEnd")
    assert len(run_ids(home)) == 2


def test_what_goes_wrong_stands_in_a_log_and_never_fails_the_agent(home: Home) -> None:
    def wrong(told: object, *_: object) -> None:
        raise KeyError(str(told))

    hear(home, io.BytesIO(b'{"secret": "hush"}'), wrong)
    log = (home.hooks / LOG).read_text()
    assert "KeyError: in wrong, test_claude.py line" in log
    assert "hush" not in log


def test_the_printed_settings_make_the_program_take_what_hooks_are_given(tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = subprocess.run([COMMAND, "--home", home, "hook", "claude"], capture_output=True, text=True, check=True)
    hooks = json.loads(told.stdout)["hooks"]
    assert set(hooks) == {*claude.EVENTS}
    command = hooks["PostToolUse"][0]["hooks"][0]["command"]
    word = {"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": "go", "cwd": str(tmp_path)}
    done = subprocess.run(["sh", "-c", command], input=json.dumps(word).encode(), capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
    trace = only(Home(home))
    assert [note.text for note in trace.notes] == ["go"]
    assert trace.run.status is RunStatus.IN_PROGRESS


def test_a_call_whose_end_nobody_told_says_so(home: Home) -> None:
    agent = Agent(home)
    agent.begins("1")
    agent.hook("Stop")
    (step,) = only(home).steps
    assert (step.status, step.hints and step.hints.dead_end) == (StepStatus.PARTIAL, claude.UNHEARD)


def test_a_call_is_told_where_it_was_begun(home: Home) -> None:
    agent = Agent(home)
    agent.begins("1", "cd a && make")
    agent.ends("1", "cd a && make", cwd="/w/a")
    agent.begins("2", "export A=1; make", cwd="/w/a")
    agent.ends("2", "export A=1; make", cwd="/w/a")
    assert [(step.command, step.cwd, step.cwd_after) for step in only(home).steps] == [
        ("cd a && make", "/w", "/w/a"),
        ("(export A=1; make)", "/w/a", "/w/a"),
    ]


def test_hooks_claim_of_no_two_secrets_that_they_are_one(home: Home) -> None:
    agent = Agent(home)
    for at, token in enumerate(("alpha4f9c1e7b2d8a6350c1", "beta77d0c2e94f61ab3805")):
        agent.ends(str(at), f"curl -H 'Authorization: Bearer {token}' https://example.org")
    masked = [one for step in only(home).steps for one in step.maskings if one.field == "command"]
    assert [one.secret for one in masked] == [0, 0]


def test_a_run_of_hooks_says_who_is_at_it(home: Home) -> None:
    agent = Agent(home)
    agent.ends("1")
    run = only(home).run
    presence = presence_in(home.run_folder(run.run_id) / LOCK_FILE)
    assert run_standing(run, presence) == "in_progress, its agent is there"
    assert run_standing(run, None) == "in_progress"
    agent.hook("SessionEnd")
    assert run_standing(only(home).run, presence) == "success"


def test_what_hooks_could_not_take_is_told_by_doctor(home: Home) -> None:
    assert not any(one.name == "hooks" for one in findings(home))
    hear(home, io.BytesIO(b"{"), claude.take)
    (found,) = (one for one in findings(home) if one.name == "hooks")
    assert found.state is State.DEGRADED
    assert found.detail.endswith("what the hook was given is no JSON object")
    assert str(home.hooks / LOG) in found.advice
