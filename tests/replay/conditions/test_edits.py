"""Patches that are assumed done while nothing runs."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from capture.errors import BadInputError
from replay.conditions.edits import Patches
from replay.outcome import CheckState, FailureClass
from replay.playbook import Expectation
from tests.replay.looking import step, world_of

PATCH = "--- made\n+++ made\n@@ -1 +1 @@\n-one\n+two\n"


def test_a_patch_of_a_file_that_an_earlier_step_makes_is_unknown_and_goes_on(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    world.assume(step("echo one > made"), "echo one > made", {})
    patches = Patches(world)
    assert [check.state for check in patches.check(PATCH)] == [CheckState.UNKNOWN]
    patches.assume(PATCH)
    assert patches.content("made") is None


def test_a_file_that_was_not_there_is_made_behind_a_step_whose_effects_nobody_saw(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    world.assume(replace(step("npm test"), expect=Expectation(exit=0)), "npm test", {})
    patches = Patches(world)
    making = "--- /dev/null\n+++ made\n@@ -0,0 +1 @@\n+two\n"
    assert [check.state for check in patches.check(PATCH)] == [CheckState.UNKNOWN]
    assert [check.state for check in patches.check(making)] == [CheckState.PASS]
    patches.assume(making)
    assert patches.content("made") == b"two\n"


@pytest.mark.parametrize(
    "change", ["--- made\n+++ made\n@@ -1 +1 @@\n-one\n+two\n", "--- /dev/null\n+++ made\n@@ -0,0 +1 @@\n+two\n"]
)
def test_a_link_leads_no_patch_out_of_the_workspace(tmp_path: Path, change: str) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    for folder in (work / "own", outside):
        folder.mkdir(parents=True)
    for folder in (work / "own", outside) if change.startswith("--- made") else ():
        (folder / "made").write_text("one\n")
    (work / "away").symlink_to(outside)
    (work / "near").symlink_to(work / "own")
    patches = Patches(world_of(work))
    away, near = (change.replace(" made", f" {folder}/made") for folder in ("away", "near"))
    (check,) = patches.check(away)
    assert (check.state, check.failure_class) == (CheckState.FAIL, FailureClass.UNSAFE)
    with pytest.raises(BadInputError, match="away/made leads out of the workspace"):
        patches.changes(away)
    assert [one.state for one in patches.check(near)] == [CheckState.PASS]
