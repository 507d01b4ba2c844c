"""How long after its end a step's file effects are known and written, in a tree of 50,000, beside a whole rescan."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from capture.trace import EffectOp, Step
from capture.wire import Ready, SessionMode, StepEnded
from tests.bench.figures import Figure, report
from tests.capture.driving import Driver, spec_for

ROUNDS = 5
FOLDERS, FILES = 500, 100
CHANGED = 50
GOAL_MS, IDLE_MS, PROMPT_MS = 300, 20, 1_000
WRITE = "mkdir -p new{0}/{{1..50}} && for f in new{0}/{{1..50}}/{{1..100}}; do echo {0} $f >$f; done"
EDIT = "for f in d{{1..50}}/*; do echo {0} >>$f; done"

pytestmark = pytest.mark.bench


class Timed(NamedTuple):
    """A step, and when its end was told; milliseconds."""

    step: Step
    after_ms: float


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in range(1, FOLDERS + 1):
        place = tmp_path / "work" / f"d{folder}"
        place.mkdir(parents=True)
        for file in range(FILES):
            (place / f"f{file}").write_text(f"{folder} {file}\n" * 20)
    return tmp_path / "work"


@pytest.fixture
def session(tree: Path, tmp_path: Path) -> Iterator[Driver]:
    driver = Driver(spec_for(tmp_path, SessionMode.TYPED, workspace=str(tree), cwd=str(tree)))
    driver.wait_for(Ready)
    yield driver
    driver.session.close()


def timed(session: Driver, command: str) -> Timed:
    session.session.run(command)
    step = session.wait_for(StepEnded).step
    heard = time.time()
    session.wait_for(Ready)
    return Timed(step, (heard - step.started_at.timestamp()) * 1000 - step.duration_ms)


def rescan_ms(root: Path) -> float:
    """The least that a look at everything costs: each entry's stat, nothing read and nothing compared."""
    began = time.perf_counter()
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            os.lstat(f"{folder}/{name}")
    return (time.perf_counter() - began) * 1000


def test_effects_of_5000_files(session: Driver, tree: Path) -> None:
    written, edited, rescans = list[float](), list[float](), list[float]()
    for number in range(ROUNDS):
        step, took = timed(session, WRITE.format(number))
        assert sum(effect.op is EffectOp.CREATED for effect in step.file_effects) == FILES * CHANGED + CHANGED + 1
        written.append(took)
        rescans.append(rescan_ms(tree))
        step, took = timed(session, EDIT.format(number))
        assert [effect.op for effect in step.file_effects] == [EffectOp.MODIFIED] * FILES * CHANGED
        assert all(effect.before and effect.after and effect.before != effect.after for effect in step.file_effects)
        edited.append(took)
        timed(session, f"rm -r new{number}")
    worst = max(median(written), median(edited))
    report(
        Figure(
            what="effects of a step that writes 5,000 files in a tree of 50,000",
            goal=f"exact, ≤ {GOAL_MS} ms after its end",
            ours=f"{median(written):.0f} ms created, {median(edited):.0f} ms edited",
            peers=f"stat of everything, nothing read: {median(rescans):.0f} ms",
            met=worst <= GOAL_MS,
        )
    )


def test_effects_of_a_step_that_changes_nothing(session: Driver, tree: Path) -> None:
    idle, rescans = list[float](), list[float]()
    for _ in range(ROUNDS * 4):
        step, took = timed(session, "true")
        assert not step.file_effects
        idle.append(took)
        rescans.append(rescan_ms(tree))
    report(
        Figure(
            what="effects of a step that changes nothing in a tree of 50,000",
            goal=f"≤ {IDLE_MS} ms",
            ours=f"{median(idle):.1f} ms",
            peers=f"stat of everything: {median(rescans):.0f} ms",
            met=median(idle) <= IDLE_MS,
        )
    )


def test_the_first_prompt_in_a_big_tree(tree: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    took: dict[Path, list[float]] = {tree: [], small: []}
    for _ in range(ROUNDS):
        for where, times in took.items():
            began = time.perf_counter()
            driver = Driver(spec_for(tmp_path, SessionMode.TYPED, workspace=str(where), cwd=str(where)))
            driver.wait_for(Ready)
            times.append((time.perf_counter() - began) * 1000)
            driver.session.close()
    added = median(took[tree]) - median(took[small])
    report(
        Figure(
            what="added to the first prompt by a tree of 50,000 files, every one hashed",
            goal=f"≤ {PROMPT_MS} ms",
            ours=f"{added:.0f} ms",
            peers=f"first prompt in an empty directory: {median(took[small]):.0f} ms",
            met=added <= PROMPT_MS,
        )
    )
