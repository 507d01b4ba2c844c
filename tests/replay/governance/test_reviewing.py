"""What the user's policy asks of a review: second people, required ones, time; and what makes a proposal stale."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from capture.errors import BadInputError, RefusedError
from replay.governance.policy_file import Policy, read_policy
from replay.governance.reviewing import ReviewRules, graver, lack, level_of
from replay.library.rows import Approval
from replay.playbook import SafetyLevel
from replay.repairs import patching
from replay.repairs.proposal import PatchEntry, PatchOp, Repair, RepairStatus
from tests.replay.governance.conftest import House
from tests.replay.library.samples import Clock, playbook


def rules(text: str, *, workspace: str = "/w", name: str = "release") -> ReviewRules:
    return read_policy(text, source="policy.toml").review(workspace=workspace, playbook=name, home="/home/ada")


def asking(tmp_path: Path, text: str) -> House:
    """A house whose policy says that."""
    policy: Policy = read_policy(text, source="policy.toml")

    def asked(repair: Repair) -> ReviewRules:
        return policy.review(workspace=repair.workspace, playbook=repair.playbook, home="/home/ada")

    return House.over(tmp_path / "replaybook", Clock(), asked=asked)


def signed(*actors: str) -> list[Approval]:
    return [Approval(repair_id="r", repair_digest="d", base_digest="b", actor=one, at="") for one in actors]


def test_without_a_policy_one_person_is_enough() -> None:
    assert lack(signed("ada"), rules("").wanted(SafetyLevel.MANUAL_ONLY)) is None


@pytest.mark.parametrize(
    ("text", "actors", "lacking"),
    [
        ("require_second_person = true", ["ada"], "another person must approve it as well"),
        ("require_second_person = true", ["ada", "grace"], None),
        ("required_reviewers = 3", ["ada"], "2 more people must approve it as well"),
        ('required_reviewers = ["grace"]', ["ada"], "grace must approve it as well"),
        ('required_reviewers = ["grace"]', ["grace"], None),
        ('required_reviewers = ["grace"]', ["grace (eve)"], None),
        ('required_reviewers = ["eve"]', ["grace (eve)"], "eve must approve it as well"),
        ('require_second_person = true\nrequired_reviewers = ["grace"]', ["grace"], "another person must approve it"),
    ],
)
def test_who_must_still_say_yes(text: str, actors: list[str], lacking: str | None) -> None:
    found = lack(signed(*actors), rules(f"[review]\n{text}").wanted(SafetyLevel.AUTO_OK))
    assert (found or "").startswith(lacking or "") if lacking else found is None


def test_places_and_levels_add_up() -> None:
    text = """
