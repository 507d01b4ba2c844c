"""The machine as the checks before a step ask about it: a Protocol, and the adapter that really looks."""

import errno
import os
import socket
import stat
import subprocess
from collections.abc import Callable
from glob import glob
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from capture.tools import identity

TEXT_LIMIT = 1024 * 1024
START_LIMIT = 256
"""Of a program the system reads so many bytes to find its interpreter."""
HASH_LIMIT = 64 * 1024 * 1024
MOST_MATCHES = 1000
GIT_PATIENCE_S = 10.0


class Machine(Protocol):
    """Questions about absolute paths, and ports; nothing is changed by asking."""

    def exists(self, path: str) -> bool:
        """Whether the path is there, a dangling link included."""
        ...

    def is_dangling(self, path: str) -> bool:
        """Whether it is a link to nothing."""
        ...

    def is_link(self, path: str) -> bool:
        """Whether it is a symbolic link."""
        ...

    def leads_out(self, path: str, folder: str) -> bool:
        """Whether links lead a path that is named below a folder out of it; it may be of what is not there yet."""
        ...

    def is_dir(self, path: str) -> bool:
        """Whether it is a directory, links followed."""
        ...

    def is_executable(self, path: str) -> bool:
        """Whether it is a file that we may execute."""
        ...

    def is_readable(self, path: str) -> bool:
        """Whether we may read it."""
        ...

    def is_writable(self, path: str) -> bool:
        """Whether we may write it."""
        ...

    def on_read_only_system(self, path: str) -> bool:
        """Whether its file system is mounted read-only."""
        ...

    def sha256(self, path: str) -> str | None:
        """Hex digest of a file; None when there is none, or it is over the limit."""
        ...

    def identity(self, path: str) -> tuple[int, str] | None:
        """Size of a program, and the hex digest of its beginning (`capture.tools.identity`)."""
        ...

    def read_text(self, path: str) -> str | None:
        """The beginning of a file; bytes that are no UTF-8 come as surrogates."""
        ...

    def read_start(self, path: str) -> bytes | None:
        """The first 256 bytes of a regular file; None when it can't be read."""
        ...

    def read_bytes(self, path: str, limit: int) -> bytes | None:
        """All of a regular file; None when it is none, or larger than the limit in bytes."""
        ...

    def mode(self, path: str) -> int | None:
        """Permission bits, links followed; None when it is not there."""
        ...

    def matches(self, pattern: str) -> tuple[str, ...]:
        """What a shell pattern expands to."""
        ...

    def port_taken(self, number: int, host: str) -> bool | None:
        """Whether something listens there; None when that can't be told."""
        ...

    def free_bytes(self, path: str) -> int | None:
        """Room that we may fill on the file system of a path; None when that can't be told."""
        ...

    def is_clean(self, path: str) -> bool | None:
        """Whether a git working tree holds nothing that is not committed; None when that can't be told."""
        ...

    def staged(self, path: str) -> tuple[str, ...] | None:
        """Paths that differ between a repository's index and its HEAD; None when that can't be told."""
        ...

    def changed(self, path: str) -> tuple[str, ...] | None:
        """Paths of a repository that differ from what is committed, new ones too; None when that can't be told."""
        ...

    def inode(self, path: str) -> int | None:
        """The number of a file on its file system, links followed; None when it is not there."""
        ...

    def locked(self) -> frozenset[int]:
        """Numbers of the files on which a program holds a lock, to write them or alone, as far as that can be told."""
        ...


