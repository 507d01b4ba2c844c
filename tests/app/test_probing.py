"""What the rules that a person wrote make of something, asked by key on Doctor."""

from pathlib import Path

import pytest

from app.screens.doctor import DoctorScreen
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn


async def opened(driver: Driver) -> None:
    await driver.press("m")
    await driver.until_says("✗ shadow")


async def closed(driver: Driver) -> None:
    await driver.press("escape")
    await driver.until(lambda: isinstance(driver.app.screen, DoctorScreen))


async def test_a_path_is_held_against_the_rules_of_what_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    core = StandIn()
    async with driving(core, size=(80, 24)) as driver:
        await opened(driver)
        await driver.press("I", *"a.o", "down", *"x", "ctrl+s")
        await driver.until_says("there is no such directory")
        await driver.press("backspace", "ctrl+s")
        await driver.until_says("· a.o is ignored: [b]*.o[/b] (built in)")
        await closed(driver)
        await driver.press("I", *"a.c", "ctrl+s")
        await driver.until_says("✓ a.c is not ignored: no rule")
        assert core.calls == [("ignore_verdict", name, str(tmp_path)) for name in ("a.o", "a.c")]
        await closed(driver)
        await driver.press("I", "ctrl+s")
        await driver.until_says("The last one that matches wins.")
        assert "/h" in driver.text
