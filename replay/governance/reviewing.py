"""What a review must have before it counts, and what makes a proposal stale (pure)."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from capture.errors import BadInputError
from replay.calls import is_call
from replay.governance import tool_calls
from replay.governance.risk import safety_of
from replay.library.rows import Approval
from replay.playbook import Playbook, PlaybookStep, SafetyLevel
from replay.syntax import analyse

KEYS = ("require_second_person", "required_reviewers", "expires_after", "levels")
"""What `[review]` may say."""
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"([1-9]\d{0,4})([mhd])", re.ASCII)
_CLAIMED = re.compile(r"(.+) \((.+)\)")
_GRAVITY = tuple(SafetyLevel)
Wrong = Callable[[str, str], BadInputError]
"""Makes an error at the line of a key."""


class Signers(msgspec.Struct, frozen=True, kw_only=True):
    """Who must have said yes."""

    count: int = 1
    """How many different people at least."""
    names: tuple[str, ...] = ()
    """Each of these among them."""
    beside: tuple[str, ...] = ()
    """Whose own yes doesn't count as one of them."""

    def and_also(self, other: "Signers") -> "Signers":
        """Both of what is asked for."""
        names = dict.fromkeys((*self.names, *other.names))
        beside = dict.fromkeys((*self.beside, *other.beside))
        return Signers(count=max(self.count, other.count), names=tuple(names), beside=tuple(beside))


class ReviewRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the user's policy asks of a review."""

    signers: Signers = Signers()
    levels: dict[SafetyLevel, Signers] = {}
    """What a step of that safety level asks for beside it, where a repair changes one or brings it in."""
    expires_after: timedelta | None = None
    """A proposal or an approval that is older counts for nothing; None: none grows old."""

    def wanted(self, level: SafetyLevel) -> Signers:
        """Who must say yes to a repair whose gravest changed step is of that level."""
        known = (told for one, told in self.levels.items() if _GRAVITY.index(one) <= _GRAVITY.index(level))
        signers = self.signers
        for told in known:
            signers = signers.and_also(told)
        return signers

    def and_also(self, other: "ReviewRules") -> "ReviewRules":
        """Both of what is asked for: people add up, and the shorter time counts."""
        levels = dict(self.levels)
        for level, signers in other.levels.items():
            levels[level] = levels.get(level, Signers()).and_also(signers)
        times = [one for one in (self.expires_after, other.expires_after) if one is not None]
        return ReviewRules(
            signers=self.signers.and_also(other.signers), levels=levels, expires_after=min(times, default=None)
        )


def read_rules(table: Mapping[str, Any], wrong: Wrong, known: Callable[[str, Sequence[str]], None]) -> ReviewRules:
    """The `[review]` section of a policy.

    Args:
        table: As TOML gives it.
        wrong: Makes an error at the line of a key.
        known: Refuses a key that is not among some.

    Raises:
        BadInputError: A key or a value is not right.
    """
    for key in table:
        known(key, KEYS)
    second = table.get("require_second_person", False)
    if not isinstance(second, bool):
        raise wrong("require_second_person", "require_second_person is true or false")
    levels = table.get("levels", {})
    if not isinstance(levels, dict):
        raise wrong("levels", 'levels is a table, as [review.levels] and below it needs_confirm = 2 or ["ada"]')
    for key in levels:
        known(key, tuple(SafetyLevel))
    signers = _signers(table.get("required_reviewers", 1), "required_reviewers", wrong)
    return ReviewRules(
        signers=signers.and_also(Signers(count=2)) if second else signers,
        levels={SafetyLevel(key): _signers(value, key, wrong) for key, value in levels.items()},
        expires_after=_span(table["expires_after"], wrong) if "expires_after" in table else None,
    )


def _signers(value: object, key: str, wrong: Wrong) -> Signers:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return Signers(count=value)
    if isinstance(value, list) and value and all(isinstance(one, str) and one for one in value):
        return Signers(count=len(set(value)), names=tuple(dict.fromkeys(value)))
    raise wrong(key, f'{key} is a number of people from 1 on, or a list of names, as {key} = ["ada", "grace"]')


