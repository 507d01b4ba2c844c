"""A screen leaves for the one before, whenever it is told to, and takes no other one with it."""

from textual.events import Key

from app.screens.home import HomeScreen
from app.screens.search import SearchScreen
from app.screens.trace import TraceScreen
from app.workers.facts import RunRemoved
from tests.app.driving import AFTER_DEAD_TIME, driving
from tests.app.stand_in import StandIn


async def test_what_was_deleted_is_left_when_the_dialog_over_it_is_closed() -> None:
    async with driving(StandIn()) as driver:
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        trace = driver.app.screen
        await driver.press("question_mark")
        await driver.until(lambda: driver.app.screen is not trace)
        trace.post_message(RunRemoved())
        await driver.pilot.pause()
        assert driver.app.screen is not trace
        assert isinstance(driver.app.screen_stack[-2], TraceScreen)
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))


async def test_another_screen_over_it_stays() -> None:
    async with driving(StandIn()) as driver:
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        trace = driver.app.screen
        driver.app.open_search()
        await driver.until(lambda: isinstance(driver.app.screen, SearchScreen))
        assert isinstance(trace, TraceScreen)
        trace.leave_it()
        await driver.pilot.pause()
        assert isinstance(driver.app.screen, SearchScreen)


async def test_who_is_told_twice_leaves_once() -> None:
    async with driving(StandIn()) as driver:
        home = driver.app.screen
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        trace = driver.app.screen
        assert isinstance(trace, TraceScreen)
        for _ in range(3):
            trace.leave_it()
        await driver.until(lambda: driver.app.screen is home)


async def test_a_key_behind_the_one_that_closed_a_dialog_takes_no_screen_away() -> None:
    async with driving(StandIn()) as driver:
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        trace = driver.app.screen
        await driver.press("d")
        await driver.until_says("Delete the recording")
        driver.clock.now += AFTER_DEAD_TIME
        question = driver.app.screen
        for key in "nnnn":
            question.post_message(Key(key, key))
        await driver.until(lambda: driver.app.screen is not question)
        await driver.pilot.pause()
        assert driver.app.screen is trace
