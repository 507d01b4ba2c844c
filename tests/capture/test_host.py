"""How sessions end: by themselves, by force, with their front end or without it."""

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from capture import processes
from capture.attaching import attach, end
from capture.errors import HostError
from capture.home import Home
from capture.session import Session
from capture.tape.reader import host_of, load_trace
from capture.trace import RunStatus, StepStatus
from capture.wire import (
    Attach,
    Detached,
    Ended,
    FileTouched,
    HostFailed,
    SessionMode,
    SessionSpec,
    StepBegan,
    StepEnded,
    Warned,
    pack,
)
from tests.capture.conftest import Start
from tests.capture.driving import PATIENCE_S, Driver, spec_for
from tests.seat import until

pytestmark = pytest.mark.usefixtures("own_hosts")


def gone(pid: int) -> bool:
    """Waits until a process is no more."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor):
        return bool(select.select([descriptor], [], [], PATIENCE_S)[0])


def pid_in(step_output: str) -> int:
    return int(step_output.rsplit(maxsplit=1)[-1])


@pytest.mark.parametrize(
    "command",
    [
        "sleep 300",
        "while :; do :; done",
        "while :; do sleep 300; done",
        "bash -c 'trap \"\" INT TERM; sleep 300; sleep 300'",
        "sleep 300 | cat",
        "(sleep 300 & sleep 301)",
        "read line",
    ],
)
def test_a_time_limit_ends_the_step_and_its_processes_and_the_shell_stays(handed: Driver, command: str) -> None:
    before = handed.run("kept=1; sleep 1000 & echo $!")
    step = handed.run(command, timeout_s=0.2)
    assert step.timed_out
    assert (step.command, step.status) == (command, StepStatus.FAILED)
    after = handed.run("echo $kept; jobs -p")
    assert after.output.split() == ["1", str(pid_in(before.output))]
    shell = processes.snapshot()[pid_in(handed.run("echo $$").output)]
    # A killed process is gone a moment later.
    until(lambda: not any(is_sleep(pid, b"30") for pid in in_session(shell.session)))


def in_session(session: int) -> list[int]:
    return [process.pid for process in processes.snapshot().values() if process.session == session]


def is_sleep(pid: int, length: bytes) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep\0" + length)
    except OSError:
        return False


def test_ctrl_c_interrupts_the_running_step(handed: Driver) -> None:
    handed.session.run("sleep 300")
    handed.wait_for(StepBegan)
    handed.session.interrupt()
    step = handed.wait_for(StepEnded).step
    assert (step.exit_code, step.signal) == (130, "SIGINT")
    assert handed.run("echo next").output == "next\n"


def test_a_killed_host_leaves_every_step_that_had_ended(handed: Driver) -> None:
    handed.run("echo one > a; echo 1")
    running = handed.run("sleep 1000 & echo $!")
    handed.session.run("echo half; sleep 300")
    handed.wait_for(StepBegan)
    handed.wait_for_output(b"half")
    os.kill(handed.host_pid, signal.SIGKILL)
    while not isinstance(message := handed.session.receive(PATIENCE_S), HostFailed):
        assert message is not None
    assert handed.session.receive(1) is None
    trace = handed.trace
    assert trace.run.status is RunStatus.RECOVERED
    assert [step.command for step in trace.steps] == ["echo one > a; echo 1", running.command, "echo half; sleep 300"]
    assert trace.steps[0].file_effects[0].path == "a"
    assert (trace.steps[2].status, trace.steps[2].exit_code) == (StepStatus.PARTIAL, None)
    assert trace.steps[2].output == "half\n"
    assert gone(pid_in(running.output))


FRONT_END = """
import sys, msgspec
from capture.session import Session
from capture.wire import *
session = Session.start(msgspec.json.decode(sys.argv[1], type=SessionSpec))

def until(*kinds):
    while not isinstance(message := session.receive(60), kinds):
        assert message is not None
    return message
"""


def front_end(spec: SessionSpec, script: str, *, before: str = "") -> "subprocess.Popen[bytes]":
    """A front end in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", before + FRONT_END + script, msgspec.json.encode(spec).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def test_a_front_end_that_dies_ends_its_shell_and_closes_the_run(tmp_path: Path) -> None:
    spec = spec_for(tmp_path)
    script = """
session.run('sleep 1000 & (trap "" HUP; exec sleep 1001) & echo $! $PPID')
print(*until(StepEnded).step.output.split()[-2:], flush=True)
sys.stdin.read()
"""
    with front_end(spec, script) as front:
        assert front.stdout is not None
        stubborn, host = map(int, front.stdout.readline().split())
        front.kill()
    assert gone(host)
    assert gone(stubborn)
    trace = load_trace(Home(Path(spec.home)), spec.run_id)
    assert trace.run.status is RunStatus.PARTIAL
    assert [step.status for step in trace.steps] == [StepStatus.SUCCESS]


