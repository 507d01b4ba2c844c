"""Which secrets a playbook wants and does not hold, each with a name that a person can give it elsewhere (pure)."""

import re
from collections.abc import Iterator

import msgspec

from replay.playbook import ParameterType, Playbook

VARIABLE = "REPLAYBOOK_SECRET_"
"""So begins the environment variable that holds a secret."""
LONGEST = 48
"""Characters of a name."""
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
_APART = re.compile(r"[^A-Z0-9]+")


class WantedSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is asked for at a replay and stored nowhere."""

    name: str
    """Upper case, as `PASSWORD_FOR_ADA`; one of its kind in the playbook."""
    key: str
    """The parameter, or what the answer is known by: its prompt, or a name."""
    answer: bool
    """Whether it answers a prompt, and is no parameter."""
    question: str
    """What is asked for, as a clause."""

    @property
    def variable(self) -> str:
        """The environment variable that may hold it."""
        return VARIABLE + self.name


def secrets_wanted(playbook: Playbook, *, from_step: int = 1) -> tuple[WantedSecret, ...]:
    """The secrets that a replay needs.

    Args:
        playbook: What will be replayed.
        from_step: The first step that runs: what only steps before it ask for is not wanted.

    Returns:
        Parameters first, then answers in the order of the steps; one for each key.
    """
    found: dict[str, WantedSecret] = {}
    taken: set[str] = set()
    for key, answer, question, counts in _keys(playbook, from_step):
        name = _name(key, taken)
        taken.add(name)
        if counts:
            found[f"{answer}{key}"] = WantedSecret(name=name, key=key, answer=answer, question=question)
    return tuple(found.values())


def _keys(playbook: Playbook, from_step: int) -> Iterator[tuple[str, bool, str, bool]]:
    """What is wanted, whether it answers a prompt, what is asked for, and whether a step that runs asks for it."""
    for name, parameter in playbook.parameters.items():
        if parameter.type is ParameterType.SECRET and parameter.default is None:
            yield name, False, f"a value for {name}", True
    asked: dict[str, tuple[str, bool]] = {}
    for index, step in enumerate(playbook.steps, 1):
        for answer in step.answers:
            if answer.secret:
                runs = index >= from_step and not step.skip
                whose = f", {answer.name}, at step {index}" if answer.name else ""
                question, before = asked.get(answer.key, (f"the answer to {answer.prompt.strip()!r}{whose}", False))
                asked[answer.key] = question, before or runs
    for key, (question, runs) in asked.items():
        yield key, True, question, runs


def _name(key: str, taken: set[str]) -> str:
    plain = _APART.sub("_", _PLACEHOLDER.sub("", key).upper()).strip("_")[:LONGEST].strip("_") or "ANSWER"
    number = next(number for number in range(1, len(taken) + 2) if _numbered(plain, number) not in taken)
    return _numbered(plain, number)


def _numbered(plain: str, number: int) -> str:
    return plain if number == 1 else f"{plain}_{number}"
