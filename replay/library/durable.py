"""Files that are whole or not there, after any crash, and one writer of them at a time."""

import errno
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from capture.errors import HostError
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER

PARTIAL_SUFFIX = ".part"
LOCK_TIMEOUT_S = 30.0
LOCK_POLL_S = 0.005
_flush = getattr(os, "fdatasync", os.fsync)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def content_of(path: Path) -> bytes | None:
    """All of a file; None without one.

    Args:
        path: Of the file.

    Raises:
        OSError: It is there and can't be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def replace_file(path: Path, content: bytes) -> None:
    """Put new content at a path: a reader sees the old or the new, never a mixture.

    Args:
        path: The file; its folder is made when it is not there.
        content: All of it.

    Raises:
        HostError: The disk said no; the old content is still there.
    """
    with explained(path):
        partial = _write_partial(path, content)
        try:
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def create_file(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet: it appears whole, or not at all.

    Args:
        path: The file; its folder is made when it is not there.
        content: All of it.

    Raises:
        FileExistsError: There is one already; it is left as it is.
        HostError: The disk said no.
    """
    with explained(path):
        partial = _write_partial(path, content)
        try:
            # A hard link is the only rename that refuses to replace.
            path.hardlink_to(partial)
            taken = False
        except FileExistsError:
            taken = True
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(path.parent)
    if taken:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def append_synced(path: Path, offset: int, content: bytes) -> int:
    """Write behind what counts of a file; when it returns, that is on the disk.

    Args:
        path: The file; made when it is not there.
        offset: Where what counts ends: what a killed writer left behind it is dropped.
        content: Is in the file whole, or not at all.

    Returns:
        Where what counts ends now.

    Raises:
        OSError: The disk said no; what counted is still there.
    """
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        try:
            os.ftruncate(descriptor, offset)
            os.lseek(descriptor, offset, os.SEEK_SET)
            write_all(descriptor, content)
            _flush(descriptor)
        except BaseException:
            os.ftruncate(descriptor, offset)
            raise
    finally:
        os.close(descriptor)
    if is_new:
        sync_folder(path.parent)
    return offset + len(content)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; one `write(2)` may take fewer."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def drop_partials(path: Path) -> None:
    """Remove what writers of this file left when they were killed; the caller holds the file's lock."""
    for partial in path.parent.glob(f"{path.name}.*{PARTIAL_SUFFIX}"):
        partial.unlink(missing_ok=True)


class ProcessLock:
    """One holder among all processes and threads; its own thread may enter it again.

    The lock file is never removed or replaced: two processes that lock two files of one name would both hold it.
    """

    def __init__(self, path: Path, *, timeout_s: float = LOCK_TIMEOUT_S) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._lock = FileLock(path, mode=PRIVATE_FILE)
        # Threads of this process wait here, and wake up at once: for a file one can only look again and again.
        self._turn = threading.RLock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for a `with` block.

        Raises:
            HostError: Another process held it all the time that we waited, or it can't be made.
        """
        give_up = time.monotonic() + self._timeout_s
        if not self._turn.acquire(timeout=self._timeout_s):
            raise HostError(self._late())
        try:
            self._lock_file(max(0.0, give_up - time.monotonic()))
            try:
                yield
            finally:
                self._lock.release()
        finally:
            self._turn.release()

    def _lock_file(self, patience_s: float) -> None:
        try:
            self._lock.acquire(timeout=patience_s, poll_interval=LOCK_POLL_S)
        except Timeout as error:
            raise HostError(self._late()) from error
        except OSError as error:
            raise HostError(
                f"{self._path} can't be locked: {error.strerror}; look at its folder's permissions"
            ) from error

    def _late(self) -> str:
        return f"{self._path} was held by another process for {self._timeout_s:g} s; end that one, then try again"


def _write_partial(path: Path, content: bytes) -> Path:
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}{PARTIAL_SUFFIX}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return partial


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what to do where the disk says no to a file.

    Raises:
        HostError: It did.
    """
    try:
        yield
    except OSError as error:
        advice = "free some space" if error.errno in _FULL else "look at its folder's permissions"
        raise HostError(f"{path} can't be written: {error.strerror}; {advice}, then try again") from error
