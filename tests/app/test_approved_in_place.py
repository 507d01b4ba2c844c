"""Two repairs approved while one guided replay goes on: one draft holds both, and can be made active."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.core import Core
from capture.errors import HostError, UnknownNameError
from capture.home import Home
from replay.inbox import Decision
from replay.outcome import Failure, Mode, ReplayStatus
from replay.protocols import Headless
from replay.repairs.proposal import Repair
from tests.program import Program
from tests.seat import until


class Approving(Headless):
    """A person at the replay who approves the first proposal."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.approved: list[str] = []

    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        del failure
        self.core.review(repairs[0].repair_id, Decision.APPROVE)
        self.approved.append(repairs[0].repair_id)
        return repairs[0].repair_id


def drifted(tmp_path: Path) -> tuple[Core, str]:
    """A playbook whose two steps want files that are called otherwise now, and its workspace."""
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    for name in ("first", "second"):
        (work / name).mkdir()
        (work / name / "notes.txt").write_text(f"{name}\n")
    program = Program(home, work)
    program.json("compile", program.record("sort first/notes.txt", "sort second/notes.txt"), "--name", "w")
    for name in ("first", "second"):
        (work / name / "notes.txt").rename(work / name / "notes.md")
    # Not the very content any more: what moved unchanged would follow the first one.
    (work / "second" / "notes.md").write_text("second")
    return Core(Home(home).prepare()), str(work)


def test_one_draft_of_a_replay_holds_all_that_was_approved_in_it(tmp_path: Path) -> None:
    core, work = drifted(tmp_path)
    person = Approving(core)
    replay = core.replay("w@1", mode=Mode.GUIDED, cwd=work, draft=True, director=person)
    assert replay.status is ReplayStatus.SUCCESS
    assert len(person.approved) == 2
    made = core.version("w@2")
    assert [step.run for step in made.playbook.steps] == ["sort first/notes.md", "sort second/notes.md"]
    with pytest.raises(UnknownNameError):
        core.version("w@3")
    assert (replay.version, replay.digest) == (2, made.digest)
    assert {one.created_version for one in map(core.repair, person.approved)} == {2}
    assert core.verify_audit().ok
    assert core.validate("w@2", cwd=work).validation.verdict == "green"
    assert core.promote("w@2").status == "active"
    assert {core.repair(one).status for one in person.approved} == {"promoted"}


def test_a_step_that_a_repair_puts_in_is_in_the_one_draft_too(tmp_path: Path) -> None:
    work, home = tmp_path / "work", tmp_path / "home"
    (work / "out").mkdir(parents=True)
    for name in ("first.txt", "second.txt"):
        (work / name).write_text("words\n")
    program = Program(home, work)
    program.json("compile", program.record("cp first.txt out/first.txt", "sort second.txt"), "--name", "w")
    shutil.rmtree(work / "out")
    (work / "second.txt").rename(work / "second.md")
    core = Core(Home(home).prepare())
    person = Approving(core)
    replay = core.replay("w@1", mode=Mode.GUIDED, cwd=str(work), draft=True, director=person)
    assert replay.status is ReplayStatus.SUCCESS, replay.failure
    made = core.version("w@2")
    runs = [step.run for step in made.playbook.steps]
    assert runs == ["mkdir -p out", "cp first.txt out/first.txt", "sort second.md"]
    with pytest.raises(UnknownNameError):
        core.version("w@3")
    assert (replay.version, replay.digest) == (2, made.digest)
    assert [core.repair(one).step_index for one in person.approved] == [1, 2]
    assert {core.repair(one).created_version for one in person.approved} == {2}


class Leaving(Approving):
    """Approves, and its terminal is gone before the replay hears of it."""

    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        super().review(failure, repairs)
        raise HostError("the terminal is gone; open another")


def test_a_replay_that_breaks_off_takes_no_approval_with_it(tmp_path: Path) -> None:
    core, work = drifted(tmp_path)
    person = Leaving(core)
    with pytest.raises(HostError):
        core.replay("w@1", mode=Mode.GUIDED, cwd=work, draft=True, director=person)
    assert core.repair(person.approved[0]).created_version == 2
    steps = core.version("w@2").playbook.steps
    assert [step.run for step in steps] == ["sort first/notes.md", "sort second/notes.txt"]


KILLED = """
import os, signal, sys
from pathlib import Path
from app.core import Core
from capture.home import Home
from replay.inbox import Decision
from replay.outcome import Mode
from replay.protocols import Headless

class Killed(Headless):
    def review(self, failure, repairs):
        core.review(repairs[0].repair_id, Decision.APPROVE)
        os.kill(os.getpid(), signal.SIGKILL)

core = Core(Home(Path(sys.argv[1])).prepare())
core.replay("w@1", mode=Mode.GUIDED, cwd=sys.argv[2], draft=True, director=Killed())
"""


def test_a_killed_replay_takes_no_approval_with_it(tmp_path: Path) -> None:
    core, work = drifted(tmp_path)
    killed = subprocess.run([sys.executable, "-c", KILLED, core.home.path, work], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    until(lambda: any(one.created_version == 2 for one in core.repairs()))
    assert core.version("w@2").playbook.steps[0].run == "sort first/notes.md"
    assert core.verify_audit().ok
