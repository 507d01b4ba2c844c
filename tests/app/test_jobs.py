"""Long work goes on whatever screen is left: it is listed, told of, stopped, and its result is there afterwards."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.approval import Refusal
from app.book import Plan
from app.keymap import BUILT_IN
from app.screens.checking import CheckScreen
from app.screens.home import HomeScreen
from app.screens.jobs import JobsScreen
from app.screens.playbook import PlaybookScreen
from app.screens.replay import ReplayScreen
from app.screens.trace import TraceScreen
from app.tui import Start
from app.workers.jobs import KEPT, Jobs, JobState
from replay.outcome import Mode
from replay.playbook import VersionStatus
from replay.spreading.values import Over
from tests.app.driving import Driver, driving
from tests.app.scenes import ListedJob
from tests.app.stand_in import StandIn, Stored, playbook, recorded_trace, repair
from tests.app.test_screens_book import HOSTILE

STRICT = Start(ref="publish-notes@1", cwd="/home/ada/notes", mode=Mode.STRICT)


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """What holds work back; let go at the end, whatever a test came to."""
    event = threading.Event()
    yield event
    event.set()


async def begin_to_compile(driver: Driver) -> None:
    await driver.until_says("✓ notes")
    await driver.press("tab", "c")
    await driver.until_says("Compile notes")
    await driver.press("enter")
    await driver.until_says("… compiling notes")


def test_what_waits_comes_first_and_only_the_newest_of_what_has_ended_are_kept() -> None:
    jobs = Jobs()
    assert (jobs.words(BUILT_IN), jobs.question, jobs.going_on) == ((), None, ())
    for number in range(KEPT + 5):
        jobs.add(ListedJob(f"done {number}", "", JobState.DONE, 1.0))
    going = ListedJob("going", "step 1", JobState.GOING_ON, 1.0)
    jobs.add(going)
    assert jobs.words(BUILT_IN) == ("… going", "ctrl+x stops it", "step 1")
    waits = ListedJob("replaying", "", JobState.WAITING, 1.0)
    jobs.add(waits)
    assert jobs.words(BUILT_IN) == ("● replaying waits for you", "and 1 more", "J lists them")
    assert jobs.going_on == (waits, going)
    assert [job.title for job in jobs.all[:3]] == ["replaying", "going", f"done {KEPT + 4}"]
    assert len(jobs.all) == KEPT + 2
    jobs.remove(going)
    assert "J goes there" in jobs.words(BUILT_IN)
    assert "and 1 more" not in jobs.words(BUILT_IN)


async def test_a_compile_opens_its_playbook_where_it_was_begun(held: threading.Event) -> None:
    core = StandIn(compiling=held)
    async with driving(core) as driver:
        await begin_to_compile(driver)
        held.set()
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))


async def test_a_compile_goes_on_when_its_screen_is_left_and_is_opened_from_the_list(held: threading.Event) -> None:
    core = StandIn(compiling=held)
    async with driving(core) as driver:
        await begin_to_compile(driver)
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.until_says("… compiling notes")
        held.set()
        await driver.until(lambda: "✓ publish-notes@1 is a draft" in driver.notices)
        assert isinstance(driver.app.screen, TraceScreen)
        await driver.press("J")
        await driver.until_says("compiling notes")
        await driver.until_says("done")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))


async def test_a_job_is_stopped_in_the_list_and_nothing_is_kept_of_it(held: threading.Event) -> None:
    core = StandIn(compiling=held)
    async with driving(core) as driver:
        await begin_to_compile(driver)
        await driver.press("J")
        await driver.until(lambda: isinstance(driver.app.screen, JobsScreen))
        await driver.until_says("reading recording 1 of 1")
        await driver.until_says("x stop")
        await driver.press("x")
        held.set()
        await driver.until_says("compiling notes was stopped; nothing was kept")
        await driver.until(lambda: "x stop" not in driver.text)
        await driver.press("enter")
        assert isinstance(driver.app.screen, JobsScreen)
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))


async def test_of_several_jobs_the_key_that_stops_lets_one_choose(held: threading.Event) -> None:
    core = StandIn(compiling=held, validating=held)
    core.versions = {1: Stored(playbook=playbook(), status=VersionStatus.DRAFT)}
    try:
        async with driving(core) as driver:
            await begin_to_compile(driver)
            await driver.press("c", "enter")
            await driver.until(lambda: "compiling notes goes on; ctrl+x stops it" in driver.notices)
            driver.app.open_playbook("publish-notes@1")
            await driver.until_says("$ git log")
            await driver.press("v")
            await driver.until_says("and 1 more")
            await driver.press("ctrl+x")
            await driver.until(lambda: isinstance(driver.app.screen, JobsScreen))
            await driver.until_says("2 not ended")
            held.set()
            await driver.until_says("nothing goes on")
    finally:
        held.set()


async def test_what_a_check_found_is_there_when_one_comes_back() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("v")
        await driver.until_says("1 skipped")
        await driver.press("escape", "J")
        await driver.until_says("✗ 1 of 2 would not pass")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, CheckScreen))
        await driver.until_says("1 skipped")
        assert core.calls.count(("check", False)) == 1


async def test_a_check_is_spread_as_it_is_set() -> None:
    core = StandIn(toml="[check]\njobs = 3\ncluster = 'local'\n")
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("v")
        await driver.until_says("1 skipped")
        assert ("check_over", Over(jobs=3, cluster="local")) in core.calls


async def test_an_import_goes_on_when_its_screen_is_left(tmp_path: Path) -> None:
    core, file = StandIn(), tmp_path / "taken.cast"
    file.write_text("x")
    async with driving(core) as driver:
        await driver.until_says("✓ notes")
        await driver.press("I", *str(file), "enter")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        assert driver.app.jobs.all[0].title == "importing taken.cast"
        assert driver.app.jobs.all[0].state is JobState.DONE


async def test_a_replay_goes_on_when_its_screen_is_left_and_is_stopped_from_elsewhere() -> None:
    async with driving(StandIn(hold=True), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("n")
        await driver.until_says("working")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        await driver.until_says("… replaying publish-notes@1 · ctrl+x stops it")
        await driver.press("J", "enter")
        await driver.until(lambda: driver.app.screen is screen)
        assert driver.app.jobs.going_on == ()
        await driver.until_says("working")
        await driver.press("escape", "escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        await driver.press("ctrl+x")
        await driver.until(lambda: screen.over)
        await driver.until(lambda: "✗ replaying publish-notes@1 stopped" in driver.notices)
        await driver.press("J", "enter")
        await driver.until(lambda: driver.app.screen is screen)
        await driver.until_says("- stopped")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, JobsScreen))
        await driver.until(lambda: not screen.is_running)


async def test_a_replay_that_comes_to_a_decision_unseen_waits_and_no_key_elsewhere_decides() -> None:
    core = StandIn(traces=[recorded_trace()], waiting=[repair(1)])
    plan = Start(ref="publish-notes@1", cwd="/home/ada/notes", mode=Mode.GUIDED)
    async with driving(core, start=plan) as driver:
        await driver.until_says("Stands before step 1")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        await driver.press("n")
        await driver.until_says("Stands before step 2")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        await driver.until_says("● replaying publish-notes@1 waits for you")
        screen.action_continue()
        await driver.until(lambda: screen.repair is not None)
        assert core.seen is None
        await driver.press_later("y", "i")
        await driver.until_says("● publish-notes@1")
        await driver.until(lambda: driver.app.guard.refuses(driver.clock.now) is not Refusal.NOTHING)
        await driver.press("escape", "J", "enter", "y")
        await driver.until(lambda: driver.app.screen is screen)
        assert core.seen is None
        assert not [call for call in core.calls if call[0] == "review"]
        await driver.until(lambda: driver.app.guard.refuses(driver.clock.now) is Refusal.TOO_EARLY)
        await driver.press_later("y")
        await driver.until_says("v2 draft")


async def test_a_second_replay_of_the_same_there_leads_to_the_one_that_waits() -> None:
    plan = Start(ref="publish-notes@1", cwd="/home/ada/notes", mode=Mode.GUIDED)
    async with driving(StandIn(waiting=[repair(1)]), start=plan, size=(80, 24)) as driver:
        await driver.until_says("Stands before step 1")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        await driver.press("n")
        await driver.until_says("Stands before step 2")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        elsewhere = Plan(ref="publish-notes@1", cwd="/home/ada/other")
        driver.app.open_replay(elsewhere)
        await driver.until(lambda: isinstance(driver.app.screen, ReplayScreen))
        await driver.until_says("Stands before step 1")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        same = Plan(ref="publish-notes@2", cwd="/home/ada/notes", mode=Mode.STRICT)
        driver.app.open_replay(same)
        await driver.until_says("waits for you in this workspace")
        await driver.press_later("n")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        driver.app.open_replay(same)
        await driver.until_says("Go there?")
        await driver.press_later("y")
        await driver.until(lambda: driver.app.screen is screen)
        assert driver.app.jobs.going_on == ()


async def test_quitting_asks_while_a_replay_goes_on_unseen_and_ends_it() -> None:
    async with driving(StandIn(hold=True), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("n")
        await driver.until_says("working")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        await driver.press("q")
        await driver.until_says("replaying publish-notes@1 goes on. Stop it and quit?")
        await driver.press_later("y")
        await driver.until(lambda: screen.stepper.ended)


async def test_hostile_names_of_jobs_are_shown_and_nothing_else() -> None:
    async with driving(StandIn(), size=(200, 60)) as driver:
        await driver.until_says("✓ notes")
        driver.app.jobs.add(ListedJob(f"importing {HOSTILE}", HOSTILE, JobState.GOING_ON, 1.0))
        driver.app.show_going_on()
        await driver.press("J")
        await driver.until_says("1 not ended")
        assert "[/][@click=app.quit]q[/][b]" in driver.text
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u200b"} & set(driver.text)
        await driver.press("escape")
        await driver.until_says("… importing")
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u200b"} & set(driver.text)
