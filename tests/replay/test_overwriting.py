"""Strict writes over nothing that is not the playbook's own, and commits nothing that was staged before."""

from pathlib import Path

import pytest

from replay.outcome import FailureClass, Mode, ReplayStatus
from tests.replay.drifting import World, passed
from tests.replay.drifts import REPOSITORY, START, Drift, Work

COMMANDS = (
    "sort words.txt > sorted.txt",
    'mkdir -p out; for f in lists/*.txt; do cp "$f" out/; done',
    "echo last > draft.txt",
    "mv draft.txt final.txt",
    "echo more >> words.txt",
    "git add words.txt && git commit -qm more",
    "git add site.ini && git commit -qm site",
)
FOREIGN = {
    "sorted.txt": ("echo precious > sorted.txt", 1, FailureClass.ALREADY_EXISTS),
    "out/one.txt": ("mkdir out; echo precious > out/one.txt", 2, FailureClass.ALREADY_EXISTS),
    "final.txt": ("echo precious > final.txt", 4, FailureClass.ALREADY_EXISTS),
    "staged.txt": ("echo precious > staged.txt; git add staged.txt", 6, FailureClass.EFFECTS_CHANGED),
    "site.ini": ("echo precious > site.ini", 7, FailureClass.EFFECTS_CHANGED),
}


def test_a_foreign_file_stops_the_replay_and_its_own_results_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(setup=START + REPOSITORY, commands=COMMANDS, targets=(), repository=True)
    world = World(work, tmp_path / "world", monkeypatch)
    world.compiled()
    world.drifted(Drift("none"))
    assert passed(world.replayed()[0])
    for path, (text, step, failure) in FOREIGN.items():
        world.drifted(Drift("foreign", text))
        simulated = world.replayed(Mode.SIMULATE)[0].status
        assert simulated is not ReplayStatus.READY
        stopped, _ = world.replayed()
        assert stopped.failure is not None, path
        assert (stopped.failure.step_index, stopped.failure.failure_class) == (step, failure)
        assert (world.workspace / path).read_text() == "precious\n"
    world.drifted(Drift("detached", "git checkout -q --detach"))
    assert world.replayed(Mode.SIMULATE)[0].status is not ReplayStatus.READY
    stopped, _ = world.replayed()
    assert stopped.failure is not None
    assert (stopped.failure.step_index, stopped.failure.failure_class) == (6, FailureClass.EFFECTS_CHANGED)
    world.drifted(Drift("own", "sort words.txt > sorted.txt; echo last > final.txt"))
    assert passed(world.replayed()[0])