def _span(value: object, wrong: Wrong) -> timedelta:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise wrong("expires_after", 'expires_after is a time, as "30m", "12h" or "7d"')
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def told(rules: ReviewRules) -> Iterable[tuple[str, str]]:
    """What the rules say, a row each: what is asked for, and of what."""
    if rules.signers != Signers():
        yield f"approved by {asked_for(rules.signers)}", "repairs"
    for level, signers in rules.levels.items():
        yield f"approved by {asked_for(signers)}", f"repairs of {level} steps"
    if rules.expires_after is not None:
        yield f"expires after {span_text(rules.expires_after)}", "proposals and approvals"


def asked_for(signers: Signers) -> str:
    """Who must say yes, in words."""
    names = " and ".join(signers.names)
    if len(signers.names) >= signers.count:
        return names
    people = f"{signers.count} people"
    return f"{people}, {names} among them" if names else people


def level_of(base: Playbook, repaired: Playbook) -> SafetyLevel:
    """The gravest safety level among the steps that a repair changes or brings in."""
    before = set(map(msgspec.json.encode, base.steps))
    return gravest(step.safety for step in repaired.steps if msgspec.json.encode(step) not in before)


def lack(approvals: Collection[Approval], wanted: Signers) -> str | None:
    """Who must still say yes, in words; None when all have.

    Args:
        approvals: Of this very repair, each by another actor.
        wanted: Who must have.
    """
    spoken = {name for one in approvals for name in names_of(one.actor)}
    missing = [name for name in wanted.names if name not in spoken]
    open_places = wanted.count - len({one.actor for one in approvals}.difference(wanted.beside))
    if missing:
        return f"{' and '.join(missing)} must approve it as well"
    if open_places > 0:
        who = "another person" if open_places == 1 else f"{open_places} more people"
        return f"{who} must approve it as well"
    return None


def names_of(actor: str) -> tuple[str, ...]:
    """What an actor may be called in a policy: the account's name; for `NAME (ACCOUNT)` the name that was claimed."""
    claimed = _CLAIMED.fullmatch(actor)
    return (claimed[1],) if claimed else (actor,)


def fresh(approvals: Iterable[Approval], *, rules: ReviewRules, now: datetime) -> tuple[Approval, ...]:
    """Those that have not expired."""
    return tuple(one for one in approvals if expired(one.at, rules, now) is None)


def expired(at: str, rules: ReviewRules, now: datetime) -> str | None:
    """Why something of that time counts no more, in a clause; None when it does.

    Args:
        at: ISO 8601.
        rules: The user's.
        now: With a time zone.
    """
    if rules.expires_after is None or not at or now - datetime.fromisoformat(at) <= rules.expires_after:
        return None
    return f"it is older than {span_text(rules.expires_after)}, and your policy lets none grow older"


def span_text(span: timedelta) -> str:
    """A time as a policy writes it."""
    seconds = int(span.total_seconds())
    unit, size = next((unit, size) for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)) if seconds % size == 0)
    return f"{seconds // size}{unit}"


def graver(base: Playbook, repaired: Playbook) -> Playbook:
    """The repaired version, with what its new commands do that a person must be there for.

    A patch keeps the safety level of the step that it changes, so that what a recording has shown of it counts on; only
    a command that is graver than what stood there raises it.
    """
    before, after = {step.run for step in base.steps}, {step.run for step in repaired.steps}
    replaced = gravest(_level(run, base.shell) for run in before - after)
    steps = tuple(
        step if step.run in before else _raised(step, _level(step.run, base.shell), replaced) for step in repaired.steps
    )
    return msgspec.structs.replace(repaired, steps=steps)


def gravest(levels: Iterable[SafetyLevel]) -> SafetyLevel:
    """The one that wants a person most."""
    return max(levels, key=_GRAVITY.index, default=SafetyLevel.AUTO_OK)


def _level(run: str, shell: str) -> SafetyLevel:
    return tool_calls.judge(run).level if is_call(run) else safety_of(analyse(run, shell))[0]


def _raised(step: PlaybookStep, level: SafetyLevel, replaced: SafetyLevel) -> PlaybookStep:
    """A changed step, at the level of its command where that is graver than what it took the place of."""
    if _GRAVITY.index(level) <= _GRAVITY.index(replaced):
        return step
    return msgspec.structs.replace(step, safety=gravest((step.safety, level)))
