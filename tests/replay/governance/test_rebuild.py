from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from capture.errors import RefusedError
from capture.events import RunEnded, RunStarted
from capture.tape.writer import TapeWriter
from capture.trace import Run, RunStatus
from replay.governance.rebuild import open_catalog
from replay.library.catalog import TinyCatalog
from replay.library.records import replay_records
from replay.library.rows import ROW_TYPES, RepairRow, ReplayRow, Row, RunRow, Verdict, VersionRow
from replay.library.storage import CorruptCatalogError
from replay.outcome import Mode, Replay, ReplayStatus
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus
from tests.replay.governance.conftest import House
from tests.replay.library.samples import NOON


@pytest.fixture
def told() -> list[str]:
    return []


def reopened(house: House, told: list[str]) -> TinyCatalog:
    return open_catalog(house.home, house.audit, clock=lambda: datetime(2026, 11, 23, tzinfo=UTC), tell=told.append)


def lively(house: House) -> None:
    """A home in which much was decided."""
    base = house.version("make")
    house.promote(1)
    for name in "abc":
        house.propose(base, repair_id=name)
    house.reviews.approve("a", actor="ada", note="moved")
    house.reviews.use(["a"], made=house.version("make rows"), actor="ada")
    house.reviews.reject("b", actor="ada", note="no")
    house.validate(2, Verdict.RED)
    house.promote(2)
    house.version("make most")
    house.promotions.promote("release", 3, actor="ada", override="now")
    house.promotions.rollback("release", actor="ada")
    house.version("make worse")
    house.promotions.disable("release", 4, actor="ada")


def timeless(row: Row) -> Row:
    """Without what no file says: when and from what a version was made, and when exactly an approval was given."""
    if isinstance(row, VersionRow):
        return msgspec.structs.replace(row, created_at="", made_from=())
    if isinstance(row, RepairRow) and row.approval is not None:
        approval = msgspec.structs.replace(row.approval, at="")
        return msgspec.structs.replace(row, approval=approval, signatures=(approval,))
    return row


def everything(catalog: TinyCatalog) -> dict[str, list[Row]]:
    return {kind.TABLE: [timeless(row) for row in catalog.find(kind)] for kind in ROW_TYPES}


@pytest.mark.parametrize("damage", [b"{", b"", b'{"runs": {"1": {"id": 7}}}', None])
def test_a_lost_catalog_comes_back_as_it_was(house: House, told: list[str], damage: bytes | None) -> None:
    lively(house)
    before = everything(house.catalog)
    if damage is None:
        house.home.catalog.unlink()
    else:
        house.home.catalog.write_bytes(damage)
    assert everything(reopened(house, told)) == before
    assert [row.status.value for row in reopened(house, told).find(VersionRow)] == [
        "shadow",
        "active",
        "draft",
        "disabled",
    ]
    assert len(told) == 1
    assert "rebuilt from the files" in told[0]
    kept = house.home.path / "catalog.json.damaged-20261123-000000"
    assert kept.exists() == (damage is not None)
    assert damage is None or kept.read_bytes() == damage


def test_a_whole_catalog_is_left_alone(house: House, told: list[str]) -> None:
    lively(house)
    before = house.home.catalog.read_bytes()
    reopened(house, told)
    assert house.home.catalog.read_bytes() == before
    assert told == []


def test_a_new_home_is_nothing_to_rebuild(house: House, told: list[str]) -> None:
    assert reopened(house, told).find(RunRow) == ()
    assert told == []


def test_replays_come_back_from_their_files(house: House, told: list[str]) -> None:
    house.version()
    replay = Replay(
        replay_id="r1",
        run_id=None,
        playbook="release",
        version=1,
        digest="sha256:1",
        mode=Mode.SIMULATE,
        status=ReplayStatus.READY,
    )
    replay_records(house.home).write("r1", replay)
    (house.home.replays / "r2.json").write_text("{")
    house.home.catalog.unlink()
    rows = reopened(house, told).find(ReplayRow)
    assert [(row.id, row.status) for row in rows] == [("r1", ReplayStatus.READY)]


