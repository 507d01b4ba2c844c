"""Kills at random moments: a front end, its host or its shell, while work that notes each of its own ends goes on."""

import contextlib
import os
import random
import select
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from capture import processes
from capture.home import Home
from capture.tape.reader import is_recording, load_trace
from capture.trace import RunStatus, StepStatus
from tests.seat import Seat, end_all, hosts, replaybook, until

VICTIMS = ("host", "front end", "shell")
LONGEST_S = 1.2
STEPS = 400
_WORK = (
    "seq 1 {n}00",
    "echo {n} > file{n}; mkdir -p d{n} && echo x > d{n}/y",
    "read -t 0.01 -p 'Really? ' answer; true",
    r"printf '\e[?1049h\e[2Jscreen {n}\e[?1049l'",
    "sleep 0.03",
)
"""Prints, writes files, asks, takes the alternate screen, waits."""


@dataclass
class Outcome:
    """What became of one kill."""

    victim: str
    stopped: bool
    """Whether the victim was stopped and woken before it died."""
    noted: int
    """Steps that had ended by their own account."""
    lost: list[str] = field(default_factory=list)
    """Those that the trace does not hold as ended."""
    unreadable: list[str] = field(default_factory=list)
    """Commands that the home could not answer any more."""
    status: str = ""


def kill_once(folder: Path, seed: int) -> Outcome:
    """Record in a fresh workspace, kill at a random moment, and hold the trace against the steps' own journal.

    A command notes in the journal that the one before it has ended; the shell hands its end over before it starts it.
    """
    dice = random.Random(seed)  # noqa: S311 - moments, no secrets
    victim, stopped = VICTIMS[seed % len(VICTIMS)], dice.random() < 0.3
    work, home = folder / f"work{seed}", folder / "home"
    work.mkdir()
    journal = work.with_suffix(".journal")
    seat = replaybook(home, "record", "--name", f"kill{seed}", "--shell", "bash", cwd=work)
    try:
        seat.wait_for("recording ")
        seat.run("true")
        run_id, presence = next(found for found in hosts(home) if _cwd(home, found[0]) == str(work))
        pids = {"host": presence.pid, "front end": seat.process.pid, "shell": _shell_of(presence.pid)}
        _work(seat, [_command(journal, n, dice.choice(_WORK)) for n in range(1, STEPS)], dice.uniform(0, LONGEST_S))
        if stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pids[victim], signal.SIGSTOP)
            _let_pass(seat, dice.uniform(0, 0.2))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pids[victim], signal.SIGKILL)
        return _judge(home, run_id, seat, journal, Outcome(victim, stopped, 0))
    finally:
        seat.leave()
        end_all(home)


def _judge(home: Path, run_id: str, seat: Seat, journal: Path, outcome: Outcome) -> Outcome:
    where = Home(home)
    if outcome.victim == "front end":
        # Nothing is lost when the session goes on without it, to its orderly end.
        seat.process.wait()
        until(lambda: dict(hosts(home))[run_id].attached is False)
        with replaybook(home, "attach", run_id, cwd=journal.parent) as again:
            again.type("\x04\x04")
            _let_pass(again, 0.3)
        end_all(home)
    until(lambda: not is_recording(where, run_id))
    # What the shell was still about to write when its terminal went away is none of the ended steps.
    trace = load_trace(where, run_id)
    outcome.status = trace.run.status
    with contextlib.suppress(FileNotFoundError):
        outcome.noted = max(0, len(journal.read_text(encoding="utf-8").splitlines()) - 1)
    ended = [step.command for step in trace.steps if step.status is not StepStatus.PARTIAL]
    outcome.lost = [
        f"step {n} of {outcome.noted}; ended: {ended[-1:]}"
        for n in range(1, outcome.noted + 1)
        if not any(command.startswith(f"echo {n} >>") for command in ended)
    ]
    if outcome.victim == "host" and trace.run.status is not RunStatus.RECOVERED:
        outcome.unreadable.append(f"its status is {trace.run.status}")
    return outcome


def unreadable(home: Path, cwd: Path) -> list[str]:
    """The commands that a home, after all that was done to it, does not answer."""
    script = cwd / "after.sh"
    cwd.mkdir()
    script.write_text("echo after\n", encoding="utf-8")
    asked = (
        ("runs",),
        ("show", "kill"),
        ("audit", "--verify"),
        ("doctor",),
        ("record", "--script", str(script), "--name", "after"),
        ("show", "after"),
        ("playbooks",),
    )
    failed = []
    for arguments in asked:
        name = arguments if arguments != ("show", "kill") else ("show", newest(home))
        with replaybook(home, *name, cwd=cwd) as seat:
            if seat.over() != 0:
                failed.append(f"{' '.join(name)}: {seat.seen[-300:].decode(errors='replace')}")
    return failed


def newest(home: Path) -> str:
    """The run that was begun last."""
    return max(folder.name for folder in (home / "runs").iterdir())


def _shell_of(host: int) -> int:
    found = 0

    def seen() -> bool:
        nonlocal found
        found = min(processes.children(host), default=0)
        return bool(found)

    until(seen)
    return found


def _cwd(home: Path, run_id: str) -> str:
    return load_trace(Home(home), run_id).run.cwd


def _command(journal: Path, number: int, work: str) -> str:
    return f"echo {number} >> {journal}; {work.format(n=number)}; printf '@%s@' {number}"


def _work(seat: Seat, commands: list[str], seconds: float) -> None:
    """Type the next one when the one before has come to its end, until the time is up."""
    give_up = time.monotonic() + seconds
    for number, command in enumerate(commands, 1):
        seat.type(f"{command}\r")
        while f"@{number}@".encode() not in seat.seen:
            if time.monotonic() > give_up:
                return
            seat.look(0.02)


def _let_pass(seat: Seat, seconds: float) -> None:
    """A moment at random, with the terminal read as a person's would be."""
    give_up = time.monotonic() + seconds
    while (left := give_up - time.monotonic()) > 0:
        seat.look(min(left, 0.05))
        select.select([], [], [], 0)


def tell(outcome: Outcome) -> None:
    """What went wrong, at once."""
    if outcome.lost or outcome.unreadable:
        sys.stdout.write(f"{outcome}\n")
