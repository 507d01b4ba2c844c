import msgspec
import pytest

from capture.errors import RefusedError, UnknownNameError
from replay.governance.bound import repair_digest
from replay.library.records import repair_records
from replay.repairs.proposal import PatchEntry, PatchOp, RepairStatus
from tests.replay.governance.conftest import House


def test_a_proposal_waits_in_the_inbox(house: House) -> None:
    proposed = house.propose(house.version())
    assert house.reviews.all() == (proposed,)
    assert house.reviews.get(proposed.repair_id[:12]) == proposed


def test_an_approval_names_the_exact_digests(house: House) -> None:
    base = house.version()
    proposed = house.propose(base)
    house.validate(1)
    validation = house.promotions.newest_validation(base)
    approval = house.reviews.approve(proposed.repair_id, actor="ada", note="moved last week", validation=validation)
    assert approval is not None
    entry = house.audit.entries()[-1]
    assert (entry.action, entry.subject, entry.actor) == ("approved", proposed.repair_id, "ada")
    assert approval.validation_digest is not None
    assert entry.details == {
        "base_digest": base.digest,
        "repair_digest": repair_digest(proposed),
        "validation_digest": approval.validation_digest,
        "shown": "none",
        "shown_ms": "unknown",
        "note": "moved last week",
    }
    assert house.reviews.get(proposed.repair_id).note == "moved last week"


def test_an_approval_is_used_once(house: House) -> None:
    proposed = house.propose(house.version("make"))
    house.reviews.approve(proposed.repair_id, actor="ada")
    made = house.version("make rows")
    house.reviews.use([proposed.repair_id], made=made, actor="ada")
    assert house.reviews.get(proposed.repair_id).created_version == 2
    with pytest.raises(RefusedError, match="was used for release@2 already"):
        house.reviews.use([proposed.repair_id], made=made, actor="ada")
    with pytest.raises(RefusedError, match="can't approve"):
        house.reviews.approve(proposed.repair_id, actor="ada")
    assert house.actions() == ["approved", "applied"]


def test_nothing_is_used_that_was_not_approved(house: House) -> None:
    base = house.version("make")
    approved, waiting = house.propose(base, repair_id="a"), house.propose(base, repair_id="b")
    house.reviews.approve(approved.repair_id, actor="ada")
    with pytest.raises(RefusedError, match="b is proposed and was not approved"):
        house.reviews.use([approved.repair_id, waiting.repair_id], made=base, actor="ada")
    assert house.reviews.get("a").created_version is None
    assert house.actions() == ["approved"]


def test_repairs_approved_together_make_one_version(house: House) -> None:
    base = house.version("make")
    for name in "ab":
        house.propose(base, repair_id=name)
        house.reviews.approve(name, actor="ada")
    house.reviews.use(["a", "b"], made=house.version("make rows"), actor="ada")
    assert [one.created_version for one in house.reviews.all()] == [2, 2]


def test_alternatives_for_one_base_can_both_be_approved(house: House) -> None:
    base = house.version("make")
    for name in "ab":
        house.propose(base, repair_id=name)
        house.reviews.approve(name, actor="ada")
        house.reviews.use([name], made=house.version(f"make {name}"), actor="ada")
    assert [one.created_version for one in house.reviews.all()] == [2, 3]


def test_a_repair_whose_base_was_edited_is_stale(house: House) -> None:
    base = house.version("make")
    proposed = house.propose(base)
    house.edit(base, lambda text: text.replace("make", "make all"))
    assert house.reviews.get(proposed.repair_id).status is RepairStatus.STALE
    with pytest.raises(RefusedError, match="is stale: release@1 was edited since"):
        house.reviews.approve(proposed.repair_id, actor="ada")
    assert house.actions() == []
    house.edit(base, lambda text: text.replace("make all", "make"))
    with pytest.raises(RefusedError, match="stale"):
        house.reviews.approve(proposed.repair_id, actor="ada")


def test_an_approval_whose_base_was_edited_can_not_be_used(house: House) -> None:
    base = house.version("make")
    proposed = house.propose(base)
    house.reviews.approve(proposed.repair_id, actor="ada")
    house.edit(base, lambda text: text.replace("make", "make all"))
    with pytest.raises(RefusedError, match="stale"):
        house.reviews.use([proposed.repair_id], made=base, actor="ada")


def test_a_comment_does_not_make_a_repair_stale(house: House) -> None:
    base = house.version("make")
    proposed = house.propose(base)
    house.edit(base, lambda text: f"# reviewed by Ada\n{text}")
    approval = house.reviews.approve(proposed.repair_id, actor="ada")
    assert approval is not None
    assert approval.base_digest == base.digest


def test_a_patch_that_changed_after_the_approval_is_not_used(house: House) -> None:
    base = house.version("make")
    proposed = house.propose(base)
    house.reviews.approve(proposed.repair_id, actor="ada")
    other = msgspec.structs.replace(proposed, patch=(PatchEntry(op=PatchOp.REPLACE, step_index=1, value="rm -rf /"),))
    repair_records(house.home).write(proposed.repair_id, other)
    with pytest.raises(RefusedError, match="was changed after it was approved"):
        house.reviews.use([proposed.repair_id], made=base, actor="ada")


def test_a_machine_approves_nothing(house: House) -> None:
    proposed = house.propose(house.version())
    with pytest.raises(RefusedError, match="a person must review it"):
        house.reviews.approve(proposed.repair_id, actor="llm")
    assert house.reviews.get(proposed.repair_id).status is RepairStatus.PROPOSED


def test_a_declined_repair_is_decided(house: House) -> None:
    base = house.version()
    house.propose(base, repair_id="a")
    house.propose(base, repair_id="b")
    house.reviews.reject("a", actor="ada", note="no")
    house.reviews.request_changes("b", actor="ada", note="use rows.csv")
    assert [(one.status, one.note) for one in house.reviews.all()] == [
        (RepairStatus.REJECTED, "no"),
        (RepairStatus.CHANGES_REQUESTED, "use rows.csv"),
    ]
    assert house.actions() == ["rejected", "changes-requested"]
    for name in "ab":
        with pytest.raises(RefusedError, match="nothing can be done with it any more"):
            house.reviews.approve(name, actor="ada")


def test_an_unknown_repair_is_named(house: House) -> None:
    with pytest.raises(UnknownNameError, match="there is no repair 'x'"):
        house.reviews.get("x")
