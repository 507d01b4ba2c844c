"""Which programs a command names, and which ones they are: known again by their size and by how they begin."""

import os
import re
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from capture.trace import SeenTool

BEGINNING = 1 << 20
"""Bytes of a program that are read: a script is whole in them, and a linker's id of what it built stands there."""
MOST_WORDS = 64
"""Words of a command that are looked up."""
_BARE_WORD = re.compile(r"(?<![\w./=$+-])[A-Za-z0-9_][\w.+-]*(?![\w./=])")


class Tools:
    """The programs that a shell comes by; each is read once, and again when it has changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, ...], SeenTool]] = {}

    def named_in(self, command: str, search_path: str, cwd: str) -> tuple[SeenTool, ...]:
        """The programs that may be what a command runs.

        Args:
            command: Shell text; every word of it is looked up, since only its syntax tells which ones are commands.
            search_path: The shell's PATH.
            cwd: Its working directory, absolute.

        Returns:
            Those that are there, in the order of the words.
        """
        words = list(dict.fromkeys(found[0] for found in _BARE_WORD.finditer(command)))
        seen = (self._seen(word, search_path, cwd) for word in words[:MOST_WORDS])
        return tuple(tool for tool in seen if tool is not None)

    def _seen(self, name: str, search_path: str, cwd: str) -> SeenTool | None:
        place = next(_candidates(name, search_path, cwd), None)
        if place is None:
            return None
        try:
            status = Path(place).stat()
        except OSError:
            return None
        now = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        known = self._known.get(place)
        if known is not None and known[0] == now:
            return known[1]
        found = identity(place)
        if found is None:
            return None
        tool = SeenTool(name=name, path=place, size=found[0], sha256=found[1])
        self._known[place] = now, tool
        return tool


def identity(place: str) -> tuple[int, str] | None:
    """What a program is known again by.

    Args:
        place: Its path.

    Returns:
        Its size in bytes, and the hex digest of its first mebibyte; None when it can't be read.
    """
    try:
        with Path(place).open("rb") as file:
            status = os.fstat(file.fileno())
            return (status.st_size, sha256(file.read(BEGINNING)).hexdigest()) if stat.S_ISREG(status.st_mode) else None
    except OSError:
        return None


def _candidates(name: str, search_path: str, cwd: str) -> Iterator[str]:
    """Where a shell finds a program."""
    for folder in search_path.split(":"):
        place = os.path.join(cwd, folder, name)  # noqa: PTH118 - a look for each word of each command
        if os.access(place, os.X_OK) and os.path.isfile(place):  # noqa: PTH113 - as above
            yield place