def test_a_full_disk_stops_the_session_and_keeps_what_was_written(tmp_path: Path) -> None:
    spec = spec_for(tmp_path)
    script = """
session.run('echo kept')
until(StepEnded)
session.run('seq 1 1000000')
print(until(HostFailed).message)
session.close()
"""
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
    said = front_end(spec, script, before=limit).communicate(timeout=PATIENCE_S)[0].decode()
    assert "stopped: File too large; make room" in said
    trace = load_trace(Home(Path(spec.home)), spec.run_id)
    assert trace.run.status in {RunStatus.PARTIAL, RunStatus.RECOVERED}
    assert trace.steps[0].output == "kept\n"
    assert trace.steps[1].status is StepStatus.PARTIAL
    assert trace.steps[1].output_bytes > 900_000


def test_closing_leaves_no_process_and_no_folder(start: Start) -> None:
    driver = start()
    shell = pid_in(driver.run("sleep 1000 & echo $$").output)
    folder = Path(driver.spec.folder or "").parent
    driver.session.close()
    assert gone(shell)
    assert not folder.exists()
    assert driver.trace.run.status is RunStatus.PARTIAL


def test_the_orderly_end_hangs_up_jobs_and_runs_exit_traps(handed: Driver) -> None:
    job = pid_in(handed.run("trap 'echo bye > left' EXIT; sleep 1000 & echo $!").output)
    assert handed.end() is RunStatus.SUCCESS
    assert gone(job)
    assert (Path(handed.spec.cwd) / "left").read_text() == "bye\n"


def test_a_session_ended_within_a_step_leaves_it_partial(handed: Driver) -> None:
    handed.session.run("sleep 300")
    handed.wait_for(StepBegan)
    assert handed.end() is RunStatus.PARTIAL
    assert [step.status for step in handed.trace.steps] == [StepStatus.PARTIAL]


def test_a_run_in_progress_is_readable_and_says_so(handed: Driver) -> None:
    handed.run("echo 1")
    trace = handed.trace
    assert trace.run.status is RunStatus.IN_PROGRESS
    assert [step.output for step in trace.steps] == ["1\n"]


def test_the_shell_itself_killed_is_the_end_of_its_step(handed: Driver) -> None:
    handed.session.run("kill -KILL $$")
    step = handed.wait_for(StepEnded).step
    assert (step.exit_code, step.signal) == (137, "SIGKILL")
    assert handed.wait_for(Ended).status is RunStatus.FAILED


def test_ctrl_d_at_the_prompt_ends_a_persons_session(typed: Driver) -> None:
    typed.type_command("true")
    typed.type("\x04")
    assert typed.wait_for(Ended).status is RunStatus.SUCCESS
    assert len(typed.trace.steps) == 1


def test_two_sessions_at_once_keep_apart(start: Start) -> None:
    first, second = start(), start()
    first.run("export WHO=first")
    second.run("export WHO=second")
    assert [driver.run("echo $WHO").output for driver in (first, second)] == ["first\n", "second\n"]
    assert first.spec.run_id != second.spec.run_id


def test_a_shell_that_is_missing_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"bash can't be started in .*: The command was not found"):
        Session.start(spec_for(tmp_path, environment={"PATH": "/nowhere"}))
    with pytest.raises(HostError, match="shell tcsh can't be recorded"):
        Session.start(spec_for(tmp_path, shell="tcsh"))
    with pytest.raises(HostError, match="bash can't be started in /no/such: no such directory"):
        Session.start(spec_for(tmp_path, cwd="/no/such"))


def test_a_wrapped_shell_reaches_its_folder_and_can_be_stopped(start: Start) -> None:
    driver = start(wrap=("setsid", "--wait"))
    assert driver.run("echo in; exit_code() { return 4; }; exit_code").exit_code == 4
    step = driver.run("sleep 300", timeout_s=0.2)
    assert step.timed_out
    unmet = driver.run('read -p "Really? " x', timeout_s=20)
    assert unmet.unmet_prompt == "Really? "
    assert driver.run("echo still").output == "still\n"


