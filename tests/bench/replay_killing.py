"""Kills replays at random moments, and holds what is left of them against the steps' own journal."""

import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from app.core import Core
from capture.errors import RefusedError
from capture.home import Home
from capture.tape.reader import is_recording, load_run, run_ids
from capture.trace import RunStatus
from replay.claims import goes_on_at
from replay.outcome import Mode, Replay, ReplayStatus, Word
from replay.shadow.leftovers import clean_up
from tests.program import COMMAND, Program
from tests.seat import until

VICTIMS = ("replay", "replay and host", "host")
STEPS = 9
NAME = "killed"
_WORK = ("sleep 0.04", "export A{n}={n}; sleep 0.02", "mkdir -p d{n} && echo x > d{n}/y", "true")
JOURNAL = "journal"
LASTS_S = 1.0
"""How long all of them take."""


@dataclass
class Outcome:
    """What became of one kill."""

    seed: int
    victim: str
    shadow: bool
    ended: str = ""
    """How the replay opens: `recovered`, with a step `unknown`; `whole` when it had come to its end; `not begun`."""
    went_on: str = ""
    """How going on from where it was killed ended."""
    wrong: list[str] = field(default_factory=list)
    """What must not be."""


def prepare(root: Path) -> Core:
    """A home with a playbook whose every step notes in a journal that it ran."""
    work, home = root / "recorded", root / "home"
    work.mkdir()
    program = Program(home, work)
    run = program.record(*(f"echo {n} >> {JOURNAL}; {_WORK[n % len(_WORK)].format(n=n)}" for n in range(1, STEPS + 1)))
    program.json("compile", run, "--name", NAME)
    return Core(Home(home).prepare())


def kill_once(core: Core, root: Path, seed: int) -> Outcome:
    """Replay in a fresh workspace, kill at a random moment, open what is left, and go on."""
    dice = random.Random(seed)  # noqa: S311 - moments, no secrets
    outcome = Outcome(seed, VICTIMS[seed % len(VICTIMS)], shadow=seed % 5 == 4)
    work = root / f"work{seed}"
    work.mkdir()
    before = frozenset(run_ids(core.home))
    options = ["--mode", "strict", "--draft", "--cwd", str(work), *(["--shadow"] if outcome.shadow else [])]
    argv = [str(COMMAND), "--home", str(core.home.path), "replay", NAME, *options]
    replaying = subprocess.Popen(
        argv,
        env={**os.environ, "TMPDIR": tempfile.gettempdir()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if seed % 8:
        # Most die while their steps run, however busy the machine is; the others while they start.
        until(lambda: _begun(core.home) or replaying.poll() is not None)
    # The moment is the test: nothing is waited for.
    with contextlib.suppress(subprocess.TimeoutExpired):
        replaying.wait(dice.uniform(0, LASTS_S))
    hosts = _children(replaying.pid)
    if outcome.victim != "replay":
        _kill(hosts)
    if outcome.victim != "host":
        _kill([replaying.pid])
    replaying.wait()
    _judge(core, work, outcome, before)
    _judge_shadow(outcome)
    return outcome


def _judge_shadow(outcome: Outcome) -> None:
    """What the next start of a shadow does, a minute later: nothing is left of the killed one."""
    folder = Path(tempfile.gettempdir())
    for left in folder.iterdir():
        os.utime(left, (0, 0), follow_symlinks=False)
    clean_up()
    outcome.wrong += [f"folder left: {left.name}" for left in folder.iterdir()]
    outcome.wrong += [f"still runs in a shadow: {one}" for one in _with_environment(f"={folder}/rb-shadow-")]


def _judge(core: Core, work: Path, outcome: Outcome, before: frozenset[str]) -> None:
    found = next((one for one in core.replays(NAME) if one.workspace == str(work)), None)
    fresh = [run for run in run_ids(core.home) if run not in before]
    until(lambda: not any(is_recording(core.home, run) for run in fresh))
    left = _living(str(work))
    outcome.wrong += [f"still runs: {one}" for one in left]
    outcome.wrong += [f"mounted: {line}" for line in _mounts() if str(work) in line or "rb-" in line]
    journal = work / JOURNAL
    if found is None:
        outcome.ended = "not begun"
        outcome.wrong += ["it left no replay, and had run steps"] if journal.exists() else []
        return
    outcome.ended = "whole" if not found.recovered else "unknown" if found.unknown else "recovered"
    run = load_run(core.home, found.run_id) if found.run_id else None
    if run is not None and run.status is RunStatus.IN_PROGRESS:
        outcome.wrong.append(f"its run is {run.status}")
    if outcome.shadow:
        outcome.wrong += ["it wrote into the workspace"] if list(work.iterdir()) else []
    elif found.recovered:
        _go_on(core, work, found, outcome)
    lines = journal.read_text(encoding="utf-8").split() if journal.exists() else []
    outcome.wrong += [f"step {n} ran {count} times" for n, count in Counter(lines).items() if count > 1]
    if outcome.went_on == ReplayStatus.SUCCESS and len(lines) != STEPS:
        outcome.wrong.append(f"{len(lines)} of {STEPS} steps ran")


def _go_on(core: Core, work: Path, found: Replay, outcome: Outcome) -> None:
    """As its user does: look, say what happened, go on from there."""
    if found.unknown is not None:
        seen = (work / JOURNAL).read_text(encoding="utf-8") if (work / JOURNAL).exists() else ""
        try:
            core.replay(NAME, mode=Mode.STRICT, cwd=str(work), draft=True)
            outcome.wrong.append("it ran again without a word")
        except RefusedError as refused:
            outcome.wrong += [] if "replaybook settle" in str(refused) else [f"refused with {refused}"]
        happened = str(found.unknown.step_index) in seen.split()
        found = core.settle(found.replay_id, Word.DONE if happened else Word.AGAIN)
    step = goes_on_at(found)
    if step is None or step > STEPS:
        outcome.went_on = "at its end"
        return
    try:
        outcome.went_on = core.replay(NAME, mode=Mode.STRICT, cwd=str(work), draft=True, from_step=step).status
    except RefusedError as refused:
        outcome.went_on = f"refused: {refused}"


def _begun(home: Home) -> bool:
    return any(home.replays.glob("*.journal"))


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [
            int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()
        ]
    return []


def _living(workspace: str) -> list[str]:
    """Processes that stand in a workspace; what was killed needs a moment to be gone."""
    give_up = time.monotonic() + 5
    while (found := list(_in(workspace))) and time.monotonic() < give_up:
        pass
    return found


def _in(workspace: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str((entry / "cwd").readlink()) == workspace:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def _with_environment(mark: str) -> list[str]:
    """Processes that have something in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def _mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
