"""Recordings of a real shell with a pause in them, compiled."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from capture.trace import Trace
from capture.wire import Paused, Ready, SessionMode
from replay.compiler import compile_traces
from replay.playbook import Compilation, Requirement
from tests.capture.driving import Driver, spec_for

NOTED = "something was done unrecorded"


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "config").write_text("old\n")
    driver = Driver(spec_for(tmp_path, SessionMode.TYPED))
    driver.wait_for(Ready)
    yield driver
    driver.session.end()
    driver.session.close()


def pause(driver: Driver, *commands: str) -> None:
    driver.session.pause(on=True)
    driver.wait_for(Paused)
    for command in commands:
        driver.type(f"{command}\r")
        driver.wait_for(Ready)
    driver.session.pause(on=False)
    driver.wait_for(Paused)


def compiled(trace: Trace, **options: object) -> Compilation:
    return compile_traces([trace], name="work", blobs=lambda _: None, **options)  # type: ignore[arg-type]


def told(made: Compilation) -> list[str]:
    return [note for note in made.quality.notes if "paused" in note or NOTED in note]


def requirements(made: Compilation) -> Mapping[str, Requirement]:
    needs = (need for step in made.playbook.steps for need in step.requires)
    return {need.env or need.file or "": need for need in needs}


def test_what_steps_need_of_a_pause_is_required_of_the_moment_before(driver: Driver) -> None:
    driver.type_command("echo one > first")
    pause(driver, "export LEVEL=3", "echo x > made; echo new > config", "mkdir sub; cd sub")
    driver.type_command('cat ../made ../config > "../level-$LEVEL"')
    driver.end()
    trace = driver.trace
    made = compiled(trace)
    assert [step.run for step in made.playbook.steps] == [
        "echo one > first",
        'cat ../made ../config > "../level-$LEVEL"',
    ]
    assert made.playbook.steps[1].cwd == "{{project}}/sub"
    needs = requirements(made)
    late = {effect.path: effect.after for effect in trace.late(1)}
    assert needs["LEVEL"].env == "LEVEL"
    assert f"sha256:{needs['../made'].sha256}".endswith(str(late["made"]).removeprefix("sha256:"))
    assert f"sha256:{needs['../config'].sha256}".endswith(str(late["config"]).removeprefix("sha256:"))
    assert not any("LEVEL" in step.run for step in made.playbook.steps[:1])
    behind, level = sorted(told(made), key=len, reverse=True)
    assert behind.startswith(f"{NOTED} behind step 1 of the recording (3 commands unrecorded, set LEVEL, went to ")
    assert behind.endswith("what steps behind it need may come from there")
    assert level.startswith("LEVEL was exported while the recording was paused, and step 2 reads it")


def test_a_variable_of_a_pause_is_asked_for_where_a_person_wants_it_set(driver: Driver) -> None:
    driver.type_command("echo one > first")
    pause(driver, "export LEVEL=3")
    driver.type_command('echo "$LEVEL" > level')
    driver.end()
    made = compiled(driver.trace, env=["LEVEL"])
    assert made.playbook.steps[0].run == "export LEVEL={{level}}"
    assert made.playbook.parameters["level"].default is None
    assert "[masked" not in str(msgspec.to_builtins(made.playbook))


def test_what_a_step_had_set_and_a_pause_set_otherwise_is_told(driver: Driver) -> None:
    driver.type_command("export LEVEL=1; echo $LEVEL > first")
    pause(driver, "export LEVEL=3")
    driver.type_command('echo "$LEVEL" > level')
    driver.end()
    made = compiled(driver.trace)
    assert any(
        note.startswith("LEVEL was changed while the recording was paused, and step 2 reads it") for note in told(made)
    )


def test_a_pause_in_which_nothing_was_done_or_behind_all_steps_leaves_no_doubt(driver: Driver) -> None:
    driver.type_command("echo one > first")
    pause(driver)
    driver.type_command("cat first > second")
    pause(driver, "echo x > unseen")
    driver.end()
    made = compiled(driver.trace)
    assert len(driver.trace.pauses) == 2
    assert told(made) == []
    without = compiled(msgspec.structs.replace(driver.trace, pauses=(), between=()))
    assert made.quality.score == without.quality.score


def test_what_was_said_of_the_recording_in_its_own_shell_is_no_work(driver: Driver) -> None:
    driver.type_command("echo one > first")
    for remark in ("replaybook note hello", "/opt/bin/replaybook --home x pause; replaybook resume"):
        driver.type_command(remark)
    driver.type_command("replaybook show note > shown || true")
    driver.end()
    made = compiled(driver.trace)
    assert [one.source_step_index for one in made.dropped if "of the recording" in one.reason] == [2, 3]