def test_the_terminal_has_the_size_that_it_is_given(typed: Driver) -> None:
    assert typed.run("stty size").output == "24 80\n"
    typed.session.resize(100, 30)
    assert typed.run("stty size; echo $COLUMNS").output == "30 100\n100\n"


def test_a_stranger_on_the_socket_is_turned_away(handed: Driver) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(Path(handed.spec.folder or "").parent / "control"))
        stranger.settimeout(PATIENCE_S)
        stranger.sendall(pack(Attach()))
        assert b"a script or a replay drives this session" in stranger.recv(4096)
        assert stranger.recv(1) == b""
    assert handed.run("echo mine").output == "mine\n"


def test_folders_are_private(handed: Driver) -> None:
    handed.run("echo secret > file")
    handed.end()
    home = Path(handed.spec.home)
    kept = [home, *home.rglob("*")]
    assert {path.stat().st_mode & 0o077 for path in kept} == {0}


def test_a_kept_session_outlives_its_front_end_and_is_attached_to_again(start: Start) -> None:
    first = start(SessionMode.TYPED, keep_on_detach=True)
    first.type_command("kept=1")
    first.session.close()
    home = Home(Path(first.spec.home))
    again = attach(home, first.spec.run_id)
    with pytest.raises(HostError, match="another front end"):
        attach(home, first.spec.run_id)
    again.run("echo $kept")
    while not isinstance(message := again.receive(PATIENCE_S), StepEnded):
        assert message is not None
    assert message.step.output == "1\n"
    assert again.finish() is RunStatus.SUCCESS
    with pytest.raises(HostError, match="no host records"):
        attach(home, first.spec.run_id)
    assert len(first.trace.steps) == 2


def kept(start: Start) -> Driver:
    return start(SessionMode.TYPED, keep_on_detach=True)


@pytest.mark.parametrize("keep", [True, False])
def test_a_host_that_dies_at_once_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keep: bool) -> None:
    monkeypatch.setattr("capture.launching.sys.executable", "/bin/false")
    with pytest.raises(HostError, match="the recording host died"):
        Session.start(spec_for(tmp_path, SessionMode.TYPED, keep_on_detach=keep))


