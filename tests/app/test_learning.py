"""A playbook that people repair the same way again and again: said wherever it is looked at, and changed by nobody."""

from pathlib import Path

import pytest

from app.core import Core
from capture.home import Home
from replay.inbox import Decision
from replay.playbook import VersionStatus
from replay.repairs.learning import LEARNED
from replay.repairs.proposal import RepairStatus
from tests.app.driving import driving
from tests.app.reviewers import NAME, first_version, proposed
from tests.app.stand_in import StandIn, Stored, playbook
from tests.program import Program

WRONG = "release@1 is wrong: step 1 was repaired 3 times in the same way (replace: make rows)"


@pytest.fixture
def core(tmp_path: Path) -> Core:
    """The same repair was approved three times, and the version that it is for is still the active one."""
    core = Core(Home(tmp_path / "home").prepare(), actor="ada")
    core._register.add(first_version(tmp_path))
    core.promote("release@1", override="the first")
    for time in range(3):
        assert core.playbooks()[0].wrong is None, time
        core.review(proposed(core, 1, "make rows").repair_id, Decision.APPROVE)
    return core


def test_what_was_approved_thrice_is_proposed_as_an_edit_and_not_applied(core: Core, tmp_path: Path) -> None:
    (edit,) = (one for one in core.repairs() if one.source == LEARNED)
    assert (edit.status, edit.base_version) == (RepairStatus.PROPOSED, 1)
    assert edit.rationale.startswith(WRONG)
    assert core.playbooks()[0].wrong == WRONG
    assert core.playbooks()[0].active == 1
    assert core.playbooks()[0].versions == (1, 2, 3, 4)
    at = Program(core.home.path, tmp_path)
    told = at("playbook", NAME)
    assert WRONG in told.err
    assert f"replaybook repair {edit.repair_id} is the edit" in told.err
    assert WRONG not in told.out
    assert [one["times"] for one in at.json("playbook", NAME)["lessons"]] == [3]
    checked = at("check", NAME, "--cwd", str(tmp_path))
    assert WRONG in checked.out
    assert at.rows_of("repairs")[0]["source"] == LEARNED
    core.review(edit.repair_id, Decision.REJECT)
    core.review(proposed(core, 1, "make rows").repair_id, Decision.APPROVE)
    assert [one.status for one in core.repairs() if one.source == LEARNED] == [RepairStatus.REJECTED]
    assert "repaired 4 times" in str(core.playbooks()[0].wrong)
    core.promote("release@4", override="it holds it")
    assert core.playbooks()[0].wrong is None


async def test_home_and_playbook_say_that_it_is_wrong() -> None:
    active = Stored(playbook=playbook(), status=VersionStatus.ACTIVE)
    core = StandIn(versions={1: active}, wrong="publish-notes@1 is wrong: step 2 was repaired 3 times")
    async with driving(core) as driver:
        await driver.until_says("! publish-notes@1 is wrong")
        driver.app.open_playbook("publish-notes")
        await driver.until_says("! wrong: see its notes")
