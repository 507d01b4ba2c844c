"""A step's time limit ends all that it started, however it hides, and leaves the shell as it was."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from capture import processes
from tests.capture.driving import Driver
from tests.seat import until

LIMIT_S = 0.6
_NUMBERS = count(10_000)
HIDING = {
    "it is a child": "sleep {mark}",
    "it left the session": "setsid sleep {mark} & sleep {mark}",
    "it left the session and lost its parent": "(setsid sleep {mark} &); sleep {mark}",
    "it ignores what asks it to end": "trap '' TERM HUP INT; sleep {mark}; sleep {mark}",
    "its parent ignores that as well": "bash -c \"trap '' TERM HUP INT; sleep {mark} & wait\"",
    "it is a daemon": "perl -MPOSIX -e 'exit if fork; setsid; exit if fork; exec qw(sleep {mark})'; sleep {mark}",
    "it was told to outlive the shell": "nohup sleep {mark} > /dev/null 2>&1 & sleep {mark}",
    "it is in a pipe": "yes | (sleep {mark}; cat) > /dev/null",
    "the shell itself loops": "sleep {mark} & while :; do :; done",
}


@pytest.fixture
def mark() -> Iterator[str]:
    """Seconds that nobody else on this machine sleeps; who sleeps them behind the test is ended."""
    seconds = f"86399.{os.getpid():07}{next(_NUMBERS)}"
    yield seconds
    for pid in _alive(seconds):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _alive(mark: str) -> list[int]:
    return [pid for pid in processes.snapshot() if mark.encode() in _words(pid)]


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("how", HIDING)
def test_it_ends_what_the_step_started(how: str, handed: Driver, mark: str) -> None:
    def none_is_left() -> bool:
        # Also where it has ended by now: the shell tells of its job before the prompt behind this.
        handed.run("true")
        return not _alive(mark)

    handed.run("kept=here; f() { echo $kept; }")
    step = handed.run(HIDING[how].format(mark=mark), timeout_s=LIMIT_S)
    assert step.timed_out
    # A killed process is gone a moment later.
    until(none_is_left)
    after = handed.run("f; stty -a | grep -c 'isig icanon'")
    assert after.output.split() == ["here", "1"]


def test_what_an_earlier_step_left_running_stays(handed: Driver, mark: str) -> None:
    handed.run(f"nohup sleep {mark} > /dev/null 2>&1 & disown; (setsid sleep {mark}1 &)")
    assert handed.run("sleep 60", timeout_s=0.2).timed_out
    # They may still be on their way to what they are to run.
    until(lambda: len(_alive(mark)) == 2)


def test_a_step_that_ended_in_time_may_leave_something(handed: Driver, mark: str) -> None:
    assert not handed.run(f"(setsid sleep {mark} &)", timeout_s=20).timed_out
    until(lambda: len(_alive(mark)) == 1)
