"""A playbook of real work, with a history of real replays: passed, passed, drifted, drifted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from replay.outcome import Mode, Replay, ReplayStatus

NAME = "greet"
SCRIPT = """\
ls
cp names.txt list.txt
printf 'took %s ms\\n' "$(date +%N | cut -c2-4)"; sort list.txt
mkdir -p out && tr a-z A-Z < list.txt > out/loud.txt
"""


@dataclass
class Past:
    """A home with what happened in it."""

    core: Core
    work: Path
    run: str
    passed: tuple[Replay, Replay]
    drifted: tuple[Replay, ...] = ()

    def reset(self, names: str = "ada\nbob\n") -> None:
        """The workspace as it was before the work, but for the names."""
        for made in ("list.txt", "out/loud.txt"):
            (self.work / made).unlink(missing_ok=True)
        if (self.work / "out").is_dir():
            (self.work / "out").rmdir()
        (self.work / "names.txt").write_text(names)

    def replay(self, mode: Mode = Mode.STRICT, ref: str = NAME) -> Replay:
        return self.core.replay(ref, mode=mode, cwd=str(self.work), draft=True)


def begun(root: Path) -> Past:
    """Recorded, compiled, made active and replayed twice."""
    work = root / "work"
    work.mkdir()
    core = Core(Home(root / "home").prepare())
    past = Past(core, work, "", ())  # type: ignore[arg-type] # filled in below
    past.reset()
    (root / "work.sh").write_text(SCRIPT)
    past.run = core.record_script(root / "work.sh", cwd=str(work)).run.run_id
    core.compile([past.run], name=NAME)
    core.promote(f"{NAME}@1", override="a test")
    replays = []
    for _ in range(2):
        past.reset()
        replays.append(past.replay())
    past.passed = (replays[0], replays[1])
    assert [one.status for one in replays] == [ReplayStatus.SUCCESS] * 2
    return past


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Replayed twice well, then twice with another name in the list: step 1 copies it, and stops there."""
    patch = pytest.MonkeyPatch()
    with patch.context() as world:
        world.setenv("HOME", str(tmp_path_factory.mktemp("person")))
        found = begun(tmp_path_factory.mktemp("past"))
        found.reset("ada\neve\n")
        first = found.replay()
        found.reset("ada\neve\n")
        found.drifted = (first, found.replay())
        assert [one.status for one in found.drifted] == [ReplayStatus.FAILED] * 2
        yield found
