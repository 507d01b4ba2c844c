"""How long it takes to find a playbook among many, and to begin replaying it."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from app.core import Core
from capture.home import Home
from capture.launching import expect_replays
from capture.standby import standing_by
from replay.finding import words
from replay.finding.index import FILE, Index
from replay.finding.values import Standing, Text
from replay.library.rows import VersionRow
from replay.outcome import ReplayStatus
from replay.playbook import Playbook, PlaybookStep, VersionStatus
from replay.progress import ReplayEvent, StepBegan
from tests.bench.figures import Figure, report

PLAYBOOKS, VOCABULARY, SEARCHES = 10_000, 3_000, 40
GOAL_FIND_MS, GOAL_DISPATCH_MS = 20.0, 150.0
TIMES = 15
THOUGHT_S = 2.0
"""Seconds that an agent's model takes for its first answer, at least."""

pytestmark = pytest.mark.bench


def _sentence(of: random.Random, length: int) -> str:
    """Words as texts have them: the n-th most frequent one n times as rare as the first."""
    return " ".join(f"word{int(VOCABULARY ** of.random())}" for _ in range(length))


def test_finding_among_10_000_playbooks(tmp_path: Path) -> None:
    of = random.Random(8)  # noqa: S311 - data, not a secret
    there = [
        Standing(
            name=f"playbook-{number}",
            version=1,
            digest=str(number),
            status=VersionStatus.ACTIVE if number % 3 else VersionStatus.DRAFT,
            goal=_sentence(of, 8),
        )
        for number in range(PLAYBOOKS)
    ]
    texts = {one.name: Text(steps=_sentence(of, 60), parameters=_sentence(of, 4)) for one in there}
    index = Index(tmp_path / FILE)
    began = time.perf_counter()
    index.update("1", there, lambda one: texts[one.name])
    built = time.perf_counter() - began
    ours, scanned = list[float](), list[float]()
    for _ in range(SEARCHES):
        task = of.choice(there).goal
        began = time.perf_counter()
        assert index.is_of("1")
        assert index.find(words.wanted(task), most=50)
        ours.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        asked = set(words.stems(task))
        assert any(asked & set(f"{one.goal} {texts[one.name].steps}".split()) for one in there)
        max(len(asked & set(f"{one.goal} {texts[one.name].steps}".split())) for one in there)
        scanned.append((time.perf_counter() - began) * 1000)
    index.close()
    report(
        Figure(
            what=f"finding a playbook among {PLAYBOOKS:,}",
            goal=f"≤ {GOAL_FIND_MS:.0f} ms",
            ours=f"{median(ours):.1f} ms, at most {max(ours):.1f} ms",
            peers=f"a plain scan {median(scanned):.0f} ms; building the index {built:.1f} s",
            met=median(ours) <= GOAL_FIND_MS,
        )
    )


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    made = Core(Home(tmp_path / "home").prepare())
    yield made
    made.close()


def test_from_a_goal_to_the_first_step(core: Core, tmp_path: Path) -> None:
    goal = "write the greeting file"
    _, row = core._register.add(Playbook(name="greet", goal=goal, steps=(PlaybookStep(run="echo hello > greeting"),)))
    core._catalog.update(VersionRow, row.id, status=VersionStatus.ACTIVE)
    workspace = tmp_path / "work"
    workspace.mkdir()
    took, began = list[float](), 0.0

    def watch(event: ReplayEvent) -> None:
        if isinstance(event, StepBegan):
            took.append((time.perf_counter() - began) * 1000)

    def dispatched() -> None:
        nonlocal began
        began = time.perf_counter()
        found = core.dispatch(goal, cwd=str(workspace), run=True, watcher=watch)
        assert found.run is not None
        assert found.run.status is ReplayStatus.SUCCESS

    # As `replaybook mcp` has it, for a client that dispatches at once: what hosts are forked from is on its way yet.
    with standing_by():
        expect_replays()
        dispatched()
    (at_once,) = took
    took.clear()
    # And for one that has thought for a while.
    with standing_by():
        expect_replays()
        time.sleep(THOUGHT_S)
        for _ in range(TIMES):
            dispatched()
    report(
        Figure(
            what="dispatch to the first executed step",
            goal=f"≤ {GOAL_DISPATCH_MS:.0f} ms",
            ours=f"{median(took):.0f} ms, at most {max(took):.0f} ms",
            peers=f"right at the start of the program {at_once:.0f} ms; no peer is known",
            met=median(took) <= GOAL_DISPATCH_MS,
        )
    )
