import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from tinydb import TinyDB

from capture.errors import HostError
from replay.library import durable
from replay.library.catalog import TinyCatalog
from replay.library.rows import RunRow, VersionRow
from replay.library.storage import CorruptCatalogError, LockedStorage
from tests.replay.library.hammer import COUNTER, increments
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


def test_threads_on_one_catalog_lose_no_update(path: Path) -> None:
    catalog = TinyCatalog(path)
    threads = [threading.Thread(target=increments, args=(catalog, EACH)) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = catalog.get(VersionRow, COUNTER)
    assert row is not None
    assert row.steps == WRITERS * EACH


def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_no_half(path: Path) -> None:
    catalog = TinyCatalog(path)
    for round_ in range(KILLS):
        writer = hammer(path, "inserts", f"w{round_}")
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().split()[1] for _ in range(round_ + 1)]
        writer.kill()
        acknowledged += [line.split()[1] for line in writer.communicate()[0].splitlines()]
        ids = {row.id for row in catalog.find(RunRow)}
        assert {f"{pair}-{half}" for pair in acknowledged for half in "ab"} <= ids
        assert {f"{row[:-1]}b" for row in ids} <= ids
        assert {f"{row[:-1]}a" for row in ids} <= ids
    catalog.put(run_row())
    assert not list(path.parent.glob("*.part"))


def test_stock_tinydb_opens_the_file(path: Path) -> None:
    catalog = TinyCatalog(path)
    catalog.put(run_row(id="a"), run_row(id="b"))
    catalog.remove(RunRow, "a")
    catalog.put(run_row(id="c"))
    with TinyDB(path) as stock:
        assert [document["id"] for document in stock.table("runs")] == ["b", "c"]


def test_files_are_private_whatever_the_umask(path: Path) -> None:
    old = os.umask(0)
    try:
        TinyCatalog(path).put(run_row())
    finally:
        os.umask(old)
    assert {entry.name: entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()} == {
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
    before = path.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(HostError, match="No space left on device; free some space"):
        catalog.put(run_row(id="other"))
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.part"))


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
    before = catalog.storage.read()
    assert catalog.storage.read() is before, "decoded again although nothing changed"
    other.put(run_row(id="r2"))
    assert catalog.get(RunRow, "r2") is not None
    with suppress(RuntimeError), catalog.transaction():
        catalog.put(run_row(id="r3"))
        assert catalog.get(RunRow, "r3") is not None
        raise RuntimeError
    assert catalog.get(RunRow, "r3") is None
    assert before is not None
    assert len(before["runs"]) == 1, "a reader's own view was changed"
