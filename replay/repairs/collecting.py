"""Gathers the rules of this machine: those that come with the program, the user's tables, and other packages'."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path

import msgspec

from capture.errors import BadInputError
from capture.home import Home
from replay.repairs import rule_tables, tables
from replay.repairs.proposal import Candidate, Evidence, Files, Rule, Trust
from replay.repairs.ranking import ORDER
from replay.repairs.sources import RULES

GROUP = "replaybook.rules"
"""The group of entry points in which other packages name their rules."""
BUILT_IN, TABLE = "built in", "built in, rules.toml"


class KnownRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, and where it comes from."""

    name: str
    source: str
    """`built in`, the user's file, or the package."""
    recognises: str
    """What failures it is for, as a clause."""


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """All rules that can be asked."""

    rules: tuple[Rule, ...]
    """In the order in which they are asked: the user's own behind those that come with the program."""
    known: tuple[KnownRule, ...]
    """The same, told."""
    broken: tuple[str, ...] = ()
    """What is skipped and why, a sentence each."""


class Guest:
    """A rule of another package: it speaks under its own name, and is trusted no more than a like name is.

    Args:
        rule: What the package gave.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.name = rule.name

    def matches(self, evidence: Evidence) -> bool:
        """As the rule says."""
        return self._rule.matches(evidence)

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """What the rule says, under its name."""
        return tuple(
            msgspec.structs.replace(
                candidate,
                source=f"rule:{self.name}",
                trust=max(Trust(candidate.trust), Trust.NEAR_MATCH, key=ORDER.index),
            )
            for candidate in self._rule.propose(evidence, files)
        )


def collect(home: Home, entries: Callable[[], Iterable[EntryPoint]] = lambda: entry_points(group=GROUP)) -> Collected:
    """Find all rules.

    Args:
        home: Whose `rules` folder.
        entries: The entry points of other packages.

    Returns:
        The rules; what can't be used is skipped and told.
    """
    broken: list[str] = []
    found: dict[str, tuple[Rule, KnownRule]] = {}
    own = (files(tables.FOLDER) / "rules.toml").read_bytes()
    offered = [(rule, BUILT_IN, _says(rule)) for rule in RULES]
    offered += [(rule, TABLE, rule.recognises) for rule in rule_tables.read(own, "rules.toml")[0]]
    offered += [*_from_folder(home.rules, broken), *_from_packages(entries, broken)]
    for rule, source, says in offered:
        if rule.name in found:
            broken.append(f"{source}: rule {rule.name}: {found[rule.name][1].source} has one of that name; rename it")
        else:
            found[rule.name] = rule, KnownRule(name=rule.name, source=source, recognises=says)
    return Collected(
        rules=tuple(rule for rule, _ in found.values()),
        known=tuple(known for _, known in found.values()),
        broken=tuple(broken),
    )


def _from_folder(folder: Path, broken: list[str]) -> Iterator[tuple[Rule, str, str]]:
    """The user's tables, file by file."""
    for path in sorted(folder.glob("*.toml")):
        try:
            rules, wrong = rule_tables.read(path.read_bytes(), str(path))
        except (BadInputError, OSError) as error:
            broken.append(str(error))
            continue
        broken.extend(wrong)
        yield from ((rule, str(path), rule.recognises) for rule in rules)


def _from_packages(entries: Callable[[], Iterable[EntryPoint]], broken: list[str]) -> Iterator[tuple[Rule, str, str]]:
    """What other packages name; one that can't be loaded costs no other."""
    for entry in sorted(entries(), key=lambda entry: entry.name):
        source = f"{entry.dist.name if entry.dist else 'a package'}, {entry.value}"
        try:
            given = entry.load()
            rule = given() if isinstance(given, type) or not hasattr(given, "propose") else given
            wrong = _wrong(rule)
        except Exception as error:  # noqa: BLE001 - another package's defect must not cost the user all rules
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            broken.append(f"{source}: {wrong}; it is skipped")
        else:
            yield Guest(rule), source, _says(rule)


def _wrong(rule: object) -> str | None:
    """Why something is no rule."""
    name = getattr(rule, "name", None)
    if not isinstance(name, str) or not rule_tables.NAME.fullmatch(name):
        return f"its name is {name!r}, not lower case, digits and dashes"
    lacks = [each for each in ("matches", "propose") if not callable(getattr(rule, each, None))]
    return f"it has no {' and no '.join(lacks)}" if lacks else None


def _says(rule: Rule) -> str:
    """What a rule's own words say that it recognises."""
    words = (rule.matches.__doc__ or type(rule).__doc__ or "").strip().partition("\n")[0]
    return words.rstrip(".") or "what it says itself"


def counted(sources: Iterable[tuple[str, str]], known: Iterable[KnownRule]) -> Mapping[str, tuple[int, int]]:
    """How often a person approved and rejected what each rule proposed.

    Args:
        sources: Of each repair that was answered: `rule:NAME`, and `approved` or `rejected`.
        known: The rules.
    """
    answers = list(sources)
    return {
        one.name: (answers.count((f"rule:{one.name}", "approved")), answers.count((f"rule:{one.name}", "rejected")))
        for one in known
    }