def test_a_host_that_was_stopped_is_said_and_not_waited_for(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    session = kept(start)
    home, run_id = Home(Path(session.spec.home)), session.spec.run_id
    presence = host_of(home, run_id)
    assert presence is not None
    os.kill(presence.pid, signal.SIGSTOP)
    with monkeypatch.context() as patched:
        patched.setattr("capture.attaching.ANSWER_S", 0.2)
        # More than its queue holds.
        for _ in range(5):
            with pytest.raises(HostError, match=rf"does not answer; if it was stopped, kill -CONT {presence.pid}"):
                attach(home, run_id)
            with pytest.raises(HostError, match="does not answer"):
                end(home, run_id)
    os.kill(presence.pid, signal.SIGCONT)
    assert session.type_command("echo on").output == "on\n"
    assert end(home, run_id) is RunStatus.SUCCESS


def test_a_session_on_another_machine_or_without_its_socket_is_said(start: Start) -> None:
    session = kept(start)
    home, run_id = Home(Path(session.spec.home)), session.spec.run_id
    presence = host_of(home, run_id)
    assert presence is not None
    lock = home.run_folder(run_id) / "host.lock"
    lock.write_bytes(msgspec.json.encode(msgspec.structs.replace(presence, machine="elsewhere")))
    with pytest.raises(HostError, match="is recorded on elsewhere, not here"):
        attach(home, run_id)
    lock.write_bytes(msgspec.json.encode(presence))
    Path(presence.address).unlink()
    with pytest.raises(HostError, match=rf"its socket .* can't be reached .*; kill {presence.pid} ends it in order"):
        attach(home, run_id)
    os.kill(presence.pid, signal.SIGTERM)
    assert session.wait_for(Ended).status is RunStatus.PARTIAL


@pytest.mark.bench
def test_a_terminal_that_a_dropped_connection_left_behind_does_not_hold_up_the_work(start: Start) -> None:
    session = kept(start)
    session.type("head -c 90000000 /dev/zero | tr '\\0' x; echo > through\r")
    session.wait_for(StepBegan)
    until((Path(session.spec.cwd) / "through").exists)
    until(lambda: attach_free(session))
    session.session.close()
    again = attach(Home(Path(session.spec.home)), session.spec.run_id)
    assert again.finish() is RunStatus.SUCCESS


def attach_free(session: Driver) -> bool:
    presence = host_of(Home(Path(session.spec.home)), session.spec.run_id)
    return presence is not None and not presence.attached


def test_who_takes_over_goes_on_where_the_other_was(start: Start) -> None:
    first = kept(start)
    first.type("echo begun; read line; echo $line\r")
    first.wait_for(StepBegan)
    first.wait_for_output(b"begun\r\n")
    second = attach(Home(Path(first.spec.home)), first.spec.run_id, take_over=True)
    assert "goes on there" in first.wait_for(Detached).message
    assert second.recorded == len(first.raw)
    told = second.receive(PATIENCE_S)
    assert isinstance(told, StepBegan)
    assert told.command == "echo begun; read line; echo $line"
    second.send_keys(b"there\r")
    while not isinstance(message := second.receive(PATIENCE_S), StepEnded):
        assert message is not None
    assert message.step.output == "begun\nthere\nthere\n"
    assert second.finish() is RunStatus.SUCCESS


def test_what_steps_write_and_finds_no_room_costs_no_step(start: Start) -> None:
    session = kept(start)
    blobs = Home(Path(session.spec.home)).blobs
    blobs.rmdir()
    blobs.touch()
    step = session.type_command("echo content > file")
    assert [effect.path for effect in step.file_effects] == ["file"]
    # Contents are kept behind the step, and maybe behind its prompt.
    assert session.type_command("echo next").output == "next\n"
    warned = [message.message for message in session.heard if isinstance(message, Warned)]
    assert ["is not kept any more: Not a directory" in text for text in warned] == [True]


def test_the_screen_hears_of_touched_files(typed: Driver) -> None:
    typed.session.run("echo 1 > touched")
    assert typed.wait_for(FileTouched, lambda message: message.path == "touched")


def test_a_name_that_is_no_utf_8_is_told_as_it_is_written_down(typed: Driver) -> None:
    named = r"d\xfc"
    typed.session.run(r"mkdir $'d\374'; cd $'d\374'")
    assert typed.wait_for(FileTouched).path == named
    step = typed.wait_for(StepEnded).step
    assert [effect.path for effect in step.file_effects] == [named]
    assert typed.run("cd ..").cwd_after == typed.spec.cwd


def test_what_a_job_writes_between_two_steps_is_charged_to_neither(typed: Driver, tmp_path: Path) -> None:
    go = tmp_path / "go"
    first = typed.type_command(f"(until [ -e {go} ]; do sleep 0.01; done; echo x >part; mv part late) &")
    assert first.file_effects == ()
    go.touch()
    typed.wait_for(FileTouched, lambda message: message.path == "late")
    second = typed.type_command("touch own")
    assert [effect.path for effect in second.file_effects] == ["own"]
    typed.end()
    (between,) = typed.trace.between
    assert between.after_step == 1
    assert [(effect.op, effect.path) for effect in between.file_effects] == [("created", "late")]


def test_a_replays_step_is_not_charged_with_what_came_before_it(handed: Driver) -> None:
    handed.run("true")
    (Path(handed.spec.workspace) / "foreign").touch()
    step = handed.run("touch own")
    assert [effect.path for effect in step.file_effects] == ["own"]
    handed.end()
    assert [late.after_step for late in handed.trace.between] == [1]


def test_what_came_last_is_told_too(handed: Driver) -> None:
    handed.run("true")
    (Path(handed.spec.workspace) / "foreign").touch()
    handed.end()
    assert [effect.path for late in handed.trace.between for effect in late.file_effects] == ["foreign"]


def test_contents_are_kept_behind_the_step_and_before_the_end(handed: Driver) -> None:
    step = handed.run("for n in {1..300}; do echo $n >f$n; done")
    handed.end()
    home = Home(Path(handed.spec.home))
    assert [home.blob(effect.after or "") for effect in step.file_effects if effect.path == "f7"] == [b"7\n"]
    assert all(home.blob(effect.after or "") is not None for effect in step.file_effects)


def test_a_single_file_elsewhere_that_changes_between_two_steps_is_charged_to_neither(
    start: Start, tmp_path: Path
) -> None:
    file = tmp_path / "elsewhere" / "file"
    file.parent.mkdir()
    file.write_text("1")
    driver = start(SessionMode.HANDED, watch=(str(file),))
    driver.run("true")
    file.write_text("2")
    step = driver.run("echo 3 >../elsewhere/file; touch ../elsewhere/other")
    assert [(effect.op, effect.path) for effect in step.file_effects] == [("modified", str(file))]
    driver.end()
    assert [effect.path for late in driver.trace.between for effect in late.file_effects] == [str(file)]
    assert driver.trace.run.watch == (str(file),)
