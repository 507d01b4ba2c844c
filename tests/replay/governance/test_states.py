from itertools import product

import pytest

from capture.errors import RefusedError
from replay.governance.states import (
    REPAIR_MOVES,
    VERSION_MOVES,
    RepairAct,
    VersionAct,
    next_repair_status,
    next_version_status,
)
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus


def test_a_version_goes_the_documented_way() -> None:
    status = VersionStatus.DRAFT
    for act in (VersionAct.FOUND_GREEN, VersionAct.PROMOTE, VersionAct.DISABLE):
        status = next_version_status(status, act, subject="site@1")
    assert status is VersionStatus.DISABLED


def test_nothing_leads_out_of_disabled() -> None:
    assert not [act for status, act in VERSION_MOVES if status is VersionStatus.DISABLED]


def test_only_a_proposed_repair_can_be_answered() -> None:
    answers = {RepairAct.APPROVE, RepairAct.REJECT, RepairAct.REQUEST_CHANGES}
    assert {status for status, act in REPAIR_MOVES if act in answers} == {RepairStatus.PROPOSED}


def test_no_repair_is_validated_or_promoted_without_an_approval() -> None:
    decided_otherwise = {
        RepairStatus.PROPOSED,
        RepairStatus.REJECTED,
        RepairStatus.CHANGES_REQUESTED,
        RepairStatus.STALE,
    }
    reached = {next_ for (status, _), next_ in REPAIR_MOVES.items() if status in decided_otherwise}
    assert reached.isdisjoint({RepairStatus.VALIDATED, RepairStatus.PROMOTED})


def test_an_impossible_act_says_what_is_possible() -> None:
    with pytest.raises(RefusedError) as caught:
        next_version_status(VersionStatus.ACTIVE, VersionAct.PROMOTE, subject="site@1")
    assert str(caught.value) == "can't promote: site@1 is active; possible now: validate, rollback, disable"


def test_an_end_says_that_it_is_one() -> None:
    with pytest.raises(RefusedError, match="can't approve: r1 is stale; nothing can be done with it any more"):
        next_repair_status(RepairStatus.STALE, RepairAct.APPROVE, subject="r1")


def test_every_impossible_act_is_refused() -> None:
    for status, act in product(VersionStatus, VersionAct):
        if (status, act) not in VERSION_MOVES:
            with pytest.raises(RefusedError, match=f"site@1 is {status}"):
                next_version_status(status, act, subject="site@1")
