"""The app on a terminal, not a pilot's: what it was sent, cell by cell, is what the compositor would have drawn."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest
from textual import events
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.pilot import Pilot

from app import tui
from app.cellwise import Cell, cells
from app.emulator import Cursor, CursorShape, Pen, Underline
from app.ghostty import Ghostty
from app.outer import SHOW, OwnDriver, is_plain, pen_of
from app.screens.record import RecordScreen
from app.tui import ReplaybookApp
from capture.wire import Output
from tests.app.driving import under_load
from tests.app.stand_in import StandIn, told_steps
from tests.seat import PATIENCE_S, end_all, replaybook

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
        with app._context(), under_load():
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
        underline_colour=None if pen.underline_index is not None else pen.underline_colour,
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
            "\x1b[4:3;58:2::1:2:3mcurly\x1b[0m \x1b[4:5;58:5:9mdashed\x1b[59m \x1b[21mdouble\x1b[m\r\n",
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
        await until(pilot, lambda: "$ ab" in picture(app) and look(app) == Cursor(4, 2, visible=True))
        await pilot.press("f2")
        await until(pilot, lambda: "bookmark" in picture(app) and not look(app).visible)
        await pilot.press("escape")
        await until(pilot, lambda: look(app) == Cursor(4, 2, visible=True))


async def test_the_cursor_has_the_shape_that_the_program_wants_until_the_shell_is_left() -> None:
    core = StandIn()
    async with shown(core) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen) and "● recording" in picture(app))
        for shape in (CursorShape.BAR, CursorShape.OWN, CursorShape.BLINKING_UNDERLINE):
            core.session.tell(Output(data=f"\x1b[{shape} q".encode()))
            await until(pilot, partial(looks_like, app, shape))
        await pilot.press(LEAVE)
        await until(pilot, lambda: not look(app).visible and looks_like(app, CursorShape.OWN))
        await pilot.press(LEAVE)
        await until(pilot, lambda: look(app).shape is CursorShape.BLINKING_UNDERLINE)


def test_the_cursor_is_given_back_as_it_was_by_a_screen_that_is_ended_while_the_shell_has_it(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    work.mkdir()
    try:
        with replaybook(home, cwd=work) as seat:
            seat.wait_for("Press r")
            seat.type("r")
            seat.wait_for(SHOW)
            seat.type("printf '\\e[5 q'\r")
            seat.wait_for("\x1b[5 q")
            seat.kill(signal.SIGTERM)
            seat.over()
            assert re.findall(rb"\x1b\[\d* q", seat.seen)[-1] == b"\x1b[0 q"
            assert re.findall(rb"\x1b\[\?25[hl]", seat.seen)[-1] == SHOW.encode()
    finally:
        end_all(home)


@pytest.mark.parametrize("term", ["linux", "screen-256color"])
async def test_an_old_terminal_is_told_of_neither_shapes_nor_styles_whatever_colours_it_promises(
    term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("TMUX", raising=False)
    core = StandIn()
    async with shown(core) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen) and "● recording" in picture(app))
        core.session.tell(Output(data=b"\x1b[6 q\x1b[4:3;58:5:1mcurly\x1b[m"))
        await until(pilot, lambda: "curly" in picture(app) and look(app) == Cursor(6, 2, visible=True))
        (pen,) = {pen for row in on_the_terminal(app) for _, pen in row if pen.underline}
        assert pen == Pen(underline=Underline.SINGLE)


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, False),
        ({"TERM": "screen-256color", "TMUX": "/tmp/x,1,0"}, False),
        ({"TERM": "screen", "TMUX": "/tmp/x,1,0", "STY": "1.x"}, True),
        ({"TERM": "screen.xterm-256color", "STY": "1.x"}, True),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, True),
    ],
)
def test_tmux_is_no_old_terminal(environment: dict[str, str], *, plain: bool) -> None:
    assert is_plain(environment) is plain


def looks_like(app: ShownApp, shape: CursorShape) -> bool:
    return look(app).shape is shape


def look(app: ShownApp) -> Cursor:
    app.terminal.refresh()
    return app.terminal.cursor


async def test_another_size_draws_all_anew() -> None:
    async with shown(StandIn()) as (app, pilot):
        await same(app, pilot)
        app.terminal.resize(90, 28)
        size = Size(90, 28)
        app.post_message(events.Resize(size, size))
        await until(pilot, lambda: app.size == size)
        await same(app, pilot)


def test_nobody_waits_for_a_terminal_that_is_gone() -> None:
    driver = object.__new__(OwnDriver)
    # As the thread is behind its first write that failed: it takes nothing more.
    ended = driver._writer_thread = WriterThread(StringIO())
    for _ in range(MAX_QUEUED_WRITES):
        ended.write("x")

    def leave() -> None:
        driver.write("y")
        driver.close()

    leaving = Thread(target=leave, daemon=True)
    leaving.start()
    leaving.join(PATIENCE_S)
    assert not leaving.is_alive()