class RealMachine:
    """Looks at the real thing.

    Args:
        real: Where a path that the shell names is found by this process; another place in a shadow.
    """

    def __init__(self, real: Callable[[str], str] = str) -> None:
        self._real = real

    def exists(self, path: str) -> bool:
        """Whether the path is there, a dangling link included."""
        return os.path.lexists(self._real(path))

    def is_dangling(self, path: str) -> bool:
        """Whether it is a link to nothing."""
        real = self._real(path)
        return os.path.islink(real) and not os.path.exists(real)  # noqa: PTH110, PTH114 - as is_dir

    def is_link(self, path: str) -> bool:
        """Whether it is a symbolic link."""
        return os.path.islink(self._real(path))  # noqa: PTH114 - as is_dir

    def leads_out(self, path: str, folder: str) -> bool:
        """Whether links lead a path that is named below a folder out of it; it may be of what is not there yet."""
        if not _below(path, folder):
            return False
        found = os.path.realpath(self._real(path))
        # In a shadow a link may name the folder as its shell does.
        return not any(_below(found, os.path.realpath(root)) for root in (self._real(folder), folder))

    def is_dir(self, path: str) -> bool:
        """Whether it is a directory, links followed."""
        return os.path.isdir(self._real(path))  # noqa: PTH112 - pathlib raises for a name that can't be

    def is_executable(self, path: str) -> bool:
        """Whether it is a file that we may execute."""
        real = self._real(path)
        return os.path.isfile(real) and os.access(real, os.X_OK)  # noqa: PTH113 - as is_dir

    def is_readable(self, path: str) -> bool:
        """Whether we may read it."""
        return os.access(self._real(path), os.R_OK)

    def is_writable(self, path: str) -> bool:
        """Whether we may write it."""
        return os.access(self._real(path), os.W_OK)

    def on_read_only_system(self, path: str) -> bool:
        """Whether its file system is mounted read-only."""
        try:
            return bool(os.statvfs(self._real(path)).f_flag & os.ST_RDONLY)
        except OSError:
            return False

    def sha256(self, path: str) -> str | None:
        """Hex digest of a file; None when there is none, or it is over the limit."""
        try:
            real = Path(self._real(path))
            found = real.stat()
            if not stat.S_ISREG(found.st_mode) or found.st_size > HASH_LIMIT:
                return None
            return sha256(real.read_bytes()).hexdigest()
        except OSError:
            return None

    def identity(self, path: str) -> tuple[int, str] | None:
        """Size of a program, and the hex digest of its beginning (`capture.tools.identity`)."""
        return identity(self._real(path))

    def read_text(self, path: str) -> str | None:
        """The beginning of a file; bytes that are no UTF-8 come as surrogates."""
        found = self._beginning(path, TEXT_LIMIT)
        return None if found is None else found.decode("utf-8", "surrogateescape")

    def read_start(self, path: str) -> bytes | None:
        """The first 256 bytes of a regular file; None when it can't be read."""
        return self._beginning(path, START_LIMIT)

    def _beginning(self, path: str, limit: int) -> bytes | None:
        try:
            real = self._real(path)
            if not os.path.isfile(real):  # noqa: PTH113 - as is_dir
                return None
            with Path(real).open("rb") as file:
                return file.read(limit)
        except OSError:
            return None

    def read_bytes(self, path: str, limit: int) -> bytes | None:
        """All of a regular file; None when it is none, or larger than the limit in bytes."""
        try:
            real = Path(self._real(path))
            found = real.stat()
            return real.read_bytes() if stat.S_ISREG(found.st_mode) and found.st_size <= limit else None
        except OSError:
            return None

    def mode(self, path: str) -> int | None:
        """Permission bits, links followed; None when it is not there."""
        try:
            return stat.S_IMODE(Path(self._real(path)).stat().st_mode)
        except OSError:
            return None

    def matches(self, pattern: str) -> tuple[str, ...]:
        """What a shell pattern expands to."""
        try:
            return tuple(sorted(glob(self._real(pattern))[:MOST_MATCHES]))  # noqa: PTH207 - absolute patterns
        except ValueError:
            return ()

    def port_taken(self, number: int, host: str) -> bool | None:
        """Whether something listens there; None when that can't be told."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, number))
            except OSError as error:
                return True if error.errno == errno.EADDRINUSE else None
            except (UnicodeError, OverflowError):
                return None
        return False

    def free_bytes(self, path: str) -> int | None:
        """Room that we may fill on the file system of a path; None when that can't be told."""
        try:
            found = os.statvfs(self._real(path))
        except OSError:
            return None
        return found.f_bavail * found.f_frsize

    def is_clean(self, path: str) -> bool | None:
        """Whether a git working tree holds nothing that is not committed; None when that can't be told.

        Only git knows what a repository ignores and how it stores a file, so it is asked: without locks, hooks or
        anything written.
        """
        told = self._git(path, "status", "--porcelain")
        return None if told is None else not told

    def staged(self, path: str) -> tuple[str, ...] | None:
        """Paths that differ between a repository's index and its HEAD; None when that can't be told."""
        told = self._git(path, "diff", "--cached", "--name-only", "--no-ext-diff", "-z")
        return None if told is None else tuple(os.fsdecode(told).split("\0")[:-1])

    def changed(self, path: str) -> tuple[str, ...] | None:
        """Paths of a repository that differ from what is committed, new ones too; None when that can't be told."""
        told = self._git(path, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
        return None if told is None else tuple(row[3:] for row in os.fsdecode(told).split("\0")[:-1])

    def inode(self, path: str) -> int | None:
        """The number of a file on its file system, links followed; None when it is not there."""
        try:
            return Path(self._real(path)).stat().st_ino
        except OSError:
            return None

    def locked(self) -> frozenset[int]:
        """Numbers of the files on which a program holds a lock, to write them or alone, as far as that can be told."""
        try:
            rows = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
        except OSError:
            return frozenset()
        # As `1: POSIX ADVISORY WRITE 4711 00:2d:1234 0 EOF`.
        return frozenset(int(row[-3].rpartition(":")[2]) for row in rows if "WRITE" in row)

    def _git(self, path: str, *words: str) -> bytes | None:
        """What git answers to a question, without locks, hooks or anything written."""
        quiet = ["-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "--no-optional-locks"]
        try:
            told = subprocess.run(
                ["git", *quiet, "-C", self._real(path), *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=GIT_PATIENCE_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return told.stdout


def _below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder.rstrip('/')}/")
