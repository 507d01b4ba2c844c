"""Kill suite of replays: each opens, nothing of it is left, nothing runs twice; `--bench --kills 200 -s` for all."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.figures import Figure, report
from tests.bench.replay_killing import kill_once, prepare

FEW = 6


@pytest.fixture(autouse=True)
def own_temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where shadows are made is the test's own, and short: sockets lie there."""
    with tempfile.TemporaryDirectory(prefix="k") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield


def test_a_few_killed_replays_run_nothing_twice(tmp_path: Path) -> None:
    core = prepare(tmp_path)
    outcomes = [kill_once(core, tmp_path, seed) for seed in range(1, 1 + FEW)]
    assert [one for one in outcomes if one.wrong] == []
    assert {one.ended for one in outcomes} & {"recovered", "unknown"}


@pytest.mark.bench
def test_many_killed_replays_run_nothing_twice(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    kills = int(pytestconfig.getoption("--kills"))
    core = prepare(tmp_path)
    outcomes = [kill_once(core, tmp_path, seed) for seed in range(100, 100 + kills)]
    wrong = [one for one in outcomes if one.wrong]
    ways = Counter(one.ended + (", in a shadow" if one.shadow else "") for one in outcomes)
    on = Counter(one.went_on.partition(":")[0] for one in outcomes if one.went_on)
    told = (*(f"{name} {count}" for name, count in sorted(ways.items())), *(f"went on: {a} {b}" for a, b in on.items()))
    report(
        Figure(
            what="steps with effects that ran twice after kill -9 of their replay at random moments",
            goal="0",
            ours=f"{len(wrong)} in {kills} kills",
            peers="; ".join(told),
            met=not wrong,
        )
    )
    assert wrong == []
