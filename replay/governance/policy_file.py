"""The user's own policy: what may run, what may not, and what each safety level wants, read from one file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

import msgspec

from capture.errors import BadInputError
from capture.home import Home
from replay.governance import reviewing
from replay.governance.gate_keys import read_gates
from replay.governance.gates import Gates, Standard, words_of
from replay.governance.lists import Listed, Lists
from replay.governance.patterns import read_pattern
from replay.governance.permits import DEFAULT, Need, Permits, stricter
from replay.governance.reviewing import ReviewRules
from replay.own_files import tables_in, text_of, unknown
from replay.playbook import SafetyLevel

KEYS = ("allow", "deny", "levels", "promotion", "auto_promote", "review", "where")
PLACES = ("workspace", "playbook")
"""What a `[[where]]` is limited by."""
MANUAL = (Need.HAND_OVER, Need.REFUSE)
"""What may be said of steps that are too dangerous to automate."""
TEMPLATE = """\
# What replays may do, beside what their playbooks say of themselves. Nothing holds until it is written here.
# Patterns: a command, options in any order, first operands; * and ? stand for anything in a word.
# sh -c, env, xargs, sudo, find -exec, timeout, substitutions, functions and aliases are seen through.

# Never, wherever it stands in a step:
# deny = ["git push --force", "rm -r", "curl"]

# Only this, and nothing else; deny wins:
# allow = ["git", "make test", "npm run *", "cp"]

# What a step of each safety level wants: run, ask, hand_over or refuse.
# [levels]
# needs_confirm = "ask"

# What an approval of a repair must have; people are told apart by the names that the audit log has of them:
# [review]
# require_second_person = true          # no one's yes alone counts
# required_reviewers = ["ada", "grace"] # each of them; or a number of people
# expires_after = "7d"                  # older proposals and approvals are stale; m, h or d
# [review.levels]                       # where a step of that level is changed or brought in
# needs_confirm = 2

# What a promotion wants beside a green validation of that very version (all of it holds):
# [promotion]
# max_age = "12h"          # of the validation; 1d where nothing is said
# min_level = "L2"         # of the shadow: L1, L2, L3
# max_changed_steps = 3    # against the active version
# min_success = 0.9        # of the last replays of that very version ...
# last = 5                 # ... so many
# max_risk = "medium"      # of its repairs and changed steps: low, medium, high
# override = false         # no typed reason does instead

# Versions promote themselves, right after a green validation, only where you write so, and only those that meet this:
# [auto_promote]
# max_risk = "low"
# max_changed_steps = 1

