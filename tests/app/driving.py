"""Drives the app in tests: an app over a stand-in, a clock that the test moves, waiting for what must become true.

Off a terminal, Textual draws each change as well, and throws it away. Here a screen is drawn, and the parts of its
widgets are styled, when a test looks at it: what reaches a real terminal is the matter of the tests that open one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual._wait import wait_for_idle
from textual.app import ScreenStackError
from textual.css.model import RuleSet
from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.widget import Widget

from app.ports import Core
from app.tui import ReplaybookApp, Start
from app.widgets.lines import Lines
from tests.app.pressed import Noting
from tests.app.stand_in import THEN

PATIENCE_S = 60.0
"""Nothing here takes long; a machine under load may."""
LOOKS_EVERY = 5
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
        await all_done()
        await self.pilot.press(*keys)

    async def press_later(self, *keys: str) -> None:
        """After the dead time of whatever has appeared."""
        await all_done()
        self.clock.now += AFTER_DEAD_TIME
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], object]) -> None:
        give_up, turns = time.monotonic() + PATIENCE_S, 0
        while not condition():
            assert time.monotonic() < give_up, f"never came true; the screen says:\n{self.text}"
            turns += 1
            if turns % LOOKS_EVERY == 0:
                # What can be decided on only once it was seen waits for that.
                assert self.text is not None
            await self.pilot.pause(0.01)
        await self._settle()

    async def _settle(self) -> None:
        """Let all be done that can be done now: what is there may have to be mounted yet, and to take the focus."""
        await all_done()
        # Its last screen may be gone with the app.
        with suppress(ScreenStackError):
            self.app.screen._on_timer_update()
            await all_done()

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


async def all_done() -> None:
    """Until nothing in this loop can go on but by a timer, a thread or another process."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined] # of asyncio's own loops
    while ready:  # noqa: ASYNC110 - nobody tells when the loop has come to its end
        await asyncio.sleep(0)


async def _idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """In place of `wait_for_idle`, which takes an app that others keep from the processor for an idle one."""
    await wait_for_idle(min_sleep, max_sleep)
    await all_done()


@contextmanager
def under_load() -> Iterator[None]:
    """A pilot waits for what its keys bring about, however little of the machine it gets."""
    with patch("textual.app.wait_for_idle", _idle), patch("textual.pilot.wait_for_idle", _idle):
        yield


_draw, _parse = Compositor.render_update, Stylesheet._parse_rules
_style_parts, _styles_of_part = Stylesheet._process_component_classes, DOMNode.get_component_styles
_parsed: dict[Any, list[RuleSet]] = {}
"""Rules by the text that they were parsed from, its place, and the colours that were put into it."""


def _draw_none(compositor: Compositor, *, full: bool = False, screen_stack: Any = None, **named: bool) -> Any:
    """In place of `Compositor.render_update`: what waits to be drawn is taken for drawn; whole pictures are drawn."""
    if full:
        return _draw(compositor, full=full, screen_stack=screen_stack, **named)
    visible_screen_stack.set([] if screen_stack is None else screen_stack)
    compositor._dirty_regions.clear()
    return None


def _parse_once(stylesheet: Stylesheet, *wanted: Any, **named: Any) -> list[RuleSet]:
    """In place of `Stylesheet._parse_rules`: each app of a process parses the same."""
    key = (wanted, *named.items(), *stylesheet._variables.items())
    if key not in _parsed:
        _parsed[key] = _parse(stylesheet, *wanted, **named)
    return _parsed[key]


def _style_parts_later(_: Stylesheet, node: DOMNode) -> None:
    """In place of `Stylesheet._process_component_classes`: a widget's parts are styled once somebody looks at them."""
    if node._get_component_classes():
        node._component_styles.clear()
        node.refresh()


def _styled_part(node: DOMNode, *names: str) -> RenderStyles:
    """In place of `DOMNode.get_component_styles`: parts that wait to be styled are styled now."""
    if not node._component_styles and isinstance(node, Widget) and node.is_attached:
        _style_parts(node.app.stylesheet, node)
    return _styles_of_part(node, *names)


@contextmanager
def _unseen(draws: Any) -> Iterator[None]:
    """An app that runs off any terminal does without what only costs time there."""
    with (
        patch.object(Compositor, "render_update", draws),
        patch.object(Stylesheet, "_parse_rules", _parse_once),
        patch.object(Stylesheet, "_process_component_classes", _style_parts_later),
        patch.object(DOMNode, "get_component_styles", _styled_part),
    ):
        yield


@asynccontextmanager
async def driving(
    core: Core, *, size: tuple[int, int] = (100, 30), start: Start | None = None, drawn: bool = False
) -> AsyncIterator[Driver]:
    """Run the app off any terminal.

    Args:
        core: What it stands on.
        size: In cells.
        start: Where it begins.
        drawn: Whether each change is drawn, as on a terminal.
    """
    clock = Clock()
    app = Noting(core, start=start, clock=clock, now=lambda: THEN + timedelta(hours=3), pressed=lambda _: clock.now)
    with under_load(), _unseen(_draw if drawn else _draw_none):
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield Driver(app, pilot, clock)
