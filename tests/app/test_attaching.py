"""Recordings that outlive their terminal, through the installed command on real terminals."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.detaching import detach_key
from capture.errors import BadInputError
from capture.home import Home
from capture.tape.reader import load_trace
from capture.trace import StepStatus
from tests.program import Program
from tests.seat import Seat, end_all, hosts, replaybook, until

Sit = Callable[..., Seat]


@pytest.fixture
def sit(program: Program) -> Iterator[Sit]:
    """Opens terminals with a command of ours in them; none of them, and no host, is left at the end."""
    seats: list[Seat] = []

    def begin(*arguments: str, **more: Any) -> Seat:
        seats.append(replaybook(program.home, *arguments, cwd=program.cwd, **more))
        return seats[-1]

    yield begin
    for seat in seats:
        seat.leave()
    end_all(program.home)


@pytest.fixture
def recording(sit: Sit) -> Seat:
    """A session at its prompt."""
    seat = sit("record", "--name", "work")
    seat.run("kept=5")
    return seat


def standing(program: Program) -> Any:
    (run,) = program("runs", "--json").rows
    return run["status"], run["attached"]


def test_a_killed_front_end_loses_nothing_and_another_terminal_goes_on(
    program: Program, sit: Sit, recording: Seat
) -> None:
    assert standing(program) == ("in_progress", True)
    recording.type("echo early; read line; echo got $line\r")
    recording.wait_for("early\r\n")
    recording.kill()
    until(lambda: standing(program) == ("in_progress", False))
    again = sit("attach", size=(60, 20))
    again.wait_for("echo early")
    again.wait_for("early")
    again.type("late\r")
    again.wait_for("got late")
    again.run("echo $kept; stty size")
    assert b"\r5\r\n20 60\r\n" in again.seen
    assert standing(program) == ("in_progress", True)
    again.type("exit\r")
    assert again.over() == 0
    assert again.restored
    shown = program.json("show", "work")
    assert shown["run"]["status"] == "success"
    steps = [(step["command"], step["status"]) for step in shown["steps"]]
    assert steps == [
        ("kept=5; echo do''ne", "success"),
        ("echo early; read line; echo got $line", "success"),
        ("echo $kept; stty size; echo do''ne", "success"),
        ("exit", "success"),
    ]


def test_a_closed_terminal_hangs_up_on_nobody_but_the_front_end(program: Program, sit: Sit, recording: Seat) -> None:
    recording.type("echo wait''ing; until [ -e gate ]; do sleep 0.05; done; echo went on > proof\r")
    recording.wait_for("waiting\r\n")
    recording.close_terminal()
    assert recording.process.wait(60) in (-signal.SIGHUP, 0)
    until(lambda: standing(program) == ("in_progress", False))
    (program.cwd / "gate").touch()
    until((program.cwd / "proof").exists)
    again = sit("attach", "work")
    again.run("echo here")
    again.type("exit\r")
    assert again.over() == 0


def test_the_screen_killed_leaves_its_session_running(program: Program, sit: Sit) -> None:
    screen = sit(size=(100, 30))
    screen.wait_for("Recordings")
    screen.type("r")
    screen.wait_for("● recording")
    screen.type("echo fro''m the screen\r")
    screen.wait_for("from the screen")
    screen.kill()
    until(lambda: standing(program) == ("in_progress", False))
    again = sit("attach")
    again.wait_for("from the screen")
    again.type("exit\r")
    assert again.over() == 0
    assert program.json("show", "work")["steps"][0]["output"] == "from the screen\n"


def test_a_run_that_a_crash_cut_off_at_its_beginning_hides_no_other(program: Program) -> None:
    whole = program.record("echo one")
    for run_id, content in (("20200101-000000-aaaa", b""), ("20200101-000000-bbbb", b"\0" * 4096)):
        folder = program.home / "runs" / run_id
        folder.mkdir(mode=0o700)
        (folder / "trace.ndjson").write_bytes(content)
    assert [run["run_id"] for run in program("runs", "--json").rows] == [whole]
    assert program.json("show", "work")["run"]["run_id"] == whole
    (store,) = [one for one in program("doctor", "--json").rows if one["name"] == "store"]
    assert (store["state"], store["advice"]) == ("degraded", "replaybook rm 20200101-000000-aaaa")
    for run_id in ("20200101-000000-aaaa", "20200101-000000-bbbb"):
        assert program("show", run_id).code == 2
        assert program("rm", run_id).code == 0
    (store,) = [one for one in program("doctor", "--json").rows if one["name"] == "store"]
    assert store["state"] == "ok"


@pytest.mark.parametrize(("option", "key"), [((), b"\x1c"), (("--detach-key", "ctrl-b"), b"\x02")])
def test_a_key_leaves_the_session_running(program: Program, sit: Sit, option: tuple[str, ...], key: bytes) -> None:
    seat = sit("record", *option)
    seat.wait_for("leaves it running")
    seat.run("echo one")
    seat.type(key)
    assert seat.over() == 0
    assert seat.restored
    assert b"detached; replaybook attach" in seat.seen
    until(lambda: standing(program) == ("in_progress", False))
    assert program("rm", "work", "--json").code != 0


def test_the_key_is_read_as_people_write_it() -> None:
    assert detach_key("ctrl-\\").within(b"ab\x1cd") == 2
    assert detach_key("CTRL+]").shown == "ctrl-]"
    assert detach_key("^a").within(b"\x01") == 0
    assert detach_key("ctrl-a").within(b"\x1b[97;5u") == 0
    assert detach_key("ctrl-\\").within(b"\x1b[200~a\x1cb\x1b[201~") is None
    assert detach_key("none").within(b"\x1c") is None
    for wrong in ("f1", "ctrl-", "ctrl-1", "x"):
        with pytest.raises(BadInputError, match="detach key"):
            detach_key(wrong)


def test_a_second_terminal_is_refused_or_takes_over(program: Program, sit: Sit, recording: Seat) -> None:
    second = sit("attach", "work")
    assert second.over() == 1
    assert second.seen.count(b"\n") == 1
    assert b"another front end is attached" in second.seen
    third = sit("attach", "work", "--take-over")
    third.run("echo $kept")
    assert recording.over() == 0
    assert recording.restored
    assert b"taken this session over" in recording.seen
    assert standing(program) == ("in_progress", True)


def test_end_closes_the_run_whoever_sits_at_it(program: Program, sit: Sit, recording: Seat) -> None:
    ended = program.json("end", "work")
    assert ended["status"] == "success"
    assert recording.over() == 0
    assert recording.restored
    again = sit("attach", "work")
    assert again.over() == 1
    assert b"no host records" in again.seen
    nothing = sit("attach")
    assert nothing.over() == 7
    assert b"no session runs here" in nothing.seen
    assert program("end", "work").code == 1


PAINTED = r"printf '\e[?1049h\e[?1000h\e[?1006h\e[?2004h\e[?25l\e[31mpainted'; "


@pytest.mark.parametrize(
    ("how", "code"), [("detach", 0), ("host", 1), ("TERM", -signal.SIGTERM), ("HUP", -signal.SIGHUP), ("INT", 130)]
)
def test_the_terminal_is_given_back_however_the_front_end_ends(
    program: Program, recording: Seat, how: str, code: int
) -> None:
    recording.type(f"{PAINTED}read line\r")
    recording.wait_for("\x1b[31mpainted")
    assert not recording.restored
    ((_, presence),) = hosts(program.home)
    match how:
        case "detach":
            recording.type(b"\x1c")
        case "host":
            os.kill(presence.pid, signal.SIGKILL)
        case _:
            recording.kill(getattr(signal, f"SIG{how}"))
    assert recording.over() == code
    assert recording.restored
    if how == "host":
        assert b"the recording host died; `replaybook show" in recording.seen
        assert standing(program) == ("recovered", None)
    else:
        until(lambda: standing(program) == ("in_progress", False))


def test_the_terminal_is_given_back_after_a_defect(tmp_path: Path) -> None:
    script = "from app.user_terminal import held\nwith held() as t: t.show(b'\\x1b[?1049h'); raise ValueError"
    with Seat([sys.executable, "-c", script], cwd=tmp_path) as seat:
        assert seat.over() == 1
        assert seat.restored


def test_a_host_that_is_told_to_end_closes_its_run(program: Program, recording: Seat) -> None:
    ((_, presence),) = hosts(program.home)
    os.kill(presence.pid, signal.SIGTERM)
    assert recording.over() == 0
    assert recording.restored
    assert standing(program) == ("partial", None)


def test_a_front_end_that_is_stopped_gives_the_terminal_back_and_goes_on(recording: Seat) -> None:
    # Its parent has another session than its own: the kernel stops no process that no shell could let go on.
    recording.type("vim -u NONE -N notes\r")
    recording.wait_for("[New")
    recording.kill(signal.SIGTSTP)
    recording.wait_for("\x1b[?1049l")
    recording.kill(signal.SIGCONT)
    recording.resize(70, 22)
    recording.wait_for("\x1b[?1049h")
    recording.type(":q\r")
    recording.wait_for("\x1b[?1049l")
    recording.run("stty size")
    assert b"22 70\r\n" in recording.seen


def test_a_full_screen_program_is_drawn_again(program: Program, sit: Sit, recording: Seat) -> None:
    recording.type("vim -u NONE -N notes\r")
    recording.wait_for("[New")
    recording.type("iwritten")
    recording.wait_for("written")
    recording.type(b"\x1c")
    assert recording.over() == 0
    again = sit("attach", size=(50, 12))
    again.wait_for("\x1b[?1049h")
    again.wait_for("written")
    again.type("\x1b:wq\r")
    again.wait_for("\x1b[?1049l")
    again.run("stty size")
    assert b"12 50\r\n" in again.seen
    assert (program.cwd / "notes").read_text() == "written\n"


def test_a_script_without_its_front_end_ends_partial(program: Program, sit: Sit) -> None:
    script = program.home.with_name("long.sh")
    script.write_text("echo one\nsleep 300\n", encoding="utf-8")
    seat = sit("record", "--script", str(script))
    seat.wait_for("echo one")
    other = sit("attach")
    assert other.over() == 7
    seat.kill()
    until(lambda: standing(program) == ("partial", None))


def limited() -> None:
    import resource  # noqa: PLC0415 - in the child only

    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_a_full_disk_stops_the_recording_and_not_the_shell(program: Program, sit: Sit) -> None:
    seat = sit("record", "--name", "work", before=limited)
    seat.run("kept=1")
    seat.run("seq 1 100000")
    assert b"stopped: File too large" in seat.seen
    seat.run("echo still $kept > proof")
    assert (program.cwd / "proof").read_text() == "still 1\n"
    seat.type(b"\x1c")
    assert seat.over() == 1
    again = sit("attach", "work", before=limited)
    again.wait_for("goes on unrecorded")
    again.run("echo here")
    again.type("exit\r")
    assert again.over() == 1
    assert again.restored
    assert b"replaybook: the recording of " in again.seen.rstrip().splitlines()[-1]
    trace = load_trace(Home(program.home), standing_run(program))
    assert [step.status for step in trace.steps] == [StepStatus.SUCCESS, StepStatus.PARTIAL]
    assert trace.run.status in ("partial", "recovered")
    lines = (program.home / "runs" / trace.run.run_id / "trace.ndjson").read_bytes()
    assert all(json.loads(line) for line in lines.splitlines())
    assert program("audit", "--verify").code == 0


def standing_run(program: Program) -> str:
    (run,) = program("runs", "--json").rows
    return str(run["run_id"])
