"""What every catalog does, tried on each."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from capture.errors import UnknownNameError
from replay.library.catalog import Catalog, TinyCatalog
from replay.library.rows import ROW_TYPES, Control, Ground, RunRow, ValidationRow, Verdict, VersionRow
from replay.playbook import VersionStatus
from replay.team.server import Team
from tests.postgres import Server, postgres
from tests.replay.library.hammer import COUNTER, increments
from tests.replay.library.samples import run_row, version_row

__all__ = ["postgres"]
WRITERS, EACH = 4, 10
Opened = Callable[[], AbstractContextManager[Catalog]]
"""One more look at the same catalog, as another process would have."""


@contextmanager
def tiny(folder: Path) -> Iterator[Opened]:
    @contextmanager
    def opened() -> Iterator[Catalog]:
        yield TinyCatalog(folder / "catalog.json")

    yield opened


@cache
def database(server: Server) -> str:
    """One for all tests here: to make one takes longer than to empty it."""
    return server.database()


@contextmanager
def shared(server: Server) -> Iterator[Opened]:
    dsn = database(server)
    with psycopg.connect(dsn) as connection:
        for kind in ROW_TYPES:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("replaybook", kind.TABLE)))

    @contextmanager
    def opened() -> Iterator[Catalog]:
        team = Team(dsn)
        yield team.catalog
        team.close()

    yield opened


@pytest.fixture(params=["tiny", "team"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    made = tiny(tmp_path) if request.param == "tiny" else shared(request.getfixturevalue("postgres"))
    with made as found:
        yield found


@pytest.fixture
def catalog(opened: Opened) -> Iterator[Catalog]:
    with opened() as found:
        yield found


def validation_row(**changes: object) -> ValidationRow:
    row = ValidationRow(
        id="v",
        playbook="release",
        version=1,
        digest="sha256:1",
        verdict=Verdict.GREEN,
        level="L3",
        created_at="2026-11-22T12:00:00Z",
    )
    return msgspec.structs.replace(row, **changes)


def test_a_row_comes_back_as_it_went_in(catalog: Catalog) -> None:
    row = version_row(made_from=("run-1", "run-2"), promoted=3, goal="ü\0\ufdd0", problem=None)
    catalog.put(row)
    assert catalog.get(VersionRow, row.id) == row
    assert catalog.get(RunRow, row.id) is None


def test_a_row_with_rows_in_it_comes_back_whole(catalog: Catalog) -> None:
    row = validation_row(
        control=Control(reproduced=True, failure_class="missing-file"),
        ground=Ground(workspace="/w", at="2026-11-22T12:00:00Z", digest="sha256:1", tools={"make": "1", "b\0": "2"}),
    )
    catalog.put(row)
    assert catalog.find(ValidationRow, verdict=Verdict.GREEN, ground=row.ground) == (row,)


def test_the_last_row_with_an_id_counts(catalog: Catalog) -> None:
    catalog.put(run_row(name="one"), version_row(), run_row(name="two"))
    assert catalog.find(RunRow) == (run_row(name="two"),)
    catalog.put(run_row(name="three"))
    assert catalog.find(RunRow) == (run_row(name="three"),)


def test_putting_nothing_is_nothing(catalog: Catalog) -> None:
    catalog.put()
    assert [catalog.find(kind) for kind in ROW_TYPES] == [()] * len(ROW_TYPES)


def test_find_compares_every_field_given(catalog: Catalog) -> None:
    active = version_row(id="release@2", version=2, status=VersionStatus.ACTIVE)
    catalog.put(version_row(), active, version_row(id="other@1", name="other", status=VersionStatus.ACTIVE))
    assert catalog.find(VersionRow, name="release", status=VersionStatus.ACTIVE) == (active,)
    assert catalog.find(VersionRow, name="release", promoted=1) == ()
    assert len(catalog.find(VersionRow, name="release", promoted=None, made_from=())) == 2
    assert catalog.find(VersionRow, name="'; DROP TABLE replaybook.runs; --") == ()


def test_rows_are_found_by_a_text_in_their_words_whatever_its_capitals(catalog: Catalog) -> None:
    street, other = run_row(id="a", name="Große STRASSE", goal="%_\0"), run_row(id="b", name="İ", goal="ship the site")
    versions = [version_row(id=f"release@{number}", version=number, goal="Ship it") for number in (10, 2)]
    catalog.put(other, street, *versions, validation_row())
    assert [catalog.matching(RunRow, text) for text in ("straße", "GROSSE", "%_\0")] == [(street,)] * 3
    assert catalog.matching(RunRow, "SHIP") == (other,)
    assert catalog.matching(RunRow, "strasse%") == catalog.matching(RunRow, "2026-11-22") == ()
    assert catalog.matching(RunRow, "") == (street, other)
    assert catalog.matching(VersionRow, "sHIP") == tuple(reversed(versions))
    assert catalog.matching(ValidationRow, "release") == ()


def test_a_text_finds_what_rows_say_now(opened: Opened) -> None:
    with opened() as one, opened() as other, one.transaction():
        one.put(run_row(id="a", name="first"), run_row(id="b", name="second"))
        one.update(RunRow, "a", name="third")
        one.remove(RunRow, "b")
        assert [row.id for row in one.matching(RunRow, "third")] == ["a"]
        assert one.matching(RunRow, "first") == one.matching(RunRow, "second") == other.matching(RunRow, "third") == ()


def test_versions_sort_by_number(catalog: Catalog) -> None:
    catalog.put(*(version_row(id=f"release@{number}", version=number) for number in (10, 2, 1)))
    assert [row.version for row in catalog.find(VersionRow)] == [1, 2, 10]


def test_update_changes_only_what_it_names(catalog: Catalog) -> None:
    catalog.put(version_row(steps=4, promoted=1))
    changed = catalog.update(VersionRow, "release@1", status=VersionStatus.SHADOW, promoted=None)
    assert changed == version_row(steps=4, status=VersionStatus.SHADOW)
    assert catalog.get(VersionRow, "release@1") == changed


def test_an_update_replaces_a_value_whole(catalog: Catalog) -> None:
    catalog.put(validation_row(ground=Ground(workspace="/w", at="now", digest="1", tools={"make": "1"})))
    other = Ground(workspace="/w", at="now", digest="2", tools={"tar": "1"})
    assert catalog.update(ValidationRow, "v", ground=other).ground == other


def test_update_of_nothing_names_it(catalog: Catalog) -> None:
    with pytest.raises(UnknownNameError, match="no playbooks entry release@9"):
        catalog.update(VersionRow, "release@9", steps=1)
    catalog.put(version_row())
    with pytest.raises(TypeError):
        catalog.update(VersionRow, "release@1", colour="red")


def test_removing_twice_is_removing(catalog: Catalog) -> None:
    catalog.put(run_row(id="a"), run_row(id="b"))
    catalog.remove(RunRow, "a")
    catalog.remove(RunRow, "a")
    assert catalog.find(RunRow) == (run_row(id="b"),)


def test_two_looks_at_one_catalog_see_each_other(opened: Opened) -> None:
    with opened() as one, opened() as other:
        assert other.find(RunRow) == ()
        one.put(run_row(id="a"))
        other.put(run_row(id="b"))
        one.put(run_row(id="c"))
        assert [row.id for row in other.find(RunRow)] == ["a", "b", "c"]


def test_a_transaction_that_fails_leaves_nothing(opened: Opened) -> None:
    with opened() as one, opened() as other:
        one.put(run_row(id="a"))
        with suppress(ZeroDivisionError), one.transaction():
            one.put(run_row(id="b"))
            with one.transaction():
                one.remove(RunRow, "a")
            assert [row.id for row in one.find(RunRow)] == ["b"]
            assert [row.id for row in other.find(RunRow)] == ["a"]
            raise ZeroDivisionError
        assert one.find(RunRow) == other.find(RunRow) == (run_row(id="a"),)


def test_what_a_transaction_changed_is_there_when_it_ends(opened: Opened) -> None:
    with opened() as one, opened() as other:
        with one.transaction():
            one.put(version_row())
            one.update(VersionRow, "release@1", steps=7)
            assert other.find(VersionRow) == ()
        assert other.find(VersionRow) == (version_row(steps=7),)


def test_no_one_writes_while_a_transaction_is_open(opened: Opened) -> None:
    with opened() as one, opened() as other:
        one.put(version_row(id=COUNTER))
        written = threading.Thread(target=lambda: other.update(VersionRow, COUNTER, goal="other"))
        with one.transaction():
            written.start()
            row = one.get(VersionRow, COUNTER)
            written.join(0.05)
            assert written.is_alive()
            assert one.get(VersionRow, COUNTER) == row
            one.update(VersionRow, COUNTER, steps=1)
        written.join()
        assert other.get(VersionRow, COUNTER) == version_row(id=COUNTER, steps=1, goal="other")


def test_threads_that_change_one_row_lose_no_update(catalog: Catalog) -> None:
    threads = [threading.Thread(target=increments, args=(catalog, EACH)) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = catalog.get(VersionRow, COUNTER)
    assert row is not None
    assert row.steps == WRITERS * EACH


KEYS = st.sampled_from("abc")
CHANGES = st.lists(st.tuples(st.sampled_from(["put", "remove"]), KEYS, st.text(max_size=5)), max_size=12)


# Each example begins with an empty catalog.
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_it_behaves_like_a_dictionary(catalog: Catalog, changes: list[tuple[str, str, str]]) -> None:
    for key in "abc":
        catalog.remove(RunRow, key)
    expected: dict[str, RunRow] = {}
    for what, key, name in changes:
        if what == "put":
            expected[key] = run_row(id=key, name=name)
            catalog.put(expected[key])
        else:
            expected.pop(key, None)
            catalog.remove(RunRow, key)
    assert catalog.find(RunRow) == tuple(expected[key] for key in sorted(expected))
