"""What is pasted into a line is one line of bounded length, and what is left out is told."""

import pytest
from textual.events import Key, Paste
from textual.widgets import Input

from app.widgets.one_line import MOST
from tests.app.driving import driving
from tests.app.stand_in import StandIn

HUGE = "notes and more\n" * 200_000


@pytest.mark.parametrize("keys", [("slash",), ("ctrl+f",), ("i", "slash"), ("comma", "slash")])
async def test_a_huge_paste_gives_its_first_line(keys: tuple[str, ...]) -> None:
    async with driving(StandIn()) as driver:
        await driver.until_says("publish-notes")
        await driver.press(*keys)
        await driver.until(lambda: isinstance(driver.app.screen.focused, Input))
        line = driver.app.screen.focused
        assert isinstance(line, Input)
        line.post_message(Paste(HUGE))
        await driver.until(lambda: line.value == "notes and more")
        await driver.until(lambda: f"{len(HUGE) - 1 - len(line.value):,} are left out" in driver.notices)
        line.post_message(Paste("x" * 3_000_000))
        await driver.until(lambda: len(line.value) == MOST)
        assert line.value.startswith("notes and morexx")


async def test_a_short_paste_goes_where_the_cursor_is_and_over_what_is_selected() -> None:
    async with driving(StandIn()) as driver:
        await driver.until_says("publish-notes")
        await driver.press("ctrl+f", *"ad", "left")
        line = driver.app.screen.query_one(Input)
        line.post_message(Paste("bc\n"))
        await driver.until(lambda: line.value == "abcd")
        await driver.press("X")
        assert line.value == "abcXd"
        line.select_all()
        line.post_message(Paste("new"))
        await driver.until(lambda: line.value == "new")
        assert not driver.notices.strip()


async def test_a_key_that_edits_the_line_is_not_overtaken_by_the_letters_behind_it() -> None:
    """As when somebody types on while the process is held up."""
    async with driving(StandIn()) as driver:
        await driver.until_says("publish-notes")
        await driver.press("ctrl+f", *"old")
        line = driver.app.screen.query_one(Input)
        for key in ("ctrl+u", "n", "e", "x", "backspace", "w", "home", "A"):
            driver.app.post_message(Key(key, key if len(key) == 1 else None))
        await driver.until(lambda: line.value == "Anew")
