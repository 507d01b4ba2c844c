"""Backups: whole or refused, of a home that is used meanwhile."""

import gzip
import io
import os
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.upkeep import copied_lines
from capture.errors import BadInputError, HostError
from capture.home import Home
from replay.governance.audit import AuditLog
from replay.governance.rebuild import CaughtUp
from replay.library.catalog import TinyCatalog
from replay.library.rows import RunRow
from replay.operations.backup import MANIFEST, Manifest, back_up, check, restore
from tests.replay.library.samples import run_row

NOW = datetime(2026, 3, 9, tzinfo=UTC)


class House:
    """A home with something in it."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder).prepare()
        self.audit = AuditLog(self.home.audit, clock=lambda: NOW)
        self.catalog = CaughtUp(self.home.catalog, self.audit)
        self.catalog.put(run_row(id="one"))
        self.audit.append(actor="ada", action="removed", subject="two")
        (self.home.runs / "one").mkdir()
        (self.home.runs / "one" / "trace.ndjson").write_bytes(b"step\n" * 1000)
        self.home.keep_blob(b"kept")
        (self.home.path / "settings.toml").write_text('theme = "dark"\n')

    def back_up(self, target: Path, progress: Callable[[str], None] = lambda _: None) -> Manifest:
        return back_up(
            self.home, target, catalog=self.catalog, log=self.audit.files, now=NOW, team="db/ops", progress=progress
        )


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "home")


def test_a_home_comes_back_as_it_was(house: House, tmp_path: Path) -> None:
    made = house.back_up(tmp_path / "copy.tar.gz")
    assert check(tmp_path / "copy.tar.gz") == made
    assert list(copied_lines(tmp_path, made))[1] == "the team's database db/ops is not in it: copy that with pg_dump"
    there = tmp_path / "there"
    assert restore(tmp_path / "copy.tar.gz", there) == made
    assert contents(there) == contents(house.home.path)
    assert AuditLog(there / "audit.ndjson", clock=lambda: NOW).verify().ok
    assert TinyCatalog(there / "catalog.json").get(RunRow, "one") is not None


def test_one_taken_while_others_write_is_whole(house: House, tmp_path: Path) -> None:
    """Catalog and log are of one moment, whatever is decided while files are copied."""
    going, over = threading.Event(), threading.Event()

    def decide() -> None:
        number = 0
        # A moment in which another may come in: who takes a lock at once again has it mostly.
        while not over.wait(0.001):
            with house.catalog.transaction():
                house.audit.append(actor="bob", action="disabled", subject=f"site@{number}")
                house.catalog.put(run_row(id=f"r{number}"))
            number += 1
            going.set()

    writer = threading.Thread(target=decide)
    writer.start()
    going.wait()
    try:
        house.back_up(tmp_path / "copy.tar.gz")
    finally:
        over.set()
        writer.join()
    there = tmp_path / "there"
    restore(tmp_path / "copy.tar.gz", there)
    audit = AuditLog(there / "audit.ndjson", clock=lambda: NOW)
    assert audit.verify().ok
    decided = sum(entry.action == "disabled" for entry in audit.entries())
    assert decided == len(TinyCatalog(there / "catalog.json").find(RunRow)) - 1


def test_what_is_stored_while_it_runs_comes_with_the_run_that_names_it(house: House, tmp_path: Path) -> None:
    kept: list[str] = []

    def step(name: str) -> None:
        if name.startswith("runs/") and not kept:
            kept.append(house.home.keep_blob(b"late").removeprefix("sha256:"))
            (house.home.runs / "one" / "trace.ndjson").write_bytes(kept[0].encode())

    house.back_up(tmp_path / "copy.tar.gz", step)
    restore(tmp_path / "copy.tar.gz", tmp_path / "there")
    assert (tmp_path / "there" / "blobs" / kept[0]).read_bytes() == b"late"


def test_what_a_link_in_the_home_points_to_comes_too(house: House, tmp_path: Path) -> None:
    """Settings among a user's other ones, recordings on a larger disk, a playbook of a folder that git keeps."""
    for name in ("settings.toml", "runs"):
        (house.home.path / name).rename(tmp_path / name)
        (house.home.path / name).symlink_to(tmp_path / name)
    (house.home.runs / "one" / "link").symlink_to(tmp_path / "settings.toml")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "1.yaml").write_text("replaybook: 1\n")
    (house.home.playbooks / "site").symlink_to(tmp_path / "site")
    aside = house.home.blobs / f"{'0' * 64}.going"
    aside.write_bytes(b"left by a process that died")
    house.back_up(tmp_path / "copy.tar.gz")
    restore(tmp_path / "copy.tar.gz", tmp_path / "there")
    links = {"settings.toml", "runs/one/trace.ndjson", "runs/one/link", "playbooks/site/1.yaml"}
    assert {*links, f"blobs/{aside.name}"} <= set(contents(tmp_path / "there"))


