"""Steps taken back in a shadow: files, values and shell are what they were; on real shells."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import Core
from capture.home import Home
from capture.scripted import ScriptEntry
from replay.outcome import Mode, Replay, ReplayStatus
from replay.progress import ReplayEvent, StepJudged
from replay.protocols import Answer, Back, Headless, Move, SetValues
from replay.shadow import Level, strongest
from replay.stand import Stand

pytestmark = pytest.mark.skipif(strongest() is not Level.L3, reason="only an overlay keeps a layer for each step")
WORK = (
    "export TURN=one",
    "mkdir sub && cd sub",
    "echo $TURN > a.txt; rm ../old.txt",
    "export TURN=two; cd ..",
    "echo $TURN >> sub/a.txt && chmod 600 sub/a.txt",
    'pwd; printf "%s " "$TURN"; find . -type f -printf "%p %m " -exec cat {} +',
)
LAST = len(WORK)


class Wandering(Headless):
    """Goes to and fro as it was told, then to the end."""

    def __init__(self, moves: list[Callable[[Stand], Answer]]) -> None:
        self.moves = moves
        self.refused: list[str] = []

    @property
    def steps_back(self) -> bool:
        return True

    def next(self, stand: Stand) -> Answer:
        if stand.refused:
            self.refused.append(stand.refused)
        return self.moves.pop(0)(stand) if self.moves else Move.RUN


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Core:
    around = tmp_path_factory.mktemp("back")
    work = around / "work"
    work.mkdir()
    (work / "old.txt").write_text("old\n")
    core = Core(Home(around / "home").prepare())
    entries = [ScriptEntry(command=command) for command in WORK]
    core.compile([core.record_entries(entries, name="w", goal=None, cwd=str(work)).run.run_id], name="w")
    (work / "sub/a.txt").unlink()
    (work / "sub").rmdir()
    (work / "old.txt").write_text("old\n")
    return core


def replayed(core: Core, moves: list[Callable[[Stand], Answer]]) -> tuple[Replay, str]:
    """A replay, and what its last step printed: where the shell stands, its variable and every file."""
    work = core.home.path.parent / "work"
    told: list[ReplayEvent] = []
    director = Wandering(moves)
    replay = core.replay(
        "w", mode=Mode.STRICT, cwd=str(work), shadow=True, draft=True, director=director, watcher=told.append
    )
    assert director.refused == []
    assert (work / "old.txt").read_text() == "old\n"
    assert not (work / "sub").exists()
    return replay, next(one.step.output for one in reversed(told) if isinstance(one, StepJudged))


def run(_stand: Stand) -> Answer:
    return Move.RUN


def back(to: int) -> Callable[[Stand], Answer]:
    return lambda stand: Back(to) if to in stand.back else Move.RUN


@pytest.fixture(scope="module")
def straight(core: Core) -> str:
    replay, printed = replayed(core, [])
    assert replay.status is ReplayStatus.SUCCESS, replay.failure
    return printed


def test_going_back_over_all_of_it_ends_where_going_straight_does(core: Core, straight: str) -> None:
    replay, printed = replayed(core, [run] * LAST + [back(3)])
    assert replay.status is ReplayStatus.SUCCESS, replay.failure
    assert printed == straight
    (went,) = replay.went_back
    assert (went.from_step, went.to_step) == (LAST + 1, 3)
    assert went.run_id != replay.run_id
    assert core.trace(went.run_id).run.replay_id == replay.replay_id
    assert [step.command for step in core.trace(went.run_id).steps] == list(WORK)


def test_a_list_is_left_half_way_and_begun_again(core: Core, straight: str) -> None:
    def into(_stand: Stand) -> Answer:
        return Move.INTO

    replay, printed = replayed(core, [run, run, into, run, back(3)])
    assert replay.status is ReplayStatus.SUCCESS, replay.failure
    assert printed == straight


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wandered=st.lists(st.one_of(st.none(), st.integers(1, LAST)), min_size=2, max_size=12))
def test_wandering_ends_where_going_straight_does(core: Core, straight: str, wandered: list[int | None]) -> None:
    replay, printed = replayed(core, [run if to is None else back(to) for to in wandered])
    assert replay.status is ReplayStatus.SUCCESS, replay.failure
    assert printed == straight


def test_on_the_real_workspace_it_says_why_not(core: Core, tmp_path: Path) -> None:
    seen: list[Stand] = []

    def look(stand: Stand) -> Answer:
        seen.append(stand)
        return Move.RUN

    (tmp_path / "old.txt").write_text("old\n")
    core.replay("w", mode=Mode.STRICT, cwd=str(tmp_path), draft=True, director=Wandering([look, look, look]))
    assert [stand.back for stand in seen] == [(), (), ()]
    assert "replay with --shadow" in seen[-1].no_way_back


def test_a_skipped_step_can_be_gone_back_to_anywhere_and_a_value_edited(core: Core, tmp_path: Path) -> None:
    seen: list[Stand] = []

    def look(stand: Stand) -> Answer:
        seen.append(stand)
        return Move.STOP

    moves = [lambda _: Move.SKIP, lambda _: Move.SKIP, back(1), lambda _: SetValues({"project": "/tmp"}), look]
    replay = core.replay("w", mode=Mode.STRICT, cwd=str(tmp_path), draft=True, director=Wandering(moves))
    assert [stand.step_index for stand in seen] == [1]
    assert replay.edited == ("project",)
    assert replay.went_back == ()
    assert replay.status is ReplayStatus.CANCELLED