# The same for one workspace (and all below it), or for playbooks by their name:
# [[where]]
# workspace = "~/production"
# playbook = "release-*"
# deny = ["git push"]
# auto_promote = false
"""
"""What the file begins with."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What holds everywhere, or for one workspace or for some playbooks."""

    workspace: str | None = None
    """A directory; what lies below it counts too."""
    playbook: str | None = None
    """A name, or a pattern of names."""
    allow: tuple[Listed, ...] | None = None
    deny: tuple[Listed, ...] = ()
    levels: dict[SafetyLevel, Need] = {}
    promotion: Gates | None = None
    """What a promotion wants."""
    auto_promote: Gates | bool | None = None
    """What a version that is promoted by itself must meet; False: none is."""
    review: ReviewRules = ReviewRules()

    @property
    def everywhere(self) -> bool:
        """Whether it is limited by nothing."""
        return self.workspace is None and self.playbook is None

    def holds(self, workspace: str, playbook: str, home: str) -> bool:
        """Whether it is about such a replay.

        Args:
            workspace: Absolute.
            playbook: Its name.
            home: The user's home directory, for `~`.
        """
        if self.playbook is not None and not fnmatchcase(playbook, self.playbook):
            return False
        if self.workspace is None:
            return True
        place = home + self.workspace[1:] if self.workspace.startswith("~") else self.workspace
        return PurePath(workspace).is_relative_to(place)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    sections: tuple[Section, ...] = ()
    file: str = ""
    """Its path; empty: there is none."""
    digest: str = ""
    """`sha256:…` of its text."""

    def permits(self, *, workspace: str, playbook: str, home: str) -> Permits:
        """What holds for one replay: lists add up, of levels the strictest counts.

        Args:
            workspace: Absolute.
            playbook: Its name.
            home: The user's home directory, for `~`.
        """
        holding = [section for section in self.sections if section.holds(workspace, playbook, home)]
        allows = [section.allow for section in holding if section.allow is not None]
        levels: dict[SafetyLevel, Need] = dict(DEFAULT)
        for section in holding:
            levels |= {level: stricter(levels[level], need) for level, need in section.levels.items()}
        lists = Lists(
            allow=tuple(one for allow in allows for one in allow) if allows else None,
            deny=tuple(one for section in holding for one in section.deny),
        )
        return Permits(levels=levels, lists=lists)

    def standard(self, *, workspace: str, playbook: str, home: str) -> Standard:
        """What a promotion wants; all that holds counts, and one `auto_promote = false` outweighs every other.

        Args:
            workspace: Where the version was validated, absolute.
            playbook: Its name.
            home: The user's home directory, for `~`.
        """
        holding = [section for section in self.sections if section.holds(workspace, playbook, home)]
        never = any(section.auto_promote is False for section in holding)
        auto = [section.auto_promote for section in holding if isinstance(section.auto_promote, Gates)]
        return Standard(
            gates=tuple(section.promotion for section in holding if section.promotion is not None),
            auto=() if never else tuple(auto),
            file=self.file,
            digest=self.digest,
        )

    def review(self, *, workspace: str, playbook: str, home: str) -> ReviewRules:
        """What a review of a repair must have: of all that holds, the strictest.

        Args:
            workspace: Absolute; where the repair was proposed.
            playbook: Its name.
            home: The user's home directory, for `~`.
        """
        rules = ReviewRules()
        for section in self.sections:
            if section.holds(workspace, playbook, home):
                rules = rules.and_also(section.review)
        return rules


def load_policy(home: Home) -> Policy:
    """The policy in a home; without a file it says nothing.

    Args:
        home: Whose `policy.toml` counts.

    Raises:
        BadInputError: The file can't be used; the message names the line.
    """
    text = text_of(home.policy)
    return Policy() if text is None else read_policy(text, source=str(home.policy))


def read_policy(text: str, *, source: str) -> Policy:
    """A policy from its text.

    Args:
        text: TOML.
        source: The file's path, for messages.

    Raises:
        BadInputError: It is none; the message names the line, and the nearest key where one is unknown.
    """
    tables = tables_in(text, source=source, opened_by="replaybook policy --edit")
    reader = _Reader(text, source)
    inner = tables.get("where", [])
    if not isinstance(inner, list) or not all(isinstance(table, dict) for table in inner):
        raise reader.error("where", "where is written as [[where]], one a place")
    sections = [reader.section(tables, 0)]
    sections += [reader.section(table, number) for number, table in enumerate(inner, 1)]
    return Policy(sections=tuple(sections), file=source, digest=f"sha256:{sha256(text.encode()).hexdigest()}")


