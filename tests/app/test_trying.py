"""One step tried in a shadow, for real: the host stays as it is, and nothing of it counts for the version."""

from pathlib import Path

import pytest

from app.core import Core
from app.screens.playbook import PlaybookScreen
from app.screens.replay import ReplayScreen
from capture.errors import BadInputError
from capture.home import Home
from replay.shadow import Level, strongest
from tests.app.driving import driving
from tests.app.stand_in import StandIn
from tests.program import Program

pytestmark = pytest.mark.skipif(strongest() is Level.L0, reason="no isolation on this machine")

DOCUMENT = """\
replaybook: 1
name: p
steps:
  - run: mkdir out
    expect: {output: "", effects: [created out/]}
  - run: echo build 71
    expect:
      output: |
        build {{build}}
      effects: []
    capture:
      - {name: build, recorded: "70", pattern: "[0-9]+"}
  - run: "false"
    expect: {exit: 1, effects: []}
  - run: echo {{build}} > out/tag && cat out/tag
    expect:
      output: |
        {{build}}
      effects: [created out/tag]
  - run: cat out/tag
    expect:
      output: |
        of another build
      effects: []
  - run: touch out/end
    expect: {output: "", effects: [created out/end]}
"""


@pytest.fixture
def core(tmp_path: Path) -> Core:
    home = Home(tmp_path / "replaybook").prepare()
    (home.playbooks / "p").mkdir(parents=True)
    (home.playbooks / "p" / "1.yaml").write_text(DOCUMENT, encoding="utf-8")
    return Core(home)


def statuses(document: dict[str, object]) -> list[object]:
    replay = document["replay"]
    assert isinstance(replay, dict)
    return [step["status"] for step in replay["steps"]]


@pytest.mark.usefixtures("core")
def test_from_the_command_line(program: Program) -> None:
    done = program.json("try", "p", "4")
    assert (done["step_index"], done["first"]) == (4, [1, 2])
    assert statuses(done) == ["success", "success", "skipped", "success", "not_run", "not_run"]
    assert (done["replay"]["version"], done["replay"]["bindings"]["build"]) == (1, "71")
    assert list(program.cwd.iterdir()) == []
    assert program.rows_of("replays") == []
    assert [row["name"] for row in program.rows_of("runs")] == ["p trial"]
    wrong = program("try", "p", "5")
    assert (wrong.code, "step 5 of p@1, tried in a shadow" in wrong.out, ": failed\n" in wrong.out) == (4, True, True)
    (program.cwd / "out").mkdir()
    blocked = program("try", "p", "4")
    assert (blocked.code, "which step 4 builds on" in blocked.out, "--alone" in blocked.err) == (4, True, True)
    alone = program.json("try", "p@1", "4", "--alone")
    assert (alone["first"], alone["replay"]["bindings"]["build"]) == ([], "70")
    assert statuses(alone)[:4] == ["skipped", "skipped", "skipped", "success"]
    assert program("try", "p", "9").err == "replaybook: p@1 has no step 9; it has 6\n"


def test_a_success_of_the_last_step_counts_for_nothing(core: Core, program: Program) -> None:
    done = program.json("try", "p", "6", "--alone", code=None)
    assert done["replay"]["status"] != "success" or program.rows_of("replays") == []
    assert core.stability("p").replays == ()


def test_a_step_that_is_left_out_is_not_tried(core: Core) -> None:
    document = core.home.playbooks / "p" / "1.yaml"
    document.write_text(DOCUMENT.replace('"false"\n', '"false"\n    skip: true\n'), encoding="utf-8")
    with pytest.raises(BadInputError, match="step 3 of p@1 is left out"):
        core.try_step("p", 3, cwd="/")


async def test_on_the_screen_it_is_shown_as_a_step_of_a_replay(core: Core, program: Program) -> None:
    async with driving(core, size=(100, 30)) as driver:
        driver.app.open_playbook("p", cwd=str(program.cwd))
        await driver.until_says("mkdir out")
        await driver.press("down", "down", "down", "r")
        await driver.until_says("Steps 1, 2 run there before it")
        await driver.press("enter")
        await driver.until_says("Step 4 went as recorded")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        assert (screen.steps.step, "trial of step 4" in driver.text) == (4, True)
        assert [str(row.mark) for row in screen.steps.rows[:4]] == ["✓", "✓", "-", "✓"]
        assert "71" in driver.lines("actual")
        await driver.press("n")
        await driver.until(lambda: screen.stands and str(screen.steps.rows[4].mark) == "✗")
        assert screen.steps.step == 5
        await driver.press("x")
        await driver.until(lambda: screen.over)
        await driver.press("escape", "R")
        await driver.until_says("No step runs before it")
        assert list(program.cwd.iterdir()) == []


async def test_what_a_trial_stops_at_is_said(core: Core, program: Program) -> None:
    (program.cwd / "out").mkdir()
    async with driving(core, size=(100, 40)) as driver:
        driver.app.open_playbook("p", cwd=str(program.cwd))
        await driver.until_says("mkdir out")
        await driver.press("down", "down", "down", "r", "enter")
        await driver.until_says("Step 4 was not reached: step 1, which it builds on")
        await driver.press("x")
        await driver.until_says("R tries it again")


async def test_a_row_that_is_no_step_is_not_tried() -> None:
    core = StandIn()
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("git log")
        screen = driver.app.screen
        assert isinstance(screen, PlaybookScreen)
        await driver.press("r", "enter")
        await driver.until(lambda: any(call[0] == "try_step" for call in core.calls))
        assert core.calls[-1][:3] == ("try_step", "publish-notes@1", 1)
