"""From a playbook's parameters and today's machine to the values that a replay uses."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePath

from capture.errors import BadInputError
from replay import template
from replay.playbook import Parameter, ParameterType, Playbook

MASKED = "[masked]"
"""What stands for a secret wherever bindings are shown or stored."""
TRUTHS = ("true", "false", "yes", "no", "on", "off", "1", "0")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def bind(playbook: Playbook, given: Mapping[str, str], builtins: Mapping[str, str]) -> dict[str, str]:
    """Find every parameter's value.

    Args:
        playbook: Whose parameters.
        given: What the user set, by name.
        builtins: `cwd`, `home`, `user`, `host`, `kernel`, `branch`, `today`, `yesterday`, `tomorrow` of this machine;
            one that it hasn't is left out.

    Returns:
        Values by name; a parameter with neither value nor default is left out.

    Raises:
        BadInputError: A name that the playbook hasn't, or a value that is not of its type.
    """
    for name in given:
        if name not in playbook.parameters:
            known = ", ".join(playbook.parameters) or "none"
            raise BadInputError(f"{playbook.name} has no parameter {name!r}; it has: {known}")
    bindings: dict[str, str] = {}
    for name, parameter in playbook.parameters.items():
        if name in given:
            bindings[name] = _typed(name, parameter, given[name], builtins)
        elif parameter.default is not None and template.names(parameter.default) <= {*builtins, *bindings}:
            bindings[name] = template.render(parameter.default, {**builtins, **bindings})
    return bindings


def moved(playbook: Playbook, values: Mapping[str, str]) -> dict[str, str]:
    """What differs from the recording where that changes what steps print and write.

    Args:
        playbook: Whose parameters and captures.
        values: By name, as far as they are known.

    Returns:
        The recorded values of parameters that are no place (a path), and of captures, by name.
    """
    captures = {one.name: one.recorded for step in playbook.steps for one in step.capture}
    came_otherwise = {name: was for name, was in captures.items() if values.get(name, was) != was}
    given_otherwise = {
        name: parameter.recorded
        for name, parameter in playbook.parameters.items()
        if parameter.recorded is not None
        and parameter.type is not ParameterType.PATH
        and values.get(name) != parameter.recorded
    }
    return given_otherwise | came_otherwise


def missing(playbook: Playbook, bindings: Mapping[str, str]) -> frozenset[str]:
    """Parameters that have no value yet."""
    return frozenset(playbook.parameters) - frozenset(bindings)


def shown(playbook: Playbook, bindings: Mapping[str, str]) -> dict[str, str]:
    """Bindings with the secret ones masked, to be shown and stored."""
    return {name: MASKED if _is_secret(playbook, name) else value for name, value in bindings.items()}


def hides(playbook: Playbook, names: Iterable[str]) -> bool:
    """Whether one of these names stands for a secret."""
    return any(_is_secret(playbook, name) for name in names)


def secrets(playbook: Playbook, bindings: Mapping[str, str]) -> tuple[str, ...]:
    """The values that must be stored nowhere."""
    hidden = {name for name, one in playbook.parameters.items() if one.type is ParameterType.SECRET}
    return tuple(value for name, value in bindings.items() if name in hidden) if hidden else ()


def _is_secret(playbook: Playbook, name: str) -> bool:
    return name in playbook.parameters and playbook.parameters[name].type is ParameterType.SECRET


def _typed(name: str, parameter: Parameter, value: str, builtins: Mapping[str, str]) -> str:
    """The value in the form of its type."""
    if parameter.type is ParameterType.PATH:
        return str(PurePath(builtins["cwd"], value))
    wanted = unlike(parameter, value)
    if wanted is not None:
        raise BadInputError(f"parameter {name} wants {wanted}, not {value!r}; give it with --set {name}=VALUE")
    return value


def unlike(parameter: Parameter, value: str) -> str | None:
    """What a value of its type looks like, when this one does not; else None."""
    match parameter.type:
        case ParameterType.INT if not _INTEGER.fullmatch(value):
            return f"a whole number, as {parameter.recorded or 8080}"
        case ParameterType.BOOL if value.lower() not in TRUTHS:
            return "true or false"
        case ParameterType.DATE if not _is_day(value):
            return "a date as YYYY-MM-DD"
        case ParameterType.CHOICE if parameter.choices and value not in parameter.choices:
            return f"one of {', '.join(parameter.choices)}"
        case _:
            return None


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False
