"""From a playbook's parameters and today's machine to the values that a replay uses."""

from collections.abc import Mapping
from pathlib import PurePath

from capture.errors import BadInputError
from replay import template
from replay.playbook import Parameter, ParameterType, Playbook

MASKED = "[masked]"
"""What stands for a secret wherever bindings are shown or stored."""
TRUTHS = ("true", "false", "yes", "no", "1", "0")


def bind(playbook: Playbook, given: Mapping[str, str], builtins: Mapping[str, str]) -> dict[str, str]:
    """Find every parameter's value.

    Args:
        playbook: Whose parameters.
        given: What the user set, by name.
        builtins: `cwd`, `home`, `user`, `host`, `today` of this machine.

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
        elif parameter.default is not None:
            bindings[name] = template.render(parameter.default, {**bindings, **builtins})
    return bindings


def overridden(playbook: Playbook, bindings: Mapping[str, str]) -> bool:
    """Whether a value differs from the recording's where that changes what steps print and write.

    Args:
        playbook: Whose parameters.
        bindings: Values by name.

    Returns:
        True when a parameter that is not a place (a path) has another value than recorded.
    """
    return any(
        parameter.recorded is not None
        and parameter.type is not ParameterType.PATH
        and bindings.get(name) != parameter.recorded
        for name, parameter in playbook.parameters.items()
    )


def missing(playbook: Playbook, bindings: Mapping[str, str]) -> frozenset[str]:
    """Parameters that have no value yet."""
    return frozenset(playbook.parameters) - frozenset(bindings)


def shown(playbook: Playbook, bindings: Mapping[str, str]) -> dict[str, str]:
    """Bindings with the secret ones masked, to be shown and stored."""
    return {name: MASKED if _is_secret(playbook, name) else value for name, value in bindings.items()}


def secrets(playbook: Playbook, bindings: Mapping[str, str]) -> tuple[str, ...]:
    """The values that must be stored nowhere."""
    return tuple(value for name, value in bindings.items() if _is_secret(playbook, name))


def _is_secret(playbook: Playbook, name: str) -> bool:
    return name in playbook.parameters and playbook.parameters[name].type is ParameterType.SECRET


def _typed(name: str, parameter: Parameter, value: str, builtins: Mapping[str, str]) -> str:
    """The value in the form of its type."""
    if parameter.type is ParameterType.PATH:
        return str(PurePath(builtins["cwd"], value))
    if parameter.type is ParameterType.INT and not value.lstrip("-").isdigit():
        raise BadInputError(f"parameter {name} wants a whole number, not {value!r}")
    if parameter.type is ParameterType.BOOL and value.lower() not in TRUTHS:
        raise BadInputError(f"parameter {name} wants true or false, not {value!r}")
    return value
