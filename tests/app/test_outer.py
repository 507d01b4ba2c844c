"""The app on a terminal, not a pilot's: what it was sent, cell by cell, is what the compositor would have drawn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.pilot import Pilot

from app import tui
from app.cellwise import Cell, cells
from app.emulator import Pen
from app.ghostty import Ghostty
from app.outer import pen_of
from app.screens.record import RecordScreen
from app.tui import ReplaybookApp
from capture.wire import Output
from tests.app.stand_in import StandIn, told_steps
from tests.seat import PATIENCE_S

SIZE = (100, 30)
LEAVE = "ctrl+right_square_bracket"


class TerminalDriver(HeadlessDriver):
    """Writes to an emulator."""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        app = self._app
        assert isinstance(app, ShownApp)
        app.sent += data
        app.terminal.feed(data.encode())


class ShownApp(ReplaybookApp):
    CSS_PATH = str(Path(tui.__file__).parent / "replaybook.tcss")

    def __init__(self, core: StandIn) -> None:
        super().__init__(core)
        self.driver_class = TerminalDriver
        self.terminal = Ghostty(*SIZE)
        self.sent = ""


@pytest.fixture(autouse=True)
def a_terminal_with_all_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@asynccontextmanager
async def shown(core: StandIn) -> AsyncIterator[tuple[ShownApp, Pilot[None]]]:
    app = ShownApp(core)
    running = asyncio.create_task(app.run_async(size=SIZE))
    pilot = Pilot[None](app)
    try:
        await until(pilot, lambda: app.is_running and app.screen.is_mounted)
        # A pilot that waits may draw, in the test's own task.
        with app._context():
            yield app, pilot
    finally:
        app.exit()
        await running


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    give_up = monotonic() + PATIENCE_S
    while not condition():
        assert monotonic() < give_up, f"it never came to that; the terminal shows\n{picture(pilot.app)}"
        await asyncio.sleep(0.01)


def picture(app: object) -> str:
    assert isinstance(app, ShownApp)
    app.terminal.refresh()
    return "\n".join("".join(text for text, _ in app.terminal.line(row)) for row in range(SIZE[1]))


def looks(pen: Pen) -> Pen:
    """A colour of the palette counts by its number, and what leads somewhere looks as if it did not."""
    return pen._replace(
        link=None,
        foreground=None if pen.foreground_index is not None else pen.foreground,
        background=None if pen.background_index is not None else pen.background,
    )


def on_the_terminal(app: ShownApp) -> list[list[Cell]]:
    app.terminal.refresh()
    return [
        [(text, looks(pen)) for text, pen in cells(app.terminal.line(row), app.size.width)]
        for row in range(app.size.height)
    ]


def wanted(app: ShownApp) -> list[list[Cell]]:
    """What Textual would draw if it drew all of it now."""
    return [
        [(text, looks(pen)) for text, pen in cells([(part.text, pen_of(part.style)) for part in strip])]
        for strip in app.screen._compositor.render_strips()
    ]


async def same(app: ShownApp, pilot: Pilot[None]) -> None:
    """Both agree, once nothing more is about to be drawn."""
    await pilot.pause()
    try:
        await until(pilot, lambda: on_the_terminal(app) == wanted(app))
    except AssertionError:
        for row, (there, here) in enumerate(zip(on_the_terminal(app), wanted(app), strict=True)):
            assert (row, there) == (row, here)
        raise


async def test_the_terminal_shows_what_the_compositor_says_through_all_screens() -> None:
    async with shown(StandIn()) as (app, pilot):
        await same(app, pilot)
        for keys in ("question_mark", "escape", "a", "escape", "T", "T", "T", "ctrl+p", "escape"):
            await pilot.press(keys)
            await same(app, pilot)


async def test_the_shell_pane_goes_past_the_compositor_and_shows_the_same() -> None:
    core = StandIn()
    async with shown(core) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen) and "● recording" in picture(app))
        session = core.session
        for text in (
            "$ ",
            "ls\r\n\x1b[1;34mfolder\x1b[0m  \x1b[38;2;1;2;3mfile\x1b[m 漢字 e\u0301\r\n$ ",
            "".join(f"line {number}\r\n" for number in range(80)),
            "\x1b[?1049h\x1b[2J\x1b[5;5H\x1b[7mfull screen\x1b[m",
            "\x1b[?1049l\x1b[3A\x1b[Kchanged",
        ):
            session.tell(Output(data=text.encode()))
            await same(app, pilot)
        session.tell(*told_steps())
        await same(app, pilot)
        for keys in (
            LEAVE,
            "z",
            LEAVE,
            "z",
            LEAVE,
            "greater_than_sign",
            "f2",
            "escape",
            "left_square_bracket",
            "v",
            "k",
        ):
            await pilot.press(keys)
            session.tell(Output(data=b"more\r\n"))
            await same(app, pilot)


async def test_a_key_costs_a_character_and_a_row_that_scrolls_a_few() -> None:
    core = StandIn()
    async with shown(core) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen) and "● recording" in picture(app))
        await pilot.press(LEAVE, "z")
        core.session.tell(Output(data=b"line\r\n" * 40 + b"$ "))
        await same(app, pilot)
        # What is said of how to get back lies over the pane.
        app.clear_notifications()
        await same(app, pilot)
        app.sent = ""
        core.session.tell(Output(data=b"x"))
        await until(pilot, lambda: app.sent)
        assert app.sent == "x"
        app.sent = ""
        core.session.tell(Output(data=b"\r\nnext"))
        await until(pilot, lambda: "next" in picture(app))
        assert len(app.sent) < 50


async def test_the_cursor_is_the_terminals_own_while_the_shell_has_the_keys() -> None:
    core = StandIn()
    async with shown(core) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen) and "● recording" in picture(app))
        core.session.tell(Output(data=b"$ ab\x1b[D"))
        await until(pilot, lambda: "$ ab" in picture(app))
        assert app.terminal.cursor == (4, 2, True)
        await pilot.press("f2")
        await until(pilot, lambda: "bookmark" in picture(app))
        assert not app.terminal.cursor.visible
        await pilot.press("escape")
        await until(pilot, lambda: app.terminal.refresh() is not None and app.terminal.cursor == (4, 2, True))


async def test_another_size_draws_all_anew() -> None:
    async with shown(StandIn()) as (app, pilot):
        await same(app, pilot)
        app.terminal.resize(90, 28)
        size = Size(90, 28)
        app.post_message(events.Resize(size, size))
        await until(pilot, lambda: app.size == size)
        await same(app, pilot)
