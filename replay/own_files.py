"""What the user's own TOML files have in common: how they are read, and how a mistake in one is told."""

import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from capture.errors import BadInputError


def text_of(path: Path) -> str | None:
    """What a file holds; None without one.

    Args:
        path: Of the file.

    Raises:
        BadInputError: It can't be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} can't be read ({error}); correct or remove it") from error


def tables_in(text: str, *, source: str, opened_by: str) -> dict[str, Any]:
    """Parse a file.

    Args:
        text: TOML.
        source: The file's path, for messages.
        opened_by: The command that opens it in an editor.

    Raises:
        BadInputError: It is none; the message names the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"^(.*?) \(at line (\d+), column \d+\)$", str(error))
        line, told = (found[2], found[1]) if found else (str(len(text.splitlines())), str(error))
        raise BadInputError(f"{source}:{line}: {told}; correct it, {opened_by} opens it") from error


def unknown(key: str, keys: Sequence[str]) -> str | None:
    """What is wrong with a key, and which one is near it; None where there is such a key."""
    if key in keys:
        return None
    near = get_close_matches(key, keys, n=1)
    told = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}"
    return f"there is no key {key!r}; {told}"


class SectionedFile:
    """A file of sections, which knows the lines that they stand on: a mistake is told where it is.

    Args:
        text: TOML.
        source: The file's path, for messages.
        remedy: Ends each message: what to do next; empty where the message says it.
    """

    def __init__(self, text: str, source: str, remedy: str = "") -> None:
        self._lines = text.splitlines()
        self._source = source
        self._remedy = remedy

    def known(self, key: str, keys: Sequence[str], section: str | None) -> None:
        """Refuse a key that there is not.

        Args:
            key: As it is written.
            keys: Those that there are.
            section: Where it stands; None: on top.

        Raises:
            BadInputError: It is none of them; the message names the nearest.
        """
        wrong = unknown(key, keys)
        if wrong is not None:
            raise self.error(key, wrong, section)

    def fits(self, key: str, value: object, kind: Any, section: str) -> None:
        """Refuse a value of another type than its key has.

        Raises:
            BadInputError: It is.
        """
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise self.error(key, f"{key}: {str(error).replace('`', '')}", section) from error

    def error(self, key: str, message: str, section: str | None = None) -> BadInputError:
        """An error at the line that holds a key.

        Args:
            key: Of a value, or a section's name.
            message: What is wrong.
            section: Where the key stands; None: anywhere.
        """
        return BadInputError(f"{self._source}:{self._line(key, section)}: {message}{self._remedy}")

    def _line(self, key: str, section: str | None) -> int:
        start = next((at for at, line in enumerate(self._lines) if section and _heads(line, section)), 0)
        looked = re.compile(rf"^\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[\]=.]")
        lines = enumerate(self._lines[start:], start + 1)
        return next((number for number, line in lines if looked.search(line)), start + 1)


def _heads(line: str, section: str) -> bool:
    return re.match(rf"\s*\[\s*[\"']?{re.escape(section)}[\"']?\s*\]", line) is not None
