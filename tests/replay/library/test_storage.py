import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tinydb import Query, TinyDB

from capture.errors import HostError
from replay.library import durable
from replay.library.catalog import TinyCatalog
from replay.library.rows import RunRow, VersionRow
from replay.library.storage import CorruptCatalogError, LockedStorage
from tests.replay.library.hammer import COUNTER
from tests.replay.library.samples import run_row, version_row

WRITERS = 4
EACH = 25
KILLS = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.json"


def hammer(path: Path, task: str, argument: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "tests.replay.library.hammer", str(path), task, argument]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def test_processes_that_hammer_one_row_lose_no_update(path: Path) -> None:
    writers = [hammer(path, "increments", str(EACH)) for _ in range(WRITERS)]
    assert [writer.communicate()[0] or writer.returncode for writer in writers] == [0] * WRITERS
    row = TinyCatalog(path).get(VersionRow, COUNTER)
    assert row is not None
    assert row.steps == WRITERS * EACH


@pytest.mark.parametrize("task", ["inserts", "inserts_folded"])
def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_no_half(path: Path, task: str) -> None:
    catalog = TinyCatalog(path)
    for round_ in range(KILLS):
        writer = hammer(path, task, f"w{round_}")
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().split()[1] for _ in range(round_ + 1)]
        writer.kill()
        acknowledged += [line.split()[1] for line in writer.communicate()[0].splitlines()]
        ids = {row.id for row in catalog.find(RunRow)}
        assert {f"{pair}-{half}" for pair in acknowledged for half in "ab"} <= ids
        assert {f"{row[:-1]}b" for row in ids} <= ids
        assert {f"{row[:-1]}a" for row in ids} <= ids
    catalog.put(run_row())
    catalog.storage.settle()
    assert not list(path.parent.glob("*.part"))
    assert TinyCatalog(path).find(RunRow) == catalog.find(RunRow)


def test_a_journal_that_is_cut_at_any_byte_says_what_was_written_whole(path: Path) -> None:
    catalog, journal = TinyCatalog(path), path.with_suffix(".journal")
    catalog.put(run_row(id="r0", name="ü"))
    states = {0: catalog.find(RunRow)}
    changes: tuple[Callable[[], None], ...] = (
        lambda: catalog.put(run_row(id="r1"), run_row(id="r2")),
        lambda: catalog.put(run_row(id="r0", name="other")),
        lambda: catalog.put(run_row(id="r1", name="ß")),
    )
    for change in changes:
        change()
        states[journal.stat().st_size] = catalog.find(RunRow)
    whole = journal.read_bytes()
    for cut in range(len(whole) + 1):
        journal.write_bytes(whole[:cut])
        expected = states[max(end for end in states if end <= cut)]
        assert TinyCatalog(path).find(RunRow) == expected
        if cut % 40 == 0:
            TinyCatalog(path).put(run_row(id="r9"))
            assert set(TinyCatalog(path).find(RunRow)) == {*expected, run_row(id="r9")}


@pytest.mark.parametrize("where", ["before the catalog is replaced", "before the journal is gone"])
def test_who_dies_while_the_journal_is_folded_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    catalog, watching = TinyCatalog(path), TinyCatalog(path)
    catalog.put(run_row(id="r1"))
    catalog.put(run_row(id="r2"))
    expected = watching.find(RunRow)
    dies = "replace_file" if where.startswith("before the catalog") else "Path.unlink"

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(f"replay.library.storage.{dies}", die)
        catalog.storage.settle()
    assert path.with_suffix(".journal").exists()
    assert TinyCatalog(path).find(RunRow) == watching.find(RunRow) == expected
    TinyCatalog(path).put(run_row(id="r3"))
    assert watching.find(RunRow) == TinyCatalog(path).find(RunRow) == (*expected, run_row(id="r3"))


def test_what_was_removed_stands_nowhere_any_more(path: Path) -> None:
    catalog = TinyCatalog(path)
    catalog.put(run_row(id="r1"))
    catalog.put(run_row(id="r2", name="swordfish"))
    catalog.remove(RunRow, "r2")
    assert not any(b"swordfish" in entry.read_bytes() for entry in path.parent.iterdir())
    assert catalog.find(RunRow) == (run_row(id="r1"),)


def test_a_journal_that_has_grown_is_folded_and_others_see_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.library.storage.FOLD_BYTES", 500)
    catalog, other = TinyCatalog(path), TinyCatalog(path)
    sizes = []
    for number in range(12):
        catalog.put(run_row(id=f"r{number:02}"))
        sizes.append(path.stat().st_size)
        assert len(other.find(RunRow)) == number + 1
    assert len(set(sizes)) in range(3, 7), "written anew with each change, or never"


@pytest.mark.parametrize(
    "content", [b"{}\nnothing\n", b'{"changes": {"runs": {"1": {}}}}\n'], ids=["torn", "another's"]
)
def test_a_damaged_journal_is_refused_and_set_aside(path: Path, content: bytes) -> None:
    catalog, journal = TinyCatalog(path), path.with_suffix(".journal")
    catalog.put(run_row())
    journal.write_bytes(content)
    with pytest.raises(CorruptCatalogError, match="the next start rebuilds it"):
        TinyCatalog(path).find(RunRow)
    catalog.storage.set_aside("damaged")
    assert path.with_name("catalog.journal.damaged").read_bytes() == content
    assert catalog.find(RunRow) == ()


