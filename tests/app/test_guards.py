"""Nothing is decided by a key that came before what it decides on could be read."""

import pytest
from textual.events import Key, MouseDown

from app.screens.dialogs import Confirm, Reading, YesOrNo
from app.screens.inbox import InboxScreen
from app.screens.replay import ReplayScreen
from app.tui import Start
from app.widgets.key_bar import KeyBar
from app.workers.replay_facts import ConfirmWanted, ReviewWanted
from replay.outcome import Mode
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, default_failure, repair

GUIDED = Start(ref="publish-notes", cwd="/tmp")


def reviews(core: StandIn) -> list[tuple[object, ...]]:
    return [call for call in core.calls if call[0] == "review"]


async def to_the_divergence(driver: Driver) -> None:
    await driver.until_says("Stands before step 1")
    await driver.press("c")
    await driver.until_says("your decision")
    await driver.until(lambda: driver.app.guard.all_seen)


async def test_what_came_up_under_a_dialog_counts_as_unseen_until_that_is_gone() -> None:
    core = StandIn(waiting=[repair(1)])
    async with driving(core, start=GUIDED) as driver:
        await driver.until_says("Stands before step 1")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        await driver.press("question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, Reading))
        screen.post_message(ReviewWanted(default_failure(), (repair(1),)))
        await driver.pilot.pause()
        driver.clock.now += 60
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is screen)
        await driver.press("y", "n")
        assert reviews(core) == []
        await driver.until(lambda: driver.app.guard.all_seen)
        await driver.press("y")
        assert reviews(core) == []
        await driver.press_later("y")
        await driver.until(lambda: reviews(core))


async def test_what_was_seen_before_a_dialog_is_deaf_for_a_moment_behind_it() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press_later("question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, Reading))
        await driver.press("escape", "y")
        await driver.until(lambda: not isinstance(driver.app.screen, Reading))
        assert reviews(core) == []
        await driver.press_later("y")
        await driver.until(lambda: reviews(core))


async def click(driver: Driver, words: str) -> None:
    """On a key of the last line."""
    bar = driver.app.screen.query_one(KeyBar)
    await driver.pilot.click(bar, offset=(bar.text.index(words), 0))


async def test_a_click_on_a_decision_is_held_to_what_a_key_is() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await click(driver, "y approve")
        await driver.until_says("that key came before you could have read it")
        assert reviews(core) == []
        driver.clock.now += 5
        await click(driver, "y approve")
        await driver.until(lambda: reviews(core))


async def test_a_click_counts_from_when_the_mouse_button_went_down() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        driver.app.when = lambda event: event.time
        driver.clock.now += 5
        bar = driver.app.screen.query_one(KeyBar)
        x, y = bar.text.index("y approve"), bar.region.y
        for at in (driver.clock.now - 60, driver.clock.now):
            event = MouseDown(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y)
            event.time = at
            assert reviews(core) == []
            driver.app.post_message(event)
            await driver.until(lambda at=at: driver.app.pressed_at == at)  # type: ignore[misc] # its own moment
            await driver.pilot.pause()
        await driver.until(lambda: reviews(core))
        assert len(reviews(core)) == 1


async def test_a_terminal_too_small_to_show_the_change_takes_no_decision() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.pilot.resize_terminal(40, 8)
        await driver.until_says("needs 60 by 14")
        await driver.press_later("y", "n")
        assert reviews(core) == []
        await driver.pilot.resize_terminal(100, 30)
        await driver.until_says("your decision")
        await driver.press_later("y")
        await driver.until(lambda: reviews(core))


async def test_a_step_gets_no_yes_from_keys_that_were_typed_ahead_or_before_all_of_it_was_seen() -> None:
    async with driving(StandIn(), start=Start(ref="publish-notes", cwd="/tmp", mode=Mode.STRICT), drawn=True) as driver:
        await driver.until_says("Stands before step 1")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        command = "\n".join(f"echo {number}" for number in range(80))
        screen.post_message(ConfirmWanted(1, command, "it deletes"))
        await driver.until(lambda: isinstance(driver.app.screen, YesOrNo))
        await driver.press("y", "y")
        assert isinstance(driver.app.screen, YesOrNo)
        await driver.press_later("y")
        assert isinstance(driver.app.screen, YesOrNo)
        assert "scroll down first" in driver.notices
        for _ in range(10):
            await driver.press("pagedown")
            await driver.until(lambda: not driver.app.animator.is_being_animated(driver.app.screen, "scroll_y"))
        await driver.until(lambda: driver.app.screen.query_one("Lines").whole_seen)  # type: ignore[attr-defined] # Lines
        await driver.press("y")
        await driver.until(lambda: not isinstance(driver.app.screen, YesOrNo))


def heights(driver: Driver) -> list[int]:
    return [frame.region.height for frame in driver.app.screen.query("#frame")]


@pytest.mark.parametrize("asked", [Confirm, YesOrNo])
@pytest.mark.parametrize(("lines", "high"), [(1, 5), (80, 21)])
async def test_a_question_takes_no_more_room_than_its_words(
    asked: type[Confirm | YesOrNo], lines: int, high: int
) -> None:
    async with driving(StandIn(), size=(80, 24)) as driver:
        driver.app.push_screen(asked("Delete", "\n".join(map(str, range(lines)))))
        await driver.until(lambda: heights(driver) == [high])


async def test_a_confirmation_hears_no_key_from_before_it_was_there() -> None:
    early: list[bool] = []
    async with driving(StandIn()) as driver:
        driver.app.when = lambda _: driver.clock.now - 1
        driver.app.push_screen(Confirm("Delete", "All of it?"), lambda said: early.append(bool(said)))
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("y", "x")
        assert early == []
        driver.clock.now += 1
        await driver.press("y")
        await driver.until(lambda: early == [True])


async def test_what_is_typed_into_the_filter_decides_nothing_however_fast_it_comes() -> None:
    core = StandIn(waiting=[repair(1)])
    async with driving(core) as driver:
        await driver.press("i")
        await driver.until(lambda: driver.app.guard.all_seen)
        driver.clock.now += 5
        for key in ("slash", "n", "y", "P"):
            driver.app.post_message(Key(key, key if len(key) == 1 else "/"))
        screen = driver.app.screen
        assert isinstance(screen, InboxScreen)
        await driver.until(lambda: screen.filter.has_focus)
        await driver.press("y")
        await driver.until(lambda: "y" in screen.filter.value)
        assert reviews(core) == []
        assert driver.app.screen is screen
