import asyncio
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import capture
from capture.api import running
from capture.errors import BadInputError, RunOverError, UnknownNameError
from capture.home import Home
from capture.provenance import Speaker
from capture.tape.reader import load_run, load_trace, read_frames, run_ids
from capture.trace import RunStatus, StepKind, StepStatus, Trace

TOKEN = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"


@pytest.fixture
def home(own_world: Path) -> Home:
    return Home(own_world / "replaybook")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def only(home: Home) -> Trace:
    (run_id,) = run_ids(home)
    return load_trace(home, run_id)


def test_commands_are_run_and_recorded_with_what_they_print_and_change(home: Home, work: Path) -> None:
    (work / "old").write_text("1")
    with capture.record(goal="greet", workspace=work, agent="tester") as run:
        made = run.shell("printf 'hi\\n' > new; rm old; echo done; exit 3")
        (work / "beside").write_text("nobody's")
        assert run.shell("test -t 1 && stty size <&1 && cat new").output == "24 80\nhi\n"
        assert run.shell("test -t 1 || echo piped", tty=False).output == "piped\n"
    assert (made.exit_code, made.output, made.ok) == (3, "done\n", False)
    trace = only(home)
    assert (trace.run.status, trace.run.goal, trace.run.cwd) == (RunStatus.SUCCESS, "greet", str(work))
    first, second, _ = trace.steps
    assert (first.exit_code, first.output, first.status) == (3, "done\n", StepStatus.FAILED)
    assert [(one.op, one.path) for one in first.file_effects] == [("created", "new"), ("deleted", "old")]
    assert {home.blob(first.file_effects[0].after or ""), home.blob(first.file_effects[1].before or "")} == {
        b"hi\n",
        b"1",
    }
    assert [one.path for one in trace.late(1)] == ["beside"]
    assert second.file_effects == ()
    assert second.effects_seen
    assert b"".join(one.data for one in read_frames(home, trace.run.run_id)).startswith(b"done\r\n24 80\r\nhi\r\n")


def test_a_command_is_killed_at_its_time_limit_and_one_that_reads_gets_nothing(home: Home, work: Path) -> None:
    with capture.record(workspace=work, watch=False) as run:
        assert run.shell("cat; sleep 60 & wait", timeout_s=0.05).timed_out
        # What goes on in the background is not waited for.
        assert run.shell("sleep 60 & echo $!").exit_code == 0
    slow, left = only(home).steps
    assert (slow.timed_out, slow.signal, slow.effects_seen) == (True, "SIGKILL", False)
    os.kill(int(left.output), signal.SIGKILL)


def test_of_endless_output_the_beginning_and_the_end_are_kept(
    home: Home, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "KEPT_BYTES", 1000)
    with capture.record(workspace=work, watch=False) as run:
        result = run.shell("echo first; yes | head -c 100000; echo last", tty=False)
    assert result.output.startswith("first\ny\n")
    assert result.output.endswith("y\nlast\n")
    (step,) = only(home).steps
    kept = sum(len(one.data) for one in read_frames(home, run.run_id))
    assert only(home).run.dropped_bytes == 100_011 - 2_000
    assert step.output_bytes - only(home).run.dropped_bytes == kept