def test_stock_tinydb_opens_the_file(path: Path) -> None:
    catalog = TinyCatalog(path)
    catalog.put(run_row(id="a"), run_row(id="b"))
    catalog.remove(RunRow, "a")
    catalog.put(run_row(id="c"))

    def ids() -> list[str]:
        with TinyDB(path) as stock:
            return [document["id"] for document in stock.table("runs")]

    assert ids() == ["b"], "what is in the journal alone is not there yet"
    catalog.storage.settle()
    assert ids() == ["b", "c"]
    assert not path.with_suffix(".journal").exists()


def test_tinydb_itself_reads_and_writes_over_it(path: Path) -> None:
    catalog = TinyCatalog(path)
    catalog.put(run_row(id="a"), run_row(id="b"))
    storage = LockedStorage(path)
    with TinyDB(storage=lambda: storage) as tiny, storage.transaction():
        tiny.table("runs").remove(Query().id == "a")
        tiny.table("runs").update({"name": "other"}, Query().id == "b")
        tiny.table("runs").insert(msgspec.to_builtins(run_row(id="c")))
        assert len(tiny.table("runs")) == 2
    assert catalog.find(RunRow) == (run_row(id="b", name="other"), run_row(id="c"))
    assert catalog.get(RunRow, "a") is None


def test_files_are_private_whatever_the_umask(path: Path) -> None:
    old = os.umask(0)
    try:
        for _ in "ab":
            TinyCatalog(path).put(run_row())
    finally:
        os.umask(old)
    assert {entry.name: entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()} == {
        "catalog.journal": 0o600,
        "catalog.json": 0o600,
        "catalog.json.lock": 0o600,
    }


def test_an_error_undoes_the_whole_transaction(path: Path) -> None:
    catalog = TinyCatalog(path)
    catalog.put(version_row(steps=1))

    def change_and_fail() -> None:
        with catalog.transaction():
            catalog.put(version_row(steps=2), run_row())
            raise KeyError("boom")

    with pytest.raises(KeyError, match="boom"):
        change_and_fail()
    assert catalog.find(VersionRow) == (version_row(steps=1),)
    assert catalog.find(RunRow) == ()


def test_a_full_disk_leaves_the_old_catalog(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = TinyCatalog(path)
    catalog.put(run_row())
    catalog.put(run_row(id="third"))
    before = {entry: entry.read_bytes() for entry in path.parent.iterdir()}

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(HostError, match="No space left on device; free some space"):
        catalog.put(run_row(id="other"))
    assert {entry: entry.read_bytes() for entry in path.parent.iterdir()} == before
    assert len(catalog.find(RunRow)) == 2


def test_a_reader_needs_no_lock(path: Path) -> None:
    catalog = TinyCatalog(path)
    catalog.put(run_row())
    seen: list[tuple[RunRow, ...]] = []
    with catalog.transaction():
        catalog.put(run_row(id="other"))
        reader = threading.Thread(target=lambda: seen.append(TinyCatalog(path).find(RunRow)))
        reader.start()
        reader.join()
        assert len(catalog.find(RunRow)) == 2
    assert seen == [(run_row(),)]


def test_a_writer_that_waits_too_long_says_so(path: Path) -> None:
    lock = durable.ProcessLock(path, timeout_s=0)
    errors: list[str] = []

    def enter() -> None:
        try:
            with durable.ProcessLock(path, timeout_s=0).held():
                errors.append("both hold it")
        except HostError as error:
            errors.append(str(error))

    with lock.held(), lock.held():
        other = threading.Thread(target=enter)
        other.start()
        other.join()
    assert errors == [f"{path} was held by another process for 0 s; end that one, then try again"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"runs": []}', b'{"runs": {"1": 7}}', b"\xff\xfe", b'{"runs": {"1": ' + b"[" * 100_000],
    ids=["empty", "torn", "a list", "no table", "no document", "no text", "deep"],
)
def test_a_damaged_catalog_is_refused_and_set_aside_unchanged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    catalog = TinyCatalog(path)
    with pytest.raises(CorruptCatalogError, match="the next start rebuilds it"):
        catalog.find(RunRow)
    with pytest.raises(CorruptCatalogError):
        catalog.put(run_row())
    aside = catalog.storage.set_aside("damaged")
    assert aside is not None
    assert aside.read_bytes() == content
    catalog.put(run_row())
    assert catalog.find(RunRow) == (run_row(),)


def test_a_write_outside_a_transaction_is_a_defect(path: Path) -> None:
    with pytest.raises(RuntimeError, match="outside transaction"):
        LockedStorage(path).write({})


def test_half_characters_do_not_break_the_catalog(path: Path) -> None:
    catalog = TinyCatalog(path)
    catalog.put(run_row(name="caf\udce9"))
    assert catalog.find(RunRow) == (run_row(name="caf?"),)


def test_what_is_read_again_is_what_the_file_holds_now(path: Path) -> None:
    catalog, other = TinyCatalog(path), TinyCatalog(path)
    catalog.put(run_row(id="r1"))
    before, document = catalog.storage.documents("runs"), catalog.storage.document("runs", "r1")
    assert catalog.storage.document("runs", "r1") is document, "decoded again although nothing changed"
    other.put(run_row(id="r2"))
    assert catalog.get(RunRow, "r2") is not None
    with suppress(RuntimeError), catalog.transaction():
        catalog.put(run_row(id="r3"))
        assert catalog.get(RunRow, "r3") is not None
        raise RuntimeError
    assert catalog.get(RunRow, "r3") is None
    assert len(before) == 1, "a reader's own view was changed"
