"""A colleague with a role and psql: what the database refuses them, and what is found of what its owner does."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import psycopg
import pytest

from capture.errors import RefusedError
from replay.governance.bound import repair_digest
from replay.governance.chain import GENESIS
from replay.library.rows import Verdict
from replay.playbook import VersionStatus
from tests.replay.team.conftest import Office

Say = Callable[..., list[tuple[Any, ...]]]


def refused(say: Say, *statements: str) -> str:
    with pytest.raises(psycopg.Error) as caught:
        say(*statements)
    return str(caught.value.diag.message_primary)


def line(seq: int, prev: str, **said: str) -> str:
    """An entry as SQL that appends it, made by hand."""
    entry: dict[str, Any] = {"action": "promoted", "actor": "lin", "at": "2026-11-22T12:00:00Z", "details": {}, **said}
    entry |= {"seq": seq, "prev": prev, "subject": said.get("subject", "release@1")}
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    entry["hash"] = sha256(text.encode()).hexdigest()
    whole = json.dumps(entry, sort_keys=True, separators=(",", ":")) + "\n"
    return inserting(seq, whole.encode())


def inserting(seq: int, whole: bytes) -> str:
    return f"INSERT INTO replaybook.audit (seq, line) VALUES ({seq}, '\\x{whole.hex()}')"  # noqa: S608 - it is


def next_line(say: Say, **said: Any) -> str:
    [(entries, head)] = say("SELECT entries, hash FROM replaybook.audit_head")
    return line(entries + 1, head, **said)


def body(change: str, row: str = "release@1", table: str = "playbooks") -> str:
    return f"UPDATE replaybook.{table} SET body = body || '{change}' WHERE id = '{row}'"  # noqa: S608 - it is


def test_a_version_is_promoted_by_another_than_who_made_it(office: Office) -> None:
    office.team("owner").people.require("promotion", 1)
    ada, grace = office.house("ada"), office.house("grace")
    ada.version()
    ada.validate(1)
    with pytest.raises(RefusedError, match="alone: ada made it, and another person must promote it as well"):
        ada.promotions.promote("release", 1, actor="ada")
    assert grace.promotions.promote("release", 1, actor="grace").status is VersionStatus.ACTIVE
    assert ada.statuses() == ["active"]
    assert office.psql("lin")("SELECT recorded_by, promoted_by, authors FROM replaybook.playbooks") == [
        ("ada", "grace", ["ada"])
    ]
    assert office.team("lin").audit.verify().ok


def test_two_others_say_yes_one_after_the_other(office: Office) -> None:
    office.team("owner").people.require("promotion", 2)
    ada, grace, lin = map(office.house, ("ada", "grace", "lin"))
    ada.version()
    ada.validate(1)
    assert grace.promotions.promote("release", 1, actor="grace").status is VersionStatus.SHADOW
    with pytest.raises(RefusedError, match="grace alone"):
        grace.promotions.promote("release", 1, actor="grace")
    row = lin.register.row("release", 1)
    assert lin.promotions.wants(row, actor="lin") is None
    assert lin.promotions.promote("release", 1, actor="lin").status is VersionStatus.ACTIVE
    assert ada.actions()[-2:] == ["signed", "promoted"]
    assert lin.audit.verify().ok


def test_nobody_promotes_alone_whatever_they_say_to_the_server(office: Office) -> None:
    office.team("owner").people.require("promotion", 1)
    lin = office.house("lin")
    row = lin.version()
    lin.validate(1)
    say = office.psql("lin")
    told = {"digest": row.digest}
    assert "can't become active by itself" in refused(say, body('{"status": "active", "promoted": 1}'))
    assert "another person must promote" in refused(say, next_line(say, details=told))
    assert "in the name of ada" in refused(say, next_line(say, actor="ada", details=told))
    assert "another person must promote" in refused(say, next_line(say, actor="policy", details=told))
    # A second version of which they are no author can't be had by changing who made it.
    assert say("UPDATE replaybook.playbooks SET authors = '{}', recorded_by = 'ada'") == []
    assert say("SELECT recorded_by, authors FROM replaybook.playbooks") == [("lin", ["lin"])]
    assert "is new, and so a draft" in refused(
        say,
        'INSERT INTO replaybook.playbooks (id, body) SELECT \'release@9\', body || \'{"status": "active", '
        '"version": 9}\' FROM replaybook.playbooks',
    )
    for own in ("rules SET others = 0", "people SET person = 'ada' WHERE role = 'lin'", "people SET admin = true"):
        assert "permission denied" in refused(say, f"UPDATE replaybook.{own}")
    assert "is no admin here" in refused(say, "SELECT replaybook.demand('promotion', 0)")
    assert "is no admin here" in refused(say, "SELECT replaybook.admit('lin', 'ada', true)")
    assert "is no admin here" in refused(say, next_line(say, action="required", subject="promotion"))
    assert "in the name of ada" in refused(
        say, "SET LOCAL replaybook.copying = 'on'", next_line(say, actor="ada", details=told)
    )
    assert "permission denied" in refused(say, "SET SESSION AUTHORIZATION ada")
    assert "must be owner" in refused(say, "ALTER TABLE replaybook.audit DISABLE TRIGGER ALL")
    assert lin.statuses() == ["shadow"]
    assert lin.audit.verify().ok


def test_the_log_is_only_appended_to_and_in_the_form_that_it_has(office: Office) -> None:
    say = office.psql("lin")
    [(entries, head)] = say("SELECT entries, hash FROM replaybook.audit_head")
    for change in (
        "UPDATE replaybook.audit SET role = 'ada'",
        "DELETE FROM replaybook.audit",
        "TRUNCATE replaybook.audit",
    ):
        assert "permission denied" in refused(say, change)
    owner = office.psql("owner")
    assert "is only appended to: no entry is changed" in refused(owner, "DELETE FROM replaybook.audit")
    assert "only appended to" in refused(say, line(entries, head, action="x"))
    assert "only appended to" in refused(say, line(entries + 2, head, action="x"))
    assert "the hash of the one before" in refused(say, line(entries + 1, GENESIS, action="x"))
    good = line(entries + 1, head, action="x")
    whole = bytes.fromhex(good.partition("\\x")[2].partition("'")[0])
    for wrong, why in (
        (whole.replace(b'"at":', b'"at": '), "canonical"),
        (whole.removesuffix(b"\n"), "canonical"),
        (whole.replace(b"release", b"rel\\u0065ase"), "canonical"),
        (whole.replace(b"{}", b'{"b":"1","a":"1"}'), "canonical"),
        (whole.replace(b"{}", b'{"a":"1","a":"1"}'), "canonical"),
        (whole.replace(b"release", b"rel\xff"), "no line of an audit log"),
        (whole.replace(b"release@1", b"release@2"), "is not its own"),
    ):
        assert why in refused(say, inserting(entries + 1, wrong))
    say(good)
    odd = 'caf\u00e9 \x00\x07\x7f\u2028\U0001f600 \\u0000 "q" \\'
    office.house("lin").audit.append(actor="lin", action="y", subject=odd, details={"b": odd, "hash": "", "a": "1"})
    found = office.team("lin").audit
    assert [one.action for one in found.entries()][-2:] == ["x", "y"]
    assert found.entries()[-1].subject == odd
    assert found.verify().ok


def test_nobody_signs_in_another_name_nor_touches_what_others_signed(office: Office) -> None:
    office.team("owner").people.require("review", 2)
    ada, grace, lin = map(office.house, ("ada", "grace", "lin"))
    proposed = ada.propose(ada.version())
    ref = proposed.repair_id
    ada.reviews.look(proposed, actor="ada")
    grace.reviews.look(proposed, actor="grace")
    say = office.psql("lin")
    [(row,)] = say("SELECT body FROM replaybook.repairs")
    forged = json.dumps({"signatures": [{**yes(ref), "actor": "grace"}]})
    assert "lin can't sign" in refused(say, body(forged, ref, "repairs"))
    assert "what ada signed" in refused(say, body('{"looks": []}', ref, "repairs"))
    changed = json.dumps({"looks": [{**one, "shown": "sha256:0"} for one in row["looks"]]})
    assert "in the name of ada" in refused(say, body(changed, ref, "repairs"))
    assert "can't approve" in refused(say, body(json.dumps({"approval": {**yes(ref), "actor": "ada"}}), ref, "repairs"))
    assert "can't become approved by itself" in refused(say, body('{"status": "approved"}', ref, "repairs"))
    assert "never deleted" in refused(say, "DELETE FROM replaybook.repairs")
    told = {"repair_digest": repair_digest(proposed)}
    assert "2 other people" not in refused(say, next_line(say, action="approved", subject=ref, details=told))
    # Whoever proposed it may say yes, and is none of the two.
    assert ada.reviews.approve(ref, actor="ada") is None
    assert grace.reviews.approve(ref, actor="grace") is None
    given = lin.reviews.approve(ref, actor="lin")
    assert given is not None
    assert lin.reviews.get(ref).approved_by == ("ada", "grace", "lin")
    assert "was given once" in refused(say, body('{"approval": null}', ref, "repairs"))
    assert "which the log must tell" in refused(say, body('{"created_version": 7}', ref, "repairs"))
    assert say("SELECT recorded_by, reviewed_by FROM replaybook.repairs") == [("ada", "lin")]
    assert lin.audit.verify().ok


def yes(ref: str) -> dict[str, object]:
    return {"repair_id": ref, "repair_digest": "sha256:1", "base_digest": "sha256:1", "actor": "lin", "at": "now"}


def test_a_document_that_was_reviewed_is_not_written_anew(office: Office) -> None:
    ada = office.house("ada")
    ada.version()
    ada.promote(1)
    say = office.psql("lin")
    for change in ('{"digest": "sha256:0"}', '{"text_sha256": "0"}', '{"digest": "sha256:0", "status": "draft"}'):
        assert "was reviewed and stays as it is" in refused(say, body(change))
    assert "keeps its name" in refused(say, body('{"name": "other"}'))
    assert "never deleted" in refused(say, "DELETE FROM replaybook.playbooks")
    assert "can't become draft by itself" in refused(say, body('{"status": "draft"}'))
    assert "can't become disabled by itself" in refused(say, body('{"status": "disabled"}'))


def test_neither_is_its_file_and_a_row_says_what_that_holds(office: Office) -> None:
    ada = office.house("ada")
    row = ada.version()
    text = ada.shelf.path(row.name, row.version).read_bytes()
    values = f"VALUES ('playbooks/release/1.yaml', '\\x{{}}{text.hex()}')"
    lin, another = office.psql("lin"), "the document of release@1 is another one than its row says"
    # Before who made it could send it.
    assert another in refused(lin, f"INSERT INTO replaybook.documents (path, content) {values.format('23')}")
    office.psql("ada")(f"INSERT INTO replaybook.documents (path, content) {values.format('')}")
    assert another in refused(lin, body('{"digest": "sha256:0", "text_sha256": "0"}'))
    ada.promote(1)
    changed = "UPDATE replaybook.documents SET content = content || '\\x20'"
    for other in (changed, "DELETE FROM replaybook.documents"):
        assert "stays as it is; write a new version" in refused(lin, other)
    assert ada.audit.verify().ok
    owner = office.psql("owner")
    owner("SET session_replication_role = replica", changed)
    assert "the document of release@1 is another one" in ada.audit.verify().words
    # Its row says so as well, and still names what was promoted.
    owner("UPDATE replaybook.documents SET content = replace(encode(content, 'escape'), 'make', 'sudo')::bytea")
    owner(
        "UPDATE replaybook.playbooks SET body = jsonb_set(body, '{text_sha256}', to_jsonb(sha256)) "
        "FROM replaybook.documents"
    )
    assert "the document of release@1 is another one" in ada.audit.verify().words


def test_a_draft_is_everyones_and_who_edits_it_made_it_as_well(office: Office) -> None:
    office.team("owner").people.require("promotion", 1)
    ada, lin = office.house("ada"), office.house("lin")
    row = ada.version()
    ada.validate(1)
    ada.audit.append(actor="ada", action="signed", subject="release@1", details={"digest": "sha256:other"})
    lin.edit(row, lambda text: text.replace("make", "make all"))
    assert lin.register.row("release", 1).status is VersionStatus.DRAFT
    lin.validate(1)
    with pytest.raises(RefusedError, match="ada and lin made it, and another person"):
        lin.promotions.promote("release", 1, actor="lin")
    assert office.house("grace").promotions.promote("release", 1, actor="grace").status is VersionStatus.ACTIVE


def test_recordings_and_validations_are_changed_by_who_made_them(office: Office) -> None:
    ada = office.house("ada")
    ada.version()
    ada.validate(1, Verdict.RED)
    say = office.psql("lin")
    forged = 'UPDATE replaybook.validations SET body = body || \'{"verdict": "green"}\''
    assert "is ada's, and lin can't change it" in refused(say, forged)
    assert "is ada's" in refused(say, "DELETE FROM replaybook.validations")


def test_who_is_not_admitted_sees_and_does_nothing(office: Office) -> None:
    office.house("ada").version()
    chief = office.team("owner").people
    chief.dismiss("lin")
    assert "permission denied" in refused(office.psql("lin"), "SELECT * FROM replaybook.playbooks")
    # Left a privilege by somebody who did not know: still nobody.
    owner = office.psql("owner")
    owner("GRANT USAGE ON SCHEMA replaybook TO lin", "GRANT ALL ON ALL TABLES IN SCHEMA replaybook TO lin")
    say = office.psql("lin")
    assert say("SELECT * FROM replaybook.playbooks") == []
    assert "the role lin is nobody here" in refused(say, "INSERT INTO replaybook.runs (id, body) VALUES ('a', '{}')")
    with pytest.raises(RefusedError, match="lin is nobody"):
        office.team("lin").audit.append(actor="lin", action="x", subject="y")
    with pytest.raises(RefusedError, match="signs as ada"):
        chief.admit("lin", "ada")


BEHIND = (
    ("UPDATE replaybook.playbooks SET body = body || '{\"status\": \"shadow\"}' WHERE id = 'release@2'", "is shadow"),
    (
        "UPDATE replaybook.playbooks SET body = body || '{\"digest\": \"sha256:0\"}' WHERE id = 'release@1'",
        "it is draft",
    ),
    ("UPDATE replaybook.people SET person = 'eve' WHERE role = 'lin'", "lin signs as eve"),
    ("UPDATE replaybook.rules SET others = 3 WHERE name = 'review'", "asks for 3 others"),
    ("DELETE FROM replaybook.audit WHERE seq > 4", "truncated"),
    ("UPDATE replaybook.audit SET line = replace(line::text, '616461', '6c696e')::bytea WHERE seq = 4", "edited"),
    ("DELETE FROM replaybook.audit WHERE seq = 2", "deleted"),
    ("DELETE FROM replaybook.audit_head", "audit.head, which says how the log ends, was truncated"),
)
"""What only the owner can do, and what `verify` says of it."""


def test_what_the_owner_does_behind_the_triggers_is_found(office: Office) -> None:
    ada = office.house("ada")
    ada.version()
    ada.promote(1)
    ada.version("make other")
    assert ada.audit.verify().ok
    owner = office.psql("owner")
    for done, found in BEHIND:
        owner("SET session_replication_role = replica", done)
        verdict = ada.audit.verify()
        assert not verdict.ok
        assert any(found in one.words for one in verdict.problems), (found, [one.words for one in verdict.problems])


def test_a_history_that_was_written_anew_is_found_by_the_head_that_a_home_has(office: Office) -> None:
    ada = office.house("ada")
    ada.version()
    ada.promote(1)
    owner = office.psql("owner")
    [(log,)] = owner("SELECT string_agg(line, '' ORDER BY seq) FROM replaybook.audit")
    anew, prev = [], GENESIS
    for seq, old in enumerate(bytes(log).splitlines(), 1):
        said = {**json.loads(old), "at": "2026-11-22T12:59:59Z"}
        anew.append(line(seq, prev, **{key: said[key] for key in ("action", "actor", "at", "details", "subject")}))
        prev = json.loads(bytes.fromhex(anew[-1].partition("\\x")[2].partition("'")[0]))["hash"]
    owner("SET session_replication_role = replica", "DELETE FROM replaybook.audit")
    owner(
        "SET session_replication_role = origin",
        f"UPDATE replaybook.audit_head SET entries = 0, size = 0, hash = '{GENESIS}'",  # noqa: S608 - it is
        *anew,
    )
    assert not ada.audit.verify().ok
    # What it was held against is still there, and says so again.
    assert not ada.audit.verify().ok
    [seen] = (office.folder / "team").iterdir()
    seen.unlink()
    assert ada.audit.verify().ok
