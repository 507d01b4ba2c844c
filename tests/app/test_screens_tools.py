"""Tools: what carries out tool steps, and servers that are asked only when somebody says so."""

from pathlib import Path

import pytest

from app.screens.tools import ToolsScreen
from app.widgets.shelf import Shelf
from capture.home import Home
from tests.app.driving import driving
from tests.app.stand_in import StandIn


async def test_tools_are_listed_asked_for_and_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "true")
    core = StandIn(home=Home(tmp_path))
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("m")
        await driver.until_says("install bubblewrap")
        await driver.press("t")
        await driver.until_says("not asked")
        assert isinstance(driver.app.screen, ToolsScreen)
        assert not any(call[0] == "probe_tools" for call in core.calls)
        await driver.press("p")
        await driver.until(lambda: ("probe_tools", "forge/*") in core.calls)
        await driver.until(lambda: "may delete or overwrite  Opens a pull request." in driver.lines("about"))
        await driver.press("down")
        await driver.until(lambda: "✗ no answer within 30 s" in driver.lines("about"))
        assert "! not set here: NOTES_KEY" in driver.lines("about")
        await driver.press("P")
        await driver.until(lambda: ("probe_tools",) in core.calls)
        await driver.press("end")
        await driver.until(lambda: "file/write" in driver.lines("about"))
        # Operations on files are no server's: there is nobody to ask.
        await driver.press("p")
        await driver.press("e")
        await driver.until(lambda: "replaybook tools --edit" in driver.notices)
        asked = [call[1:] for call in core.calls if call[0] == "probe_tools"]
        assert asked == [("forge/*",), ()]
        assert driver.app.screen.query_one(Shelf).key == "file/*"
