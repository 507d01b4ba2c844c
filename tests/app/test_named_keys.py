"""A sentence that names a key names the person's own."""

from app.keymap import BUILT_IN, Keys
from app.screens.dialogs import AskText
from app.tui import Start
from app.workers.jobs import JobState
from replay.outcome import Mode
from tests.app.driving import Driver, driving
from tests.app.scenes import ListedJob
from tests.app.stand_in import StandIn

OWN = """[keys]
record = "Q"
guided = "Z"
inbox = "O"
help = "f9"
command-palette = "ctrl+y"
stop-errand = "f6"
jobs = "f7"
next = "N"
"""


async def taken(driver: Driver) -> None:
    """The settings are in force, and what is shown is shown anew."""
    await driver.until(lambda: driver.app.keys.first("record") == "Q")
    await driver.press("f5")


def test_a_sentence_names_actions_and_no_other_braces() -> None:
    own = Keys({"promote": "Q,f4"})
    assert own.told("{validate} first; {promote} makes it so {}") == "v first; Q makes it so {}"
    assert BUILT_IN.told("{promote}") == "P"


async def test_a_first_start_names_ones_own_keys() -> None:
    async with driving(StandIn(traces=[], versions={}, toml=OWN)) as driver:
        await taken(driver)
        await driver.until_says("Press Q  record")
        for said in ("Press Z  replay", "Press f9  help", "ctrl+y finds any", "Press Q to begin"):
            assert said in driver.text


async def test_what_goes_on_is_stopped_by_ones_own_key() -> None:
    async with driving(StandIn(toml=OWN), size=(120, 30)) as driver:
        await taken(driver)
        driver.app.jobs.add(ListedJob("validating publish-notes", "", JobState.GOING_ON, 1.0))
        driver.app.show_going_on()
        await driver.until_says("f6 stops it")
        driver.app.jobs.add(ListedJob("replaying publish-notes", "", JobState.WAITING, 1.0))
        driver.app.show_going_on()
        await driver.until_says("f7 lists them")
        driver.app.open_playbook("publish-notes")
        await driver.until_says("$ git log")
        await driver.press("N")
        await driver.until_says("f6 stops it.")
        assert isinstance(driver.app.screen, AskText)


async def test_a_replay_that_stands_names_ones_own_keys() -> None:
    own = Start(ref="publish-notes", cwd="/tmp", mode=Mode.GUIDED)
    async with driving(StandIn(toml=OWN), start=own) as driver:
        await driver.until(lambda: driver.app.keys.first("next") == "N")
        await driver.until_says("Stands before step 1")
        await driver.press("N")
        await driver.until_says("Stands before step 2. N runs it")
