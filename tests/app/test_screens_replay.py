import msgspec
from textual.widgets import TextArea

from app.screens.breaking import BreakpointList
from app.screens.dialogs import AskText, Confirm, EditText
from app.screens.replay import ReplayScreen
from app.tui import Start
from app.widgets.beside import Twin
from app.widgets.prose import Tone
from app.widgets.steps import Mark, StepList
from app.workers.replay_facts import ReplayTold, Stood
from replay.inbox import Decision
from replay.outcome import Mode, Replay, ReplayStatus, StepOutcome, StepState
from replay.playbook import Answer, Expectation, Parameter, ParameterType, VersionStatus
from replay.progress import VersionMade
from replay.stand import Stand
from tests.app.driving import Driver, driving
from tests.app.stand_in import StandIn, Stored, playbook, repair

GUIDED = Start(ref="publish-notes", cwd="/tmp")
STRICT = Start(ref="publish-notes", cwd="/tmp", mode=Mode.STRICT)
SIMULATE = Start(ref="publish-notes", cwd="/tmp", mode=Mode.SIMULATE)


def marks(driver: Driver) -> str:
    return "".join(row.mark for row in driver.app.screen.query_one("#steps", StepList).rows)


def reviews(core: StandIn) -> list[tuple[object, ...]]:
    return [call for call in core.calls if call[0] == "review"]


async def to_the_divergence(driver: Driver) -> None:
    await driver.until_says("Stands before step 1")
    await driver.press("c")
    await driver.until_says("your decision")
    await driver.until(lambda: driver.app.guard._seen < float("inf"))


async def test_one_key_is_one_step() -> None:
    async with driving(StandIn(), start=GUIDED) as driver:
        await driver.until_says("Stands before step 1")
        assert marks(driver) == "▸···"
        await driver.press("n")
        await driver.until_says("Stands before step 2")
        assert marks(driver) == "✓▸··"
        assert "3 paragraphs in {{duration}}" in driver.lines("recorded")


async def test_recorded_stands_beside_actual_at_a_divergence() -> None:
    async with driving(StandIn(), start=GUIDED) as driver:
        await to_the_divergence(driver)
        assert marks(driver) == "✓✗··"
        assert "exit 0" in driver.lines("recorded")
        assert "exit 1" in driver.lines("actual")
        proposal = driver.lines("proposal")
        assert "missing-file" in proposal
        assert "-  - run: ./build.sh notes/release.txt" in proposal
        assert "+  - run: ./build.sh notes/release-1.1.txt" in proposal
        assert "low risk" in proposal


async def test_an_approved_repair_goes_on_to_the_end() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press_later("y")
        await driver.until_says("✓ success")
        assert marks(driver) == "✓✓✓✓"
        assert reviews(core) == [("review", "r-1", Decision.APPROVE, None, None)]
        await driver.until_says("v2 draft")
        await driver.press("v")
        await driver.until(lambda: "green" in driver.notices)
        await driver.until_says("v2 shadow")
        await driver.press("P")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("y")
        await driver.until(lambda: core.versions[2].status is VersionStatus.ACTIVE)
        await driver.until_says("✓ publish-notes@2 is active")
        assert "draft" not in driver.text


async def test_what_is_validated_and_promoted_is_never_what_was_replayed_while_a_proposal_is_open() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press("v", "P")
        await driver.until(lambda: driver.notices.count("approve first: only a version can be validated") == 2)
        made = core.versions[max(core.versions)].playbook
        driver.app.screen.post_message(ReplayTold(VersionMade(playbook=made, digest="sha256:y")))
        await driver.until(lambda: "its end makes publish-notes@" in driver.notices)
        assert isinstance(driver.app.screen, ReplayScreen)
        assert driver.app.screen.repair is not None
        await driver.press("v", "P")
        said = "is made when the replay ends: y or n decides on this proposal first"
        await driver.until(lambda: driver.notices.count(said) == 2)
        assert not [call for call in core.calls if call[0] in ("validate", "promote")]
        assert not isinstance(driver.app.screen, Confirm)


