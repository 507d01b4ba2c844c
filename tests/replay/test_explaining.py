"""A text that was written otherwise: the failure says in which lines, and never shows what may hold a secret."""

from pathlib import Path

import pytest

from replay.outcome import Failure, FailureClass
from tests.replay.drifting import World
from tests.replay.drifts import Drift, Work

COMMANDS = ("echo begin", "sed 's/o/0/' in.txt > out.txt", "cp in.txt copy.txt")
SECRET = "ghp_" + "x7Kq2Lm9Rt4Vw8Zb3Nc6Yd1Pf5Gh0Js2AaBb"


def stopped(world: World, text: str) -> Failure:
    world.drifted(Drift("content", text))
    failure = world.replayed()[0].failure
    assert failure is not None
    assert failure.failure_class is FailureClass.EFFECTS_CHANGED
    return failure


def test_only_the_lines_that_differ_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(setup="printf 'one\\ntwo\\nthree\\n' > in.txt", commands=COMMANDS, targets=(), repository=False)
    world = World(work, tmp_path / "world", monkeypatch)
    world.compiled()
    assert stopped(world, "sed -i 2s/.*/zwei/ in.txt").difference == "@@ -2 +2 @@\n-tw0\n+zwei"
    assert stopped(world, f"echo token={SECRET} > in.txt").difference == ""
    assert stopped(world, "printf '\\377\\n' > in.txt").difference == ""
