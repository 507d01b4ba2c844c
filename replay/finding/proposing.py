"""Which values for a playbook's parameters a goal names for sure (pure)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from replay import binding
from replay.playbook import Parameter, ParameterType, Playbook

_QUOTES = "\"'`"
_TOKEN = re.compile(r""""[^"]*"|'[^']*'|`[^`]*`|\S+""")
_LITERAL = re.compile(r"""[\d"'`/.~]""")
"""A token with one of these is a value and no word of a sentence."""


def tokens(goal: str) -> tuple[str, ...]:
    """The tokens of a goal, quoted text one of them, without the marks that end a clause."""
    return tuple(token for found in _TOKEN.finditer(goal) if (token := found.group().rstrip(",;:!?").removesuffix(".")))


def proposed(goal: str, playbook: Playbook, given: Iterable[str]) -> dict[str, str]:
    """Values by parameter, as the goal has them: `tag=v2`, `--tag v2`, `tag v2.1`, or one of a parameter's choices.

    Args:
        goal: As it was given.
        playbook: Whose parameters.
        given: Names that have a value already; nothing is proposed for them.

    Returns:
        Only what can't be meant otherwise: a parameter for which the goal names two values gets none, and no secret
        is ever read from a goal.
    """
    wanted = {name: one for name, one in playbook.parameters.items() if name not in set(given)}
    found: dict[str, set[str]] = {}
    for name, parameter in wanted.items():
        if parameter.type is not ParameterType.SECRET:
            values = {*_named(goal, name), *_chosen(goal, parameter)}
            found[name] = {value for value in values if binding.unlike(parameter, value) is None}
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


def uncovered(goal: str, known: frozenset[str], bindings: Mapping[str, str]) -> str:
    """What is left of a goal when the values that a replay would use are taken out of it.

    Args:
        goal: As it was given.
        known: Parameters whose values the goal named.
        bindings: All values by name.
    """
    values = set(bindings.values()) | {value.rstrip("/").rpartition("/")[2] for value in bindings.values()}
    heads = {f"{dashes}{name}" for name in known for dashes in ("", "-", "--")}
    return " ".join(token for token in tokens(goal) if not _is_value(token, values, heads))


def _is_value(token: str, values: set[str], heads: set[str]) -> bool:
    head, equals, tail = token.partition("=")
    bare = token.strip(_QUOTES)
    return token in heads or bare in values or bool(equals and head in heads and tail.strip(_QUOTES) in values)


def _named(goal: str, name: str) -> Iterator[str]:
    """Values that stand right behind the parameter's name."""
    names = {name, f"-{name}", f"--{name}"}
    found = tokens(goal)
    for token, following in zip(found, (*found[1:], ""), strict=True):
        head, equals, tail = token.partition("=")
        if equals and head in names and tail:
            yield tail.strip(_QUOTES)
        elif token in names and _LITERAL.search(following):
            yield following.strip(_QUOTES)


def _chosen(goal: str, parameter: Parameter) -> Iterator[str]:
    """Its choices that the goal names."""
    if parameter.type is ParameterType.CHOICE:
        there = {token.strip(_QUOTES) for token in tokens(goal)}
        yield from (choice for choice in parameter.choices if choice in there)
