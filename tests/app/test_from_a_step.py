"""A replay that begins at a step: from its playbook, and where one has stopped."""

from pathlib import Path

from app.tui import Start
from app.widgets.steps import StepList
from replay.outcome import Mode
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn

STRICT = Start(ref="publish-notes", cwd="/tmp", mode=Mode.STRICT)


def marks(driver: Driver) -> str:
    return "".join(row.mark for row in driver.app.screen.query_one("#steps", StepList).rows)


def replayed(core: StandIn) -> list[tuple[object, ...]]:
    return [call for call in core.calls if call[0] == "replay"]


async def test_one_that_ended_begins_at_the_step_under_the_cursor_and_again_at_its_first() -> None:
    core = StandIn()
    async with driving(core, start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("f", "c")
        await driver.until_says("f goes on from there")
        await driver.press("down", "f")
        await driver.until_says("Stands before step 3")
        assert marks(driver) == "--▸·"
        await driver.press("x")
        await driver.until_says("You stopped it")
        await driver.press("R")
        await driver.until_says("Stands before step 1")
        assert marks(driver) == "▸···"
        assert [call[5] for call in replayed(core)] == [None, 3, None]


async def test_one_that_can_not_be_gone_on_with_says_why_and_begins_at_its_first_step() -> None:
    core = StandIn()
    async with driving(core, start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("f goes on from there")
        core.refusal = "/tmp has changed since; replay from the start"
        await driver.press("f")
        await driver.until(lambda: "has changed since" in driver.lines("proposal"))
        assert "✗ can't begin" in driver.text
        core.refusal = ""
        await driver.press("R")
        await driver.until_says("Stands before step 1")


async def test_a_playbook_is_replayed_from_the_step_under_the_cursor() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("./build.sh")
        await driver.press("down", "f")
        await driver.until_says("Replay publish-notes@1 from step 2")
        await driver.press("tab", "ctrl+u", *"never", "ctrl+s")
        await driver.until_says("how: it is simulate, strict, guided or shadow")
        await driver.press("ctrl+u", *"strict", "enter")
        await driver.until_says("Stands before step 2")
        assert marks(driver) == "-▸··"
        assert [call[2:7] for call in replayed(core)] == [(Mode.STRICT, str(Path.cwd()), {}, 2, False)]
