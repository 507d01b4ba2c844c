"""What a person waits for who steps back in a shadow, from the order until the prompt stands again."""

import shutil
import statistics
import time
from pathlib import Path

import pytest

from app.core import Core
from capture.standby import standing_by
from replay.outcome import Mode
from replay.protocols import Answer, Back, Headless, Move
from replay.shadow import Level, strongest
from replay.stand import Stand
from tests.bench.figures import Figure, report
from tests.bench.test_replay_speed import recorded

STEPS, TIMES, GOAL_MS = 10, 10, 100.0

pytestmark = pytest.mark.bench


def work(steps: int, waits_s: float = 0.05) -> str:
    """A script of so many steps, each of which writes files and waits."""
    return "".join(
        f"mkdir d{number}; for i in $(seq 50); do echo {number} $i >d{number}/f$i; done; sleep {waits_s}\n"
        for number in range(1, steps + 1)
    )


class ToAndFro(Headless):
    """Runs to before the last of so many steps, then goes back one step and on again, some times."""

    def __init__(self, steps: int = STEPS) -> None:
        self.steps = steps
        self.began = time.perf_counter()
        self.ordered: float | None = None
        self.back: list[float] = []
        """Milliseconds, each."""
        self.straight = 0.0
        """Milliseconds from the first step to before the last one."""

    @property
    def steps_back(self) -> bool:
        return True

    def next(self, stand: Stand) -> Answer:
        now = time.perf_counter()
        assert not stand.refused
        if stand.step_index == 1:
            self.began = now
        if self.ordered is not None:
            self.back.append((now - self.ordered) * 1000)
            self.ordered = None
        elif stand.step_index == self.steps and not self.straight:
            self.straight = (now - self.began) * 1000
        if stand.step_index < self.steps:
            return Move.RUN
        if len(self.back) == TIMES:
            return Move.STOP
        self.ordered = time.perf_counter()
        return Back(self.steps - 1)


def stepped(core: Core, workspace: Path, steps: int) -> ToAndFro:
    """Step to and fro in a playbook `work` of so many steps, whose workspace is emptied first."""
    shutil.rmtree(workspace)
    workspace.mkdir()
    person = ToAndFro(steps)
    with standing_by():
        core.replay("work", mode=Mode.STRICT, cwd=str(workspace), shadow=True, draft=True, director=person)
    assert len(person.back) == TIMES
    return person


@pytest.mark.skipif(strongest() is not Level.L3, reason="only an overlay keeps a layer for each step")
def test_back_to_the_prompt(tmp_path: Path) -> None:
    core, workspace = recorded(tmp_path, work(STEPS))
    person = stepped(core, workspace, STEPS)
    mine = statistics.median(person.back)
    report(
        Figure(
            what="step back in a shadow, from the order to the prompt",
            goal=f"≤ {GOAL_MS:.0f} ms",
            ours=f"{mine:.0f} ms",
            peers=f"replaying {STEPS - 1} short steps from the start: {person.straight:.0f} ms",
            met=mine <= GOAL_MS,
        )
    )
    assert mine < person.straight
