"""The player: any moment at once, drawn from cells, and never a key that waits."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import msgspec
import pexpect
import pytest
from rich.color import ColorSystem

from app.emulator import HIDDEN, Cursor, Pen, Picture, Span
from app.painting import repaint
from app.screens.player import PlayerScreen
from app.screens.trace import TraceScreen
from app.widgets.picture_view import PictureView
from app.widgets.scrubber import Scrubber
from capture.home import Home
from capture.tape.writer import TapeWriter
from capture.trace import StepStatus
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, recorded_trace
from tests.program import COMMAND, Program

OUTPUTS = (b"alpha\r\n", b"\x1b[31mbravo\x1b[0m\r\n", b"\x1b]52;c;aGk=\x07charlie\r\n", b"delta\r\n")
SECOND = 1_000_000


@pytest.fixture
def core(tmp_path: Path) -> StandIn:
    """Four steps a second apart, with a long pause before the last."""
    home, trace, offset = Home(tmp_path).prepare(), recorded_trace(), 0
    writer = TapeWriter(home.run_folder(trace.run.run_id))
    writer.resize(80, 24, 0)
    steps = []
    for number, (step, output) in enumerate(zip(trace.steps, OUTPUTS, strict=True)):
        at_us = SECOND * (number + 1 + 60 * (number == 3))
        writer.write(b"$ ", at_us - SECOND // 2)
        writer.write(output, at_us)
        status = StepStatus.FAILED if number == 1 else StepStatus.SUCCESS
        ends = writer.offset
        steps.append(msgspec.structs.replace(step, output_start=offset + 2, output_end=ends, status=status))
        offset = ends
    writer.close()
    return StandIn(home=home, traces=[msgspec.structs.replace(trace, steps=tuple(steps))])


@asynccontextmanager
async def playing(core: StandIn, size: tuple[int, int] = (80, 24), step: int = 1) -> AsyncIterator[Driver]:
    async with driving(core, size=size) as driver:
        driver.app.open_player("notes", step=step)
        await driver.until_says("▶ playing")
        yield driver


async def later(driver: Driver, seconds: float) -> None:
    driver.clock.now += seconds
    await driver.pilot.pause(0.1)


async def test_it_plays_pauses_and_plays_again(core: StandIn) -> None:
    async with playing(core) as driver:
        assert "alpha" not in driver.text
        await later(driver, 1.1)
        await driver.until_says("alpha")
        await driver.press("space")
        await driver.until_says("‖ paused")
        await later(driver, 30)
        assert "bravo" not in driver.text
        await driver.press("space")
        await later(driver, 1)
        await driver.until_says("bravo")
        assert "2/4 · ./build.sh" in driver.text


async def test_a_long_pause_is_shortened_or_not(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("end")
        await driver.until_says("01:04.0 / 01:04.0")
        await driver.until_says("delta")
        await driver.press("space")
        await driver.until(lambda: "alpha" not in driver.text)
        await later(driver, 3.1)
        await driver.until_says("charlie")
        await later(driver, 2.5)
        await driver.until_says("01:03.5")
        await driver.press("0", "i", "i")
        await driver.until_says("all pauses")
        await driver.press("g", *"10", "enter")
        await driver.until_says("charlie")
        await driver.press("space")
        await later(driver, 3)
        await driver.until_says("00:06.0")  # a jump goes to the last thing that had come: 3 s


async def test_speed_is_doubled_and_halved(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("plus", "plus")
        await driver.until_says("x4")
        await later(driver, 0.5)
        await driver.until_says("bravo")
        assert "charlie" not in driver.text
        await driver.press(*["minus"] * 9)
        await driver.until_says("x0.25")


async def test_commands_are_jumped_between_and_marked(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("space", "n")
        await driver.until_says("00:00.5")
        await driver.press("n", "n")
        await driver.until_says("bravo")
        await driver.press("N")
        await driver.until(lambda: "bravo" not in driver.text)
        await driver.press("right")
        await driver.until_says("00:06.5")
        await driver.until(lambda: any({"●", "✗", "┬"} <= set(row) for row in driver.text.splitlines()))
        await driver.press("left")
        await driver.until_says("00:01.5")


async def test_failed_commands_are_gone_to_by_a_key(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("space", "E")
        await driver.until(lambda: "no other command failed" in driver.notices)
        await driver.press("e")
        await driver.until_says("2/4 · ./build.sh")
        await driver.press("end", "E")
        await driver.until_says("2/4 · ./build.sh")
        await driver.press("e")
        await driver.until(lambda: driver.notices.count("no other command failed") == 2)


async def test_the_line_is_dragged_along(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("space")
        scrubber = driver.app.screen.query_one(Scrubber)
        await driver.pilot.mouse_down(scrubber, offset=(2, 0))
        await driver.pilot.hover(scrubber, offset=(1 + scrubber._room // 2, 0))
        await driver.until_says("00:32.")
        await driver.pilot.mouse_up(scrubber, offset=(1 + scrubber._room // 2, 0))
        await driver.pilot.hover(scrubber, offset=(3, 0))
        await driver.pilot.pause()
        assert "00:32." in driver.text


async def test_a_click_on_the_line_goes_there(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("space")
        scrubber = driver.app.screen.query_one(Scrubber)
        await driver.pilot.click(scrubber, offset=(1 + scrubber._room // 2, 0))
        await driver.until_says("00:32.")
        await driver.until_says("charlie")
        assert "delta" not in driver.text


async def test_a_wrong_moment_is_one_clear_line(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("g", *"soon", "enter")
        await driver.until(lambda: "mm:ss" in driver.notices)
        await driver.press("g", *"step:4", "enter")
        await driver.until_says("delta")


async def test_p_on_the_trace_plays_from_the_step_under_the_cursor(core: StandIn) -> None:
    async with driving(core, size=(80, 24)) as driver:
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        await driver.press("down", "down", "p")
        await driver.until(lambda: isinstance(driver.app.screen, PlayerScreen))
        await driver.until_says("bravo")
        assert "charlie" not in driver.text
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))


async def test_a_run_without_a_recording_is_said(core: StandIn) -> None:
    (core.home.run_folder("20260301-093000-ab12") / "terminal.raw").unlink()
    async with driving(core) as driver:
        driver.app.open_player("notes")
        await driver.until(lambda: "no terminal recording" in driver.notices)
        await driver.press("space", "n", "N", "g", "escape", "end", "left", "plus", "escape")


async def test_colours_are_drawn_and_a_larger_screen_follows_its_cursor(core: StandIn) -> None:
    async with playing(core, size=(70, 20)) as driver:
        view = driver.app.screen.query_one(PictureView)
        await driver.until(lambda: view.picture.lines)  # the player's own, which would take the place of the next
        view.show(Picture(0, (), HIDDEN))
        await driver.pilot.pause()
        rows = tuple((Span(f"row {row:<76}", Pen(foreground=(200, 0, 0))),) for row in range(40))
        view.show(Picture(80, rows, Cursor(2, 35, visible=True)))
        await driver.until_says("row 35")
        assert "row 1 " not in driver.text
        found = [segment for strip in view.render_lines(view.region.reset_offset) for segment in strip]
        assert any(segment.style and segment.style.color and segment.style.color.triplet for segment in found)
        view.show(Picture(80, rows[:3], HIDDEN))
        await driver.until_says("row 0")


def test_only_cells_and_our_own_sequences_are_painted() -> None:
    lines = ((Span("wide 你", Pen(bold=True)), Span("tail", Pen())), (Span("second", Pen(background=(1, 2, 3))),))
    now = Picture(11, lines, Cursor(1, 1, visible=True))
    whole = repaint(None, now, columns=80, rows=24, colours=ColorSystem.TRUECOLOR)
    assert "\x1b[1mwide 你\x1b[0mtail" in whole
    assert whole.endswith("\x1b[2;2H\x1b[?25h")
    cut = repaint(None, now, columns=6, rows=1, colours=None)
    assert re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", cut) == "wide  "
    after = now._replace(lines=(lines[0], (Span("changed", Pen()),)))
    changed = repaint(now, after, columns=80, rows=24, colours=None)
    assert ("changed" in changed, "wide" in changed) == (True, False)
    assert repaint(now, now, columns=80, rows=24, colours=None) == "\x1b[2;2H\x1b[?25h"


@pytest.fixture
def recorded(program: Program) -> str:
    hostile = "printf '\\033]0;owned\\007\\033]52;c;aGk=\\007\\033[31mred\\033[0m\\n\\033[6n\\033[c'"
    return program.record(hostile, "echo the end of it")


@pytest.fixture
def terminal(program: Program, recorded: str) -> Iterator[Any]:
    arguments = ["--home", str(program.home), "play", recorded, "--speed", "1000"]
    child: Any = pexpect.spawn(str(COMMAND), arguments, cwd=str(program.cwd), timeout=30, dimensions=(24, 80))
    with closing(child):
        yield child


def test_play_draws_in_this_terminal_and_gives_it_back(terminal: Any) -> None:
    terminal.expect_exact(b"played to")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_play_wants_a_terminal_and_show_gives_a_screen_without(program: Program, recorded: str) -> None:
    refused = program("play", recorded)
    assert refused.code == 2
    assert "show" in refused.err
    shown = program("show", recorded, "--at", "step:2")
    assert "the end of it" in shown.out
    assert "\x1b" not in shown.out
    document = program.json("show", recorded, "--at", "step:1")
    assert document["size"] == {"columns": 80, "rows": 24}
    assert any("red" in row for row in document["rows"])
    assert document["cursor"]["row"] < 24
    assert program("show", recorded, "--at", "never").code == 2
    assert program("show", recorded, "--at", "step:9").code == 7
    assert program("show", recorded, "--at", "1", "--step", "1").code == 2


async def test_a_text_is_found_at_the_moment_when_it_was_printed(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("greater_than_sign")
        await driver.until(lambda: "find something first" in driver.notices)
        await driver.press("slash", *"BRAVO", "enter")
        await driver.until(lambda: "BRAVO: printed nowhere" in driver.notices)
        await driver.press("slash", *["backspace"] * 5, *"bravo", "enter")
        await driver.until_says("bravo: 1 of 1")
        await driver.until_says("00:02.0")
        assert "charlie" not in driver.text
        await driver.press("slash", *["backspace"] * 5, *"a", "enter")
        await driver.until_says("a: 4 of 5")
        await driver.until_says("00:03.0")
        await driver.press("greater_than_sign")
        await driver.until_says("a: 5 of 5")
        await driver.press("greater_than_sign")
        await driver.until_says("a: 1 of 5")
        await driver.press("less_than_sign")
        await driver.until_says("a: 5 of 5")
        await driver.until_says("01:04.0")
        await driver.press("0", "slash", "backspace", "enter")
        await driver.until(lambda: " of 5" not in driver.text)


async def test_what_is_found_stands_out(core: StandIn) -> None:
    async with playing(core) as driver:
        await driver.press("slash", *"rav", "enter")
        await driver.until_says("rav: 1 of 1")
        view = driver.app.screen.query_one(PictureView)
        await driver.until(lambda: any(span.pen.underline for line in view.picture.lines for span in line))
        spans = [span for line in view.picture.lines for span in line if span.pen.underline]
        assert [span.text for span in spans] == ["rav"]
