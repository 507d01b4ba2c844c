"""A search of all recordings goes on when its screen is left, and is there as it was when one comes back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Event

from textual.widgets import Input

from app.found import Found, FoundIn
from app.screens.home import HomeScreen
from app.screens.search import SearchScreen
from app.widgets.shelf import Shelf
from app.workers.jobs import JobState
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn


class Slow(StandIn):
    """Has told what it found, and goes on until it may end."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = Event()

    def search(
        self,
        text: str,
        run: str | None = None,
        *,
        told: Callable[[FoundIn], object] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> Found:
        found = super().search(text, run, told=told)
        progress("1 of 2 recordings read anew")
        while run is None and not stopped() and not self.may_end.wait(0.01):
            pass
        return found


@asynccontextmanager
async def slow() -> AsyncIterator[tuple[Slow, Driver]]:
    core = Slow()
    async with driving(core, size=(120, 30)) as driver:
        try:
            yield core, driver
        finally:
            core.may_end.set()


async def asked(driver: Driver, text: str) -> None:
    await driver.until_says("publish-notes")
    await driver.press("ctrl+f", *text, "enter")
    await driver.until(lambda: "output of step 1" in driver.text)


async def left(driver: Driver) -> None:
    await driver.press("escape")
    await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))


async def test_it_goes_on_and_is_told_of_wherever_one_is() -> None:
    async with slow() as (core, driver):
        await asked(driver, "output of")
        await left(driver)
        await driver.until_says("… searching for output of")
        core.may_end.set()
        await driver.until(lambda: "✓ output of:" in driver.notices)
        await driver.press("ctrl+f")
        await driver.until_says("lines in")
        assert "output of step 1" in driver.text


async def test_the_list_of_what_goes_on_goes_there() -> None:
    async with slow() as (_, driver):
        await asked(driver, "output of")
        await left(driver)
        await driver.press("J")
        await driver.until_says("1 not ended")
        await driver.press("enter")
        await driver.until_says("output of step 1")
        assert isinstance(driver.app.screen, SearchScreen)
        assert "searching …" in driver.text
        assert "1 of 2 recordings read" in driver.text


async def test_who_comes_back_finds_words_rows_and_place_as_they_were() -> None:
    async with driving(StandIn(), size=(120, 30)) as driver:
        await asked(driver, "output of")
        await driver.until_says("lines in")
        await driver.press("down", "down")
        shelf = driver.app.screen.query_one(Shelf)
        key, before = shelf.key, driver.text
        assert key != shelf.keys[0]
        await left(driver)
        await driver.press("ctrl+f")
        await driver.until_says("lines in")
        shelf = driver.app.screen.query_one(Shelf)
        assert shelf.key == key
        assert driver.text.splitlines()[:20] == before.splitlines()[:20]
        assert driver.app.screen.query_one(Input).value == "output of"
        await driver.press("down", "enter")
        await driver.until_says("output of: 3 of")


async def test_another_text_takes_its_place_without_a_word() -> None:
    async with slow() as (core, driver):
        await asked(driver, "output of")
        await left(driver)
        before = driver.app.library_search
        await driver.press("ctrl+f", *"build", "enter")
        await driver.until(lambda: before is not None and before.state is JobState.STOPPED)
        core.may_end.set()
        await driver.until_says("1 line in")
        assert "output of" not in driver.text
        assert "output of" not in driver.notices
        assert driver.app.jobs.all == (driver.app.library_search,)


async def test_what_is_typed_meanwhile_is_not_left_for_what_was_found() -> None:
    async with slow() as (core, driver):
        await asked(driver, "output of")
        await driver.press(*" step")
        core.may_end.set()
        await driver.until_says("lines in")
        assert driver.app.screen.query_one(Input).has_focus
        assert driver.app.screen.query_one(Input).value == "output of step"


async def test_where_nothing_is_found_the_next_text_is_typed_over_it() -> None:
    async with driving(StandIn(), size=(120, 30)) as driver:
        await driver.until_says("publish-notes")
        await driver.press("ctrl+f", *"zzz", "enter")
        await driver.until_says("Nothing was found")
        await driver.press(*"build", "enter")
        await driver.until_says("1 line in")
        assert driver.app.screen.query_one(Input).value == "build"


async def test_it_is_stopped_by_the_key_that_stops_what_goes_on() -> None:
    async with slow() as (_, driver):
        await asked(driver, "output of")
        await left(driver)
        await driver.press("ctrl+x")
        await driver.until(lambda: "searching for output of was stopped" in driver.notices)
        await driver.press("ctrl+f")
        await driver.until_says("· stopped")
        assert isinstance(driver.app.screen, SearchScreen)
        assert "output of step 1" in driver.text


async def test_the_key_that_stops_it_does_so_on_its_own_screen_too() -> None:
    async with slow() as (_, driver):
        await asked(driver, "output of")
        assert driver.app.screen.query_one(Input).has_focus
        await driver.press("ctrl+x")
        await driver.until_says("· stopped")
        assert driver.app.screen.query_one(Input).value == "output of"
        await driver.press(*"build", "enter")
        await driver.until_says("build.sh")
        await driver.press("escape", "ctrl+f", "ctrl+x")
        await driver.until_says("· stopped")
        assert driver.app.screen.query_one(Input).value == "build"
