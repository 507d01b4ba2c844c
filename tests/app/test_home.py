"""Home: how playbooks fare, typing to filter, and what it costs to draw it first."""

import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import pytest
from textual.widgets import Input

from app.health import LAST, Beat, Health, health
from app.screens.home import HomeScreen
from app.screens.listing import spark
from app.screens.playbook import PlaybookScreen
from capture.trace import Run
from replay.history.drift import Checked, Drift
from replay.outcome import Mode, Replay, ReplayStatus
from replay.playbook import VersionStatus
from tests.app.driving import driving
from tests.app.stand_in import (
    THEN,
    StandIn,
    Stored,
    default_failure,
    playbook,
    recorded_trace,
    repair,
)

HEAVY = ("app.core", "replay.engine", "pyghostty", "app.screens.replay", "app.screens.dialogs", "httpx", "tinydb")
"""Some of what takes longest to import, and what the first picture needs nothing of."""


@dataclass
class Unread(StandIn):
    """Its recordings are read when the test says so."""

    may_read: threading.Event = field(default_factory=threading.Event)

    def runs(self) -> tuple[Run, ...]:
        assert self.may_read.wait(60)
        return super().runs()


def replayed(number: int, status: ReplayStatus = ReplayStatus.SUCCESS, **more: object) -> Replay:
    made = Replay(
        replay_id=f"r-{number}",
        run_id=None,
        playbook="publish-notes",
        version=1,
        digest="sha256:x",
        mode=Mode.STRICT,
        status=status,
        failure=default_failure() if status is ReplayStatus.FAILED else None,
        started_at=(THEN + timedelta(minutes=number)).isoformat(),
        duration_ms=100.0 * number,
    )
    return msgspec.structs.replace(made, **more)


def test_a_replay_is_a_bar_as_high_as_it_was_long_and_a_sign_when_it_failed() -> None:
    def beat(status: ReplayStatus, ms: float | None) -> Beat:
        return Beat(replay_id="r", status=status, duration_ms=ms)

    good, bad, asks = ReplayStatus.SUCCESS, ReplayStatus.FAILED, ReplayStatus.NEEDS_REVIEW
    assert spark([beat(good, 10), beat(bad, 900), beat(good, 80), beat(asks, 1), beat(good, 40)]) == "▂✗█●▅"
    assert spark([beat(good, None), beat(good, None)]) == "▁▁"
    assert spark([]) == ""


def test_only_what_says_something_of_a_playbook_counts_and_the_newest_comes_last() -> None:
    found = health(
        [
            replayed(9, ReplayStatus.CANCELLED),
            replayed(8, ReplayStatus.FAILED, shadow="L3"),
            replayed(7, ReplayStatus.READY, mode=Mode.SIMULATE),
            replayed(6),
            replayed(5, ReplayStatus.FAILED),
        ],
        waiting=2,
    )
    assert [beat.replay_id for beat in found.beats] == ["r-5", "r-6"]
    assert (found.drifted, found.waiting) == (None, 2)
    many = health([replayed(number) for number in range(20, 0, -1)], waiting=0)
    assert [beat.replay_id for beat in many.beats] == [f"r-{number}" for number in range(21 - LAST, 21)]


def test_what_the_newest_replay_or_simulation_stopped_at_is_a_drift() -> None:
    assert health([replayed(2, ReplayStatus.FAILED), replayed(1)], waiting=0).drifted == "step 2, missing-file"
    unready = replayed(2, ReplayStatus.NOT_READY, mode=Mode.SIMULATE)
    assert health([unready, replayed(1)], waiting=0).drifted == "not ready"
    watched = replayed(2, ReplayStatus.FAILED, shadow="L3", watch=True)
    assert health([watched, replayed(1)], waiting=0).drifted == "step 2, missing-file"
    assert health([replayed(3), watched], waiting=0).drifted is None
    assert health([], waiting=0) == Health()


