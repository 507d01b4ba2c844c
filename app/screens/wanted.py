"""What a replay must be told before it can start, because the document doesn't hold it (pure)."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from replay.playbook import ParameterType, Playbook


class Wanted(NamedTuple):
    """A value to ask for."""

    name: str
    """A parameter, or the prompt that a secret answers."""
    question: str
    """In a sentence."""
    suggestion: str = ""
    """To begin with."""
    secret: bool = False
    """Whether typing is hidden."""
    answer: bool = False
    """Whether it answers a prompt, and is no parameter."""


def wanted(playbook: Playbook, values: Collection[str], secrets: Collection[str]) -> Iterator[Wanted]:
    """Parameters without a default, then answers that were secret.

    Args:
        playbook: What will be replayed.
        values: The parameters that were told already.
        secrets: The prompts whose answers were told already.

    Yields:
        What is still to be told.
    """
    for name, parameter in playbook.parameters.items():
        if parameter.default is None and name not in values:
            secret = parameter.type is ParameterType.SECRET
            question = f"A value for {name}; it has no default." + (" It is stored nowhere." if secret else "")
            yield Wanted(name, question, parameter.recorded or "", secret=secret)
    for answer in (answer for step in playbook.steps for answer in step.answers):
        if answer.secret and answer.prompt not in secrets:
            question = f"The answer to {answer.prompt.strip()!r}; it is stored nowhere."
            yield Wanted(answer.prompt, question, secret=True, answer=True)
