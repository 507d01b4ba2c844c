"""What the tests of the checks before a step share: a world on a real folder, and shorthands for steps and verdicts."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from capture.trace import EffectOp
from replay.conditions.checks import check_step
from replay.conditions.expected import ExpectedWorld
from replay.conditions.world import RealMachine
from replay.outcome import Check, CheckState, FailureClass
from replay.playbook import Expectation, ExpectedEffect, PlaybookStep

REPOSITORY = "git init -q -b main .; echo a > a; git add a; git commit -qm one; git branch topic; git tag v1"


def world_of(work: Path, environment: Mapping[str, str] | None = None) -> ExpectedWorld:
    plain = {"PATH": os.environ["PATH"], "HOME": str(work.parent), "LC_ALL": "C"}
    return ExpectedWorld(
        RealMachine(), workspace=str(work), cwd=str(work), environment={**plain, **(environment or {})}, shell="bash"
    )


def step(run: str, **fields: object) -> PlaybookStep:
    return PlaybookStep(run=run, expect=Expectation(effects=()), **fields)  # type: ignore[arg-type]


def made(*paths: str, op: EffectOp = EffectOp.CREATED, directory: bool = False) -> Expectation:
    return Expectation(effects=tuple(ExpectedEffect(op=op, path=path, directory=directory) for path in paths))


def looked(work: Path, *steps: PlaybookStep | str, environment: Mapping[str, str] | None = None) -> tuple[Check, ...]:
    """The checks of the last step, the ones before it assumed done."""
    world = world_of(work, environment)
    playbook = [one if isinstance(one, PlaybookStep) else step(one) for one in steps]
    for one in playbook[:-1]:
        world.assume(one, one.run, {})
    return check_step(playbook[-1], playbook[-1].run, world)


def bad(checks: Sequence[Check]) -> list[tuple[FailureClass | None, str]]:
    return [(check.failure_class, check.subject) for check in checks if check.state is CheckState.FAIL]


def states(checks: Sequence[Check]) -> set[CheckState]:
    return {check.state for check in checks}


def prepare(work: Path, setup: str) -> None:
    environment = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b"}
    environment |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    subprocess.run(["bash", "-ec", setup], cwd=work, check=True, capture_output=True, env=environment)
