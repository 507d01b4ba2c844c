import ctypes
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.files.effects import Hints
from capture.files.inotify import KernelEvents

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


@pytest.fixture(autouse=True)
def no_mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests mount meanwhile is none of it."""
    monkeypatch.setattr("capture.files.mounts.TABLE", tmp_path.parent / "no-mounts")


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[KernelEvents]:
    made = KernelEvents(str(tmp_path))
    made.enter("", tmp_path.stat().st_dev)
    yield made
    made.close()


def hints(*directories: str) -> Hints:
    return Hints(frozenset(directories))


def test_a_write_is_known_as_soon_as_it_is_done(kernel: KernelEvents, tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / "f").write_text(str(number))
        assert kernel.drain() == hints("")
        assert kernel.drain().quiet


def test_an_open_file_that_is_written_on_is_known(kernel: KernelEvents, tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb", buffering=0) as file:
        kernel.drain()
        file.write(b"more")
        assert kernel.drain() == hints("")


def test_reading_is_no_event(kernel: KernelEvents, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    kernel.drain()
    (tmp_path / "f").read_text()
    list(tmp_path.iterdir())
    assert kernel.drain().quiet


def test_directories_go_by_the_name_of_the_view(kernel: KernelEvents, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kernel.enter("a/b", tmp_path.stat().st_dev)
    kernel.enter(str(elsewhere), tmp_path.stat().st_dev)
    kernel.drain()
    (tmp_path / "a" / "b" / "f").touch()
    (elsewhere / "f").touch()
    assert kernel.drain() == hints("a/b", str(elsewhere))


def test_a_queue_that_ran_over_says_so(tmp_path: Path) -> None:
    kernel = KernelEvents(str(tmp_path))
    try:
        kernel.enter("", tmp_path.stat().st_dev)
        size = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        for number in range(size // 2 + 2):
            descriptor = os.open(tmp_path / f"f{number % 2}", os.O_WRONLY | os.O_CREAT)
            os.write(descriptor, b"x")
            os.close(descriptor)
        assert kernel.drain().overflow
        assert kernel.drain().quiet
    finally:
        kernel.close()


class NoRoom:
    """A kernel that has no watch left."""

    def inotify_init1(self, flags: int) -> int:
        del flags
        return os.open(os.devnull, os.O_RDONLY)

    def inotify_add_watch(self, descriptor: int, path: bytes, mask: int) -> int:
        del descriptor, path, mask
        ctypes.set_errno(errno.ENOSPC)
        return -1


def test_without_watches_every_look_is_a_whole_one(tmp_path: Path) -> None:
    kernel = KernelEvents(str(tmp_path), libc=NoRoom())
    try:
        assert not kernel.drain().overflow
        kernel.enter("", tmp_path.stat().st_dev)
        assert kernel.drain().overflow
        assert kernel.drain().overflow
    finally:
        kernel.close()


ANOTHER_MOUNT = """
import subprocess, sys
from capture.files.inotify import KernelEvents
kernel = KernelEvents(sys.argv[1])
looks = [kernel.drain().overflow]
for change in (["mount", "-t", "tmpfs", "none", sys.argv[1]], ["umount", sys.argv[1]]):
    subprocess.run(change, check=True)
    looks += [kernel.drain().overflow, kernel.drain().overflow]
print(looks)
"""


def in_mounts_of_its_own() -> list[str]:
    alone = ["unshare", "-rm"] if shutil.which("unshare") else []
    may = alone and subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    return alone if may else []


@pytest.mark.skipif(not in_mounts_of_its_own(), reason="this user may mount nothing")
def test_another_mount_anywhere_means_a_whole_look(tmp_path: Path) -> None:
    argv = [*in_mounts_of_its_own(), sys.executable, "-c", ANOTHER_MOUNT, str(tmp_path)]
    looks = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert looks == "[False, True, False, True, False]\n"


def test_what_others_may_write_to_is_looked_at_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = tmp_path.stat().st_dev
    table = tmp_path / "mountinfo"
    table.write_text(f"36 35 {os.major(device)}:{os.minor(device)} / /mnt rw - nfs4 server:/x rw\n")
    monkeypatch.setattr("capture.files.mounts.TABLE", table)
    kernel = KernelEvents(str(tmp_path))
    try:
        kernel.enter("", device)
        assert kernel.drain().overflow
    finally:
        kernel.close()


def test_events_are_told_while_someone_looks_on(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    kernel = KernelEvents(str(tmp_path), on_event=lambda path, kind: told.append((path, kind)))
    try:
        (tmp_path / "sub").mkdir()
        kernel.enter("", tmp_path.stat().st_dev)
        kernel.enter("sub", tmp_path.stat().st_dev)
        (tmp_path / "sub" / "f").write_text("x")
        (tmp_path / "sub" / "f").unlink()
        kernel.read()
        assert told == [("sub/f", "created"), ("sub/f", "modified"), ("sub/f", "deleted")]
    finally:
        kernel.close()
