"""A timer rings though the process was kept from the processor as it began, and with it what was to come of it."""

from itertools import chain, repeat
from time import monotonic
from types import SimpleNamespace

import pytest

from tests.app.driving import driving
from tests.app.stand_in import StandIn


def held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the next looks of a timer at the clock is a tenth of a second behind the one before."""
    late = chain((number / 10 for number in range(300)), repeat(30))
    monkeypatch.setattr("textual.timer._time", SimpleNamespace(get_time=lambda: monotonic() + next(late)))


async def test_a_window_takes_its_new_size(monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(StandIn(), size=(100, 30)) as driver:
        await driver.until_says("publish-notes")
        held_up(monkeypatch)
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: len(driver.text.splitlines()[0]) == 80)


async def test_a_screen_does_what_it_was_to_do_later(monkeypatch: pytest.MonkeyPatch) -> None:
    rang: list[bool] = []
    async with driving(StandIn()) as driver:
        await driver.until_says("publish-notes")
        held_up(monkeypatch)
        driver.app.screen.set_timer(0.05, lambda: rang.append(True))
        await driver.until(lambda: rang)
    assert rang == [True]
