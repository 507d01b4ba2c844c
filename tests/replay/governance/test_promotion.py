from datetime import timedelta

import pytest

from capture.errors import RefusedError
from replay.library.rows import RepairRow, Verdict
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus
from tests.replay.governance.conftest import Found, House


def test_a_validated_version_is_promoted_and_all_of_it_recorded(house: House) -> None:
    row = house.version()
    assert house.validate(1).status is VersionStatus.SHADOW
    assert house.promotions.promote("release", 1, actor="ada").status is VersionStatus.ACTIVE
    validated, promoted = house.audit.entries()
    assert (validated.action, validated.subject, validated.actor) == ("validated", "release@1", "ada")
    assert (promoted.action, promoted.details["digest"]) == ("promoted", row.digest)


def test_one_version_is_active_at_a_time(house: House) -> None:
    for commands in ("make", "make all", "make most"):
        house.version(commands)
    for version in (1, 2, 3):
        house.promote(version)
    assert house.statuses() == ["shadow", "shadow", "active"]


def test_a_version_that_is_active_already_is_refused(house: House) -> None:
    house.version()
    house.promote(1)
    with pytest.raises(RefusedError, match="can't promote: release@1 is active; possible now: validate"):
        house.promotions.promote("release", 1, actor="ada", override="again")


def test_an_unvalidated_version_needs_a_typed_reason_which_is_recorded(house: House) -> None:
    house.version()
    with pytest.raises(RefusedError, match="it was never validated"):
        house.promotions.promote("release", 1, actor="ada")
    assert house.actions() == []
    row = house.promotions.promote("release", 1, actor="ada", override="the fix can't wait")
    assert (row.status, row.overridden) == (VersionStatus.ACTIVE, True)
    assert house.audit.entries()[-1].details["override"] == "the fix can't wait"


def test_a_needless_reason_is_no_override(house: House) -> None:
    house.version()
    house.validate(1)
    row = house.promotions.promote("release", 1, actor="ada", override="to be sure")
    assert not row.overridden
    assert "override" not in house.audit.entries()[-1].details


def test_a_version_promoted_by_override_is_no_validated_one_when_it_makes_way(house: House) -> None:
    house.version("make")
    house.version("make all")
    house.promotions.promote("release", 1, actor="ada", override="now")
    house.promote(2)
    assert house.statuses() == ["draft", "active"]
    assert house.promotions.rollback("release", actor="ada").version == 1


def test_rollback_goes_back_one_promotion_at_a_time(house: House) -> None:
    for commands in ("make", "make all", "make most"):
        house.version(commands)
    for version in (1, 3, 2):
        house.promote(version)
    assert house.promotions.rollback("release", actor="ada").version == 3
    assert house.statuses() == ["shadow", "draft", "active"]
    assert house.promotions.rollback("release", actor="ada").version == 1
    with pytest.raises(RefusedError, match="no other version was active before"):
        house.promotions.rollback("release", actor="ada")
    assert house.audit.entries()[-1].details["instead_of"] == "release@3"


def test_what_was_rolled_back_needs_a_new_validation(house: House) -> None:
    house.version("make")
    house.version("make all")
    house.promote(1)
    house.promote(2)
    house.promotions.rollback("release", actor="ada")
    with pytest.raises(RefusedError, match="it was rolled back after its validation"):
        house.promotions.promote("release", 2, actor="ada")
    assert house.promote(2).status is VersionStatus.ACTIVE


def test_a_disabled_version_stays_so(house: House) -> None:
    house.version("make")
    house.version("make all")
    house.promote(1)
    house.promote(2)
    assert house.promotions.disable("release", 2, actor="ada").status is VersionStatus.DISABLED
    for attempt in (house.validate, house.promote):
        with pytest.raises(RefusedError, match="release@2 is disabled"):
            attempt(2)
    with pytest.raises(RefusedError, match="can't disable"):
        house.promotions.disable("release", 2, actor="ada")
    assert house.promotions.rollback("release", actor="ada").version == 1


def test_rollback_never_goes_to_a_disabled_or_a_red_version(house: House) -> None:
    for commands in ("make", "make all", "make most", "make some"):
        house.version(commands)
    for version in (1, 2, 3, 4):
        house.promote(version)
    house.promotions.disable("release", 3, actor="ada")
    house.validate(2, Verdict.RED)
    assert house.promotions.rollback("release", actor="ada").version == 1


@pytest.mark.parametrize("verdict", [Verdict.RED, Verdict.INCONCLUSIVE, Verdict.UNAVAILABLE])
def test_only_green_makes_a_version_promotable(house: House, verdict: Verdict) -> None:
    house.version()
    house.validate(1)
    assert house.validate(1, verdict).status is VersionStatus.DRAFT
    with pytest.raises(RefusedError, match=f"its newest validation is {verdict}"):
        house.promotions.promote("release", 1, actor="ada")


def test_a_green_run_that_reached_the_host_is_red(house: House) -> None:
    house.version()
    assert house.validate(1, host_changes=2).status is VersionStatus.DRAFT
    newest = house.promotions.newest_validation(house.register.row("release", 1))
    assert newest is not None
    assert newest.verdict is Verdict.RED


def test_a_validation_grows_old(house: House) -> None:
    house.version()
    house.validate(1)
    house.clock.now += timedelta(days=2)
    with pytest.raises(RefusedError, match="its validation is older than 1 day"):
        house.promotions.promote("release", 1, actor="ada")


def test_an_edit_makes_a_draft_of_an_active_version(house: House) -> None:
    row = house.version("make")
    house.promote(1)
    house.edit(row, lambda text: text.replace("make", "make all"))
    assert house.statuses() == ["draft"]
    assert house.register.active("release") is None
    with pytest.raises(RefusedError, match="it was edited after its validation"):
        house.promotions.promote("release", 1, actor="ada")


def test_a_result_for_another_text_is_not_recorded(house: House) -> None:
    row = house.version("make")
    house.edit(row, lambda text: text.replace("make", "make all"))
    with pytest.raises(RefusedError, match="edited while it was being validated"):
        house.promotions.record_validation("release", 1, digest=row.digest, found=Found(), actor="ada")
    assert house.actions() == []


def test_a_repair_follows_the_version_that_it_made(house: House) -> None:
    base = house.version("make")
    proposed = house.propose(base)
    house.reviews.approve(proposed.repair_id, actor="ada")
    made = house.version("make rows")
    house.reviews.use([proposed.repair_id], made=made, actor="ada")
    seen: list[RepairStatus] = []
    for verdict in (Verdict.RED, Verdict.INCONCLUSIVE, Verdict.GREEN):
        house.validate(made.version, verdict)
        seen.append(house.reviews.get(proposed.repair_id).status)
    house.promotions.promote("release", made.version, actor="ada")
    seen.append(house.reviews.get(proposed.repair_id).status)
    assert seen == ["validation_failed", "inconclusive", "validated", "promoted"]
    validation = house.reviews.get(proposed.repair_id).validation
    assert validation is not None
    assert (validation["verdict"], validation["level"], validation["host_changes"]) == ("green", "L3", 0)
    row = house.catalog.get(RepairRow, proposed.repair_id)
    assert row is not None
    assert row.approval is not None
    assert row.approval.used_for == made.version
