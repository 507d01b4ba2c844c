"""Verifying and updating from the screens: asked first, told wherever one is, stopped by a key, shown at the end."""

import os
from pathlib import Path

import msgspec

from app.errands import Errand
from app.screens.home import HomeScreen
from app.screens.playbook import PlaybookScreen
from app.screens.trace import TraceScreen
from app.workers.facts import Exported
from app.workers.jobs import ErrandEnded
from replay.outcome import Mode, Replay, ReplayStatus
from replay.playbook import VersionStatus
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, Stored, compilation, playbook, recorded_trace

REF = "publish-notes@1"


def compiled_core() -> StandIn:
    book = msgspec.structs.replace(playbook(), source_runs=(recorded_trace().run.run_id,))
    made = msgspec.structs.replace(compilation(), playbook=book)
    return StandIn(versions={1: Stored(playbook=book, status=VersionStatus.DRAFT, compilation=made)})


async def begin_to_verify(driver: Driver) -> None:
    driver.app.open_playbook(REF)
    await driver.until_says("git log")
    await driver.press("V")
    await driver.until_says("isolated copy")
    await driver.press("enter")
    await driver.until_says("run again now")


async def test_verifying_says_what_runs_where_and_runs_nothing_without_a_letter() -> None:
    core = compiled_core()
    async with driving(core) as driver:
        await begin_to_verify(driver)
        assert "/home/ada/notes as it was before" in driver.text
        assert "Nothing reaches" in driver.text
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        assert not any(call[0] == "verify" for call in core.calls)


async def test_verifying_begins_from_a_directory_that_is_there(tmp_path: Path) -> None:
    core = compiled_core()
    core.go_on.set()
    async with driving(core, size=(100, 40)) as driver:
        driver.app.open_playbook(REF)
        await driver.until_says("git log")
        await driver.press("V", "x", "enter")
        await driver.until_says("x is not a directory")
        driver.app.screen.query_one("Input").value = str(tmp_path)  # type: ignore[attr-defined] # an Input
        await driver.press("enter")
        await driver.until_says("run again now")
        await driver.press("y")
        await driver.until(lambda: ("verify", REF, os.path.realpath(tmp_path)) in core.calls)


async def test_what_was_learned_is_shown_with_the_draft_that_it_made() -> None:
    core = compiled_core()
    async with driving(core, size=(80, 24)) as driver:
        await begin_to_verify(driver)
        await driver.press("y")
        await driver.until_says("… verifying publish-notes@1 · ctrl+x stops it")
        core.go_on.set()
        await driver.until_says("noise: step 2: '3' varies")
        assert "publish-notes@2 verified in a shadow of level L2" in driver.text
        await driver.press("escape")
        await driver.until(lambda: getattr(driver.app.screen, "ref", None) == "publish-notes@2")
        assert "verifying" not in driver.text


async def test_verifying_goes_on_when_its_screen_is_left_and_is_told_wherever_one_is() -> None:
    core = compiled_core()
    async with driving(core) as driver:
        await begin_to_verify(driver)
        await driver.press("y")
        await driver.until_says("… verifying")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        await driver.until_says("… verifying publish-notes@1")
        driver.app.open_trace("notes")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.until_says("… verifying publish-notes@1")
        core.go_on.set()
        await driver.until(lambda: "publish-notes@2 verified" in driver.notices)
        assert isinstance(driver.app.screen, TraceScreen)
        assert "… verifying" not in driver.text


async def test_it_is_stopped_by_a_key_and_only_one_goes_on() -> None:
    core = compiled_core()
    async with driving(core) as driver:
        await begin_to_verify(driver)
        await driver.press("y")
        await driver.until_says("… verifying")
        await driver.press("V", "enter", "y")
        await driver.until(lambda: "goes on; ctrl+x stops it" in driver.notices)
        assert [call[0] for call in core.calls].count("verify") == 1
        await driver.press("ctrl+x")
        await driver.until(lambda: "was stopped: nothing was learned" in driver.notices)
        await driver.until(lambda: "… verifying" not in driver.text)
        assert set(core.versions) == {1}


async def test_quitting_asks_while_it_goes_on_and_stops_it() -> None:
    core = compiled_core()
    async with driving(core) as driver:
        await begin_to_verify(driver)
        await driver.press("y")
        await driver.until_says("… verifying")
        await driver.press("q")
        await driver.until_says("verifying publish-notes@1 goes on. Stop it and quit?")
        await driver.press("y")
        await driver.until(core.go_on.is_set)


async def test_what_ends_behind_the_last_screen_is_told_to_nobody() -> None:
    async with driving(StandIn()) as driver:
        app = driver.app
    errand = Errand("validating publish-notes@1", lambda _: Exported(Path("x")))
    # As a thread does that has not heard yet that the person has left.
    app.hear(Exported(Path("x")))
    app.end_errand(ErrandEnded(errand, None, "it was stopped", to=None))
    app.show_errand()
    assert app.fault is None


async def test_a_recording_is_compiled_and_verified_in_one_go() -> None:
    core = StandIn()
    core.go_on.set()
    run = core.traces[0].run
    async with driving(core) as driver:
        driver.app.open_trace("notes")
        await driver.until_says("output of step 1")
        await driver.press("k", "C", "enter", "enter")
        await driver.until_says("run again now")
        await driver.press("y")
        await driver.until_says("verified in a shadow of level L2")
        assert ("compile_verified", (run.run_id,), "notes", frozenset({1}), None) in core.calls
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))


def replay(number: int, **more: object) -> Replay:
    made = Replay(
        replay_id=f"p-{number}",
        run_id=f"run-{number}",
        playbook="publish-notes",
        version=1,
        digest="sha256:x",
        mode=Mode.STRICT,
        status=ReplayStatus.FAILED,
        stopped_at=2,
        started_at="2026-03-01T09:30:00+00:00",
    )
    return msgspec.structs.replace(made, **more)


async def test_a_version_is_held_against_a_replay_and_the_diff_of_the_draft_is_shown() -> None:
    core = compiled_core()
    core.replayed = [replay(1), replay(2, mode=Mode.SIMULATE), replay(3, run_id=None)]
    async with driving(core, size=(80, 24)) as driver:
        driver.app.open_playbook(REF)
        await driver.until_says("git log")
        await driver.press("u")
        await driver.until_says("failed at step 2")
        assert "3 h ago" in driver.text
        assert driver.text.count("replay of v1") == 1
        assert "notes" in driver.text
        await driver.press("enter")
        await driver.until_says("publish-notes@2 is a draft, made of publish-notes@1")
        assert ("update", REF, "p-1") in core.calls
        assert "+a 4" in driver.text
        assert "-a 3" in driver.text
        at = [driver.text.index(words) for words in ("'3' is '4' now", "+a 4", "Left as it is", "step 3 was not done")]
        assert at == sorted(at)
        await driver.press("escape")
        await driver.until(lambda: getattr(driver.app.screen, "ref", None) == "publish-notes@2")


async def test_with_nothing_to_hold_it_against_it_says_what_to_do() -> None:
    core = compiled_core()
    core.traces = []
    async with driving(core) as driver:
        driver.app.open_playbook(REF)
        await driver.until_says("git log")
        await driver.press("u")
        await driver.until(lambda: "nothing to hold it against yet" in driver.notices)
        await driver.press("V")
        await driver.until(lambda: "no recording of it is left" in driver.notices)
