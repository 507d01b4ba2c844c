"""What a replay must be told before it can start, because the document doesn't hold it (pure)."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from app.screens.choosing import Field
from replay.binding import unlike
from replay.playbook import Parameter, ParameterType, Playbook
from replay.wanting import secrets_wanted


def _anything(text: str) -> str | None:
    del text
    return None


class Wanted(NamedTuple):
    """A value to ask for."""

    name: str
    """A parameter, or what a secret answer is known by."""
    question: str
    """In a sentence."""
    suggestion: str = ""
    """To begin with."""
    secret: bool = False
    """Whether typing is hidden."""
    answer: bool = False
    """Whether it answers a prompt, and is no parameter."""
    problem: Callable[[str], str | None] = _anything
    """Says what is wrong with a value."""


def wanted(
    playbook: Playbook,
    values: Collection[str],
    secrets: Collection[str],
    known: Collection[tuple[str, bool]] = (),
) -> Iterator[Wanted]:
    """Parameters without a default, then answers that were secret.

    Args:
        playbook: What will be replayed.
        values: The parameters that were told already.
        secrets: The keys of answers that were told already.
        known: Parameters, and keys of answers with True, whose secret is known from elsewhere.

    Yields:
        What is still to be told.
    """
    for name, parameter in playbook.parameters.items():
        if parameter.default is None and name not in values and (name, False) not in known:
            secret = parameter.type is ParameterType.SECRET
            question = f"A value for {name} ({type_words(parameter)}); it has no default."
            question += " It is stored nowhere." if secret else ""
            problem = partial(problem_of, parameter)
            yield Wanted(name, question, parameter.recorded or "", secret=secret, problem=problem)
    for one in secrets_wanted(playbook):
        if one.answer and one.key not in secrets and (one.key, True) not in known:
            question = f"{one.question[:1].upper()}{one.question[1:]}; it is stored nowhere."
            yield Wanted(one.key, question, secret=True, answer=True)


def type_words(parameter: Parameter) -> str:
    """A parameter's type, with its choices where it has some."""
    return f"one of {', '.join(parameter.choices)}" if parameter.choices else str(parameter.type)


def problem_of(parameter: Parameter, value: str) -> str | None:
    """What is wrong with a value, and what it must look like."""
    looks = unlike(parameter, value)
    return f"it wants {looks}, not {value!r}" if looks else None


def fields(playbook: Playbook, here: Mapping[str, str]) -> list[Field]:
    """A form of all parameters.

    Args:
        playbook: Whose.
        here: What a person set before.
    """
    return [
        Field(
            name=name,
            about=type_words(parameter),
            value=here.get(name, ""),
            hint=parameter.default or "asked for when it is replayed",
            secret=parameter.type is ParameterType.SECRET,
            problem=partial(problem_of, parameter),
        )
        for name, parameter in playbook.parameters.items()
    ]


def value_fields(playbook: Playbook, values: Mapping[str, str]) -> list[Field]:
    """A form of the values that steps still to come can be given: parameters that are not secret, and captured ones.

    Args:
        playbook: Whose.
        values: As they are.
    """
    parameters = {name: one for name, one in playbook.parameters.items() if one.type is not ParameterType.SECRET}
    captured = {capture.name: index for index, step in enumerate(playbook.steps, 1) for capture in step.capture}
    own = [
        Field(name, type_words(one), values.get(name, ""), "", secret=False, problem=partial(problem_of, one))
        for name, one in parameters.items()
    ]
    read = [
        Field(name, f"read from step {index}", values[name], "", secret=False, problem=_anything)
        for name, index in captured.items()
        if name in values
    ]
    return own + read
