"""What is done with a file that the team has changed, and perhaps a person here as well (pure)."""

import re
from collections.abc import Collection
from enum import StrEnum

from replay.library.naming import is_name

PLAYBOOKS, REPAIRS, REPLAYS = "playbooks", "repairs", "replays"
"""The folders of a home whose files a team shares."""
_VERSION = re.compile(r"[1-9][0-9]{0,8}\.(yaml|yaml\.sig|yaml\.origin|compile\.json)")
_RECORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.json")


class Move(StrEnum):
    """What is done with one file."""

    NOTE = "note"
    """It is here as the team has it."""
    TAKE = "take"
    """What the team has replaces what is here."""
    BOTH = "both"
    """Both were changed: what the team has stays, what is here is kept beside it."""


def move(*, known: str | None, here: str | None, there: str | None) -> Move:
    """What is done with a file that the team has changed.

    Args:
        known: The SHA-256 that it had when home and team were last the same; None: the home had none.
        here: Of the file in the home now; None: there is none.
        there: Of the team's; None: it was removed.
    """
    if here == there:
        return Move.NOTE
    return Move.TAKE if here is None or here == known else Move.BOTH


def is_shared(path: str) -> bool:
    """Whether a path is one of a shared file: nothing else is ever written because a server says so.

    Args:
        path: Relative to the home.
    """
    parts = path.split("/")
    match parts:
        case [folder, name] if folder in (REPAIRS, REPLAYS):
            return _RECORD.fullmatch(name) is not None
        case [folder, name, file] if folder == PLAYBOOKS:
            return is_name(name) and _VERSION.fullmatch(file) is not None
    return False


def beside(path: str, taken: Collection[int]) -> str:
    """Where a version that was edited here goes when the team has changed it too: the next number that is free.

    Args:
        path: Of a version's document.
        taken: The numbers that there are.
    """
    folder = path.rpartition("/")[0]
    return f"{folder}/{max(taken, default=0) + 1}.yaml"
