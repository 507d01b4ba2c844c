"""Find: from a task to the playbook that was made for it, and whether it is ready here."""

from app.screens.playbook import PlaybookScreen
from app.screens.replay import ReplayScreen
from app.screens.seeking import SeekScreen
from replay.outcome import Mode
from tests.app.driving import driving
from tests.app.stand_in import StandIn


async def test_a_task_leads_to_its_playbook_and_what_is_dispatched_to_a_replay() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("f")
        await driver.until_says("Say what is to be done, and press enter.")
        await driver.press(*"nothing like it", "enter")
        await driver.until_says("No playbook was made for that")
        screen = driver.app.screen
        assert isinstance(screen, SeekScreen)
        await driver.press(*["backspace"] * 15, *"publish", "enter")
        await driver.until_says("2 of 3")
        await driver.press("d")
        await driver.until(lambda: "unbound: publish-notes@1 fits" in driver.lines("answer"))
        # Nothing was named, so nothing can be replayed.
        await driver.press("t", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        await driver.press("escape", "slash", "end", *" project=/w", "enter")
        await driver.until(lambda: ("find", "publish project=/w", 10) in core.calls)
        await driver.until(lambda: "unbound" not in driver.lines("answer"))
        await driver.press("d")
        await driver.until(lambda: "✓ replay publish-notes@1" in driver.lines("answer"))
        assert "project = /w  from the task" in driver.lines("answer")
        await driver.press("t")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayScreen))
        await driver.until_says("Stands before step 1")
        assert Mode.STRICT in driver.text