class _Reader:
    """Reads sections, and knows the lines that they stand on."""

    def __init__(self, text: str, source: str) -> None:
        self._lines = text.splitlines()
        self._source = source
        starts = [at for at, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*where\s*\]\]", line)]
        self._starts = [0, *starts]
        self._at = 0

    def section(self, table: Mapping[str, Any], number: int) -> Section:
        """One section.

        Args:
            table: As TOML gives it.
            number: 0 for what stands on top, else which `[[where]]`.
        """
        self._at = self._starts[number] if number < len(self._starts) else 0
        keys = KEYS if number == 0 else (*PLACES, *(key for key in KEYS if key != "where"))
        for key in table:
            self._known(key, keys)
        if number and not any(place in table for place in PLACES):
            raise self.error("where", f"this [[where]] holds everywhere: give it {' or '.join(PLACES)}")
        return Section(
            workspace=self._text(table, "workspace"),
            playbook=self._text(table, "playbook"),
            allow=self._patterns(table, "allow") if "allow" in table else None,
            deny=self._patterns(table, "deny"),
            levels=self._levels(table),
            promotion=self._gates(table, "promotion", number),
            auto_promote=False if table.get("auto_promote") is False else self._gates(table, "auto_promote", number),
            review=self._review(table),
        )

    def error(self, key: str, message: str) -> BadInputError:
        """An error at the line that holds a key, or a text in quotes."""
        return BadInputError(f"{self._source}:{self._line(key)}: {message}")

    def _gates(self, table: Mapping[str, Any], name: str, number: int) -> Gates | None:
        if name not in table:
            return None
        place = f"where[{number}]." if number else ""
        written = f"{PurePath(self._source).name} [{place}{name}]"
        begin, header = self._at, self._line(name) - 1

        def wrong(key: str, message: str) -> BadInputError:
            self._at = begin if key == name else header
            return self.error(key, message)

        return read_gates(table[name], name=name, source=written, key=f"{place}{name}", wrong=wrong)

    def _line(self, word: str) -> int:
        looked = re.compile(
            rf"^\s*\[*\s*(?:where\s*\.\s*)?[\"']?{re.escape(word)}[\"']?\s*[\]=]|[\"']{re.escape(word)}[\"']"
        )
        lines = enumerate(self._lines[self._at :], self._at + 1)
        return next((number for number, line in lines if looked.search(line)), self._at + 1)

    def _known(self, key: str, keys: Sequence[str]) -> None:
        wrong = unknown(key, keys)
        if wrong is not None:
            raise self.error(key, wrong)

    def _text(self, table: Mapping[str, Any], key: str) -> str | None:
        value = table.get(key)
        if value is not None and not isinstance(value, str):
            raise self.error(key, f"{key} is a text in quotes")
        if key == "workspace" and value is not None and not value.startswith(("/", "~")):
            raise self.error(key, f"workspace {value!r} is no absolute directory; begin it with / or ~")
        return value

    def _patterns(self, table: Mapping[str, Any], key: str) -> tuple[Listed, ...]:
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.error(key, f'{key} is a list of patterns, as {key} = ["git push --force"]')
        return tuple(self._pattern(one, key) for one in found)

    def _pattern(self, text: str, key: str) -> Listed:
        pattern = read_pattern(text)
        if pattern is None:
            raise self.error(text, f"{text!r} in {key} is no pattern: it begins with a command, as git push --force")
        return Listed(pattern, f"{PurePath(self._source).name}:{self._line(text)}")

    def _review(self, table: Mapping[str, Any]) -> ReviewRules:
        told = table.get("review", {})
        if not isinstance(told, dict):
            raise self.error("review", "review is a table, as [review] and below it require_second_person = true")
        return reviewing.read_rules(told, self.error, self._known)

    def _levels(self, table: Mapping[str, Any]) -> dict[SafetyLevel, Need]:
        told = table.get("levels", {})
        if not isinstance(told, dict):
            raise self.error("levels", 'levels is a table, as [levels] and below it needs_confirm = "ask"')
        return dict(self._level(key, value) for key, value in told.items())

    def _level(self, key: str, value: object) -> tuple[SafetyLevel, Need]:
        self._known(key, tuple(SafetyLevel))
        level = SafetyLevel(key)
        needs = MANUAL if level is SafetyLevel.MANUAL_ONLY else tuple(Need)
        if value not in needs:
            near = get_close_matches(str(value), needs, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it may be {', '.join(needs)}"
            raise self.error(key, f"{key} can't be {value!r}; {hint}")
        return level, Need(str(value))


def own_file(home: Home) -> Path:
    """The user's file, written with a word on its format where there was none."""
    if not home.policy.exists():
        home.policy.write_text(TEMPLATE, encoding="utf-8")
        home.policy.chmod(0o600)
    return home.policy


def told(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """What a policy says, a row each: what it says, of what, and where that is written or holds."""
    for section in policy.sections:
        where = ", ".join(filter(None, [section.workspace and f"below {section.workspace}", section.playbook]))
        for word, listed in (("allow", section.allow or ()), ("deny", section.deny)):
            yield from ((word, one.pattern.text, f"{one.source}{where and f' ({where})'}") for one in listed)
        yield from ((need, level, where or "everywhere") for level, need in section.levels.items())
        for word, gates in (("promotion", section.promotion), ("auto_promote", section.auto_promote)):
            if isinstance(gates, Gates):
                yield from ((word, f"{key} {value}", where or "everywhere") for key, value in words_of(gates))
            elif gates is False:
                yield word, "never", where or "everywhere"
        yield from ((says, about, where or "everywhere") for says, about in reviewing.told(section.review))
