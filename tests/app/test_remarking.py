"""Notes and pauses from outside of a recorded terminal, and from within it, through the installed command."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.exits import Exit
from tests.program import COMMAND, Program
from tests.seat import Seat, end_all, replaybook, until

Sit = Callable[..., Seat]


@pytest.fixture
def sit(program: Program, own_world: Path) -> Iterator[Sit]:
    """Opens terminals in which sessions are recorded; no host of theirs is left at the end."""
    (own_world / ".bashrc").write_text("PS1='here> '\n", encoding="utf-8")
    seats: list[Seat] = []

    def begin(name: str) -> Seat:
        seats.append(replaybook(program.home, "record", "--name", name, cwd=program.cwd))
        seats[-1].run("true")
        # Behind what the command printed the step may still go on; at the next prompt it has ended.
        seats[-1].wait_for("here> ")
        return seats[-1]

    yield begin
    for seat in seats:
        seat.leave()
    end_all(program.home)


def listed(program: Program, name: str) -> Any:
    return next(run for run in program("runs", "--json").rows if run["name"] == name)


def is_paused(program: Program, name: str, *, paused: bool) -> Callable[[], bool]:
    return lambda: listed(program, name)["paused"] is paused


def test_another_terminal_notes_and_pauses_what_is_recorded_here(program: Program, sit: Sit) -> None:
    seat = sit("work")
    assert program("note", "the slow", "build begins").out == "✎ the slow build begins  behind step 1 of work\n"
    assert program.json("note")["after_step"] == 1
    assert program.json("pause")["pausing"] is True
    until(is_paused(program, "work", paused=True))
    assert "in_progress, attached, paused" in program("runs").out
    assert program("pause").out == "work is paused: replaybook resume records again\n"
    seat.run("echo unseen > unseen")
    assert program.json("resume", "--session", "work")["pausing"] is False
    until(is_paused(program, "work", paused=False))
    seat.run("cat unseen")
    seat.type("exit\r")
    assert seat.over() == 0
    shown = program.json("show", "work")
    assert [note["text"] for note in shown["notes"]] == ["the slow build begins", ""]
    (pause,) = shown["pauses"]
    assert (pause["after_step"], pause["commands"]) == (1, 1)
    assert [step["command"].split(";")[0] for step in shown["steps"]] == ["true", "cat unseen", "exit"]
    told = program("show", "work").out
    assert "‖ paused 0:0" in told
    assert "1 command unrecorded" in told
    assert "while no step ran, while paused, or by a job" in told


def test_the_recorded_shell_pauses_itself_and_not_another_one(program: Program, sit: Sit) -> None:
    seat, other = sit("work"), sit("other")
    many = program("pause")
    assert many.code == Exit.USAGE
    assert "several sessions run" in many.err
    assert "--session" in many.err
    own = f"{COMMAND} --home {program.home}"
    seat.run(f"{own} note within; {own} pause")
    assert "work is paused as soon as the running command has ended" in seat.seen.decode()
    until(is_paused(program, "work", paused=True))
    assert listed(program, "other")["paused"] is False
    seat.run("echo unseen")
    seat.run(f"{own} resume")
    until(is_paused(program, "work", paused=False))
    seat.run("echo seen > seen")
    for one in (seat, other):
        one.type("exit\r")
        assert one.over() == 0
    shown = program.json("show", "work")
    assert [note["text"] for note in shown["notes"]] == ["within"]
    assert not any("echo unseen" in step["command"] for step in shown["steps"])
    assert program.json("show", "other")["pauses"] == []


def test_a_session_that_was_left_running_is_paused_too_and_can_be_taken_up(program: Program, sit: Sit) -> None:
    seat = sit("work")
    seat.kill()
    until(lambda: listed(program, "work")["attached"] is False)
    assert program.json("pause")["paused"] is True
    assert program.json("note", "alone")["paused"] is True
    assert (listed(program, "work")["status"], listed(program, "work")["attached"]) == ("in_progress", False)
    again = replaybook(program.home, "attach", "work", cwd=program.cwd)
    again.run("echo unseen")
    assert program.json("resume")["pausing"] is False
    again.type("exit\r")
    assert again.over() == 0
    again.leave()


def test_nothing_is_noted_where_nothing_is_recorded(program: Program, sit: Sit) -> None:
    for words in (("note", "x"), ("pause",), ("resume",)):
        refused = program(*words)
        assert refused.code == Exit.UNKNOWN_NAME
        assert "nothing is being recorded" in refused.err
    seat = sit("work")
    seat.type("exit\r")
    assert seat.over() == 0
    ended = program("pause", "--session", "work")
    assert ended.code != Exit.DONE
    assert "no host records" in ended.err
    assert program("note", "--session", "nobody").code == Exit.UNKNOWN_NAME
