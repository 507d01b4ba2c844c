import os
import random
import resource
import signal
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

import capture
from capture.attaching import end
from capture.errors import HostError, RefusedError
from capture.home import Home
from capture.tape.reader import load_trace, read_trace, run_ids
from capture.tape.writer import TRACE
from capture.trace import RunStatus, StepStatus, Trace

WORKERS, THREADS, STEPS, ROUNDS = 2, 2, 10, 5


@pytest.fixture
def home(own_world: Path) -> Home:
    return Home(own_world / "replaybook")


def only(home: Home) -> Trace:
    (run_id,) = run_ids(home)
    return load_trace(home, run_id)


def work(run: capture.Recording, acknowledged: int) -> None:
    """Threads that tell steps, and say so of each once its call has returned."""

    def tell(name: int) -> None:
        for number in range(STEPS):
            call = f"{os.getpid()}-{name}-{number}"
            with run.tool(call, {"text": "x" * 2000}) as step:
                step.output = call
            os.write(acknowledged, f"{call}\n".encode())

    threads = [threading.Thread(target=tell, args=(name,)) for name in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def recorder(home: Home, workspace: Path, acknowledged: int) -> None:
    """Records, and forks workers that tell it their steps."""
    with capture.record(home=home.path, workspace=workspace, watch=False) as run:
        workers = []
        for _ in range(WORKERS):
            if (pid := os.fork()) == 0:
                work(run, acknowledged)
                os._exit(0)
            workers.append(pid)
        work(run, acknowledged)
        for pid in workers:
            os.waitpid(pid, 0)


def killed_somewhere(home: Home, workspace: Path, chance: random.Random) -> tuple[list[str], bool]:
    """Lets a recorder work and kills it, or one of its workers; gives what was acknowledged, and whether it lived."""
    reading, acknowledged = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            recorder(home, workspace, acknowledged)
        finally:
            os._exit(0)
    os.close(acknowledged)
    calls: list[str] = []
    when, recorder_too = chance.randrange(1, (WORKERS + 1) * THREADS * STEPS), chance.random() < 0.5
    with os.fdopen(reading) as lines:
        for line in lines:
            calls.append(line.strip())
            if len(calls) == when:
                target = pid if recorder_too else int(calls[-1].split("-")[0])
                # A worker may have done all that it had to by now.
                with suppress(ProcessLookupError):
                    os.kill(target, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return calls, status == 0


def test_no_kill_loses_a_step_that_had_ended_or_spoils_another(home: Home, tmp_path: Path) -> None:
    chance = random.Random()  # noqa: S311 - no secret
    for _ in range(ROUNDS):
        known = set(run_ids(home)) if home.runs.exists() else set()
        calls, lived = killed_somewhere(home, tmp_path, chance)
        (run_id,) = set(run_ids(home)) - known
        trace = load_trace(home, run_id)
        assert [step.step_index for step in trace.steps] == list(range(1, len(trace.steps) + 1))
        whole = Counter(step.output.strip() for step in trace.steps if step.status is StepStatus.SUCCESS)
        assert set(whole.values()) == {1}
        assert set(calls) <= set(whole)
        assert all(f"tool:{step.output.strip()} " in step.command for step in trace.steps if step.exit_code == 0)
        assert (trace.run.status is not RunStatus.RECOVERED) is lived


def test_a_torn_line_spoils_no_other(home: Home, tmp_path: Path) -> None:
    with capture.record(workspace=tmp_path, watch=False) as run:
        run.tool("before", {}, "x")
        with (home.run_folder(run.run_id) / TRACE).open("ab") as file:
            file.write(b'{"event":"step_started","step_index":2,"comm')
        run.tool("after", {}, "x")
    assert [step.command for step in only(home).steps] == ["tool:before {}", "tool:after {}"]
    assert only(home).run.status is RunStatus.SUCCESS


def test_a_full_disk_stops_the_recording_and_not_the_work(home: Home, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    recorded = capture.record(workspace=tmp_path)
    run = recorded.__enter__()
    run.tool("first", {}, "x")
    size = (home.run_folder(run.run_id) / TRACE).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, hard))
    try:
        told = [run.tool("next", {"text": "y" * 3000}, "x") for _ in range(10)]
        assert run.shell("echo goes on", cwd=tmp_path).output == "goes on\n"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert run.stopped is not None
    with pytest.raises(HostError, match="File too large; make room in"):
        recorded.__exit__(None, None, None)
    kept = [step.step_index for step in told if step.step_index]
    assert 0 < len(kept) < len(told)
    assert [step.step_index for step in only(home).steps] == [1, *kept]
    assert only(home).run.status is RunStatus.PARTIAL


def test_who_can_not_be_attached_to_says_so(home: Home, tmp_path: Path) -> None:
    with (
        capture.record(workspace=tmp_path, watch=False) as run,
        pytest.raises(RefusedError, match=f"recorded by the program itself .process {os.getpid()}."),
    ):
        end(home, run.run_id)


def test_what_steps_print_beside_an_open_one_is_not_its_output(home: Home, tmp_path: Path) -> None:
    with capture.record(workspace=tmp_path, watch=False) as run:
        run.tool("open")
        run.tool("beside", {}, "printed")
        folder = home.run_folder(run.run_id)
        assert [step.output for step in read_trace(folder).steps] == ["", "printed\n"]


def test_an_error_in_between_leaves_the_count_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with capture.record(workspace=tmp_path, watch=False) as run:
        tape = run._writer._tape

        def interrupted(_event: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(tape.standing, "take", interrupted)
            with pytest.raises(KeyboardInterrupt):
                run.tool("one", {}, "x")
        assert run.tool("two", {}, "x").step_index == 2
        lines = (tape._folder / TRACE).read_bytes().splitlines()
        assert len([msgspec.json.decode(line) for line in lines]) == 3
