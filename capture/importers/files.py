"""What an import reads and writes: its files such that they can be read twice, and the run whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from capture.errors import BadInputError, HostError
from capture.tape.writer import GatheringWriter, TapeWriter

STANDARD_INPUT = "-"
_IN_MEMORY = 8 << 20
_READ = 64 << 10
"""Bytes that are read at once: many lines of a record are longer than what Python reads by itself."""


def opened(path: str, stdin: IO[bytes] | None, files: ExitStack) -> IO[bytes]:
    """The file, such that it can be read twice.

    Args:
        path: Of the file; `-` is `stdin`.
        stdin: Read for `-`; None: no file is called so.
        files: Closes it.

    Raises:
        BadInputError: It can't be read.
    """
    try:
        if path == STANDARD_INPUT and stdin is not None:
            return stdin if stdin.seekable() else _kept(stdin, files.enter_context(SpooledTemporaryFile(_IN_MEMORY)))
        file = Path(path).open("rb", buffering=_READ)  # noqa: SIM115 - closed with all the others
        files.callback(file.close)
        return file if file.seekable() else _kept(file, files.enter_context(SpooledTemporaryFile(_IN_MEMORY)))
    except OSError as error:
        raise BadInputError(f"{path} can't be read: {error.strerror}; give another file") from error


def size_of(file: IO[bytes]) -> int:
    """Bytes of a file that can be read twice; it stays where it stands."""
    at = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(at)
    return size


class Beside:
    """The files beside the one that is imported; those elsewhere can't be reached by it.

    Args:
        folder: Where it lies; None: it came through a pipe, and there are none.
        files: Closes what is opened.
    """

    def __init__(self, folder: Path | None, files: ExitStack) -> None:
        self._folder = None if folder is None else Path(os.path.realpath(folder))
        self._files = files

    def names(self, pattern: str) -> tuple[str, ...]:
        """Those that match, sorted.

        Args:
            pattern: As of `Path.glob`, relative to the folder.
        """
        if self._folder is None:
            return ()
        found = (path for path in self._folder.glob(pattern) if self._within(path) and path.is_file())
        return tuple(sorted(str(path.relative_to(self._folder)) for path in found))

    def opened(self, name: str) -> IO[bytes] | None:
        """A file.

        Args:
            name: Relative to the folder.

        Returns:
            None when it is not there, or not beside.
        """
        if self._folder is None or not self._within(self._folder / name) or not (self._folder / name).is_file():
            return None
        try:
            return opened(str(self._folder / name), None, self._files)
        except BadInputError:
            return None

    def _within(self, path: Path) -> bool:
        return self._folder is not None and Path(os.path.realpath(path)).is_relative_to(self._folder)


@contextmanager
def whole_or_not_at_all(folder: Path) -> Iterator[TapeWriter]:
    """The tape of a new run; the run is deleted again when anything goes wrong.

    Raises:
        HostError: It can't be written.
    """
    try:
        tape = GatheringWriter(folder)
        try:
            yield tape
        finally:
            tape.close()
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise HostError(f"the import stopped: {error.strerror or error}; nothing is kept of it") from error
        raise


def _kept(pipe: IO[bytes], copy: IO[bytes]) -> IO[bytes]:
    shutil.copyfileobj(pipe, copy)
    copy.seek(0)
    return copy