def test_tool_calls_are_told_whole_or_as_a_block(home: Home, work: Path) -> None:
    with capture.record(workspace=work, watch=False) as run:
        run.tool("mail/send", {"to": "b", "count": 2}, {"b": [1], "a": None}, safety_level="needs_confirm")
        with run.tool("files/read", {"path": "a"}, preconditions=["file:a", {"size": 3}]) as step:
            step.output, step.artifact_refs = "text", ["a"]
        run.tool("mail/send", {}, error={"code": 5})
        with pytest.raises(ZeroDivisionError), run.tool("broken"):
            raise ZeroDivisionError("by zero")
        run.tool("never", status="skipped")
        run.tool("left open")
    whole, block, failed, broken, skipped, left = only(home).steps
    assert whole.command == 'tool:mail/send {"to":"b","count":2}'
    assert whole.output == '{\n  "a": null,\n  "b": [\n    1\n  ]\n}\n'
    assert whole.exit_code == 0
    assert whole.hints.safety_level == "needs_confirm"  # type: ignore[union-attr]
    assert block.hints.preconditions == ("file:a", '{"size":3}')  # type: ignore[union-attr]
    assert block.hints.artifact_refs == ("a",)  # type: ignore[union-attr]
    assert not block.effects_seen
    assert (failed.status, failed.exit_code, failed.output) == (StepStatus.FAILED, 1, '{\n  "code": 5\n}\n')
    assert (broken.status, broken.output) == (StepStatus.FAILED, "ZeroDivisionError: by zero\n")
    assert (skipped.status, skipped.exit_code) == (StepStatus.SKIPPED, None)
    assert (left.status, left.kind, left.command) == (StepStatus.PARTIAL, StepKind.TOOL, "tool:left%20open null")
    assert only(home).run.status is RunStatus.PARTIAL


def test_steps_before_and_after_speak_as_other_recorders_do(home: Home, work: Path) -> None:
    with capture.record(workspace=work, watch=False) as run:
        first = run.step_before("command", {"command": "echo", "args": ["a b"]}, safety_level="auto_ok")
        run.step_after(first.step_index, status="success", output="a b\n", postconditions=["said"])
        second = run.step_before("web/get", {"url": "x"})
        run.step_after(second, error="gone")
        run.ran("make", exit_code=2, output="no rule\n", duration_ms=5)
        with pytest.raises(BadInputError, match="step 2 is not open"):
            run.step_after(2)
        with pytest.raises(BadInputError, match="no command line"):
            run.step_before("command", 3)
        with pytest.raises(BadInputError, match="auto_ok, needs_confirm, manual_only"):
            run.step_before("x", safety_level="fine")
    echo, get, make = only(home).steps
    assert (echo.kind, echo.command, echo.output) == (StepKind.SHELL, "echo 'a b'", "a b\n")
    assert (get.kind, get.status, get.output) == (StepKind.TOOL, StepStatus.FAILED, "gone\n")
    assert (make.exit_code, make.duration_ms, make.output) == (2, 5.0, "no rule\n")


def test_the_environment_changes_for_later_commands(home: Home, work: Path) -> None:
    with capture.record(workspace=work, watch=False) as run:
        run.env({"GREETING": "a b", "API_TOKEN": TOKEN}, unset=["USER"])
        assert run.shell("echo $GREETING-$USER").output == "a b-\n"
    changed, _ = only(home).steps
    assert changed.command == "export GREETING='a b'\nexport API_TOKEN=[masked:generic-api-key]\nunset USER"
    assert changed.env_effects.set["GREETING"] == "a b"
    assert TOKEN not in changed.env_effects.set["API_TOKEN"]


def test_secrets_reach_no_file(home: Home, work: Path) -> None:
    given = {"deep": [{"password": "swordfish-17"}, TOKEN], "note": f'quoted "{TOKEN}"', "plain": "stays"}
    with capture.record(goal=f"use {TOKEN}", workspace=work, agent="x") as run:
        run.tool("login", given, f"welcome {TOKEN}", postconditions=[f"{TOKEN} is in use"])
        run.shell(f"echo {TOKEN} | tee kept; echo swordfish-17")
        run.note(f"the key is {TOKEN}")
    files = b"".join(path.read_bytes() for path in home.path.rglob("*") if path.is_file())
    assert TOKEN.encode() not in files
    assert b"swordfish-17" not in files
    login = only(home).steps[0]
    assert '"plain":"stays"' in login.command
    assert login.maskings


