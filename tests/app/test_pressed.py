from pathlib import Path

import msgspec

from app.actions import ACTIONS, Area
from tests.app.driving import driving
from tests.app.pressed import PRESSED, unpressed
from tests.app.stand_in import StandIn
from tests.keys import APP, Coverage

EVERYTHING = {(str(area), action.id) for action in ACTIONS for area in action.areas}


def whole(pressed: set[tuple[str, str]]) -> Coverage:
    coverage = Coverage(picked=False)
    coverage.take({"pressed": pressed, "collected": [str(path) for path in APP.glob("test_*.py")]})
    return coverage


async def test_what_a_key_does_is_noted_and_what_is_called_is_not() -> None:
    PRESSED.discard(("Home", "doctor"))
    async with driving(StandIn()) as driver:
        await driver.until_says("publish-notes")
        await driver.app.run_action("doctor", driver.app.screen)
        await driver.until(lambda: driver.app.screen.AREA is Area.DOCTOR)  # type: ignore[attr-defined] # a screen of ours
        assert ("Home", "doctor") not in PRESSED
        await driver.press("escape", "m")
        assert ("Home", "doctor") in PRESSED


def test_an_action_that_no_test_presses_fails_a_whole_run() -> None:
    more = (*ACTIONS, msgspec.structs.replace(ACTIONS[0], id="brand-new", areas=(Area.HOME,)))
    assert unpressed(EVERYTHING, more) == {("Home", "brand-new")}
    assert whole(EVERYTHING).missing() == []
    assert whole(EVERYTHING - {("Home", "open")}).missing() == [("Home", "open")]


def test_a_run_of_some_tests_says_nothing_of_the_others() -> None:
    some = Coverage(picked=False)
    some.take({"pressed": [], "collected": [str(Path(__file__))]})
    assert some.missing() == []
