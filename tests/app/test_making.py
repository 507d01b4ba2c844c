"""Recordings that nobody types, made from Home: of a script, and of what was done just now."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core import Core
from app.screens.trace import TraceScreen
from capture.home import Home
from capture.trace import RunStatus
from tests.app.driving import driving
from tests.app.stand_in import StandIn


async def test_a_script_is_recorded_under_what_was_said_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.sh").write_text("true\n")
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("S", *"s", "ctrl+s")
        await driver.until_says("script: there is no such file; give another")
        await driver.press("full_stop", *"sh", "down", *"nightly", "down", *"ship", "down", "down", "ctrl+u", *"fish")
        await driver.press("down", *"etc", "ctrl+s")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        assert driver.app.jobs.all[0].title == "recording s.sh"
    here = str(tmp_path)
    assert ("record script", tmp_path / "s.sh", "nightly", "ship", here, "fish", ("etc",)) in core.calls


async def test_what_was_done_just_now_becomes_a_recording() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.until_says("notes")
        await driver.press("L", "ctrl+u", *"0", "ctrl+s")
        await driver.until_says("commands: it is a number of commands, 1 or more")
        await driver.press("ctrl+u", *"99", "down", *"late", "ctrl+s")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.until(lambda: "! only" in driver.notices)
    assert ("record last", 99, None, "late") in core.calls


def test_a_script_that_is_stopped_ends_with_its_step_and_keeps_what_ran(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    script = tmp_path / "s.sh"
    script.write_text("echo first\nsleep 600\necho never\n")
    stops: list[Callable[[], None]] = []
    core = Core(Home(tmp_path / "home"))
    trace = core.record_script(
        script,
        cwd=str(tmp_path / "work"),
        told=lambda step: threading.Timer(0, stops[0]).start() if step.step_index == 1 else None,
        running=stops.append,
    )
    assert trace.run.status is RunStatus.PARTIAL
    assert "echo never" not in [step.command for step in trace.steps]
    assert trace.steps[0].command == "echo first"
