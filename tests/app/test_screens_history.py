import msgspec
import pytest

from app.screens.checking import CheckScreen
from app.screens.compare import CompareScreen
from app.screens.history import HistoryScreen
from app.screens.ledger import LedgerScreen
from app.screens.playbook import PlaybookScreen
from app.screens.trace import TraceScreen
from app.tui import Start
from app.widgets.shelf import Shelf
from app.widgets.steps import StepList
from capture.trace import RunStatus
from replay.history.suspects import Suspect
from replay.outcome import FailureClass, Mode, Replay, ReplayStatus, StepOutcome, StepState
from replay.playbook import VersionStatus
from tests.app.agent_run import agent_trace
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, Stored, default_failure, playbook, recorded_trace

SIZES = [(80, 24), (110, 32)]
BAD = Suspect(
    since="2026-02-27T08:00:00Z",
    divergences=2,
    step_index=2,
    failure_class=FailureClass.MISSING_FILE,
    message="notes/release.txt is not there",
    replays=("p-2", "p-1"),
)


def replayed(number: int, *, failed: bool = False, mode: Mode = Mode.STRICT) -> Replay:
    steps = tuple(
        StepOutcome(step_index=index, status=StepState.SUCCESS, duration_ms=12.0 * index, exit_code=0)
        for index in range(1, 2 if failed else 5)
    )
    return Replay(
        replay_id=f"p-{number}",
        run_id=None if mode is Mode.SIMULATE else f"run-{number}",
        playbook="publish-notes",
        version=1,
        digest="sha256:x",
        mode=mode,
        status=ReplayStatus.FAILED if failed else ReplayStatus.SUCCESS,
        failure=default_failure() if failed else None,
        stopped_at=2 if failed else None,
        steps=steps,
        started_at=f"2026-03-01T09:0{number}:00Z",
        duration_ms=1500.0,
        workspace="/home/ada/notes",
    )


def past() -> StandIn:
    return StandIn(replayed=[replayed(3, failed=True), replayed(2), replayed(1)])


async def to_history(driver: Driver) -> None:
    await driver.until_says("publish-notes")
    await driver.press("enter")
    await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
    await driver.until_says("./build.sh")
    await driver.press("h")
    await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen))
    await driver.until_says("failed at step 2")


@pytest.mark.parametrize("size", SIZES)
async def test_the_history_says_which_step_flakes(size: tuple[int, int]) -> None:
    async with driving(past(), size=size) as driver:
        await to_history(driver)
        told = driver.lines("output")
        assert "2 of the last 3 replays of publish-notes@1 passed" in told
        assert "!  2 flaky" in told
        assert "missing-file" in told
        assert "✓  1 stable" in told
        assert "left out: 2 in a shadow" in told
        assert "1.5 s" in driver.text


async def test_a_replay_compares_with_its_recording_or_with_another_one() -> None:
    core = past()
    async with driving(core) as driver:
        await to_history(driver)
        await driver.press("equals_sign")
        await driver.until(lambda: isinstance(driver.app.screen, CompareScreen))
        await driver.until(lambda: core.calls[-1] == ("compare", "20260301-093000-ab12", "p-3"))
        await driver.press("escape", "space", "down", "space")
        await driver.until_says("2 marked")
        await driver.press("equals_sign")
        await driver.until(lambda: ("compare", "p-2", "p-3") in core.calls)


async def test_a_comparison_shows_only_what_differs_and_goes_from_one_to_the_next() -> None:
    core = past()
    async with driving(core) as driver:
        await to_history(driver)
        await driver.press("equals_sign")
        await driver.until_says("≠ different")
        steps = driver.app.screen.query_one("#steps", StepList)
        assert "".join(row.mark for row in steps.rows) == "!!✓✗"
        assert "+more" in driver.lines("difference")
        assert "output of step" not in driver.lines("difference")
        await driver.until(lambda: "more" in driver.lines("actual"))
        assert "more" not in driver.lines("recorded")
        assert "≠" in driver.text
        await driver.press("n")
        await driver.until(lambda: steps.step == 2)
        await driver.press("n")
        await driver.until(lambda: steps.step == 4)
        assert "Only 1 has done it" in driver.lines("difference")
        await driver.press("n")
        await driver.until(lambda: "no other step differs" in driver.notices)
        await driver.press("N")
        await driver.until(lambda: steps.step == 2)


async def test_two_recordings_compare_from_home() -> None:
    core = StandIn(versions={})
    other = msgspec.structs.replace(recorded_trace().run, run_id="20260301-083000-cd34", status=RunStatus.FAILED)
    core.traces.append(recorded_trace(run=other))
    async with driving(core) as driver:
        await driver.until_says("failed")
        await driver.press("equals_sign")
        await driver.until(lambda: "mark two recordings" in driver.notices)
        await driver.press("space", "down", "space")
        await driver.until_says("= compares them")
        await driver.press("equals_sign")
        await driver.until(lambda: isinstance(driver.app.screen, CompareScreen))
        await driver.until(lambda: core.calls[-1][0] == "compare")


