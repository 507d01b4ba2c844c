"""Validations with real shells: several times over, from where a replay stopped, and what a promotion makes of them."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from app.core import Core
from capture.errors import BadInputError, RefusedError
from capture.home import Home
from replay.inbox import Decision
from replay.library.rows import Verdict
from replay.outcome import Mode, Trial
from replay.playbook import VersionStatus
from replay.shadow import Level, strongest
from tests.program import COMMAND, Program
from tests.seat import until

pytestmark = pytest.mark.skipif(strongest() is Level.L0, reason="this machine has no isolation")
POLICY = '[auto_promote]\nmax_risk = "low"\nmax_changed_steps = 1\n'


def compiled(tmp_path: Path, *commands: str) -> tuple[Core, Path]:
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    (work / "notes.txt").write_text("b\na\n")
    program = Program(home, work)
    program.json("compile", program.record(*commands), "--name", "w")
    return Core(Home(home).prepare()), work


def test_a_step_that_flakes_is_found_by_replaying_all_of_it_and_nothing_of_it_is_green(tmp_path: Path) -> None:
    # Each shadow begins anew, so only what lies outside of it can tell one replay from the next.
    turn = tmp_path / "turn"
    turn.write_text("0")
    core, work = compiled(tmp_path, "sort notes.txt", f"test $(cat {turn}) != 1", "echo done")
    told: list[str] = []

    def next_turn(said: str) -> None:
        told.append(said)
        turn.write_text(str(len(told) % 2))

    done = core.validate("w@1", cwd=str(work), times=4, progress=next_turn)
    found = done.validation
    assert (found.verdict, done.status) == (Verdict.RED, VersionStatus.DRAFT)
    assert found.stability is not None
    assert found.stability.flaky_steps == (2,)
    assert (found.stability.passed, len(found.stability.replays), found.rounds) == (2, 4, 3)
    assert found.reason.endswith("(in 2 of 4 replays)")
    assert "step 2 is flaky: 2 passed, 2 failed" in "\n".join(done.report())
    with pytest.raises(RefusedError, match="its newest validation is red"):
        core.promote("w@1")


def test_a_repair_is_validated_where_the_replay_stopped_then_as_a_whole_and_promotes_itself_only_by_a_policy(
    tmp_path: Path,
) -> None:
    core, work = compiled(tmp_path, "mkdir out", "sort notes.txt > out/sorted.txt")
    shutil.rmtree(work / "out")
    core.validate("w@1", cwd=str(work))
    core.promote("w@1")
    (work / "notes.txt").rename(work / "notes.md")
    stopped = core.replay("w", mode=Mode.GUIDED, cwd=str(work))
    core.review(stopped.repairs[0], Decision.APPROVE)

    done = core.validate("w@2", times=2)
    found = done.validation
    # `mkdir out` fails in the workspace as it is: each whole replay begins where the stopped one began.
    assert (found.verdict, found.rounds, done.status) == (Verdict.GREEN, 2, VersionStatus.SHADOW), found.reason
    assert found.control is not None
    assert core.trace(found.run_id or "").run.name == "w@2 validation"
    assert core.trace(found.control.run_id or "").run.name == "w@1 control"
    assert [one.trial for one in core.replays("w")][:3] == [Trial.VALIDATION] * 3
    assert (work / "out").is_dir()
    assert not list((work / "out").iterdir())
    assert core.version("w").playbook.version == 1

    (work / "notes.md").write_text("others\n")
    with pytest.raises(RefusedError, match=r"workspace .* has changed since its validation \(notes\.md\); validate it"):
        core.promote("w@2")
    with pytest.raises(BadInputError, match="wants the name typed in full: w@2, not w@02"):
        core.promote("w@02", override="seen by hand")
    (work / "notes.md").write_text("b\na\n")
    assert core.version("w").playbook.version == 1

    core.home.policy.write_text(POLICY)
    done = core.validate("w@2")
    assert (done.status, done.promoted_by) == (VersionStatus.ACTIVE, f"auto_promote of {core.home.policy}")
    assert core.version("w").playbook.version == 2
    assert core.rollback("w").playbook.version == 1


def test_ctrl_c_ends_a_validation_and_says_nothing_of_the_version(tmp_path: Path) -> None:
    core, work = compiled(tmp_path, "sort notes.txt")
    path = core.home.playbooks / "w" / "1.yaml"
    path.write_text(path.read_text().replace("sort notes.txt", "touch begun && sleep 600"))
    shell = {**os.environ, "REPLAYBOOK_HOME": str(core.home.path)}
    command: list[str | Path] = [COMMAND, "validate", "w@1", "--cwd", str(work)]
    with subprocess.Popen(command, env=shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as going:
        until(lambda: [one for one in core.runs() if one.name == "w@1 validation"])
        going.send_signal(signal.SIGINT)
        _, said = going.communicate(timeout=60)
    assert going.returncode == 130
    assert "the validation was stopped" in said
    assert core.validation("w@1") is None
