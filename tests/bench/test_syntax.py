"""How long it takes to read a command, beside the parser alone."""

import time
from collections.abc import Callable
from statistics import median

import pytest

from replay.syntax import analyse
from replay.syntax.tree import Source
from tests.bench.figures import Figure, report
from tests.replay.syntax.test_corpus import CORPUS, readings

RUNS = 9
GOAL_MS = 0.3

pytestmark = pytest.mark.bench


def each(commands: list[str], read: Callable[[str], object]) -> float:
    """Milliseconds of this process' time for one command, the median of several runs."""
    took = []
    for _ in range(RUNS):
        analyse.cache_clear()
        began = time.process_time()
        for command in commands:
            read(command)
        took.append((time.process_time() - began) * 1000 / len(commands))
    return median(took)


def test_reading_a_command() -> None:
    commands = [reading.command for reading in readings(CORPUS.read_text(encoding="utf-8"))]
    analyse("true")
    ours, parser = each(commands, analyse), each(commands, Source)
    report(
        Figure(
            what=f"syntax of a command ({len(commands)} real ones)",
            goal=f"≤ {GOAL_MS} ms",
            ours=f"{ours:.2f} ms",
            peers=f"the parser alone {parser:.2f} ms",
            met=ours <= GOAL_MS,
        )
    )