[review]
expires_after = "7d"
[review.levels]
needs_confirm = 2
[[where]]
playbook = "rel*"
[where.review]
required_reviewers = ["ada"]
expires_after = "12h"
"""
    assert rules(text, name="other").expires_after == timedelta(days=7)
    found = rules(text)
    assert found.expires_after == timedelta(hours=12)
    assert found.wanted(SafetyLevel.AUTO_OK).names == ("ada",)
    assert found.wanted(SafetyLevel.AUTO_OK).count == 1
    assert found.wanted(SafetyLevel.MANUAL_ONLY).count == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[review]\nrequire_second = true", 2, "did you mean require_second_person"),
        ("[review]\nrequire_second_person = 2", 2, "true or false"),
        ("[review]\n\nrequired_reviewers = 0", 3, "number of people from 1 on"),
        ("[review]\nrequired_reviewers = []", 2, "list of names"),
        ('[review]\nexpires_after = "soon"', 2, 'as "30m", "12h" or "7d"'),
        ("[review.levels]\nneeds_confirms = 2", 2, "did you mean needs_confirm"),
        ("review = 1", 1, "review is a table"),
    ],
)
def test_what_a_policy_can_not_ask_names_the_line(text: str, line: int, message: str) -> None:
    with pytest.raises(BadInputError, match=rf"policy.toml:{line}: .*{message}"):
        rules(text)


def test_a_repair_waits_for_a_second_person(tmp_path: Path) -> None:
    house = asking(tmp_path, "[review]\nrequire_second_person = true")
    proposed = house.propose(house.version("make"))
    assert house.reviews.approve(proposed.repair_id, actor="ada") is None
    stands = house.reviews.get(proposed.repair_id)
    assert (stands.status, stands.approved_by) == (RepairStatus.PROPOSED, ("ada",))
    assert stands.wants == "another person must approve it as well"
    with pytest.raises(RefusedError, match=r"ada approved .* already; another person must"):
        house.reviews.approve(proposed.repair_id, actor="ada")
    with pytest.raises(RefusedError, match="was not approved"):
        house.reviews.use([proposed.repair_id], made=house.version("make rows"), actor="ada")
    given = house.reviews.approve(proposed.repair_id, actor="grace")
    assert given is not None
    assert house.actions() == ["signed", "approved"]
    assert [entry.details["repair_digest"] for entry in house.audit.entries()] == [given.repair_digest] * 2
    assert house.reviews.get(proposed.repair_id).approved_by == ("ada", "grace")


def test_a_yes_to_another_patch_of_that_id_counts_for_nothing(tmp_path: Path) -> None:
    house = asking(tmp_path, "[review]\nrequire_second_person = true")
    proposed = house.propose(house.version("make"))
    house.reviews.approve(proposed.repair_id, actor="ada")
    other = msgspec.structs.replace(proposed, patch=(PatchEntry(op=PatchOp.REPLACE, step_index=1, value="rm x"),))
    house.reviews.propose(other)
    assert house.reviews.approve(proposed.repair_id, actor="grace") is None
    assert house.reviews.get(proposed.repair_id).approved_by == ("grace",)


def test_what_is_too_old_is_stale(tmp_path: Path) -> None:
    house = asking(tmp_path, '[review]\nexpires_after = "2d"')
    base = house.version("make")
    now = "2026-11-22T12:00:00Z"
    old, young = house.propose(base, repair_id="a", created_at=now), house.propose(base, repair_id="b", created_at=now)
    house.reviews.approve(young.repair_id, actor="ada")
    house.clock.now += timedelta(days=2)
    assert house.reviews.get("a").stale == "it is older than 2d, and your policy lets none grow older"
    with pytest.raises(RefusedError, match="a is stale: it is older than 2d"):
        house.reviews.approve(old.repair_id, actor="ada")
    with pytest.raises(RefusedError, match="b is stale: it is older than 2d"):
        house.reviews.use(["b"], made=base, actor="ada")
    assert house.actions() == ["approved"]


def test_a_second_yes_that_comes_too_late_is_the_first_one_again(tmp_path: Path) -> None:
    house = asking(tmp_path, '[review]\nrequire_second_person = true\nexpires_after = "2d"')
    proposed = house.propose(house.version("make"), created_at="")
    house.reviews.approve(proposed.repair_id, actor="ada")
    house.clock.now += timedelta(days=3)
    assert house.reviews.approve(proposed.repair_id, actor="grace") is None


def test_a_repair_is_stale_when_another_version_was_promoted(house: House) -> None:
    base = house.version("make")
    house.promote(1)
    proposed = house.propose(base)
    house.version("make most")
    assert house.reviews.get(proposed.repair_id).stale is None
    house.promote(2)
    assert house.reviews.get(proposed.repair_id).stale == "release@2 was made the active version since"
    with pytest.raises(RefusedError, match="release@2 was made the active version since"):
        house.reviews.approve(proposed.repair_id, actor="ada")


def test_a_repair_of_a_draft_outlives_that_its_base_is_promoted(house: House) -> None:
    proposed = house.propose(house.version("make"))
    house.promote(1)
    assert house.reviews.approve(proposed.repair_id, actor="ada") is not None


def test_a_repair_of_what_is_disabled_is_stale(house: House) -> None:
    proposed = house.propose(house.version("make"))
    house.promotions.disable("release", 1, actor="ada")
    with pytest.raises(RefusedError, match="stale: release@1 is disabled"):
        house.reviews.approve(proposed.repair_id, actor="ada")


def test_a_proposal_does_not_take_the_place_of_one_that_was_decided(house: House) -> None:
    proposed = house.propose(house.version("make"))
    house.reviews.reject(proposed.repair_id, actor="ada")
    with pytest.raises(RefusedError, match="is rejected already"):
        house.reviews.propose(proposed)
    assert house.reviews.get(proposed.repair_id).status is RepairStatus.REJECTED


def test_what_a_person_was_shown_is_kept_with_how_long_ago(house: House) -> None:
    proposed = house.propose(house.version("make"))
    assert house.reviews.looked(proposed.repair_id, actor="ada") is None
    house.reviews.look(proposed, actor="ada")
    house.clock.now += timedelta(seconds=9)
    seen = house.reviews.looked(proposed.repair_id, actor="ada")
    assert seen is not None
    assert seen.ms == 10_000
    house.reviews.reject(proposed.repair_id, actor="ada", seen=seen)
    details = house.audit.entries()[-1].details
    assert (details["shown"], details["shown_ms"]) == (seen.shown, "10000")


@pytest.mark.parametrize(
    ("command", "level"),
    [("make rows", SafetyLevel.AUTO_OK), ("rm -rf build", SafetyLevel.NEEDS_CONFIRM)],
)
def test_a_graver_command_raises_the_level_of_its_step(command: str, level: SafetyLevel) -> None:
    base = playbook("release", "make", "rm x")
    patch = (PatchEntry(op=PatchOp.REPLACE, step_index=1, value=command),)
    made = graver(base, patching.apply(base, patch))
    assert made.steps[0].safety is level
    assert level_of(base, made) is level
    assert made.steps[1] == base.steps[1]
