"""What both front ends tell of the rules that a person writes: what is left alone, and what replays may do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from replay.governance.permits import Need
from replay.playbook import SafetyLevel


class IgnoreRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in force."""

    pattern: str
    """As gitignore reads it."""
    source: str
    """The user's file and the line in it, or `built in`."""


class IgnoreRules(msgspec.Struct, frozen=True, kw_only=True):
    """All rules in force, the last one that matches winning."""

    file: str
    """Where the user's own are kept."""
    written: bool
    """Whether that file is there; without it the built-in ones hold."""
    rules: tuple[IgnoreRule, ...]
    folders: tuple[str, ...]
    """Folders that are left alone wherever they lie: the program's own."""


class IgnoreVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules make of one path."""

    path: str
    """Relative to the workspace, where inside it."""
    ignored: bool
    rule: IgnoreRule | None
    """The one that decides; None when none is about it."""


class PolicyRule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the policy says."""

    says: str
    """`allow`, `deny`, or what a safety level wants: `run`, `ask`, `hand_over`, `refuse`."""
    about: str
    """A pattern of commands, or a safety level."""
    source: str
    """Where it is written, or where it holds."""


class PolicyRules(msgspec.Struct, frozen=True, kw_only=True):
    """What replays may do, and what they ask before it."""

    file: str
    """Where the user's own policy is kept."""
    written: bool
    """Whether that file is there."""
    rules: tuple[PolicyRule, ...]


class PolicyVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy makes of a command."""

    command: str
    verdict: str
    """`allowed`, `denied`, or `unknown`: only a run can tell."""
    message: str
    """Why, in a clause."""
    part: str = ""
    """The part that decides."""
    pattern: str | None = None
    """The deny pattern that it is."""
    source: str | None = None
    """Where that is written."""
    level: SafetyLevel
    """What a compiled step with this command is marked as, as far as its text tells."""
    need: Need
    """What such a step wants before it runs."""


class Ruling(Protocol):
    """What the screens ask of the core about these rules."""

    def ignore_rules(self) -> IgnoreRules:
        """The rules in force, and where each comes from."""
        ...

    def ignore_verdict(self, path: str, *, cwd: str) -> IgnoreVerdict:
        """What the rules make of a path, there or not; one that ends in a slash is a directory."""
        ...

    def policy_rules(self, file: Path | None = None) -> PolicyRules:
        """What the policy says, and where each part is written."""
        ...

    def policy_answer(self, asked: str, *, cwd: str, playbook: str = "") -> PolicyRules | PolicyVerdict:
        """What the policy makes of a command or a script, or what another policy (`*.toml`) says."""
        ...


def listed_ignores(rules: IgnoreRules) -> Iterator[tuple[str, str]]:
    """Each rule and folder, with where it comes from."""
    for rule in rules.rules:
        yield rule.pattern, rule.source
    for folder in rules.folders:
        yield folder, "the program's own folder"


def ignore_words(verdict: IgnoreVerdict) -> str:
    """What the rules make of a path, in a clause."""
    state = "ignored" if verdict.ignored else "not ignored"
    by = f"{verdict.rule.pattern} ({verdict.rule.source})" if verdict.rule else "no rule"
    return f"{verdict.path} is {state}: {by}"


def policy_words(verdict: PolicyVerdict) -> Iterator[str]:
    """What the policy makes of a command: the verdict, the part that decides, and what a step with it would want."""
    yield f"{verdict.verdict}: {verdict.message}"
    if verdict.part and verdict.part != verdict.command:
        yield f"  in: {verdict.part}"
    yield f"  compiled, a step with it would be {verdict.level}: {verdict.need}"
