"""Reads the tables that come with the program: what a tool is called elsewhere, and what provides it."""

from functools import cache
from importlib.resources import files

import msgspec

FOLDER = "replay.repairs.rules"


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `names.toml` says."""

    families: tuple[tuple[str, ...], ...]
    """Names of one tool each, in the order in which they are offered."""
    successors: dict[str, str]
    """What a command is written as where it is no command of its own: shell text."""
    packages: dict[str, str]
    """What provides a command."""


@cache
def names() -> Names:
    """The table of names."""
    return msgspec.toml.decode((files(FOLDER) / "names.toml").read_bytes(), type=Names)


def families() -> tuple[tuple[str, ...], ...]:
    """Names of one tool each, in the order in which they are offered."""
    return names().families


def successor(command: str) -> tuple[str, ...]:
    """What a command is written as where it is no command of its own, word by word; empty: nothing known."""
    return tuple(names().successors.get(command, "").split())


def package(command: str) -> str | None:
    """What provides a command, where its name doesn't say so."""
    return names().packages.get(command)
