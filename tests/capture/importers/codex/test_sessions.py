from pathlib import Path

import pytest

from capture.calls import Call, read_call
from capture.errors import BadInputError
from capture.patches import read_patch
from capture.provenance import AgentUse, Speaker
from capture.trace import EffectOp, Input, RunStatus, StepKind, StepStatus, Trace
from tests.capture.importers.codex.rollouts import (
    CWD,
    answer,
    assistant,
    call,
    event,
    item,
    lines,
    new,
    old,
    patch,
    patched,
    ran,
    reasoning,
    stamped,
    tokens,
    user,
)
from tests.capture.importers.importing import home_in, origin, taken


def codex(folder: Path, data: bytes) -> Trace:
    return taken(home_in(folder), data, "codex")


def said(trace: Trace) -> list[tuple[Speaker | None, str, int]]:
    return [(note.speaker, note.text, note.after_step) for note in trace.notes]


def test_the_old_form_of_bare_items(tmp_path: Path) -> None:
    trace = codex(
        tmp_path,
        old(
            user("Make it build"),
            reasoning("**Looking around**"),
            call("c1", "shell", {"command": ["bash", "-lc", "ls -a"], "timeout": 10000}),
            answer("c1", ran("a\nb\n")),
            call("c2", "shell", {"command": ["make", "all it"], "workdir": "sub"}),
            answer("c2", ran("no rule", 2)),
            assistant("It does not."),
        ),
    )
    assert (trace.run.goal, trace.run.cwd, trace.run.workspace) == ("Make it build", CWD, CWD)
    assert [(step.command, step.cwd, step.exit_code, step.output, step.duration_ms) for step in trace.steps] == [
        ("ls -a", CWD, 0, "a\nb\n", 500),
        ("make 'all it'", f"{CWD}/sub", 2, "no rule", 500),
    ]
    assert said(trace) == [
        (Speaker.USER, "Make it build", 0),
        (Speaker.REASONING, "**Looking around**", 0),
        (Speaker.ASSISTANT, "It does not.", 2),
    ]
    assert trace.run.agent == AgentUse(name="Codex")
    assert trace.run.status is RunStatus.FAILED
    assert origin(trace).left_out == (
        "what tells no time stands at the time of what came before it (5, the first: line 4)",
    )


def test_what_item_and_event_both_tell_is_said_once(tmp_path: Path) -> None:
    trace = codex(
        tmp_path,
        new(
            item(user("<environment_context>\n  <cwd>/x</cwd>\n</environment_context>")),
            item(user("Go")),
            event("user_message", message="Go", kind="plain"),
            event("agent_reasoning", text="**One**"),
            event("agent_reasoning", text="**Two**"),
            item(reasoning("**One**", "**Two**")),
            event("agent_message", message="Done"),
            item(assistant("Done")),
            item(user("Go")),
            event("user_message", message="Go", kind="plain"),
        ),
    )
    assert [text for _, text, _ in said(trace)] == ["Go", "**One**", "**Two**", "Done", "Go"]
    assert origin(trace).left_out == ()


def test_times_models_and_tokens_are_those_that_it_tells(tmp_path: Path) -> None:
    trace = codex(
        tmp_path,
        new(
            event("user_message", message="Go"),
            tokens(100, 100),
            tokens(100, 100),
            item(call("c1", "shell_command", {"command": "sleep 1", "workdir": CWD})),
            item(answer("c1", "Exit code: 0\nWall time: 1.2 seconds\nOutput:\n")),
            event("token_count", info=None, rate_limits={}),
            tokens(300, 200),
            {"type": "turn_context", "payload": {"cwd": CWD, "model": "gpt-5-codex"}},
            tokens(50, 50),
        ),
    )
    assert trace.run.agent == AgentUse(
        name="Codex",
        version="0.63.0",
        models=("gpt-5", "gpt-5-codex"),
        llm_calls=3,
        prompt_tokens=350,
        cached_tokens=175,
        completion_tokens=35,
    )
    (step,) = trace.steps
    assert (step.started_at.isoformat(), step.duration_ms) == ("2025-11-02T10:00:05+00:00", 1200)