@pytest.mark.parametrize("target", ["gone", "itself", "home", "home/runs"])
def test_a_link_that_can_not_be_copied_is_named(house: House, tmp_path: Path, target: str) -> None:
    """What a disk that isn't mounted holds would be missing, and nobody would know."""
    link = house.home.runs / "one" / "itself"
    link.symlink_to(link if target == "itself" else tmp_path / target)
    with pytest.raises(BadInputError, match=r"runs/one/itself is a link .*, then copy again"):
        house.back_up(tmp_path / "copy.tar.gz")
    assert not list(tmp_path.glob("copy*"))


def test_what_was_restored_is_on_the_disk(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file, every folder, and every name that is new around them."""
    house.back_up(tmp_path / "copy.tar.gz")
    synced: list[tuple[int, int]] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(identity(os.fstat(descriptor)))

    monkeypatch.setattr(os, "fsync", noting)
    there = tmp_path / "deep" / "er" / "there"
    restore(tmp_path / "copy.tar.gz", there)
    made = [there, *there.rglob("*"), tmp_path / "deep" / "er", tmp_path / "deep", tmp_path]
    assert {identity(path.stat()) for path in made} <= set(synced)


def test_a_folder_that_cannot_be_read_is_not_left_out(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def walk(folder: Path, onerror: Callable[[OSError], None], **_: bool) -> list[object]:
        onerror(PermissionError(13, "Permission denied", str(folder)))
        return []

    monkeypatch.setattr("replay.operations.backup.os.walk", walk)
    with pytest.raises(HostError, match="Permission denied; no copy was made"):
        house.back_up(tmp_path / "copy.tar.gz")
    assert not list(tmp_path.glob("copy*"))


def test_who_stops_it_leaves_nothing(house: House, tmp_path: Path) -> None:
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.back_up(tmp_path / "copy.tar.gz", stop)
    house.back_up(tmp_path / "whole.tar.gz")
    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "whole.tar.gz", tmp_path / "there", stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "whole.tar.gz"]


def test_nothing_is_replaced(house: House, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar.gz"
    house.back_up(copy)
    with pytest.raises(BadInputError, match="is there already"):
        house.back_up(copy)
    with pytest.raises(BadInputError, match="lies in the home"):
        house.back_up(house.home.path / "copy.tar.gz")
    with pytest.raises(BadInputError, match="not empty"):
        restore(copy, house.home.path)


def test_every_byte_of_it_counts(house: House, tmp_path: Path) -> None:
    """Any change of what is in it, and any end too early, is found before there is a home."""
    house.back_up(tmp_path / "copy.tar.gz")
    whole = gzip.decompress((tmp_path / "copy.tar.gz").read_bytes())
    places = [whole.index(word) for word in (b"step\nstep", b"kept", b'theme = "dark"', b'"made_at"', b"runs/one")]
    for at in places:
        (tmp_path / "bad.tar.gz").write_bytes(gzip.compress(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]))
        with pytest.raises(BadInputError, match="take another copy"):
            restore(tmp_path / "bad.tar.gz", tmp_path / "there")
    for end in (0, 600, len(whole) // 2):
        (tmp_path / "bad.tar.gz").write_bytes(gzip.compress(whole[:end]))
        with pytest.raises(BadInputError):
            restore(tmp_path / "bad.tar.gz", tmp_path / "there")
    (tmp_path / "bad.tar.gz").write_bytes(b"no gzip")
    with pytest.raises(BadInputError, match="is no backup"):
        check(tmp_path / "bad.tar.gz")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "runs/../../outside", "runs//one", "."])
def test_a_hostile_name_lands_nowhere(name: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.tar.gz"
    with tarfile.open(bad, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(BadInputError):
        restore(bad, tmp_path / "deep" / "there")
    link = tarfile.TarInfo("runs")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
    with tarfile.open(bad, "w:gz") as archive:
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo("runs/outside"), io.BytesIO())
        archive.addfile(tarfile.TarInfo(MANIFEST), io.BytesIO())
    with pytest.raises(BadInputError, match="which no backup does"):
        restore(bad, tmp_path / "deep" / "there")
    assert not list(tmp_path.rglob("outside"))
