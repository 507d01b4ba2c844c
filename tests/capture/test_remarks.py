"""Notes, bookmarks and pauses of a real session."""

from pathlib import Path

from capture.events import fold
from capture.home import Home
from capture.tape.editing import Recording, events_of, joined, select
from capture.tape.reader import read_frames
from capture.wire import NoteKept, Output, Paused, Ready, StepBegan
from tests.capture.driving import Driver

TOKEN = "ghp_" + "x1Y2z3A4b5C6" * 3


def note(driver: Driver, text: str) -> None:
    driver.session.note(text)
    driver.wait_for(NoteKept)


def pause(driver: Driver, *, on: bool) -> None:
    driver.session.pause(on=on)
    assert driver.wait_for(Paused).on is on


def test_notes_stand_behind_the_step_that_they_are_about_and_their_secrets_are_masked(typed: Driver) -> None:
    note(typed, " before all\n")
    typed.type_command("echo one")
    note(typed, f"the token is {TOKEN}")
    note(typed, "")
    typed.end()
    first, second, third = typed.trace.notes
    assert (first.after_step, first.text) == (0, "before all")
    assert (second.after_step, second.text[:13]) == (1, "the token is ")
    assert TOKEN not in second.text
    assert (third.after_step, third.text) == (1, "")
    assert typed.trace.run.started_at <= first.at <= third.at
    assert typed.trace.remarks(0) == ("✎ before all",)
    assert typed.trace.remarks(1)[1] == "⚑ bookmark"


def test_notes_stay_with_their_steps_when_a_recording_is_edited(typed: Driver) -> None:
    for number in range(1, 4):
        typed.type_command(f"echo {number}")
        note(typed, f"behind {number}")
    typed.end()
    home = Home(Path(typed.spec.home))
    recording = Recording(typed.trace, lambda: read_frames(home, typed.spec.run_id))
    kept = select(recording, [1, 3]).trace
    twice = joined([recording, recording]).trace
    assert [(one.after_step, one.text) for one in kept.notes] == [(1, "behind 1"), (2, "behind 3")]
    assert [one.after_step for one in twice.notes] == [1, 2, 3, 4, 5, 6]
    assert fold(events_of(kept)).notes == kept.notes


def test_what_is_done_in_a_pause_is_no_step_and_on_no_tape(typed: Driver) -> None:
    typed.type_command("echo one")
    pause(typed, on=True)
    typed.type("echo unseen-output; touch made-unseen; export UNSEEN=1\r")
    typed.wait_for(Ready)
    pause(typed, on=False)
    typed.type_command("echo two $UNSEEN; touch made")
    typed.end()
    trace = typed.trace
    assert [step.command for step in trace.steps] == ["echo one", "echo two $UNSEEN; touch made"]
    assert trace.steps[1].output.strip() == "two 1"
    assert [effect.path for effect in trace.steps[1].file_effects] == ["made"]
    assert [effect.path for effect in trace.late(1)] == ["made-unseen"]
    assert b"unseen-output" not in typed.raw
    assert typed.raw.count(b"echo two") == 1


def test_a_pause_begins_and_ends_between_commands(typed: Driver) -> None:
    typed.type("read -r line; echo got $line\r")
    typed.wait_for(StepBegan)
    typed.session.pause(on=True)
    typed.type("text\r")
    assert typed.wait_for(Paused).on
    typed.wait_for(Ready)
    typed.type("printf 'g%s' o; read -r line; echo unseen $line\r")
    typed.wait_for(Output, lambda output: b"go" in output.data)
    typed.session.pause(on=False)
    typed.type("text\r")
    assert not typed.wait_for(Paused).on
    typed.end()
    assert [step.output.strip().splitlines()[-1] for step in typed.trace.steps] == ["got text"]
    assert b"unseen text" not in typed.raw