def test_patches_are_file_steps_with_the_contents_that_are_known(tmp_path: Path) -> None:
    trace = codex(
        tmp_path,
        new(
            item(patch("p1", "*** Add File: src/app.py\n+import sys\n+print(1)")),
            item(patched("p1")),
            item(call("c1", "exec_command", {"cmd": "cat src/app.py | head -3"})),
            item(
                answer("c1", "Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 0\nOutput:\nimport sys\n")
            ),
            item(
                patch(
                    "p2",
                    "*** Update File: src/app.py\n@@\n-print(1)\n+print(2)\n*** Update File: other\n@@ def f\n-a\n+b",
                )
            ),
            item(patched("p2")),
            item(
                call(
                    "c2", "shell", {"command": ["apply_patch", "*** Begin Patch\n*** Delete File: gone\n*** End Patch"]}
                )
            ),
            item(answer("c2", ran("Success. Updated the following files:\nD gone\n"))),
        ),
    )
    made, shown, changed, gone = trace.steps
    assert [step.kind for step in trace.steps] == [StepKind.FILE, StepKind.SHELL, StepKind.FILE, StepKind.FILE]
    assert shown.output == "import sys\n"
    (created,) = made.file_effects
    assert (created.path, created.op, created.before, created.size) == ("src/app.py", EffectOp.CREATED, None, 20)
    assert read_patch(made.command)[0].parents
    other, app = changed.file_effects
    assert (app.before, app.after is not None) == (created.after, True)
    assert (other.path, other.op, other.before, other.after) == ("other", EffectOp.MODIFIED, None, None)
    first, second = read_patch(changed.command)
    assert (first.whole, first.hunks[0].old, second.hunks[0].heading) == (True, ["import sys\n", "print(1)\n"], "def f")
    assert (gone.command, gone.file_effects[0].op) == ("rm -- gone", EffectOp.DELETED)


def test_a_patch_in_a_here_document_and_one_that_did_not_fit(tmp_path: Path) -> None:
    text = "cd sub && apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nEOF"
    trace = codex(
        tmp_path,
        new(
            item(call("c1", "shell", {"command": ["bash", "-lc", text]})),
            item(answer("c1", ran("Success. Updated the following files:\nA a\n"))),
            item(patch("p1", "*** Update File: a\n@@\n-y\n+z")),
            item(patched("p1", "Failed to find expected lines in a", 1)),
            item(patch("p2", "no patch at all")),
            item(patched("p2", "invalid patch", 1)),
        ),
    )
    assert [(step.kind, step.status) for step in trace.steps] == [
        (StepKind.FILE, StepStatus.SUCCESS),
        (StepKind.FILE, StepStatus.FAILED),
        (StepKind.TOOL, StepStatus.FAILED),
    ]
    assert trace.steps[0].file_effects[0].path == "sub/a"
    assert trace.steps[1].hints
    assert trace.steps[1].hints.dead_end == "the patch could not be applied"


def test_what_events_tell_of_a_patch_is_taken(tmp_path: Path) -> None:
    changes = {
        f"{CWD}/gone": {"type": "delete", "content": "old\n"},
        f"{CWD}/f": {"update": {"unified_diff": "@@ -7,1 +7,1 @@\n-a\n+b\n", "move_path": None}},
    }
    trace = codex(
        tmp_path,
        new(
            item(patch("p1", "*** Delete File: gone\n*** Update File: f\n@@\n-a\n+b")),
            event("patch_apply_begin", call_id="p1", auto_approved=True, changes=changes),
            event("patch_apply_end", call_id="p1", stdout="Success.", stderr="", success=True, changes=changes),
            item(patched("p1")),
        ),
    )
    (step,) = trace.steps
    gone, changed = read_patch(step.command)
    assert (gone.new, gone.hunks[0].old, changed.hunks[0].start) == (None, ["old\n"], 7)
    assert step.output == "Success."


