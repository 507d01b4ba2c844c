"""A shadow's start and end, and a step back in one, beside copying the tree and replaying from the start."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from replay.place import Place
from replay.shadow import Level, offered, open_shadow, stamps
from tests.bench.figures import Figure, report

FILES, A_FOLDER, RUNS = 20_000, 100, 7
GOAL_START_MS, GOAL_BACK_MS = 150, 100
STEPS = 6

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(Level.L3 not in offered(), reason="this machine offers no L3"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree") / "work"
    for number in range(FILES // A_FOLDER):
        folder = root / f"d{number}"
        folder.mkdir(parents=True)
        for name in range(A_FOLDER):
            (folder / f"f{name}").write_text(f"{number} {name}\n")
    return root


def took(action: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def shell(place: Place, command: str) -> None:
    environment = place.environment(os.environ)
    subprocess.run([*place.wrap, "bash", "-c", command], env=environment, stdin=subprocess.DEVNULL, check=True)


def test_start_and_end(tree: Path, tmp_path: Path) -> None:
    def opened() -> None:
        with open_shadow(tree, level=Level.L3) as place:
            shell(place, "true")

    before = stamps(tree)
    ours, copying = [], []
    for run in range(RUNS):
        ours.append(took(opened))
        copying.append(took(lambda run=run: subprocess.run(["cp", "-a", tree, tmp_path / str(run)], check=True)))  # type: ignore[misc]
    after = stamps(tree)
    changes = len({path for path in before.keys() | after.keys() if before.get(path) != after.get(path)})
    mine = median(ours)
    report(
        Figure(
            what=f"shadow L3 start and end over {FILES:,} files",
            goal=f"≤ {GOAL_START_MS} ms, host diff 0",
            ours=f"{mine:.0f} ms, host diff {changes}",
            peers=f"copying the tree: {median(copying):.0f} ms",
            met=mine <= GOAL_START_MS and changes == 0,
        )
    )
    assert changes == 0
    assert mine < median(copying)


def test_step_back(tree: Path) -> None:
    def work(number: int) -> str:
        return f"for i in $(seq 50); do echo {number} $i >d{number}/f$i; done; sleep 0.05"

    back, again = [], []
    with open_shadow(tree, level=Level.L3, layered=True) as place:
        layers = place.layers
        assert layers is not None

        def replayed() -> None:
            for number in range(1, STEPS + 1):
                layers.begin(number)
                shell(place, work(number))

        def stepped_back() -> None:
            layers.back_to(STEPS)
            shell(place, "true")

        for _ in range(RUNS):
            again.append(took(replayed))
            back.append(took(stepped_back))
            layers.back_to(1)
    mine = median(back)
    report(
        Figure(
            what="step back in a shadow, a shell again",
            goal=f"≤ {GOAL_BACK_MS} ms",
            ours=f"{mine:.0f} ms",
            peers=f"replaying {STEPS} short steps from the start: {median(again):.0f} ms",
            met=mine <= GOAL_BACK_MS,
        )
    )
    assert mine < median(again)
