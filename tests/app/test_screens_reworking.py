"""Masking, shortening, purging and joining recordings by key."""

import msgspec
from textual.widgets import Input

from app.edit import Edit
from app.screens.trace import TraceScreen
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, recorded_trace

RUN = recorded_trace().run.run_id


async def asked(driver: Driver) -> None:
    await driver.until(lambda: driver.app.screen.query(Input))


async def test_a_text_is_masked_after_a_question_and_where_it_stands_as_well_is_said() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_trace(RUN)
        await driver.until_says("success")
        await driver.press("m")
        await asked(driver)
        await driver.press(*"hunter2", "enter")
        await driver.until_says("Nothing gives it back")
        await driver.press("n", "m")
        await asked(driver)
        await driver.press(*"hunter2", "enter")
        await driver.until_says("Nothing gives it back")
        await driver.press("y")
        await driver.until(lambda: "masked in 3 places" in driver.notices)
        assert [call for call in core.calls if call[0] == "edit"] == [("edit", RUN, Edit(redact=("hunter2",)))]
        assert "playbooks/x/1.yaml" in driver.notices


async def test_what_a_pattern_matches_is_masked_after_a_question() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_trace(RUN)
        await driver.until_says("success")
        await driver.press("M")
        await asked(driver)
        await driver.press(*"[0-9", "enter")
        await driver.until_says("can't be read")
        await driver.press("right_square_bracket", "asterisk", "enter")
        await driver.until_says("matches the empty text too")
        await driver.press("backspace", "enter")
        await driver.until_says("Nothing gives it back")
        assert [call for call in core.calls if call[0] == "edit"] == []
        await driver.press("y")
        await driver.until(lambda: "masked in 3 places" in driver.notices)
    assert ("edit", RUN, Edit(redact_patterns=("[0-9]",))) in core.calls


async def test_silences_are_shortened_to_a_number_of_seconds() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_trace(RUN)
        await driver.until_says("success")
        await driver.press("i")
        await asked(driver)
        await driver.press("x", "enter")
        await driver.until_says("A number of seconds")
        await driver.press("ctrl+u", "2", "enter")
        await driver.until(lambda: ("edit", RUN, Edit(idle_s=2.0)) in core.calls)


async def test_what_was_before_the_edits_is_deleted_after_a_question_alone() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_trace(RUN)
        await driver.until_says("success")
        await driver.press("X")
        await driver.until_says("the original too?")
        await driver.press("n", "X")
        await driver.until_says("the original too?")
        await driver.press("y")
        await driver.until(lambda: ("purge_original", RUN) in core.calls)
        assert core.calls.count(("purge_original", RUN)) == 1


async def test_marked_recordings_are_joined_in_the_order_of_their_marks() -> None:
    first = recorded_trace()
    second = msgspec.structs.replace(first, run=msgspec.structs.replace(first.run, run_id="another", name="later"))
    core = StandIn(traces=[first, second])
    async with driving(core) as driver:
        await driver.until_says("later")
        await driver.press("tab", "j")
        await driver.until(lambda: "Mark two recordings" in driver.notices)
        await driver.press("down", "space", "up", "space", "j")
        await asked(driver)
        await driver.press(*"both", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        assert ("join", ("another", RUN), "both") in core.calls
