"""Exported decisions are statements by the published specification (in-toto attestation framework, statement v1)."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from replay.governance.attesting import PREDICATE_TYPE, statement
from replay.governance.chain import AuditEntry, hash_of, line_of
from replay.library.rows import Verdict
from tests.replay.governance.conftest import House

HEX = re.compile(r"[0-9a-f]{64}")
URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+")
DIGESTS = [f"sha256:{number:064x}" for number in range(4)]


def entry(action: str, subject: str = "site@2", **details: str) -> AuditEntry:
    return AuditEntry(
        seq=7,
        at="2026-03-01T09:00:00Z",
        actor="ada",
        action=action,
        subject=subject,
        details=details,
        prev="0",
        hash="f",
    )


def check(one: dict[str, Any]) -> None:
    """What the specification says of a statement, its subjects and its types."""
    assert set(one) == {"_type", "subject", "predicateType", "predicate"}
    assert one["_type"] == "https://in-toto.io/Statement/v1"
    assert URI.fullmatch(one["predicateType"])
    assert isinstance(one["predicate"], dict)
    assert one["predicate"]
    names = [about["name"] for about in one["subject"]]
    assert names
    assert len(set(names)) == len(names)
    for about in one["subject"]:
        assert set(about) == {"name", "digest"}
        assert set(about["digest"]) == {"sha256"}
        assert HEX.fullmatch(about["digest"]["sha256"])


def subjects(one: dict[str, Any]) -> dict[str, str]:
    return {about["name"]: about["digest"]["sha256"] for about in one["subject"]}


def test_every_decision_of_a_lively_home_is_a_statement(house: House) -> None:
    base = house.version("make")
    house.promote(1)
    house.propose(base, repair_id="a")
    house.reviews.approve("a", actor="ada", note="moved")
    house.reviews.use(["a"], made=house.version("make rows"), actor="ada")
    house.validate(2, Verdict.GREEN)
    house.promotions.disable("release", 1, actor="ada")
    entries = house.audit.entries()
    made = [json.loads(json.dumps(statement(one))) for one in entries]
    for one in made:
        check(one)
    assert {one["predicate"]["action"] for one in made} >= {"approved", "applied", "validated", "promoted", "disabled"}
    # The predicate is the entry itself: its hash can be checked from the statement alone.
    for said, one in zip(made, entries, strict=True):
        again = AuditEntry(**said["predicate"])
        assert (again, hash_of(again)) == (one, one.hash)
        assert line_of(again) == line_of(one)


def test_an_approval_is_about_the_digests_that_it_names() -> None:
    base, repair, validation, made = DIGESTS
    digests = {"base_digest": base, "repair_digest": repair, "validation_digest": validation}
    assert subjects(statement(entry("applied", "r1", **digests, version="3", digest=made))) == {
        "r1": repair[7:],
        "r1/base": base[7:],
        "r1/validation": validation[7:],
        "r1/version-3": made[7:],
    }
    assert "r1/validation" not in subjects(
        statement(entry("approved", "r1", **digests | {"validation_digest": "none"}))
    )


def test_a_validation_is_about_the_version_and_itself() -> None:
    found = '{"id":"v1"}'
    assert subjects(statement(entry("validated", digest=DIGESTS[1], validation=found))) == {
        "site@2": DIGESTS[1][7:],
        "site@2/validation": sha256(found.encode()).hexdigest(),
    }


def test_a_decision_about_no_document_is_about_its_entry() -> None:
    one = AuditEntry(
        seq=7, at="t", actor="ada", action="frozen", subject="replays", details={"reason": "x"}, prev="0", hash="a" * 64
    )
    assert statement(one)["subject"] == [{"name": "audit-entry-7", "digest": {"sha256": "a" * 64}}]
    assert statement(one)["predicateType"] == PREDICATE_TYPE


@pytest.mark.parametrize(
    "broken",
    [
        lambda one: one.update(_type="https://in-toto.io/Statement/v0.1"),
        lambda one: one.update(subject=[]),
        lambda one: one["subject"][0].pop("digest"),
        lambda one: one["subject"][0]["digest"].update(sha256="F" * 64),
        lambda one: one.update(predicateType="audit entry"),
    ],
)
def test_the_check_can_fail(broken: Callable[[dict[str, Any]], None]) -> None:
    one = statement(entry("promoted", digest=DIGESTS[1]))
    broken(one)
    with pytest.raises((AssertionError, KeyError)):
        check(one)
