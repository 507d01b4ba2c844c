"""Writes what is exported to a file that a person names: whole or not at all, whoever stops it."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from capture.errors import BadInputError

Told = Callable[[str], None]
"""Is told how far it is; what it raises ends the work."""
FRAMES = "pieces of output read"
EACH = 500
"""After so many pieces it is told again."""
_T = TypeVar("_T")


def unheard(_: str) -> None:
    """Nobody listens."""


def put(path: Path, pieces: Iterable[str], *, progress: Told = unheard) -> None:
    """Write a text, in place of what is there.

    Args:
        path: The file; where it is no regular one (a pipe, a terminal), it is written to as the text comes.
        pieces: The text.
        progress: Is told how far it is; what it raises leaves what was there before.

    Raises:
        BadInputError: The file can't be written.
    """
    told = followed(pieces, progress, "pieces written")
    try:
        if path.exists() and not path.is_file():
            _write(path, "w", told)
            return
        target = Path(os.path.realpath(path))
        partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            _write(partial, "x", told)
            if target.exists():
                shutil.copymode(target, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise BadInputError(f"{path} can't be written: {error.strerror}; give another file") from error


def _write(path: Path, mode: str, pieces: Iterable[str]) -> None:
    with path.open(mode, encoding="utf-8", errors="replace") as file:
        file.writelines(pieces)


def followed(items: Iterable[_T], progress: Told, words: str) -> Iterator[_T]:
    """The same, told of now and then.

    Args:
        items: Any.
        progress: Is told before the first one, and after each so many.
        words: What they are.
    """
    for number, item in enumerate(items):
        if number % EACH == 0:
            progress(f"{number} {words}")
        yield item
