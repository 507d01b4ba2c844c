"""Patches that are assumed done while nothing runs."""

from pathlib import Path

from replay.conditions.edits import Patches
from replay.outcome import CheckState
from tests.replay.looking import step, world_of

PATCH = "--- made\n+++ made\n@@ -1 +1 @@\n-one\n+two\n"


def test_a_patch_of_a_file_that_an_earlier_step_makes_is_unknown_and_goes_on(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    world.assume(step("echo one > made"), "echo one > made", {})
    patches = Patches(world)
    assert [check.state for check in patches.check(PATCH)] == [CheckState.UNKNOWN]
    patches.assume(PATCH)
    assert patches.content("made") is None
