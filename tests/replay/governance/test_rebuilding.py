from datetime import UTC, datetime
from pathlib import Path

import pytest

from replay.governance.rebuilding import Rebuilt, rebuild_anew
from replay.library.rows import VersionRow
from tests.replay.governance.conftest import House
from tests.replay.governance.test_rebuild import everything, lively


def rebuilt(house: House) -> Rebuilt:
    return rebuild_anew(house.home, house.audit, clock=lambda: datetime(2026, 11, 23, tzinfo=UTC))


def test_a_whole_catalog_comes_back_with_what_no_file_says(house: House) -> None:
    lively(house)
    before, versions = everything(house.catalog), house.catalog.find(VersionRow)
    found = rebuilt(house)
    assert everything(house.catalog) == before
    assert house.catalog.find(VersionRow) == versions
    assert (found.versions, found.repairs, found.validations) == (4, 3, 3)
    assert (found.damage, found.log_whole, found.changed, found.unreadable) == (None, True, (), ())
    assert found.kept is not None
    assert Path(found.kept).exists()


@pytest.mark.parametrize("damage", [b"{", None])
def test_a_damaged_or_deleted_catalog_comes_back(house: House, damage: bytes | None) -> None:
    lively(house)
    before = everything(house.catalog)
    if damage is None:
        house.home.catalog.unlink()
    else:
        house.home.catalog.write_bytes(damage)
    found = rebuilt(house)
    assert everything(house.catalog) == before
    assert (found.damage is not None, found.kept is not None) == (damage is not None, damage is not None)


def test_what_can_not_be_read_or_stands_otherwise_is_told(house: House) -> None:
    lively(house)
    broken = house.home.run_folder("run-2")
    broken.mkdir()
    (broken / "trace.ndjson").write_text("{")
    log = house.home.audit
    log.write_bytes(log.read_bytes().replace(b'"override":"now"', b'"override":"yes"'))
    said = "\n".join(rebuilt(house).lines())
    assert "release@2: draft, was active" in said
    assert "can't be read: run-2" in said
    assert "the audit log is not whole" in said
