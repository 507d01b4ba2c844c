"""Kills at random moments: writers of a catalog, or the server beneath them; held against what each writer was told."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from replay.library.catalog import Catalog
from replay.library.rows import RunRow, VersionRow
from tests.replay.library.hammer import COUNTER

ROOT = Path(__file__).parent.parent.parent
WRITERS = 2
LONGEST_ACKNOWLEDGED = 12
"""Between two kills."""


@dataclass
class Outcome:
    """What became of a round of kills."""

    kept: int = 0
    """Changes that a writer was told are kept."""
    refused: int = 0
    """Changes that a writer was told are not."""
    lost: list[str] = field(default_factory=list)
    """Kept, and not there."""
    undead: list[str] = field(default_factory=list)
    """Not kept, and there."""
    halves: list[str] = field(default_factory=list)
    """There without what belongs to them."""
    miscounted: int = 0
    """How far the number of all changes is from the changes that are there: one was done twice, or undid another."""

    @property
    def is_whole(self) -> bool:
        """Whether all is as it was said to be."""
        return not (self.lost or self.undead or self.halves or self.miscounted)


def kill_writers(address: str, catalog: Catalog, *, kills: int, seed: int) -> Outcome:
    """Kill one writer of several at random moments, and start another in its place."""

    def kill(writers: "list[Writer]", dice: random.Random, number: int) -> None:
        victim = dice.choice(writers)
        victim.end(signal.SIGKILL)
        writers[writers.index(victim)] = Writer(address, f"w{seed}-{number}")

    return _hammered(address, catalog, kills=kills, seed=seed, kill=kill)


def kill_servers(address: str, catalog: Catalog, *, kills: int, seed: int, restart: Callable[[], None]) -> Outcome:
    """Kill the server beneath the writers at random moments, and start it again."""

    def kill(writers: "list[Writer]", dice: random.Random, number: int) -> None:
        del writers, dice, number
        restart()

    return _hammered(address, catalog, kills=kills, seed=seed, kill=kill)


class Writer:
    """One process that writes until it is ended (`tests/replay/library/hammer.py`)."""

    def __init__(self, address: str, name: str) -> None:
        arguments = [sys.executable, "-m", "tests.replay.library.hammer", address, "pairs", name]
        # Ctrl-C is the tests' matter.
        self._process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True)
        self.said: list[str] = []
        every.append(self)

    def hear(self) -> None:
        """Until one more change is kept."""
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            self.said.append(line)
            if line.startswith("ok"):
                return

    def end(self, how: int) -> None:
        """End it, and hear its last words; a line that it was still writing says nothing."""
        os.kill(self._process.pid, how)
        rest, _ = self._process.communicate()
        self.said += rest.splitlines(keepends=True)

    @property
    def is_alive(self) -> bool:
        """Whether it has not been ended."""
        return self._process.returncode is None


every: list[Writer] = []
"""All writers of the round."""


def _hammered(
    address: str,
    catalog: Catalog,
    *,
    kills: int,
    seed: int,
    kill: Callable[[list[Writer], random.Random, int], None],
) -> Outcome:
    dice = random.Random(seed)  # noqa: S311 - moments, no secrets
    every.clear()
    writers = [Writer(address, f"w{seed}-first{number}") for number in range(WRITERS)]
    try:
        for number in range(kills):
            for _ in range(dice.randint(1, LONGEST_ACKNOWLEDGED)):
                dice.choice(writers).hear()
            kill(writers, dice, number)
        for writer in writers:
            writer.hear()
    finally:
        for writer in every:
            if writer.is_alive:
                writer.end(signal.SIGKILL)
    return _judged(catalog, [line.split() for writer in every for line in writer.said if line.endswith("\n")])


def _judged(catalog: Catalog, said: list[list[str]]) -> Outcome:
    there = {row.id for row in catalog.find(RunRow)}
    whole = {name[:-2] for name in there if {f"{name[:-2]}-a", f"{name[:-2]}-b"} <= there}
    kept = {name for word, name in said if word == "ok"}
    refused = {name for word, name in said if word == "no"}
    counter = catalog.get(VersionRow, COUNTER)
    # Every third is counted by a row of its own.
    counted = (counter.steps if counter else 0) + len(catalog.find(VersionRow)) - (1 if counter else 0)
    return Outcome(
        kept=len(kept),
        refused=len(refused),
        lost=sorted(kept - whole),
        undead=sorted(refused & {name[:-2] for name in there}),
        halves=sorted({name[:-2] for name in there} - whole),
        miscounted=counted - len(whole),
    )
