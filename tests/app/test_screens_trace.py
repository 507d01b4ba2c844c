"""The Trace screen: what each step changed, marks for the compiler, finding a text, panes of their own size."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest

from app.screens.search import SearchScreen
from app.screens.trace import TraceScreen
from app.widgets.scrubber import Scrubber
from app.widgets.steps import StepList
from capture.trace import EffectOp, EnvEffects, FileEffect, FileType, Input, StepStatus, Trace
from tests.app.driving import Driver, driving
from tests.app.stand_in import THEN, StandIn, recorded_trace, step

BEFORE, AFTER = "port = 80\nlog = off\nname = site\n", "port = 8080\nlog = on\nname = site\n"
CONTENTS = {"sha256:1": BEFORE.encode(), "sha256:2": AFTER.encode(), "sha256:3": b"\0\1"}


def changing() -> Trace:
    """Three steps: one that edits two files, one that sets a variable, one that asks and fails."""
    effects = (
        FileEffect(path="a.toml", op=EffectOp.MODIFIED, type=FileType.FILE, before="sha256:1", after="sha256:2"),
        FileEffect(path="b.bin", op=EffectOp.CREATED, type=FileType.FILE, after="sha256:3", size=2),
        FileEffect(path="big", op=EffectOp.CREATED, type=FileType.FILE, size=1 << 30),
    )
    long = "".join(f"line {number}\n" for number in range(1, 400))
    steps = (
        step(1, "export SITE=old", env_effects=EnvEffects(set={"SITE": "old"})),
        step(2, "./edit.sh", file_effects=effects, output=long, duration_ms=65_000.0),
        step(3, "export SITE=live", env_effects=EnvEffects(set={"SITE": "live"}, unset=("OTHER",))),
        step(
            4,
            "./ask.sh",
            status=StepStatus.FAILED,
            exit_code=3,
            inputs=(Input(prompt="Sure? ", text="yes\n"),),
            output="Line 7 of another\nno such line\n",
            started_at=THEN + timedelta(seconds=80),
        ),
    )
    return msgspec.structs.replace(recorded_trace(), steps=steps, environment={"OTHER": "thing"})


@pytest.fixture
def core() -> StandIn:
    return StandIn(traces=[changing()], contents=CONTENTS)


@asynccontextmanager
async def looking(core: StandIn, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Driver]:
    async with driving(core, size=size) as driver:
        driver.app.open_trace("notes")
        await driver.until(lambda: "export SITE=old" in driver.lines("output"))
        yield driver


def listed(driver: Driver) -> list[str]:
    return [row for row in driver.text.splitlines() if "./edit.sh" in row or "./ask.sh" in row]


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_a_step_tells_its_result_duration_and_effects(core: StandIn, size: tuple[int, int]) -> None:
    async with looking(core, size) as driver:
        edit, ask = listed(driver)
        assert ("✓ 2" in edit, "~3 1m05s" in edit) == (True, True)
        assert ("✗ 4" in ask, "48ms" in ask) == (True, True)
        assert "1 failed" in driver.text
        line = next(row for row in driver.text.splitlines() if "●" in row)
        assert ("✗" in line, "step 1 · 00:01.0" in line) == (True, True)


async def test_every_file_is_told_line_by_line_and_why_not(core: StandIn) -> None:
    async with looking(core) as driver:
        await driver.press("down")
        await driver.until(lambda: "a.toml" in driver.lines("effects"))
        said = driver.lines("effects")
        for line in ("~ a.toml  modified  +2 -2", "- port = 80", "+ port = 8080", "  name = site"):
            assert line in said
        assert "no text: 0 bytes before, 2 then" in said
        assert "what it held then was not kept" in said
        await driver.press("f")
        await driver.until_says("file 1 of 3")
        await driver.press("f", "f", "f")
        await driver.until_says("file 1 of 3")


async def test_variables_are_told_with_what_they_were(core: StandIn) -> None:
    async with looking(core) as driver:
        await driver.press("down", "down")
        await driver.until(lambda: "SITE old → live" in driver.lines("effects"))
        assert "OTHER  was thing  unset" in driver.lines("effects")
        await driver.press("down")
        await driver.until(lambda: "Sure? ← yes" in driver.lines("effects"))
        await driver.press("f")
        await driver.until(lambda: "wrote no file" in driver.notices)


async def test_a_text_is_found_in_all_output_and_gone_through(core: StandIn) -> None:
    async with looking(core, (80, 24)) as driver:
        await driver.press("n")
        await driver.until(lambda: "/ asks for it" in driver.notices)
        await driver.press("slash", *"line 39", "enter")
        await driver.until_says("line 39: 1 of 11 · n next")
        assert driver.app.screen.query_one(StepList).step == 2
        assert "line 39" in driver.text
        await driver.press(*"nn")
        await driver.until_says("3 of 11")
        await driver.until_says("line 391")
        await driver.press("N", "N", "N")
        await driver.until_says("11 of 11")
        await driver.until_says("line 399")
        await driver.press("slash", *["backspace"] * 7, *"LINE", "enter")
        await driver.until(lambda: "LINE: nothing" in driver.notices)
        await driver.press("slash", *["backspace"] * 7, "enter")
        await driver.until(lambda: not driver.app.screen.query_one("#output").border_subtitle)


async def test_a_hit_in_another_step_moves_the_cursor(core: StandIn) -> None:
    async with looking(core) as driver:
        await driver.press("slash", *"line 7", "enter")
        await driver.until_says("line 7: 1 of 12")
        await driver.press("N")
        await driver.until(lambda: driver.app.screen.query_one(StepList).step == 4)
        await driver.until_says("12 of 12")
        await driver.press("n")
        await driver.until(lambda: driver.app.screen.query_one(StepList).step == 2)


async def test_steps_are_marked_to_keep_and_to_drop_before_compiling(core: StandIn) -> None:
    async with looking(core) as driver:
        await driver.press("k", "down", "minus", "down", "minus", "k", "down", "minus", "minus")
        await driver.until_says("+ 2 kept · - 1 dropped")
        signs = [row.sign for row in driver.app.screen.query_one(StepList).rows]
        assert signs == ["+", "-", "+", ""]
        await driver.press("c", "enter")
        await driver.until(lambda: core.calls and core.calls[-1][0] != "search")
        made = next(call for call in core.calls if call[0] == "compile")
        assert made[3:] == (frozenset({1, 3}), frozenset({2}))


async def test_the_marks_go_with_verifying_too(core: StandIn) -> None:
    async with looking(core) as driver:
        await driver.press("minus", "C", "enter")
        await driver.until_says("From which state?")
        await driver.press("enter")
        await driver.until_says("y yes")
        await driver.press_later("y")
        await driver.until(lambda: any(call[0] == "compile_verified" for call in core.calls))
        made = next(call for call in core.calls if call[0] == "compile_verified")
        assert frozenset({1}) in made


async def test_a_pane_can_have_all_the_room(core: StandIn) -> None:
    async with looking(core, (80, 24)) as driver:
        screen = driver.app.screen
        await driver.press("z")
        await driver.until(lambda: not screen.query_one("#steps").display)
        assert not screen.query_one("#effects").display
        await driver.press("z", "down")
        await driver.until(lambda: screen.query_one("#steps").display)
        await driver.until(lambda: "a.toml" in driver.lines("effects"))
        await driver.press("f", "z")
        await driver.until(lambda: not screen.query_one("#output").display)
        assert screen.query_one("#effects").display
        await driver.press("z")
        await driver.until(lambda: screen.query_one("#steps").has_focus)


async def test_a_click_on_the_time_goes_to_the_step_of_that_moment(core: StandIn) -> None:
    async with looking(core) as driver:
        scrubber = driver.app.screen.query_one(Scrubber)
        await driver.pilot.click(scrubber, offset=(1 + scrubber._room // 2, 0))
        await driver.until(lambda: driver.app.screen.query_one(StepList).step == 3)
        assert isinstance(driver.app.screen, TraceScreen)


async def test_all_recordings_are_searched_from_anywhere_and_a_hit_opens_its_trace(core: StandIn) -> None:
    other = msgspec.structs.replace(changing().run, run_id="20260301-093000-zzzz", name="[b]other[/b]\x1b[31m")
    core.traces.append(msgspec.structs.replace(changing(), run=other))
    async with driving(core, size=(100, 30)) as driver:
        await driver.until_says("publish-notes")
        await driver.press("ctrl+f")
        await driver.until(lambda: isinstance(driver.app.screen, SearchScreen))
        await driver.press("enter", *"no such", "enter")
        await driver.until_says("2 lines in 2 of 2 recordings")
        assert "[b]other[/b]" in driver.text
        await driver.press("down", "enter")
        await driver.until_says("no such: 1 of 1")
        assert driver.app.screen.query_one(StepList).step == 4
        await driver.press("escape")
        await driver.until_says("2 lines in 2 of 2 recordings")
        await driver.press("slash", *["backspace"] * 7, *"nowhere at all", "enter")
        await driver.until_says("nothing in 2 recordings")
        await driver.press("escape", "escape")
        await driver.until_says("Recordings")


async def test_frames_name_a_persons_own_keys_be_they_brackets() -> None:
    own = '[keys]\nnext-file = "["\ntrim-start = "f6"\nzoom-pane = "f7"\nnext-hit = "f8"\n'
    async with driving(StandIn(traces=[changing()], contents=CONTENTS, toml=own), size=(120, 36)) as driver:
        await driver.until(lambda: driver.app.keys.own)
        driver.app.open_trace("20260301-093000-ab12")
        await driver.until_says("./edit.sh")
        await driver.press("down")
        await driver.until_says("[ next diff · f7 whole")
        await driver.press("left_square_bracket")
        await driver.until_says("file 1 of 3 · [ next · f7 whole")
        await driver.press("slash", *"line 39", "enter")
        await driver.until_says("line 39: 1 of 11 · f8 next")