async def test_home_tells_how_playbooks_fare_and_what_waits() -> None:
    core = StandIn(
        versions={1: Stored(playbook=playbook(), status=VersionStatus.ACTIVE)},
        replayed=[replayed(2, ReplayStatus.FAILED), replayed(1)],
        waiting=[repair(1), repair(2)],
    )
    async with driving(core, size=(120, 36)) as driver:
        await driver.until_says("█✗")
        for words in ("drifted: step 2, missing-file", "2 to review", "shadow L3", "1 of the last 2 replays passed"):
            await driver.until_says(words)
        core.waiting, core.replayed = [], [replayed(3)]
        await driver.press("f5")
        await driver.until_says("1 of the last 1 replays passed")
        await driver.until(lambda: "drifted" not in driver.text and "to review" not in driver.text)


async def test_what_a_check_found_is_told_at_home() -> None:
    async with driving(StandIn(versions={1: Stored(playbook=playbook(), status=VersionStatus.ACTIVE)})) as driver:
        await driver.until_says("publish-notes")
        assert isinstance(driver.app.screen, HomeScreen)
        bad = Checked(playbook="publish-notes", version=1, found=Drift.NOT_READY, reason="no disk", passed=False)
        driver.app.screen.note_checked([bad])
        await driver.press("f5")
        await driver.until_says("drifted: no disk")


async def test_typing_filters_both_lists_and_escape_lists_all_again() -> None:
    first = recorded_trace()
    other = msgspec.structs.replace(first, run=msgspec.structs.replace(first.run, run_id="other", name="Deploy site"))
    async with driving(StandIn(traces=[first, other]), size=(80, 24)) as driver:
        await driver.until_says("Deploy site")
        await driver.press("slash", *"DEPL", "space", *"succ")
        await driver.until_says("Recordings · 1 of 2")
        assert "Playbooks · 0 of 1" in driver.text
        assert "No row holds these words." in driver.text
        assert "✓ notes " not in driver.text
        await driver.press("enter")
        await driver.until(lambda: not isinstance(driver.app.screen.focused, Input))
        await driver.press("f5", "slash")
        await driver.until(lambda: isinstance(driver.app.screen.focused, Input))
        assert "Recordings · 1 of 2" in driver.text
        await driver.press("down", "escape")
        await driver.until_says("✓ notes ")
        assert not driver.app.screen.query(Input)
        assert "of 2" not in driver.text


async def test_what_is_opened_before_the_lists_were_read_opens_once_they_are() -> None:
    core = Unread()
    async with driving(core) as driver:
        home = driver.app.screen
        assert home.focused is None
        await driver.press("enter")
        core.may_read.set()
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is home)
        await driver.press("f5")
        await driver.until_says("publish-notes")
        assert driver.app.screen is home


async def test_the_demo_says_how_where_the_terminal_cannot_be_lent() -> None:
    async with driving(StandIn(traces=[], versions={}), size=(80, 24)) as driver:
        await driver.until_says("Press D")
        await driver.press("D")
        await driver.until(lambda: "run replaybook demo in another one" in driver.notices)


def test_what_is_drawn_first_waits_for_nothing_that_it_does_not_need() -> None:
    asked = f"import sys, app.tui; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


@pytest.mark.parametrize("size", [(60, 14), (80, 24), (200, 60)])
async def test_the_beginning_fits(size: tuple[int, int]) -> None:
    async with driving(StandIn(traces=[], versions={}), size=size) as driver:
        await driver.until_says("Press r")
        assert "Press r to begin" in driver.text


@pytest.mark.parametrize(("columns", "known"), [(80, 25), (160, 40)])
async def test_what_must_be_known_has_room_before_the_number_of_steps(columns: int, known: int) -> None:
    core = StandIn(fared={"publish-notes": Health(drifted="step 2, " + "x" * 40)})
    async with driving(core, size=(columns, 24)) as driver:
        await driver.until_says("drifted: step 2")
        listed = driver.text.splitlines()
        head = next(line for line in listed if "to know" in line)
        line = next(line for line in listed if "drifted: step 2" in line)
        assert ("steps" in head) is (columns > 80)
        assert len(line[head.index("to know") :].split("│")[0].rstrip()) >= known