def test_what_models_take_is_summed_and_kept_of_a_killed_run(home: Home, work: Path) -> None:
    pid = os.fork()
    if pid == 0:
        run = capture.record(workspace=work, agent="tester", watch=False).__enter__()
        run.model_call(model="b", prompt_tokens=10, completion_tokens=1)
        run.model_call(model="a", prompt_tokens=5)
        run.note("thinking", speaker="reasoning")
        run.tool("half")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    trace = only(home)
    agent = trace.run.agent
    assert agent is not None
    assert (agent.name, agent.models, agent.llm_calls) == ("tester", ("a", "b"), 2)
    assert (agent.prompt_tokens, agent.completion_tokens, agent.cached_tokens) == (15, None, None)
    assert trace.run.status is RunStatus.RECOVERED
    assert [(one.speaker, one.text) for one in trace.notes] == [(Speaker.REASONING, "thinking")]
    assert [step.status for step in trace.steps] == [StepStatus.PARTIAL]


def test_nested_steps_are_parts_and_concurrent_ones_are_apart(home: Home, work: Path) -> None:
    async def work_on(run: Any) -> None:
        async with run.tool("outer"):
            run.tool("inner", {}, "x")

            async def beside(name: str) -> None:
                async with run.tool(name):
                    await asyncio.sleep(0)

            await asyncio.gather(beside("a"), beside("b"))
            assert (await run.shell_async("echo hi")).ok

    async def main() -> None:
        async with capture.record(workspace=work, watch=False) as run:
            await work_on(run)
            run.tool("alone", {}, "x")

    asyncio.run(main())
    steps = only(home).steps
    names = [step.command.split()[0].removeprefix("tool:") for step in steps]
    assert names == ["outer", "inner", "a", "b", "echo", "alone"]
    assert [step.part_of for step in steps[1:5]] == [1, 1, 1, 1]
    assert not steps[5].part_of
    assert [bool(step.apart) for step in steps] == [False, False, True, True, False, False]


def test_commands_at_the_same_time_are_apart_and_a_cancelled_one_is_killed(home: Home, work: Path) -> None:
    async def main() -> None:
        async with capture.record(workspace=work) as run:
            await asyncio.gather(run.shell_async("cat < one"), run.shell_async("echo x > one"))
            slow = asyncio.ensure_future(run.shell_async("echo begun > other; exec sleep 600"))
            assert await asyncio.to_thread((work / "other").read_text) == "begun\n"
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow

    for pipe in ("one", "other"):
        os.mkfifo(work / pipe)
    asyncio.run(main())
    one, other, slow = only(home).steps
    assert (one.apart, other.apart, bool(slow.apart)) == (True, True, False)
    assert (slow.status, slow.signal) == (StepStatus.PARTIAL, "SIGKILL")
    assert only(home).run.status is RunStatus.PARTIAL


def test_what_a_command_commits_is_told(home: Home, work: Path) -> None:
    with capture.record(workspace=work) as run:
        run.shell("git init -q . && echo a > a.txt && git add .")
        run.shell("git -c user.name=n -c user.email=e@x commit -qm first")
        run.shell("git log --format=%s")
    assert [step.committed for step in only(home).steps[1:]] == [("A 100644 a.txt",), ()]
    assert only(home).steps[2].output == "first\n"


def test_a_process_that_it_starts_joins_it(home: Home, work: Path) -> None:
    script = "import capture\nwith capture.join() as run:\n    run.tool('inner', {}, 'x')\n"
    with capture.record(workspace=work, watch=False) as run:
        assert run.shell(f'{sys.executable} -c "{script}"').output == ""
        variables = run.environment
        with capture.join(variables) as joined:
            joined.tool("own", {"to": TOKEN}, "x")
    outer, inner, own = only(home).steps
    assert (inner.part_of, bool(own.part_of), outer.status) == (1, False, StepStatus.SUCCESS)
    # Another process numbers the secrets of this run.
    assert {one.secret for one in own.maskings} == {0}
    with pytest.raises(RunOverError, match="has ended"):
        capture.join(variables).__enter__()
    with pytest.raises(UnknownNameError, match="names no run"):
        capture.join({}).__enter__()
    with pytest.raises(RunOverError, match="has ended"):
        run.tool("late", {}, "x")


