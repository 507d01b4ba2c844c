from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.errors import UnknownNameError
from replay.library.catalog import TinyCatalog
from replay.library.rows import RunRow, VersionRow
from replay.library.storage import CorruptCatalogError
from replay.playbook import VersionStatus
from tests.replay.library.samples import run_row, version_row


@pytest.fixture
def catalog(tmp_path: Path) -> TinyCatalog:
    return TinyCatalog(tmp_path / "catalog.json")


def test_a_row_comes_back_as_it_went_in(catalog: TinyCatalog) -> None:
    row = version_row(made_from=("run-1", "run-2"), promoted=3)
    catalog.put(row)
    assert catalog.get(VersionRow, row.id) == row
    assert catalog.get(RunRow, row.id) is None


def test_the_last_row_with_an_id_counts(catalog: TinyCatalog) -> None:
    catalog.put(run_row(name="one"), run_row(name="two"))
    catalog.put(run_row(name="three"))
    assert catalog.find(RunRow) == (run_row(name="three"),)


def test_find_compares_every_field_given(catalog: TinyCatalog) -> None:
    active = version_row(id="release@2", version=2, status=VersionStatus.ACTIVE)
    catalog.put(version_row(), active, version_row(id="other@1", name="other", status=VersionStatus.ACTIVE))
    assert catalog.find(VersionRow, name="release", status=VersionStatus.ACTIVE) == (active,)


def test_versions_sort_by_number(catalog: TinyCatalog) -> None:
    catalog.put(*(version_row(id=f"release@{number}", version=number) for number in (10, 2, 1)))
    assert [row.version for row in catalog.find(VersionRow)] == [1, 2, 10]


def test_update_changes_only_what_it_names(catalog: TinyCatalog) -> None:
    catalog.put(version_row(steps=4))
    changed = catalog.update(VersionRow, "release@1", status=VersionStatus.SHADOW)
    assert changed == version_row(steps=4, status=VersionStatus.SHADOW)
    assert catalog.get(VersionRow, "release@1") == changed


def test_update_of_nothing_names_it(catalog: TinyCatalog) -> None:
    with pytest.raises(UnknownNameError, match="no playbooks entry release@9"):
        catalog.update(VersionRow, "release@9", steps=1)


def test_two_catalogs_on_one_file_see_each_other(catalog: TinyCatalog, tmp_path: Path) -> None:
    other = TinyCatalog(tmp_path / "catalog.json")
    assert other.find(RunRow) == ()
    catalog.put(run_row(id="a"))
    other.put(run_row(id="b"))
    catalog.put(run_row(id="c"))
    assert [row.id for row in other.find(RunRow)] == ["a", "b", "c"]


def test_a_row_that_is_none_is_a_damaged_catalog(catalog: TinyCatalog) -> None:
    catalog.put(run_row())
    path = catalog.storage.set_aside("aside")
    assert path is not None
    path.with_name("catalog.json").write_bytes(path.read_bytes().replace(b'"success"', b'"won"'))
    with pytest.raises(CorruptCatalogError, match="runs entry run-1 is damaged"):
        catalog.check()


KEYS = st.sampled_from("abc")
CHANGES = st.lists(st.tuples(st.sampled_from(["put", "remove"]), KEYS, st.text(max_size=5)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(changes=CHANGES)
def test_it_behaves_like_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str, str]]
) -> None:
    catalog = TinyCatalog(tmp_path_factory.mktemp("catalog") / "catalog.json")
    expected: dict[str, RunRow] = {}
    for what, key, name in changes:
        if what == "put":
            expected[key] = run_row(id=key, name=name)
            catalog.put(expected[key])
        else:
            expected.pop(key, None)
            catalog.remove(RunRow, key)
    assert catalog.find(RunRow) == tuple(expected[key] for key in sorted(expected))