async def test_what_ran_no_step_is_not_marked_or_opened() -> None:
    core = StandIn(replayed=[replayed(3, failed=True), replayed(1, mode=Mode.SIMULATE)])
    async with driving(core) as driver:
        await to_history(driver)
        await driver.press("down", "space", "enter")
        await driver.until(lambda: driver.notices.count("ran no step") == 2)
        assert isinstance(driver.app.screen, HistoryScreen)


async def test_a_replay_that_ended_compares_with_its_recording() -> None:
    core = StandIn()
    start = Start(ref="publish-notes", cwd="/tmp", mode=Mode.STRICT)
    async with driving(core, start=start) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("equals_sign", "c")
        await driver.until_says("✗ failed")
        assert not any(call[0] == "recording_of" for call in core.calls)
        # Nothing was recorded of this one.
        assert "= compare" not in driver.text


@pytest.mark.parametrize("size", SIZES)
async def test_all_playbooks_are_checked_and_each_can_be_opened(size: tuple[int, int]) -> None:
    core = StandIn()
    async with driving(core, size=size) as driver:
        await driver.until_says("publish-notes")
        await driver.press("v")
        await driver.until(lambda: isinstance(driver.app.screen, CheckScreen))
        await driver.until_says("✗ 1 would not pass")
        assert "not ready" in driver.text
        await driver.press("down")
        await driver.until(lambda: "step 2: no disk" in driver.lines("output"))
        await driver.press("S")
        await driver.until_says("diverged")
        assert ("check", True) in core.calls
        driver.app.screen.query_one("#playbooks", Shelf).highlighted = 1
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))


async def test_the_ledger_shows_its_sums_and_leads_to_both_runs() -> None:
    core = past()
    made = agent_trace()
    core.traces = [made, *core.traces]
    async with driving(core, size=(120, 36)) as driver:
        await driver.until_says("publish-notes")
        await driver.press("l")
        await driver.until_says("9 → 0")
        assert ("ledger", None) in core.calls
        assert isinstance(driver.app.screen, LedgerScreen)
        assert "61,240 → 0" in driver.text
        assert "18 model calls avoided (122,480 prompt and 3,744 completion tokens)" in driver.lines("output")
        assert "(replay p-2)" in driver.lines("output")
        await driver.press("o")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))
        await driver.until_says("release notes")
        await driver.press("escape", "equals_sign")
        await driver.until(lambda: any(call[0] == "recording_of" for call in core.calls))
        await driver.until(lambda: isinstance(driver.app.screen, CompareScreen))
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, LedgerScreen))
        core.traces = [msgspec.structs.replace(made, run=msgspec.structs.replace(made.run, run_id="run-2"))]
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, TraceScreen))


async def test_the_ledger_of_one_playbook_says_what_is_not_told() -> None:
    core = past()
    async with driving(core) as driver:
        await to_history(driver)
        await driver.press("l")
        await driver.until_says("not told → 0")
        assert ("ledger", "publish-notes") in core.calls
        assert "model calls avoided: not told" in driver.lines("output")


async def test_a_ledger_in_which_nothing_counts_tells_no_sums_of_nothing() -> None:
    core = past()
    core.replayed = []
    async with driving(core) as driver:
        await driver.until_says("publish-notes")
        await driver.press("l")
        await driver.until_says("No replay has saved anything yet")
        await driver.until(lambda: "not counted: 1, simulated" in driver.lines("output"))
        assert "in all" not in driver.lines("output")
        assert "0.000 s recorded" not in driver.lines("output")


async def test_a_suspect_playbook_says_so_at_home_and_on_its_screen() -> None:
    core = StandIn(suspect=BAD)
    core.versions[1] = Stored(playbook=playbook(), status=VersionStatus.ACTIVE)
    async with driving(core, size=(110, 30)) as driver:
        await driver.until_says("! suspect since 2026-02-27: step 2, missing-file")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        await driver.until_says("! suspect since 2026-02-27")


async def test_the_replay_under_the_cursor_says_how_far_it_came_and_what_its_version_is_worth() -> None:
    core = past()
    core.replayed = [*core.replayed, msgspec.structs.replace(core.replayed[0], replay_id="p-0", version=7)]
    async with driving(core, size=(80, 24)) as driver:
        await to_history(driver)
        await driver.until(lambda: "✗ failed  v1 strict" in driver.lines("output"))
        assert "2 of the last" in driver.lines("output")
        read = [call for call in core.calls if call[0] == "stability"]
        await driver.press("end")
        await driver.until(lambda: " v7 strict" in driver.lines("output"))
        await driver.until(lambda: ("stability", "publish-notes@7", 10) in core.calls)
        await driver.press("home", "end")
        assert len([call for call in core.calls if call[0] == "stability"]) == len(read) + 1
