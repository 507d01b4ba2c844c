"""Random drifts of random work: strict never says that all is well where a correct run leaves something else."""

import os
from pathlib import Path

import pytest

from tests.replay.drifting import World, differences, passed
from tests.replay.drifts import Drift, drifts, work

DRIFTS_A_WORK = 10
SHORT, LONG = 1, 100
"""Works, in a normal run and with `--bench`."""
CHOSEN = 1 if "CI" in os.environ else None
"""Of the works; None: another one each time. Where a change is judged a failure must be the change's own."""


def _hold(seed: int, folder: Path, patched: pytest.MonkeyPatch) -> list[str]:
    """Everything that strict gets wrong of one work and its drifts."""
    done = work(seed)
    world = World(done, folder / "world", patched)
    kept = world.compiled()
    wrong = []
    start = world.drifted(Drift("none"))
    for again in ("first", "second"):
        replay, end = world.replayed()
        if not passed(replay):
            wrong.append(f"seed {seed}: the {again} twin stops: {replay.failure}")
        elif again == "first" and (differs := differences(world, start, end, kept)):
            wrong.append(f"seed {seed}: the twin leaves something else: {differs}")
        if not repeatable(done.commands):
            break
    for drift in drifts(done, seed, DRIFTS_A_WORK):
        start = world.drifted(drift)
        replay, end = world.replayed()
        differs = differences(world, start, end, kept)
        if passed(replay) and differs:
            wrong.append(f"seed {seed}: {drift.kind} ({drift.text} {drift.environment}) passes: {differs}")
    return wrong


def repeatable(commands: tuple[str, ...]) -> bool:
    """Whether the work can be done again over what it left."""
    once = (">>", "mkdir ", "git ", "sed -i", "mv ", "ln -s", "rm ", "tar cf")
    return not any(word in command.replace("mkdir -p", "") for command in commands for word in once)


@pytest.mark.parametrize("at", range(SHORT))
def test_a_drift_never_passes_wrongly_and_the_twin_never_fails(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each run draws others, and says which.
    seed = (int.from_bytes(os.urandom(3)) if CHOSEN is None else CHOSEN) * SHORT + at
    assert _hold(seed, tmp_path, monkeypatch) == []


@pytest.mark.bench
@pytest.mark.parametrize("seed", range(LONG))
def test_a_thousand_drifts(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _hold(seed, tmp_path, monkeypatch) == []
