"""What the user's own TOML files have in common: how they are read, and how a mistake in one is told."""

import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

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