def test_runs_come_back_from_their_recordings(house: House, told: list[str]) -> None:
    run = Run(
        run_id="run-1",
        name="release",
        status=RunStatus.IN_PROGRESS,
        started_at=NOON,
        shell="bash",
        cwd="/w",
        host="h",
        workspace="/w",
    )
    tape = TapeWriter(house.home.run_folder("run-1"))
    tape.event(RunStarted(run=run))
    tape.event(RunEnded(status=RunStatus.SUCCESS, at=NOON))
    tape.close()
    damaged = house.home.run_folder("run-2")
    damaged.mkdir()
    (damaged / "trace.ndjson").write_text("{")
    rows = reopened(house, told).find(RunRow)
    assert [(row.id, row.name, row.status, row.ended_at) for row in rows] == [
        ("run-1", "release", RunStatus.SUCCESS, "2026-11-22T12:00:00Z")
    ]
    # What records before anything else is done in a home makes no catalog.
    assert told == []


def test_a_log_that_is_not_whole_makes_nothing_active_but_keeps_what_is_disabled(house: House, told: list[str]) -> None:
    lively(house)
    log = house.home.audit
    log.write_bytes(log.read_bytes().replace(b'"override":"now"', b'"override":"yes"'))
    house.home.catalog.unlink()
    catalog = reopened(house, told)
    assert {row.status for row in catalog.find(VersionRow)} == {VersionStatus.DRAFT, VersionStatus.DISABLED}
    assert {row.status.value for row in catalog.find(RepairRow)} == {"proposed"}


def test_an_edited_version_does_not_come_back_as_active(house: House, told: list[str]) -> None:
    row = house.version("make")
    house.promote(1)
    house.home.catalog.unlink()
    house.edit(row, lambda text: text.replace("make", "make all"))
    assert [found.status for found in reopened(house, told).find(VersionRow)] == [VersionStatus.DRAFT]


def test_a_catalog_that_is_damaged_while_in_use_says_so(house: House) -> None:
    house.version()
    house.home.catalog.write_bytes(b"{")
    with pytest.raises(CorruptCatalogError, match="the next start rebuilds it"):
        house.register.rows()


def test_everything_that_was_written_is_private(house: House) -> None:
    lively(house)
    paths = [path for path in house.home.path.rglob("*") if path != house.home.path]
    assert {oct(path.stat().st_mode & 0o777) for path in paths if path.is_dir()} == {"0o700"}
    assert {oct(path.stat().st_mode & 0o777) for path in paths if path.is_file()} == {"0o600"}
    assert Path(house.home.path).stat().st_mode & 0o777 == 0o700


def test_what_a_killed_process_had_decided_has_its_effect_before_the_next_decision(house: House) -> None:
    base = house.version("make")
    for name in "ab":
        house.propose(base, repair_id=name)
    house.audit.append(actor="ada", action="rejected", subject="a", details={"base_digest": base.digest})
    house.audit.append(actor="ada", action="promoted", subject="release@1", details={"digest": base.digest})
    assert house.statuses() == ["draft"]
    with pytest.raises(RefusedError, match="a is rejected"):
        house.reviews.approve("a", actor="grace")
    house.reviews.reject("b", actor="grace")
    assert house.reviews.get("a").status is RepairStatus.REJECTED
    assert house.statuses() == ["active"]


def test_what_was_slipped_into_a_log_that_is_not_whole_has_no_effect(house: House) -> None:
    base = house.version("make")
    house.propose(base, repair_id="a")
    house.reviews.reject("a", actor="ada")
    house.home.audit.write_bytes(house.home.audit.read_bytes().replace(b"rejected", b"approved"))
    house.audit.append(actor="eve", action="promoted", subject="release@1", details={"digest": base.digest})
    house.version("make most")
    assert house.statuses() == ["draft", "draft"]
