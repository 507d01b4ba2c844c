"""Drives the app in tests: an app over a stand-in, a clock that the test moves, waiting for what must become true."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from textual.pilot import Pilot

from app.ports import Core
from app.tui import ReplaybookApp, Start
from app.widgets.lines import Lines
from tests.app.pressed import Noting
from tests.app.stand_in import THEN

PATIENCE = 1_000
AFTER_DEAD_TIME = 0.5


class Clock:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Driver:
    """A running app with its clock and its core."""

    def __init__(self, app: ReplaybookApp, pilot: Pilot[None], clock: Clock) -> None:
        self.app, self.pilot, self.clock = app, pilot, clock

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def press_later(self, *keys: str) -> None:
        """After the dead time of whatever has appeared."""
        self.clock.now += AFTER_DEAD_TIME
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], object]) -> None:
        for _ in range(PATIENCE):
            if condition():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"never came true; the screen says:\n{self.text}")

    async def until_says(self, words: str) -> None:
        await self.until(lambda: words in self.text)

    @property
    def text(self) -> str:
        """What is on the screen, as characters."""
        rows = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in row) for row in rows)

    @property
    def notices(self) -> str:
        return "\n".join(note.message for note in self.app._notifications)

    def lines(self, name: str) -> str:
        return "".join(found.text for found in self.app.screen.query(f"#{name}").results(Lines))


@asynccontextmanager
async def driving(
    core: Core, *, size: tuple[int, int] = (100, 30), start: Start | None = None
) -> AsyncIterator[Driver]:
    clock = Clock()
    app = Noting(core, start=start, clock=clock, now=lambda: THEN + timedelta(hours=3), pressed=lambda _: clock.now)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Driver(app, pilot, clock)
