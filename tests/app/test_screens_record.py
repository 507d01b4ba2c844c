"""The Record screen by its keys, on a session whose other end is the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.widgets import Input

from app.screens.dialogs import Reading
from app.screens.home import HomeScreen
from app.screens.record import RecordScreen
from app.widgets.key_bar import KeyBar
from capture.wire import Detached, Output
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, StandInSession, told_steps

LEAVE = "ctrl+right_square_bracket"
LINES = "".join(f"line {number}\r\n" for number in range(60))


@asynccontextmanager
async def recording(toml: str = "") -> AsyncIterator[tuple[Driver, RecordScreen, StandInSession]]:
    core = StandIn(toml=toml or None)
    async with driving(core, size=(100, 30)) as driver:
        if toml:
            await driver.until(lambda: driver.app.keys.own)
        await driver.press("r")
        await driver.until_says("● recording")
        screen = driver.app.screen
        assert isinstance(screen, RecordScreen)
        yield driver, screen, core.session


async def shows(driver: Driver, screen: RecordScreen, session: StandInSession, text: str) -> None:
    """The shell prints it, and it is drawn."""
    session.tell(Output(data=text.encode()))
    await driver.until(lambda: text.strip().splitlines()[-1] in screen.pane.text)


async def test_the_pane_fills_the_screen_and_gives_the_rest_its_place_again() -> None:
    async with recording() as (driver, screen, session):
        await driver.press(LEAVE, "z")
        await driver.until(lambda: session.sizes[-1] == (100, 29))
        assert screen.pane.has_focus
        assert not screen.query_one("#side").region
        await driver.press(LEAVE)
        assert not screen.pane.has_focus
        await driver.press("z")
        await driver.until(lambda: session.sizes[-1][0] < 70)


async def test_a_pane_that_fills_the_screen_says_how_to_get_back_and_help_moves_no_keys() -> None:
    async with recording() as (driver, screen, session):
        await driver.press(LEAVE, "z")
        said = "ctrl+] leaves the shell: then z brings the trace back, ? shows every key"
        await driver.until(lambda: said in driver.notices)
        await driver.press(LEAVE)
        assert screen.focused is None
        await driver.press("question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, Reading))
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is screen)
        assert screen.focused is None
        await driver.press("z")
        await driver.until(lambda: not screen.has_class("-zoomed"))
        assert screen.pane.has_focus
        await driver.press(LEAVE, "question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, Reading))
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is screen)
        assert screen.focused is screen.steps
        assert session.typed == b""


async def test_the_edge_between_shell_and_trace_moves() -> None:
    async with recording() as (driver, screen, _):
        before = screen.pane.size.width
        await driver.press(LEAVE, "greater_than_sign")
        await driver.until(lambda: screen.pane.size.width > before)
        wider = screen.pane.size.width
        await driver.press("less_than_sign", "less_than_sign")
        await driver.until(lambda: screen.pane.size.width < before)
        assert before < wider
        await driver.press(*["greater_than_sign"] * 30)
        await driver.until(lambda: screen.query_one("#side").size.width >= 10)


async def test_notes_and_bookmarks_stand_under_their_steps_from_inside_the_pane_too() -> None:
    async with recording() as (driver, screen, session):
        session.tell(*told_steps())
        await driver.until(lambda: screen.steps.rows)
        await driver.press("f2")
        await driver.until(lambda: driver.app.screen.query(Input))
        await driver.press(*"why", "enter")
        await driver.until(lambda: "✎ why" in screen.steps.rows[0].below)
        await driver.press(LEAVE, "f2")
        await driver.until(lambda: driver.app.screen.query(Input))
        await driver.press("enter")
        await driver.until(lambda: "⚑ bookmark" in screen.steps.rows[0].below)
        assert session.typed == b""


async def test_a_pause_is_said_as_long_as_it_lasts() -> None:
    async with recording() as (driver, screen, _):
        await driver.press(LEAVE, "p")
        await driver.until_says("‖ paused")
        assert screen.pane.has_focus
        await driver.press(LEAVE, "p")
        await driver.until_says("● recording")


async def test_what_is_typed_before_the_shell_is_there_reaches_it() -> None:
    async with driving(StandIn(), size=(100, 30)) as driver:
        screen = RecordScreen(cwd="/w")
        screen.send(b"ls\r")
        core = driver.app.core
        assert isinstance(core, StandIn)
        driver.app.push_screen(screen)
        await driver.until(lambda: core.session.typed == b"ls\r")


async def test_the_program_can_be_sent_the_key_that_leaves_the_pane() -> None:
    async with recording() as (driver, screen, session):
        await driver.press(LEAVE, "right_square_bracket")
        await driver.until(lambda: session.typed == b"\x1d")
        assert screen.pane.has_focus


async def test_esc_ends_a_session_only_after_a_question() -> None:
    async with recording() as (driver, screen, session):
        await driver.press(LEAVE, "escape")
        await driver.until(lambda: driver.app.screen is not screen)
        await driver.press_later("n")
        await driver.until(lambda: driver.app.screen is screen)
        assert not session.ended


async def test_keys_move_through_what_was_shown_select_and_copy_it() -> None:
    async with recording() as (driver, screen, session):
        await shows(driver, screen, session, LINES + "the end")
        await driver.press(LEAVE, "left_square_bracket")
        assert "row " in str(screen.pane.border_subtitle)
        await driver.press("g", "v", "down", "right", "right", "l", "y")
        assert driver.app.clipboard == "line 0\nline"
        assert not screen.pane.looking.by_keys
        assert screen.pane.text.endswith("the end")
        assert session.typed == b""


@pytest.mark.parametrize(
    ("keys", "row", "column"),
    [
        ("up k", 58, 7),
        ("up up down j", 60, 7),
        ("left h right", 60, 6),
        ("g home", 0, 0),
        ("g l pagedown", 25, 1),
        ("g G end", 60, 0),
        ("pageup ctrl+b ctrl+f", 35, 7),
    ],
)
async def test_every_key_of_looking_back(keys: str, row: int, column: int) -> None:
    async with recording() as (driver, screen, session):
        await shows(driver, screen, session, LINES + "the end")
        await driver.press(LEAVE, "left_square_bracket", *keys.split())
        where = screen.pane.looking.cursor
        assert (int(str(screen.pane.looking.words).split()[1]) - 1, where.column) == (row, column)
        assert where.visible
        await driver.press("escape")
        assert not screen.pane.looking.by_keys
        await driver.press("x")
        assert session.typed == b"x"


async def test_the_last_line_says_what_keys_do_where_they_go() -> None:
    async with recording() as (driver, screen, session):
        bar = screen.query_one(KeyBar)
        session.tell(*told_steps())
        await driver.until(lambda: screen.steps.rows)
        await driver.until(lambda: bar.text.split() == ["ctrl+]", "leave", "pane", "f2", "note"])
        await driver.press(LEAVE)
        await driver.until(lambda: "x end session" in bar.text)
        await driver.press("left_square_bracket")
        await driver.until(lambda: "v select" in bar.text and "x end session" not in bar.text)
        await driver.press("x", "d", "question_mark")
        assert driver.app.screen is screen
        assert not session.ended
        assert session.typed == b""


async def test_all_that_was_shown_is_searched() -> None:
    async with recording() as (driver, screen, session):
        await shows(driver, screen, session, LINES + "the end")
        await driver.press(LEAVE, "slash")
        await driver.until(lambda: driver.app.screen.query(Input))
        await driver.press(*"line 1", "enter")
        await driver.until(lambda: screen.pane.looking.by_keys)
        assert "11 of 11" in screen.pane.looking.words
        await driver.press("n")
        assert "10 of 11" in screen.pane.looking.words
        await driver.press("N", "N")
        assert "1 of 11" in screen.pane.looking.words
        await driver.press("slash")
        await driver.until(lambda: driver.app.screen.query(Input))
        await driver.press(*"nowhere", "enter")
        await driver.until(lambda: "nowhere in what was shown" in driver.notices)
        await driver.press("q")
        assert screen.pane.looking.words == ""


async def test_what_another_terminal_took_over_offers_only_what_still_works() -> None:
    async with recording() as (driver, screen, session):
        bar = screen.query_one(KeyBar)
        await driver.press(LEAVE)
        await driver.until(lambda: "x end session" in bar.text)
        session.tell(Detached(message="another terminal took this session over"))
        await driver.until(lambda: "■ detached" in driver.text)
        await driver.until(lambda: "x end session" not in bar.text)
        assert "nothing more comes; esc leads back" in driver.text
        await driver.press("x", "d", "p", "f2")
        assert driver.app.screen is screen
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is not screen)
        assert isinstance(driver.app.screen, HomeScreen)
        assert not session.ended


async def test_where_no_session_can_be_opened_one_is_back_where_keys_do_something() -> None:
    core = StandIn(no_session="the disk is full; make room")
    async with driving(core) as driver:
        home = driver.app.screen
        await driver.press("r")
        await driver.until(lambda: "the disk is full" in driver.notices)
        await driver.until(lambda: driver.app.screen is home)


async def test_a_session_that_comes_after_its_screen_has_been_left_is_ended() -> None:
    core = StandIn()
    core.opening.clear()
    async with driving(core) as driver:
        home = driver.app.screen
        await driver.press("r")
        await driver.until(lambda: ("named", None, None) in core.calls)
        await driver.press(LEAVE)
        await driver.until(lambda: driver.app.screen.focused is driver.app.screen.query_one("#steps"))
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is home)
        core.opening.set()
        await driver.until(lambda: core.session.closed)
        assert core.session.ended


async def test_in_the_pane_a_persons_own_keys_are_kept_from_the_shell_and_those_of_the_table_are_not() -> None:
    async with recording('[keys]\nleave-pane = ["f9", "ctrl+g"]\nlook-up = "e"\n') as (driver, screen, session):
        await driver.press(LEAVE)
        await driver.until(lambda: session.typed == b"\x1d")
        assert screen.pane.has_focus
        for key in ("f9", "ctrl+g"):
            await driver.press(key)
            await driver.until(lambda: not screen.pane.has_focus)
            await driver.press(key)
            await driver.until(lambda: screen.pane.has_focus)
        await shows(driver, screen, session, LINES)
        await driver.press("f9", "left_square_bracket")
        row = screen.pane.looking.cursor.row
        await driver.press("k")
        assert screen.pane.looking.cursor.row == row
        await driver.press("e")
        assert screen.pane.looking.cursor.row == row - 1
        assert session.typed == b"\x1d"
