"""What strict stops on was foretold by simulate, or honestly unknown; what strict passes was not called impossible."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from replay.outcome import CheckState, Mode, Replay, ReplayStatus
from tests.replay.drifting import World, passed
from tests.replay.drifts import Drift, drifts, work


def untold(drift: Drift) -> bool:
    """Whether nothing tells it: no playbook holds what a variable was."""
    return drift.kind == "variable" and None not in drift.environment.values()


def quiet(simulated: Replay) -> bool:
    """Whether it foretold a smooth replay: everything ready, nothing to know."""
    states = {check.state for step in simulated.steps for check in step.checks}
    return simulated.status is ReplayStatus.READY and CheckState.WARN not in states


def told(drift: Drift, simulated: Replay, strict: Replay) -> str | None:
    """What is wrong with a pair of replays in the same start; None when simulate kept its promise."""
    if passed(strict):
        wrong = simulated.status in {ReplayStatus.NOT_READY, ReplayStatus.REFUSED}
        return f"strict passes, and simulate says {simulated.status}" if wrong else None
    if quiet(simulated) and not untold(drift):
        return f"simulate is quiet, and strict stops: {strict.failure and strict.failure.message}"
    return None


def compared(seed: int, count: int, root: Path, patched: pytest.MonkeyPatch) -> tuple[list[str], Counter[str]]:
    """Simulate and replay one random work in starts that drift at random; what is wrong, and how often what came."""
    done = work(seed)
    world = World(done, root, patched)
    world.compiled()
    wrong, times = [], Counter[str]()
    for drift in (Drift("none"), *drifts(done, seed, count)):
        start = world.drifted(drift)
        simulated, after = world.replayed(Mode.SIMULATE)
        assert after.files == start.files
        strict, _ = world.replayed()
        warned = " with a warning" if simulated.status is ReplayStatus.READY and not quiet(simulated) else ""
        times[f"{simulated.status}{warned}, strict {strict.status}"] += 1
        problem = told(drift, simulated, strict)
        if problem:
            wrong.append(f"seed {seed}, {drift}: {problem}; {done.commands}")
    return wrong, times


def many(seeds: range, count: int, root: Path, patched: pytest.MonkeyPatch) -> list[str]:
    wrong, times = [], Counter[str]()
    for seed in seeds:
        found, came = compared(seed, count, root / str(seed) / "here", patched)
        wrong += found
        times += came
    sys.stdout.write(f"\n{sum(times.values())} starts: {dict(times)}\n")
    return wrong


def test_some_random_drifts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert many(range(2), 3, tmp_path, monkeypatch) == []


@pytest.mark.bench
def test_a_thousand_random_drifts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert many(range(300, 400), 10, tmp_path, monkeypatch) == []
