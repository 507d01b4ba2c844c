"""The table of risks, `risks.toml`: what commands could do for good, and how much a person must be there for it."""

import tomllib
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal

import msgspec

from replay.syntax.values import RiskKind

Level = Literal["auto_ok", "needs_confirm", "manual_only"]
"""The words of `SafetyLevel`."""


class Verb(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Commands that take the same risk."""

    names: tuple[str, ...]
    """A name, or a name and a subcommand: `git clean`."""
    kind: RiskKind
    reason: str
    """A clause that goes on behind the name."""
    level: Level | None = None
    """Where it is not its kind's."""


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of one command that take the same risk."""

    of: str
    options: tuple[str, ...]
    kind: RiskKind
    reason: str


class Forcing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options that stop any command from asking."""

    options: frozenset[str]
    reason: str
    means_other: frozenset[str]
    """Commands whose options of these names mean something else."""


class Modes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Modes of `chmod`."""

    wide: tuple[str, ...]


class Downloads(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Commands that fetch, and those that run what they read."""

    fetch: frozenset[str]
    run: frozenset[str]
    send: frozenset[str]
    """Options with which what fetches sends something."""
    here: tuple[str, ...]
    """Addresses of this machine."""


class Places(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paths that are worse than others."""

    roots: frozenset[str]
    safe_devices: frozenset[str]


class RiskTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """All of it."""

    kinds: dict[RiskKind, Level]
    verbs: tuple[Verb, ...]
    options: tuple[Option, ...]
    forcing: Forcing
    modes: Modes
    downloads: Downloads
    places: Places

    @cached_property
    def by_verb(self) -> dict[str, Verb]:
        """A command, or a command and its subcommand, to its risk."""
        return {name: verb for verb in self.verbs for name in verb.names}

    @cached_property
    def by_option(self) -> dict[str, dict[str, Option]]:
        """A command to its options to their risk."""
        found: dict[str, dict[str, Option]] = {}
        for option in self.options:
            found.setdefault(option.of, {}).update(dict.fromkeys(option.options, option))
        return found

    @cached_property
    def manual(self) -> frozenset[str]:
        """Commands that a person must do."""
        return frozenset(name for verb in self.verbs if verb.level == "manual_only" for name in verb.names)

    def level(self, kind: RiskKind, verb: str) -> Level:
        """What a risk asks for.

        Args:
            kind: What could go wrong.
            verb: Who takes it.
        """
        found = self.by_verb.get(verb)
        own = found.level if found is not None and found.kind is kind else None
        return own or self.kinds[kind]


@cache
def risk_table() -> RiskTable:
    """The table that comes with the program.

    Raises:
        msgspec.ValidationError: It holds a word that isn't known.
    """
    text = files(__package__).joinpath("risks.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), RiskTable)
