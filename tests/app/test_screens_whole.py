"""The whole way through the screen, on a real bash: record, compile, replay, meet a drift, approve, arrive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key, Resize
from textual.geometry import Size

from app.core import Core
from app.demo import set_stage
from app.ports import Core as AnyCore
from app.screens.playbook import PlaybookScreen
from app.screens.record import RecordScreen
from app.screens.trace import TraceScreen
from app.tui import ReplaybookApp, Start
from capture.home import Home
from replay.playbook import VersionStatus
from tests.app.driving import Clock, Driver, driving, under_load
from tests.app.stand_in import StandIn


@asynccontextmanager
async def driving_real(core: AnyCore, *, start: Start | None = None) -> AsyncIterator[Driver]:
    clock = Clock()
    app = ReplaybookApp(core, start=start, clock=clock, pressed=lambda _: clock.now)
    with under_load():
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            yield Driver(app, pilot, clock)


async def test_what_is_typed_into_the_pane_is_recorded_compiled_and_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tmp_path / "work"
    workspace.mkdir()
    monkeypatch.chdir(workspace)
    core = Core(Home(tmp_path / "home").prepare())
    async with driving_real(core) as driver:
        await driver.until_says("Press r")
        await driver.press("r")
        await driver.until_says("● recording")
        await driver.press(*("space" if key == " " else key for key in "echo hello > made.txt"), "enter")
        await driver.until_says("✓ 1 echo hello > made.txt")
        await driver.until(lambda: "+ made.txt" in driver.lines("files"))
        await driver.press(*"exit", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.until_says("+ made.txt")
        await driver.press("c")
        await driver.until_says("A name for the playbook")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        await driver.until_says("echo hello")
        (workspace / "made.txt").unlink()
        await driver.press("t", "enter")
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("✓ success")
    assert (workspace / "made.txt").read_text() == "hello\n"
    assert [run.replay_id is None for run in core.runs()].count(True) == 1


async def test_a_drift_is_met_and_a_repair_approved_by_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stage = set_stage(lambda _: None)
    async with driving_real(stage.core, start=Start(ref=stage.ref, cwd=str(stage.workspace))) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("your decision")
        assert "notes/release-1.4.txt" in driver.lines("proposal")
        while driver.app.guard._seen == float("inf"):
            await driver.press("pagedown")
            await driver.pilot.pause(0.05)
        await driver.press_later("y")
        await driver.until_says("✓ success")
    assert len(stage.core.playbooks()[0].versions) == 2
    assert stage.core.version("publish-notes@2").status is VersionStatus.DRAFT
    assert "release-1.4.txt" in stage.core.version("publish-notes@2").text


async def test_a_terminal_that_was_too_small_for_a_while_gives_the_keys_back_to_the_shell() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_record()
        await driver.until_says("● recording")
        await driver.pilot.resize_terminal(20, 3)
        await driver.until_says("needs 60 by")
        await driver.press("x", "d", "enter", "ctrl+right_square_bracket")
        await driver.pilot.resize_terminal(100, 30)
        await driver.until(lambda: driver.app.focused is not None and driver.app.focused.id == "pane")
        await driver.press("a")
        assert core.session.typed == b"a"
        assert not core.session.ended


async def test_a_key_right_behind_a_size_that_is_too_small_does_nothing() -> None:
    core, small = StandIn(), Size(20, 3)
    async with driving(core) as driver:
        driver.app.open_record()
        await driver.until_says("● recording")
        driver.app.screen.post_message(Resize(small, small))
        # Before anything is drawn anew, and so before the line that says it can have the focus.
        for key in "xd":
            driver.app.screen.post_message(Key(key, key))
        await driver.pilot.pause()
        assert isinstance(driver.app.screen, RecordScreen)
        assert core.session.typed == b""
        assert not core.session.ended


async def test_the_way_out_is_shown_where_there_is_no_way_back() -> None:
    async with driving(StandIn(), size=(80, 24)) as driver:
        await driver.until_says("q quit")
        await driver.press("a")
        await driver.until_says("esc back")
        assert "q quit" not in driver.text