async def test_approval_keys_are_dead_at_first() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press("y", "y", "n", "c")
        assert reviews(core) == []
        driver.clock.now += 0.299
        await driver.press("y")
        assert reviews(core) == []
        driver.clock.now += 0.002
        await driver.press("y")
        await driver.until(lambda: reviews(core))


async def test_typed_ahead_keys_approve_nothing() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c", "y", "y", "y")
        await driver.until_says("your decision")
        assert reviews(core) == []


async def test_enter_and_space_approve_nothing() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press_later("enter", "space")
        assert reviews(core) == []
        assert "your decision" in driver.text


async def test_a_change_that_was_not_seen_whole_can_not_be_approved() -> None:
    long = repair(1, diff="@@ -1 +1 @@\n" + "".join(f"+line {number}\n" for number in range(80)))
    core = StandIn(proposals=(long,))
    async with driving(core, start=GUIDED, size=(80, 24), drawn=True) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("your decision")
        await driver.press_later("y")
        assert reviews(core) == []
        assert "scroll down" in driver.notices
        assert "more below" in driver.text
        for _ in range(20):
            await driver.press("pagedown")
            await driver.pilot.pause()
            await driver.until(lambda: not driver.app.animator.is_being_animated(driver.app.screen, "scroll_y"))
        await driver.until(lambda: driver.app.guard._seen < float("inf"))
        await driver.until(lambda: "more below" not in driver.text)
        await driver.press_later("y")
        await driver.until(lambda: reviews(core))


async def test_n_rejects_while_a_proposal_is_open_and_steps_otherwise() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press_later("n")
        await driver.until(lambda: "release-1.2.txt" in driver.lines("proposal"))
        await driver.until(lambda: driver.app.guard._seen < float("inf"))
        await driver.press_later("n")
        await driver.until_says("✗ failed")
        assert [call[1:3] for call in reviews(core)] == [("r-1", Decision.REJECT), ("r-2", Decision.REJECT)]


async def test_changes_are_requested_with_a_note() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press_later("c")
        await driver.press(*"ask", "enter")
        await driver.until(lambda: reviews(core))
        assert reviews(core) == [("review", "r-1", Decision.REQUEST_CHANGES, "ask", None)]


async def test_an_edit_is_shown_and_still_wants_its_approval() -> None:
    core = StandIn()
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press_later("e")
        await driver.until(lambda: isinstance(driver.app.screen, EditText))
        driver.app.screen.query_one(TextArea).text = "./build.sh mine.txt\n./test.sh"
        await driver.press("ctrl+s")
        await driver.until(lambda: "your edit" in driver.lines("proposal"))
        assert reviews(core) == []
        await driver.until(lambda: driver.app.guard._seen < float("inf"))
        await driver.press_later("y")
        await driver.until(lambda: reviews(core))
        assert reviews(core)[0][-1] == "./build.sh mine.txt\n./test.sh"


async def test_a_stale_repair_says_so_and_stays_open() -> None:
    from replay.repairs.proposal import RepairStatus  # noqa: PLC0415 - of this one test

    stale = repair(1)
    core = StandIn(proposals=(stale,))
    async with driving(core, start=GUIDED) as driver:
        await to_the_divergence(driver)
        core.proposals = (repair(1, status=RepairStatus.STALE),)
        await driver.press_later("y")
        await driver.until(lambda: "stale" in driver.notices)
        assert "your decision" in driver.text


async def test_why_says_what_a_proposal_rests_on() -> None:
    async with driving(StandIn(), start=GUIDED) as driver:
        await to_the_divergence(driver)
        await driver.press("question_mark")
        await driver.until_says("confidence")
        assert "rule:renamed-file" in driver.text


