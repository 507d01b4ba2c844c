"""Kill suite: no ended step is lost and no home is left unreadable; `--bench --kills 1000 -s` for a long night."""

from collections import Counter
from pathlib import Path

import pytest

from tests.bench.figures import Figure, report
from tests.bench.killing import VICTIMS, Outcome, kill_once, tell, unreadable

FEW = 6


def _killed(folder: Path, seeds: range) -> list[Outcome]:
    outcomes = []
    for seed in seeds:
        outcomes.append(kill_once(folder, seed))
        tell(outcomes[-1])
    return outcomes


def _assert_whole(folder: Path, outcomes: list[Outcome]) -> None:
    assert [outcome for outcome in outcomes if outcome.lost or outcome.unreadable] == []
    assert unreadable(folder / "home", folder / "after") == []


@pytest.mark.parametrize("first", range(0, FEW, len(VICTIMS)))
def test_a_few_kills_lose_nothing(tmp_path: Path, first: int) -> None:
    _assert_whole(tmp_path, _killed(tmp_path, range(first, first + len(VICTIMS))))


@pytest.mark.bench
def test_many_kills_lose_nothing(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    kills = int(pytestconfig.getoption("--kills"))
    outcomes = _killed(tmp_path, range(100, 100 + kills))
    lost = sum(len(outcome.lost) for outcome in outcomes)
    broken = unreadable(tmp_path / "home", tmp_path / "after")
    ways = Counter(outcome.victim + (", stopped first" if outcome.stopped else "") for outcome in outcomes)
    report(
        Figure(
            what="ended steps lost to kill -9 at random moments",
            goal="0",
            ours=f"{lost} of {sum(outcome.noted for outcome in outcomes)} in {kills} kills",
            peers="; ".join(f"{name} {count}" for name, count in sorted(ways.items())),
            met=lost == 0 and not broken,
        )
    )
    assert (lost, broken) == (0, [])