def test_a_forked_child_tells_steps_and_ends_nothing(home: Home, work: Path) -> None:
    with capture.record(workspace=work, watch=False) as run:
        pid = os.fork()
        if pid == 0:
            try:
                run.tool("child", {"to": TOKEN}, "x")
                recorded = capture.record(workspace=work)
                recorded._owner = 0
                recorded.__exit__(None, None, None)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        assert load_run(home, run.run_id).status is RunStatus.IN_PROGRESS
        run.tool("parent", {"to": f"{TOKEN[:-1]}0"}, "x")
    child, parent = only(home).steps
    assert (child.command[:11], parent.command[:12]) == ("tool:child ", "tool:parent ")
    assert [{one.secret for one in step.maskings} for step in (child, parent)] == [{0}, {1}]
    assert only(home).run.status is RunStatus.SUCCESS


def test_a_forked_child_that_leaves_a_step_ends_it_for_nobody(home: Home, work: Path) -> None:
    with capture.record(workspace=work, watch=False) as run:
        pid = 0
        with suppress(SystemExit), run.tool("outer") as step:
            if (pid := os.fork()) == 0:
                run.tool("child", {}, "x")
                raise SystemExit
            os.waitpid(pid, 0)
            step.output = "whole"
        if pid == 0:
            os._exit(0)
    outer, child = only(home).steps
    assert (outer.output, outer.status, child.part_of) == ("whole\n", StepStatus.SUCCESS, 1)


def test_how_a_run_is_left_is_its_status(work: Path) -> None:
    for error, status in ((ValueError, RunStatus.FAILED), (KeyboardInterrupt, RunStatus.PARTIAL)):
        recorded = capture.record(workspace=work, watch=False)
        with pytest.raises(error), recorded:
            raise error
        assert recorded.status is status
    with (recorded := capture.record(workspace=work, watch=False)) as run:
        run.ran("false", exit_code=1)
    assert recorded.status is RunStatus.FAILED


def test_errors_say_what_to_do(work: Path) -> None:
    with pytest.raises(BadInputError, match="bash, zsh, fish"):
        capture.record(shell="tcsh")
    with pytest.raises(BadInputError, match="is no directory"):
        capture.record(workspace=work / "none").__enter__()
    with capture.record(workspace=work, watch=False) as run:
        with pytest.raises(BadInputError, match="no JSON value"):
            run.tool("x", object(), "y")
        with pytest.raises(BadInputError, match="no JSON value"):
            run.tool("x", {}, object())
        with pytest.raises(BadInputError, match="success, failed, skipped, partial"):
            run.tool("x", {}, "y", status="done")
        with pytest.raises(BadInputError, match="counted from 0"):
            run.model_call(prompt_tokens=-1)
        with pytest.raises(BadInputError, match="user, assistant, reasoning"):
            run.note("x", speaker="nobody")


def test_importing_it_imports_nothing_else() -> None:
    others = "[one for one in sys.modules if one.startswith(('capture.', 'msgspec'))]"
    code = f"import sys, capture\nassert not {others}\ncapture.record"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert {"record", "join"} <= set(dir(capture))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = capture.nothing


def test_threads_write_whole_steps(home: Home, work: Path) -> None:
    with capture.record(workspace=work, watch=False) as run:

        def tell(name: int) -> None:
            for number in range(20):
                with run.tool(f"t{name}", number):
                    pass

        threads = [threading.Thread(target=tell, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    steps = only(home).steps
    assert [step.step_index for step in steps] == list(range(1, 81))
    for name in range(4):
        calls = [step.command for step in steps if step.command.startswith(f"tool:t{name} ")]
        assert calls == [f"tool:t{name} {number}" for number in range(20)]