async def test_breakpoint_run_to_cursor_and_skip() -> None:
    async with driving(StandIn(), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("down", "b", "up", "c")
        await driver.until_says("Stands before step 2")
        assert "●" in driver.text
        await driver.press("k")
        await driver.until_says("Stands before step 3")
        assert marks(driver) == "✓-▸·"
        await driver.press("down", "r")
        await driver.until_says("Stands before step 4")


async def test_strict_stops_and_proposes_nothing() -> None:
    async with driving(StandIn(), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("✗ failed")
        assert "missing-file" in driver.lines("proposal")
        await driver.press("R")
        await driver.until_says("Stands before step 1")


async def test_simulate_shows_what_is_in_the_way() -> None:
    async with driving(StandIn(), start=SIMULATE) as driver:
        await driver.until_says("✗ not ready")
        assert marks(driver) == "✗✗✗✗"
        assert "✗ notes/release.txt is not there" in driver.lines("actual")
        assert ": notes/release.txt is not there" in driver.lines("proposal")


async def test_an_abstention_says_why() -> None:
    async with driving(StandIn(abstained="two files fit equally; which one?"), start=GUIDED) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("✗ failed")


async def test_stopping_ends_the_step_that_runs() -> None:
    async with driving(StandIn(hold=True), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("n")
        await driver.until_says("working")
        await driver.press("x")
        await driver.until_says("- stopped")


async def test_leaving_ends_a_replay_that_has_run_nothing_and_its_thread() -> None:
    async with driving(StandIn(hold=True), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        await driver.press("escape")
        await driver.until(lambda: screen._stepper._stopped)
        await driver.until(lambda: not list(driver.app.workers))
        assert driver.app.jobs.all == ()


async def test_what_has_no_value_is_asked_for_and_secrets_are_hidden() -> None:
    made = playbook()
    wanted = msgspec.structs.replace(
        made,
        parameters={"tag": Parameter(), "key": Parameter(type=ParameterType.SECRET)},
        steps=(msgspec.structs.replace(made.steps[0], answers=(Answer(prompt="Password: ", secret=True),)),),
    )
    core = StandIn(versions={1: Stored(playbook=wanted, status=VersionStatus.ACTIVE)})
    async with driving(core, start=STRICT) as driver:
        await driver.until_says("A value for tag")
        await driver.press(*"v1", "enter")
        await driver.until_says("A value for key")
        await driver.press(*"geheim", "enter")
        await driver.until_says("Password:")
        assert "geheim" not in driver.text
        await driver.press(*"pw", "enter")
        await driver.until_says("Stands before step 1")
        call = next(call for call in core.calls if call[0] == "replay")
        assert call[4] == {"tag": "v1", "key": "geheim"}
        assert core.secrets == {"Password: ": "pw"}


async def test_a_replay_that_may_not_begin_says_why() -> None:
    async with driving(StandIn(), start=Start(ref="publish-notes@7", cwd="/tmp")) as driver:
        await driver.until(lambda: "no version publish-notes@7" in driver.notices)


async def test_marks_say_it_without_colour() -> None:
    assert len({mark.value for mark in Mark}) == len(list(Mark))


async def test_where_no_step_can_be_taken_back_the_key_says_why() -> None:
    core = StandIn(no_way_back="what a step did on the real workspace can't be taken back")
    async with driving(core, start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("n")
        await driver.until_says("Stands before step 2")
        await driver.press("less_than_sign")
        await driver.until(lambda: "can't be taken back" in driver.notices)
        assert marks(driver) == "✓▸··"


async def test_a_breakpoint_with_a_condition_is_set_shown_and_halts() -> None:
    async with driving(StandIn(), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("B")
        await driver.until(lambda: isinstance(driver.app.screen, AskText))
        await driver.press(*"exit", "space", "0", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayScreen))
        assert "exit 0" in driver.lines("values")
        await driver.press("c")
        await driver.until_says("Stands before step 2")
        assert "exit 0" in driver.lines("proposal")


async def test_no_breakpoint_that_can_not_be_read_is_taken() -> None:
    async with driving(StandIn(), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("B", *"nothing", "enter")
        await driver.until_says("write STEP")
        assert isinstance(driver.app.screen, AskText)


async def test_a_pause_while_a_step_runs_says_that_it_halts_behind_it() -> None:
    async with driving(StandIn(hold=True), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("working")
        await driver.press("p")
        await driver.until(lambda: "It halts before the next step" in driver.notices)
        await driver.press("x")
        await driver.until_says("- stopped")


async def test_breakpoints_are_listed_gone_to_cleared_and_added() -> None:
    async with driving(StandIn(), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("down", "down", "b", "up", "up", "l")
        await driver.until(lambda: isinstance(driver.app.screen, BreakpointList))
        assert any("● step 3" in line and "./test.sh" in line for line in driver.text.splitlines())
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayScreen))
        assert driver.app.screen.query_one("#steps", StepList).step == 3
        await driver.press("l", "a", *"output", "space", *"paragraphs", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayScreen))
        assert "○ output paragraphs" in driver.lines("values")
        await driver.press("l")
        await driver.until_says("behind step 2")
        await driver.press("d", "d")
        await driver.until_says("None is set")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayScreen))
        assert driver.lines("values") == ""


async def test_a_step_that_is_not_as_it_was_lights_what_differs_and_one_scroll_moves_both() -> None:
    came = "".join(f"line {number}\n" for number in range(60)) + "built public/notes.html: 9 paragraphs in 3 ms\n"
    wanted = playbook()
    expect = Expectation(output=came.replace("9 paragraphs in 3 ms", "3 paragraphs in {{duration}}"))
    steps = (wanted.steps[0], msgspec.structs.replace(wanted.steps[1], expect=expect), *wanted.steps[2:])
    stored = Stored(playbook=msgspec.structs.replace(wanted, steps=steps), status=VersionStatus.ACTIVE)
    core = StandIn(versions={1: stored}, outputs={2: came})
    async with driving(core, start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until_says("✗ failed")
        # Both panes are at the difference once each of them has been laid out.
        await driver.until(lambda: driver.text.count("≠built public") == driver.text.count("≠exit") == 2)
        assert "line 0 " not in driver.text
        recorded, actual = driver.app.screen.query_one("#recorded", Twin), driver.app.screen.query_one("#actual", Twin)
        assert [text for row in recorded.said for text, tone in row if tone is Tone.LIT][:2] == ["3", "0"]
        assert [text for row in actual.said for text, tone in row if tone is Tone.LIT] == ["9", "1"]
        actual.focus()
        await driver.press("home")
        await driver.until(lambda: recorded.scroll_y == actual.scroll_y == 0)
        recorded.focus()
        await driver.press("end")
        await driver.until(lambda: recorded.scroll_y == actual.scroll_y == actual.max_scroll_y > 0)


async def test_the_time_that_is_left_is_told_from_the_replays_before() -> None:
    outcomes = tuple(
        StepOutcome(step_index=index, status=StepState.SUCCESS, duration_ms=30_000.0) for index in (1, 2, 3, 4)
    )
    before = Replay(
        replay_id="p-0",
        run_id="run-0",
        playbook="publish-notes",
        version=1,
        digest="sha256:x",
        mode=Mode.STRICT,
        status=ReplayStatus.SUCCESS,
        steps=outcomes,
    )
    async with driving(StandIn(replayed=[before], hold=True), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("n")
        await driver.until_says("02:00 left")
        driver.clock.now += 12
        await driver.until_says("01:48 left")
        await driver.press("x")
        await driver.until_says("- stopped")
        assert "left" not in driver.text


async def test_values_are_shown_and_those_that_have_changed_are_told_apart() -> None:
    async with driving(StandIn(), start=STRICT) as driver:
        await driver.until_says("Stands before step 1")
        screen = driver.app.screen
        assert isinstance(screen, ReplayScreen)
        assert screen.course is not None
        made = playbook()
        for values in ({"tag": "v1"}, {"tag": "v2", "order": "[/]\x1b[31m7"}):
            screen.post_message(Stood(Stand(step_index=1, playbook=made, values=values), ""))
        await driver.until(lambda: "~ tag v2" in driver.lines("values"))
        assert "~ order [/]␛[31m7" in driver.lines("values")