def test_tools_of_servers_and_others_are_tool_steps(tmp_path: Path) -> None:
    content = [{"type": "text", "text": "42"}]
    called = {"server": "issues", "tool": "get", "arguments": {"id": 1}}
    trace = codex(
        tmp_path,
        new(
            item(call("c1", "mcp__issues__get", {"id": 1})),
            event("mcp_tool_call_end", call_id="c1", invocation=called, duration={"secs": 1, "nanos": 500_000_000},
                  result={"Ok": {"content": content, "isError": False}}),
            item(answer("c1", [{"type": "input_text", "text": "42"}])),
            item(call("c2", "issues__close", {"id": 2})),
            item(answer("c2", {"content": '[{"type":"text","text":"no such issue"}]', "success": False})),
            item(call("c3", "get", {"id": 3}, namespace="mcp__issues__")),
            item(answer("c3", '{"b": 1, "a": 2}')),
            item(call("c4", "view_image", {"path": "a.png"})),
            item(answer("c4", "attached local image path")),
            item({"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}),
            item(call("c5", "update_plan", {"explanation": "so", "plan": [{"step": "Build", "status": "completed"}]})),
            item(answer("c5", "Plan updated")),
        ),
    )  # fmt: skip
    assert [(read_call(step.command), step.output, step.exit_code) for step in trace.steps] == [
        (Call("issues/get", {"id": 1}), "42\n", 0),
        (Call("issues/close", {"id": 2}), "no such issue\n", 1),
        (Call("issues/get", {"id": 3}), '{\n  "a": 2,\n  "b": 1\n}\n', 0),
        (Call("view_image", {"path": "a.png"}), "attached local image path\n", 0),
        (Call("web_search", {"type": "search", "query": "q"}), "", 0),
    ]
    assert trace.steps[0].duration_ms == 1500
    assert said(trace)[-1] == (Speaker.ASSISTANT, "Plan:\nso\n[completed] Build", 5)


def test_a_process_that_runs_on_takes_what_is_typed(tmp_path: Path) -> None:
    def running(output: str) -> str:
        return f"Wall time: 1.0 seconds\nProcess running with session ID 7\nOutput:\n{output}"

    trace = codex(
        tmp_path,
        new(
            item(call("c1", "exec_command", {"cmd": "./setup", "yield_time_ms": 1000})),
            item(answer("c1", running("Name? "))),
            item(call("c2", "write_stdin", {"session_id": 7, "chars": "ada\n"})),
            item(answer("c2", running("Password: "))),
            item(call("c3", "write_stdin", {"session_id": 7, "chars": "hunter2\n"})),
            item(answer("c3", "Wall time: 0.1 seconds\nProcess exited with code 3\nOutput:\nbye\n")),
            item(call("c4", "write_stdin", {"session_id": 9, "chars": "x"})),
            item(answer("c4", "write_stdin failed: Unknown process id 9")),
        ),
    )
    (step,) = trace.steps
    assert (step.output, step.exit_code, step.duration_ms) == ("Name? Password: bye\n", 3, 5000)
    assert step.inputs == (
        Input(prompt="Name? ", text="ada\n"),
        Input(prompt="Name? Password: ", text=None, secret=True),
    )
    assert "hunter2" not in (tmp_path / "home" / "runs" / trace.run.run_id / "trace.ndjson").read_text()
    assert origin(trace).left_out == (
        "what was typed into commands that are not told is left out (1, the first: line 9)",
    )


def test_parallel_calls_keep_their_order_and_are_told_apart(tmp_path: Path) -> None:
    trace = codex(
        tmp_path,
        new(
            item(call("c1", "shell_command", {"command": "one"})),
            item(call("c2", "shell_command", {"command": "two"})),
            item(answer("c2", "Exit code: 0\nWall time: 0 seconds\nOutput:\n2")),
            item(answer("c1", "Exit code: 1\nWall time: 0 seconds\nOutput:\n1")),
            item(call("c3", "shell_command", {"command": "three"})),
            item(answer("c3", "Exit code: 0\nWall time: 0 seconds\nTotal output lines: 999\nOutput:\n3")),
        ),
    )
    assert [(step.command, step.output, step.exit_code, step.apart is True) for step in trace.steps] == [
        ("one", "1", 1, True),
        ("two", "2", 0, True),
        ("three", "3", 0, False),
    ]
    assert trace.steps[2].output_truncated


def test_refused_aborted_and_taken_back(tmp_path: Path) -> None:
    trace = codex(
        tmp_path,
        new(
            event("user_message", message="First"),
            item(call("c1", "shell_command", {"command": "rm -rf x"})),
            item(answer("c1", "exec command rejected by user")),
            event("user_message", message="Second"),
            item(call("c2", "shell_command", {"command": "wrong"})),
            item(answer("c2", "Exit code: 0\nWall time: 0 seconds\nOutput:\n")),
            event("thread_rolled_back", num_turns=1),
            event("user_message", message="Third"),
            item(call("c3", "shell_command", {"command": "sleep 99"})),
            event("turn_aborted", reason="interrupted"),
            item(answer("c3", "aborted by user after 3.0s")),
            item(call("c4", "shell_command", {"command": "slow"})),
            item(
                answer(
                    "c4", "Exit code: 124\nWall time: 9 seconds\nOutput:\ncommand timed out after 9000 milliseconds\n"
                )
            ),
        ),
    )
    told = [(step.command, step.status, step.hints.dead_end if step.hints else None) for step in trace.steps]
    assert told == [
        ("rm -rf x", StepStatus.SKIPPED, "it was refused, and never ran"),
        ("wrong", StepStatus.SUCCESS, "its branch of the conversation was left"),
        ("sleep 99", StepStatus.PARTIAL, "it was stopped before its end"),
        ("slow", StepStatus.FAILED, None),
    ]
    assert trace.steps[3].timed_out


def test_a_turn_that_was_stopped_last_leaves_the_run_partial(tmp_path: Path) -> None:
    typed = event("user_message", message="# Context from my IDE setup:\na.py\n\n## My request for Codex:\nGo on")
    done = [item(call("c1", "shell_command", {"command": "ls"})), item(answer("c1", "Exit code: 0\nOutput:\n"))]
    stopped = codex(tmp_path, new(typed, *done, event("turn_aborted", reason="interrupted")))
    assert (stopped.run.status, stopped.run.goal) == (RunStatus.PARTIAL, "Go on")
    again = codex(tmp_path, new(typed, *done, event("turn_aborted", reason="interrupted"), typed))
    assert again.run.status is RunStatus.SUCCESS


def test_commands_that_only_events_tell(tmp_path: Path) -> None:
    fields = {"command": ["bash", "-lc", "ls"], "cwd": CWD, "source": "user_shell"}
    result = "Exit code: 0\nDuration: 0.1 seconds\nOutput:\nx"
    shown = (
        "<user_shell_command>\n<command>\n{}\n</command>\n<result>\n" + result + "\n</result>\n</user_shell_command>"
    )
    trace = codex(
        tmp_path,
        new(
            event("exec_command_begin", call_id="u1", **fields),
            event(
                "exec_command_end",
                call_id="u1",
                aggregated_output="x\n",
                exit_code=0,
                duration={"secs": 2, "nanos": 0},
                **fields,
            ),
            item(user(shown.format("ls"))),
            item(user(shown.format("pwd"))),
            item(call("c1", "shell", {"command": ["bash", "-lc", "make"]})),
            event("exec_command_begin", call_id="c1", command=["bash", "-lc", "make"], cwd=CWD),
            event("exec_command_end", call_id="c1", stdout="ok\n", stderr="", exit_code=0, duration="1.5s"),
            item(answer("c1", ran("ok\n"))),
        ),
    )
    assert [(step.command, step.output, step.duration_ms) for step in trace.steps] == [
        ("ls", "x\n", 2000),
        ("pwd", "x", 100),
        ("make", "ok\n", 1500),
    ]
    assert origin(trace).left_out == ()


def test_a_command_leaves_nothing_to_the_next_one(tmp_path: Path) -> None:
    told = ["cd sub && make", "A=1 make", "A=1; make", "set -e\nmake", "ls -a ./cd", "make # exit", "f() { ls; }; f"]
    calls = [item(call(f"c{at}", "shell_command", {"command": text})) for at, text in enumerate(told)]
    trace = codex(tmp_path, new(*calls))
    assert [step.command for step in trace.steps] == [
        "(cd sub && make)",
        "A=1 make",
        "(A=1; make)",
        "(\nset -e\nmake\n)",
        "ls -a ./cd",
        "make # exit",
        "(f() { ls; }; f)",
    ]


def test_a_fork_holds_the_history_of_its_parent(tmp_path: Path) -> None:
    parent = {
        "type": "session_meta",
        "payload": {"id": "p", "timestamp": "2025-11-01T10:00:00Z", "cwd": "/other", "cli_version": "0.50.0"},
    }
    trace = codex(
        tmp_path,
        new(
            parent,
            item(user("Go")),
            {"type": "compacted", "payload": {"message": "", "replacement_history": [user("Go")]}},
        ),
    )
    assert (trace.run.cwd, len(trace.notes)) == (CWD, 1)
    assert trace.run.agent
    assert trace.run.agent.version == "0.63.0, 0.50.0"


def test_what_is_torn_unknown_or_from_the_future_is_counted(tmp_path: Path) -> None:
    whole = new(
        item(user("Go")),
        {"type": "hologram", "payload": {"type": "x"}},
        event("mind_read", thought=1),
        event("mind_read", thought=2),
        item({"type": "dream", "text": "…"}),
        b'{"timestamp":"2025-11-02T10:00:09.000Z","type":"response_item","payl{"timestamp"',
        b"[1, 2]",
        item(answer("nobody", "x")),
        item(call("c1", "shell_command", {"command": "make"})),
        version="9.0.0",
    )
    trace = codex(tmp_path, whole[:-1] + b'\n{"timestamp":"2025-11-02T10:')
    assert origin(trace).left_out == (
        "records of the kind 'hologram/x' are left out (1, the first: line 4)",
        "records of the kind 'event_msg/mind_read' are left out (2, the first: line 5)",
        "records of the kind 'response_item/dream' are left out (1, the first: line 7)",
        "lines that are no record, or only a part of one, are left out (3, the first: line 8)",
        "answers to calls that are not told are left out (1, the first: line 10)",
        "calls whose end the file does not tell are kept without one (1, the first: line 11)",
    )
    assert [(step.command, step.status) for step in trace.steps] == [("make", StepStatus.PARTIAL)]


def test_a_file_of_another_kind_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds nothing that an agent did or said"):
        codex(tmp_path, lines(*stamped([{"a": 1}, {"b": 2}])))
