from pathlib import Path

import pytest

from replay.library.catalog import TinyCatalog
from replay.library.storage import CorruptCatalogError
from tests.replay.library.samples import run_row


@pytest.fixture
def catalog(tmp_path: Path) -> TinyCatalog:
    return TinyCatalog(tmp_path / "catalog.json")


def test_a_row_that_is_none_is_a_damaged_catalog(catalog: TinyCatalog) -> None:
    catalog.put(run_row())
    path = catalog.storage.set_aside("aside")
    assert path is not None
    path.with_name("catalog.json").write_bytes(path.read_bytes().replace(b'"success"', b'"won"'))
    with pytest.raises(CorruptCatalogError, match="runs entry run-1 is damaged"):
        catalog.check()
