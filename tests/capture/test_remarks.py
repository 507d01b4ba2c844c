"""Notes, bookmarks and pauses of a real session."""

from pathlib import Path

import pytest

from capture.attaching import remark
from capture.errors import HostError
from capture.events import fold
from capture.home import Home
from capture.recording.remarks import LONGEST_NOTE
from capture.tape.editing import Recording, events_of, select
from capture.tape.joining import joined
from capture.tape.reader import read_frames
from capture.wire import NoteKept, Pause, Paused, Ready, StepBegan, TakeNote
from tests.capture.driving import Driver

SECRET = "correct-horse-battery"
COMMIT = "git -c user.name=n -c user.email=n@example.org commit -q --allow-empty -m"
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
    # No end of it may stand in what is kept of a long note.
    note(typed, f"{'x' * (LONGEST_NOTE - 20)} {TOKEN}")
    typed.end()
    first, second, third, long = typed.trace.notes
    assert TOKEN[:8] not in long.text
    assert len(long.text) == LONGEST_NOTE
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
    (pause_told,) = trace.pauses
    assert (pause_told.after_step, pause_told.commands, pause_told.set) == (1, 1, ("UNSEEN",))
    assert pause_told.cwd_after is None
    assert (
        0
        < (pause_told.duration_ms or 0)
        < 1000 * (trace.steps[1].started_at - trace.steps[0].started_at).total_seconds()
    )


def test_a_pause_tells_what_it_left_otherwise_and_keeps_no_value_of_it(typed: Driver) -> None:
    typed.type_command("export KEPT=1 GONE=1")
    pause(typed, on=True)
    typed.type(
        f"export API_TOKEN={SECRET}; export KEPT=two-unseen; unset GONE; greet() {{ echo hi; }}; mkdir sub; cd sub\r"
    )
    typed.wait_for(Ready)
    pause(typed, on=False)
    step = typed.type_command("echo $API_TOKEN $KEPT")
    typed.end()
    (told,) = typed.trace.pauses
    assert told.set == ("API_TOKEN", "KEPT")
    assert (told.unset, told.defined) == (("GONE",), ("greet",))
    assert told.cwd_after == step.cwd == f"{typed.spec.cwd}/sub"
    assert not step.env_effects.any
    assert SECRET not in step.output
    assert SECRET.encode() not in typed.raw
    lines = (Home(Path(typed.spec.home)).run_folder(typed.spec.run_id) / "trace.ndjson").read_text()
    assert SECRET not in lines
    assert told.words.startswith("‖ paused 0:0")
    assert told.words in typed.trace.remarks(1)


def test_what_is_committed_in_a_pause_is_no_commit_of_the_next_step(typed: Driver) -> None:
    typed.type_command(f"git init -q .; {COMMIT} first")
    pause(typed, on=True)
    typed.type(f"{COMMIT} unseen\r")
    typed.wait_for(Ready)
    pause(typed, on=False)
    seen = typed.type_command("true"), typed.type_command("echo x > a; git add a; " + COMMIT + " seen")
    typed.end()
    assert seen[0].committed == ()
    assert [line.split()[-1] for line in seen[1].committed or ()] == ["a"]


def test_a_run_that_ends_in_a_pause_tells_how_long_it_was(typed: Driver) -> None:
    typed.type_command("echo one")
    pause(typed, on=True)
    typed.type("touch unseen; true\r")
    typed.wait_for(Ready)
    typed.end()
    (told,) = typed.trace.pauses
    assert told.duration_ms is not None
    assert told.commands == 1
    assert [effect.path for effect in typed.trace.late(1)] == ["unseen"]


def test_pauses_stay_between_their_steps_when_a_recording_is_edited(typed: Driver) -> None:
    for number in range(1, 4):
        typed.type_command(f"echo {number}")
        pause(typed, on=True)
        pause(typed, on=False)
    typed.end()
    home = Home(Path(typed.spec.home))
    recording = Recording(typed.trace, lambda: read_frames(home, typed.spec.run_id))
    kept = select(recording, [2, 3]).trace
    assert [one.after_step for one in typed.trace.pauses] == [1, 2, 3]
    assert [one.after_step for one in kept.pauses] == [0, 1, 2]
    assert [one.after_step for one in joined([recording, recording]).trace.pauses] == [1, 2, 3, 4, 5, 6]
    assert fold(events_of(kept)).pauses == kept.pauses


def test_a_pause_that_never_ended_is_told_without_a_length(typed: Driver) -> None:
    typed.type_command("echo one")
    pause(typed, on=True)
    (told,) = typed.trace.pauses
    assert (told.after_step, told.duration_ms, told.words) == (1, None, "‖ recording paused")
    pause(typed, on=False)
    typed.end()


def test_a_pause_begins_and_ends_between_commands(typed: Driver) -> None:
    typed.type("read -r line; echo got $line\r")
    typed.wait_for(StepBegan)
    typed.session.pause(on=True)
    typed.type("text\r")
    assert typed.wait_for(Paused).on
    typed.wait_for(Ready)
    typed.type("printf 'g%s' o; read -r line; echo unseen $line\r")
    typed.wait_for_shown(b"go")
    typed.session.pause(on=False)
    typed.type("text\r")
    assert not typed.wait_for(Paused).on
    typed.end()
    assert [step.output.strip().splitlines()[-1] for step in typed.trace.steps] == ["got text"]
    assert b"unseen text" not in typed.raw


@pytest.mark.parametrize("request_", [Pause(on=True), TakeNote(text="x")])
def test_a_session_that_a_script_drives_is_neither_noted_nor_paused_by_others(
    handed: Driver, request_: Pause | TakeNote
) -> None:
    with pytest.raises(HostError, match="a script or a replay drives this session"):
        remark(Home(Path(handed.spec.home)), handed.spec.run_id, request_)
    assert handed.run("echo mine").output == "mine\n"
    handed.end()
    assert (handed.trace.pauses, handed.trace.notes) == ((), ())
