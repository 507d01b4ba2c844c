"""What no other test does by its key: each is pressed once, and something comes of it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app.screens.choosing import Choose, Form
from app.screens.dialogs import Confirm
from app.screens.inbox import InboxScreen
from app.screens.ledger import LedgerScreen
from app.screens.playbook import PlaybookScreen
from app.screens.record import RecordScreen
from app.screens.replay import ReplayScreen
from app.tui import Start
from app.widgets.terminal_pane import LEAVE
from replay.outcome import Mode
from replay.playbook import PlaybookStep, VersionStatus
from replay.repairs.proposal import RepairStatus
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, Stored, playbook, repair
from tests.app.test_screens_history import past, to_history

GUIDED = Start(ref="publish-notes", cwd="/tmp")
STRICT = Start(ref="publish-notes", cwd="/tmp", mode=Mode.STRICT)


def shown(driver: Driver, kind: type) -> bool:
    return isinstance(driver.app.screen, kind)


def counted(core: StandIn, name: str) -> list[str]:
    """Grows with each call of a method of the core."""
    calls: list[str] = []
    method: Callable[..., Any] = getattr(core, name)

    def counting(*values: object, **more: object) -> object:
        calls.append(name)
        return method(*values, **more)

    setattr(core, name, counting)
    return calls


@pytest.mark.parametrize(
    ("opener", "asks"),
    [
        ("open_audit", "audit"),
        ("open_check", "check"),
        ("open_doctor", "doctor"),
        ("open_inbox", "repairs"),
        ("open_sources", "sources"),
        ("open_tools", "tools"),
    ],
)
async def test_what_is_listed_is_read_again(opener: str, asks: str) -> None:
    core = StandIn(waiting=[repair(1)])
    calls = counted(core, asks)
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        before = len(calls)
        getattr(driver.app, opener)()
        await driver.until(lambda: len(calls) > before)
        # While a check goes on, no other is begun.
        await driver.until(lambda: not driver.app.jobs.going_on)
        read = len(calls)
        await driver.press("f5")
        await driver.until(lambda: len(calls) > read)


async def test_the_history_is_read_again_summed_up_and_reported() -> None:
    core = past()
    calls = counted(core, "replays")
    async with driving(core) as driver:
        await to_history(driver)
        read = len(calls)
        await driver.press("f5")
        await driver.until(lambda: len(calls) > read)
        await driver.press("l")
        await driver.until(lambda: shown(driver, LedgerScreen))
        await driver.press("escape", "W")
        await driver.until(lambda: shown(driver, Choose))
        await driver.press("escape", "equals_sign")
        await driver.until_says("≠ different")
        await driver.press("W")
        await driver.until(lambda: shown(driver, Choose))


async def test_the_policy_is_edited_from_what_was_found_of_the_machine() -> None:
    core = StandIn()
    calls = counted(core, "policy_file")
    async with driving(core) as driver:
        await driver.press("m")
        await driver.until_says("shadow")
        await driver.press("p")
        await driver.until(lambda: calls)


async def test_enter_in_the_inbox_reads_the_proposal_and_its_version_is_promoted() -> None:
    made = repair(1, status=RepairStatus.APPROVED, created_version=2)
    async with driving(StandIn(waiting=[made])) as driver:
        await driver.press("i")
        await driver.until_says("publish-notes")
        screen = driver.app.screen
        assert isinstance(screen, InboxScreen)
        screen.set_focus(None)
        await driver.press("enter")
        assert screen.proposal.has_focus
        await driver.press("P")
        await driver.until(lambda: shown(driver, Confirm))


async def test_the_next_proposal_is_looked_at() -> None:
    async with driving(StandIn(), start=GUIDED) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("1 of 2")
        await driver.press("o")
        await driver.until_says("2 of 2")


async def test_a_guided_replay_begins_from_its_playbook() -> None:
    async with driving(StandIn()) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until(lambda: shown(driver, PlaybookScreen))
        await driver.until_says("./build.sh")
        await driver.press("g")
        await driver.until_says("Replay publish-notes@1, guided")
        await driver.press("enter")
        await driver.until(lambda: shown(driver, ReplayScreen))


async def test_the_shell_pane_is_come_back_to() -> None:
    async with driving(StandIn()) as driver:
        await driver.press("r")
        await driver.until_says("● recording")
        screen = driver.app.screen
        assert isinstance(screen, RecordScreen)
        await driver.press(LEAVE)
        await driver.until(lambda: not screen.pane.has_focus)
        await driver.press(LEAVE)
        await driver.until(lambda: screen.pane.has_focus)


async def test_a_replay_that_ended_is_compared_and_reported() -> None:
    core = StandIn()
    async with driving(core, start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        await driver.press("c")
        await driver.until_says("✗ failed")
        assert screen.ended is not None
        await driver.press("W")
        await driver.until(lambda: shown(driver, Choose))
        await driver.press("escape")
        screen._ended = msgspec.structs.replace(screen.ended, run_id=core.traces[0].run.run_id)
        await driver.press("equals_sign")
        await driver.until(lambda: any(call[0] == "recording_of" for call in core.calls))


async def test_values_are_edited_and_a_list_is_stepped_into() -> None:
    listed = msgspec.structs.replace(playbook(), steps=(PlaybookStep(run="true && false"), *playbook().steps[1:]))
    core = StandIn(versions={1: Stored(playbook=listed, status=VersionStatus.DRAFT)})
    async with driving(core, start=GUIDED) as driver:
        await driver.until_says("Stands before step 1")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        await driver.press("e")
        await driver.until(lambda: shown(driver, Form))
        await driver.press("escape")
        stood = screen.stands
        await driver.press("i")
        await driver.until(lambda: screen.stands is not stood)
