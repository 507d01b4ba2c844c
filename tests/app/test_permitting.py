"""A person in front of a replay: asked for a yes, handed a step, stopped by the one switch; real shells under it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import Core
from app.screens.dialogs import AskText, Confirm, YesOrNo
from app.screens.permitting import Elsewhere, HandOver
from app.tui import Start
from capture.home import Home
from replay.outcome import Mode, Replay, ReplayStatus
from tests.app.driving import driving
from tests.app.stand_in import StandIn
from tests.program import Program
from tests.seat import Seat, end_all, replaybook

BY_HAND = "sudo install -m 600 first secret"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A playbook with a step for a person in its middle, and one that wants a yes behind it."""
    made = Program(tmp_path / "home", tmp_path / "work")
    made.cwd.mkdir()
    steps = [
        {"run": "echo 1 > first", "expect": {"effects": ["created first"]}},
        {"run": BY_HAND, "safety": "manual_only", "expect": {"effects": ["created secret"]}},
        {"run": "cp first third", "safety": "needs_confirm", "safety_reason": "it copies"},
    ]
    version = made.home / "playbooks" / "p" / "1.yaml"
    version.parent.mkdir(parents=True)
    version.write_text(json.dumps({"replaybook": 1, "name": "p", "steps": steps}), encoding="utf-8")
    yield made
    end_all(made.home)


def at_the_terminal(program: Program, *more: str) -> Seat:
    return replaybook(program.home, *["replay", "p", "--mode", "strict", "--draft"], *more, cwd=program.cwd)


def newest(program: Program) -> Replay:
    return Core(Home(program.home)).replays()[0]


def test_a_step_is_done_in_a_shell_right_there_and_recorded(program: Program) -> None:
    with at_the_terminal(program, "--ask") as seat:
        seat.wait_for("secret is created")
        seat.wait_for("[s/e/x]")
        seat.type("s\r")
        seat.wait_for("leave the shell")
        seat.wait_for("; bash")
        seat.type("cp first secret\r")
        seat.wait_for("cp first secret")
        seat.type("exit\r")
        seat.wait_for("it wants your yes (it copies)")
        seat.type("y\r")
        assert seat.over() == 0
        assert seat.restored
    replay = newest(program)
    assert (replay.status, (program.cwd / "third").read_text()) == (ReplayStatus.SUCCESS, "1\n")
    trace = Core(Home(program.home)).trace(replay.run_id or "")
    assert trace.steps[1].command == f": 'by hand: {BY_HAND}'; bash"
    assert [effect.path for effect in trace.steps[1].file_effects] == ["secret"]


def test_a_step_is_done_elsewhere_and_what_did_not_come_about_stops_the_replay(program: Program) -> None:
    with at_the_terminal(program) as seat:
        seat.wait_for("[s/e/x]")
        seat.type("e\r")
        seat.wait_for("enter when it is done")
        seat.type("\r")
        assert seat.over() == 4
    failure = newest(program).failure
    assert failure is not None
    assert (failure.step_index, failure.divergence) == (2, "effects")


@pytest.mark.parametrize(("keys", "code", "status"), [("x\r", 6, "refused"), ("\x03", 130, "cancelled")])
def test_who_will_not_do_it_or_leaves_stops_the_replay(program: Program, keys: str, code: int, status: str) -> None:
    with at_the_terminal(program) as seat:
        seat.wait_for("[s/e/x]")
        # Python may miss a signal that comes while it begins to read: a person presses it again.
        assert seat.over(pressing=keys) == code
        assert seat.restored
    assert newest(program).status == status


def test_no_yes_is_a_no(program: Program) -> None:
    with at_the_terminal(program, "--ask") as seat:
        seat.wait_for("[s/e/x]")
        seat.type("e\r")
        seat.wait_for("enter when it is done")
        (program.cwd / "secret").write_text("x", encoding="utf-8")
        seat.type("\r")
        seat.wait_for("[y/n]")
        seat.type("n\r")
        assert seat.over() == 6
    assert not (program.cwd / "third").exists()


def test_a_question_is_left_when_replays_are_frozen(program: Program) -> None:
    with at_the_terminal(program) as seat:
        seat.wait_for("[s/e/x]")
        program.json("freeze")
        assert seat.over() == 6
    failure = newest(program).failure
    assert failure is not None
    assert failure.failure_class == "killed"


async def test_on_the_screen_a_step_is_handed_over_and_a_yes_is_asked_for(program: Program) -> None:
    (program.home / "policy.toml").write_text('[levels]\nneeds_confirm = "ask"', encoding="utf-8")
    core = Core(Home(program.home).prepare())
    async with driving(core, start=Start(ref="p", cwd=str(program.cwd), mode=Mode.STRICT)) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until(lambda: isinstance(driver.app.screen, HandOver))
        await driver.until_says("secret is created")
        await driver.press("enter", "e", "x")
        assert isinstance(driver.app.screen, HandOver)
        await driver.press_later("e")
        await driver.until(lambda: isinstance(driver.app.screen, Elsewhere))
        (program.cwd / "secret").write_text("x", encoding="utf-8")
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, YesOrNo))
        await driver.until_says("It wants your yes (it copies)")
        await driver.press("c", "y", "y")
        assert isinstance(driver.app.screen, YesOrNo)
        await driver.press_later("y")
        await driver.until_says("✓ success")


async def test_on_the_screen_nobody_has_to_do_it(program: Program) -> None:
    core = Core(Home(program.home).prepare())
    async with driving(core, start=Start(ref="p", cwd=str(program.cwd), mode=Mode.STRICT)) as driver:
        await driver.until_says("Stands before step 1")
        await driver.press("c")
        await driver.until(lambda: isinstance(driver.app.screen, HandOver))
        await driver.until_says("x stop")
        await driver.press_later("x")
        await driver.until_says("refused")
        assert "nobody did it" in driver.text


async def test_the_switch_shows_on_every_screen_and_is_lifted_by_the_same_key() -> None:
    core = StandIn()
    async with driving(core) as driver:
        await driver.press("F")
        await driver.until(lambda: isinstance(driver.app.screen, AskText))
        await driver.press(*"hold", "enter")
        await driver.until_says("⊘ frozen · F lifts it · frozen by ada at 2026-03-01T09:30:00Z: hold")
        # The banner may come of a look around, before the thread that froze them has told of it.
        await driver.until(lambda: "1 running replays stopped" in driver.notices)
        await driver.press("a")
        await driver.until_says("audit")
        assert "⊘ frozen" in driver.text
        await driver.press("F")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("y")
        await driver.until(lambda: "⊘ frozen ·" not in driver.text and core.ice is None)


async def test_a_switch_that_somebody_else_turns_shows_too_and_ends_the_replay(program: Program) -> None:
    core = Core(Home(program.home).prepare())
    async with driving(core, start=Start(ref="p", cwd=str(program.cwd), mode=Mode.STRICT)) as driver:
        await driver.until_says("Stands before step 1")
        core.freeze("elsewhere")
        await driver.until_says("⊘ frozen")
        await driver.until_says("refused")
