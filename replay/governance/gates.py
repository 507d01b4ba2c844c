"""What a promotion wants beside a green validation, and what lets one happen by itself: a user's policy, as values."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from replay.library.rows import ValidationRow
from replay.repairs.proposal import Risk

FRESH_FOR = timedelta(days=1)
"""How long a green validation speaks for its version, where no policy says: after that, the machine may be another."""
RISKS = tuple(Risk)
LEVELS = ("L1", "L2", "L3")
"""Of a shadow, weakest first."""
LAST = 5
"""Replays that `min_success` looks at when nobody says how many."""


class Gates(msgspec.Struct, frozen=True, kw_only=True):
    """What one place of a policy wants; None where it says nothing."""

    source: str = ""
    """Where it is written, as `policy.toml [promotion]`."""
    key: str = ""
    """The same as TOML calls it, as `where[1].promotion`."""
    max_age: timedelta | None = None
    """How old the validation may be."""
    min_level: str | None = None
    """The weakest shadow that counts."""
    max_changed_steps: int | None = None
    """How many steps may differ from the active version."""
    min_success: float | None = None
    """Share of the last replays of that very version that must have succeeded, 0 to 1."""
    last: int = LAST
    """How many replays that looks at."""
    max_risk: Risk | None = None
    """The highest risk of what its repairs and its changed steps do."""
    override: bool = True
    """Whether a typed reason does instead."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a version that is to be promoted."""

    moved: str | None = None
    """What is not any more as it was when it was validated, in a clause; None: nothing that is looked at."""
    unvouched: str | None = None
    """Why nobody who is trusted stands behind it, in a clause; None: it was made here, or is signed."""
    changed_steps: int | None = None
    """Steps that differ from the active version; None: none is active, so nothing is replaced."""
    replays: tuple[bool, ...] = ()
    """Whether each replay of that very version succeeded, newest first."""
    risk: Risk = Risk.LOW
    """The highest that its repairs and its changed steps carry."""


class Standard(msgspec.Struct, frozen=True, kw_only=True):
    """All that a policy says of promotions for one workspace and one playbook."""

    gates: tuple[Gates, ...] = ()
    """All of them hold."""
    auto: tuple[Gates, ...] = ()
    """A version that meets one of these as well is promoted by itself; none: nothing is."""
    file: str = ""
    """The policy's own."""
    digest: str = ""
    """`sha256:…` of that file, as it was read."""

    @property
    def max_age(self) -> timedelta:
        """The shortest that is said."""
        return min((one.max_age for one in self.gates if one.max_age is not None), default=FRESH_FOR)

    @property
    def override(self) -> bool:
        """Whether a typed reason does instead."""
        return all(one.override for one in self.gates)

    def lacks(self, validation: ValidationRow, evidence: Evidence) -> Iterator[str]:
        """What stands against a promotion by a person, beside the validation's verdict and age.

        Args:
            validation: Green and fresh.
            evidence: What is known of the version.
        """
        for gates in self.gates:
            yield from unmet(gates, validation, evidence)

    def by_itself(self, validation: ValidationRow, evidence: Evidence, now: datetime) -> Gates | None:
        """The part of the policy that promotes a version without being asked; None: it waits for a person.

        Args:
            validation: The newest of that version, green.
            evidence: What is known of it.
            now: For the validation's age.
        """
        for gates in self.auto:
            age = gates.max_age
            old = age is not None and now - datetime.fromisoformat(validation.created_at) > age
            if not old and next(unmet(gates, validation, evidence), None) is None:
                return gates
        return None


NOTHING_KNOWN, NOTHING_WANTED = Evidence(), Standard()
"""Of a version beside its validation; by a user who has written no policy."""


def unmet(gates: Gates, validation: ValidationRow, evidence: Evidence) -> Iterator[str]:
    """What one place of a policy has against a version, a clause each; its age is the caller's.

    Args:
        gates: What is wanted.
        validation: The newest of the version.
        evidence: What is known of it.
    """
    if gates.min_level is not None and validation.level < gates.min_level:
        yield f"it was validated at {validation.level}, and {gates.source} wants {gates.min_level}"
    changed, most = evidence.changed_steps, gates.max_changed_steps
    if changed is not None and most is not None and changed > most:
        yield f"{_steps(changed)} differ from the active version, and {gates.source} allows {most}"
    if gates.min_success is not None:
        yield from _unproven(gates, gates.min_success, evidence.replays[: gates.last])
    if gates.max_risk is not None and RISKS.index(evidence.risk) > RISKS.index(gates.max_risk):
        yield f"its risk is {evidence.risk}, and {gates.source} allows {gates.max_risk}"


def words_of(gates: Gates) -> Iterator[tuple[str, str]]:
    """What one place of a policy says, as keys and values."""
    if gates.max_age is not None:
        yield "max_age", age_words(gates.max_age)
    for key in ("min_level", "max_changed_steps", "min_success", "max_risk"):
        value = getattr(gates, key)
        if value is not None:
            yield key, f"{value} of the last {gates.last}" if key == "min_success" else str(value)
    if not gates.override:
        yield "override", "never"


def age_words(age: timedelta) -> str:
    """An age as people say it: `1 day`, `12 hours`, `90 minutes`."""
    seconds = int(age.total_seconds())
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count} {word}{'s' if count != 1 else ''}"
    return f"{seconds} seconds"


def _unproven(gates: Gates, least: float, counted: Sequence[bool]) -> Iterator[str]:
    if len(counted) < gates.last:
        yield (
            f"it was replayed {len(counted)} of the {gates.last} times that {gates.source} wants "
            f"(validate --thorough {gates.last} does so)"
        )
    elif sum(counted) < least * len(counted):
        yield f"{sum(counted)} of its last {len(counted)} replays succeeded, and {gates.source} wants {least:.0%}"


def _steps(count: int) -> str:
    return f"{count} step{'s' if count != 1 else ''}"
