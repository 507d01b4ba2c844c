"""Keeps the dialogue: what was typed at which prompt, and which secrets were the same one."""

import re
from collections.abc import Iterator
from itertools import chain, count
from typing import TypeAlias

import msgspec

from capture.trace import Input
from replay.compiler.draft import Draft, DraftStep
from replay.matching import masks
from replay.playbook import Answer
from replay.syntax.wrappers import base_name

FIRST = 1
"""Which secret of its run an answer was that doesn't say it."""
Given: TypeAlias = tuple[tuple[Answer, Input], ...]
"""The answers of one step, each with what was typed in the recording."""
_APART = re.compile(r"[^a-z0-9]+")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")


def keep_answers(draft: Draft) -> Draft:
    """Give each step the answers that were typed into it; secret ones are asked for at replay.

    Where different secrets were typed at the same prompt, each has a name of its own.
    """
    given = {at: _answers(draft, step, at) for at, step in enumerate(draft.steps) if _talks(step)}
    names = _names(draft, given)
    return draft.with_steps(
        tuple(
            step.changed(answers=tuple(_named(one, typed, names) for one, typed in given[at])) if at in given else step
            for at, step in enumerate(draft.steps)
        )
    )


def _talks(step: DraftStep) -> bool:
    return bool(step.recorded.inputs) and not step.recorded.full_screen


def _answers(draft: Draft, step: DraftStep, at: int) -> Given:
    known = draft.meant_at(at)
    return tuple(
        (
            Answer(
                prompt=masks.lifted(typed.prompt, known, moment=step.recorded.started_at),
                send=None if typed.secret or typed.text is None else _sent(typed.text, known),
                secret=typed.secret or typed.text is None,
            ),
            typed,
        )
        for typed in step.recorded.inputs
    )


def _named(answer: Answer, typed: Input, names: dict[tuple[str, int], str]) -> Answer:
    return msgspec.structs.replace(answer, name=names.get((answer.prompt, _which(typed)))) if answer.secret else answer


def _names(draft: Draft, given: dict[int, Given]) -> dict[tuple[str, int], str]:
    """A name for each secret whose prompt another secret is typed at as well, by both; in the order of the steps."""
    found: dict[tuple[str, int], str] = {}
    secrets = dict(_secrets(given))
    for prompt, number in secrets:
        if sum(prompt == other for other, _ in secrets) > 1:
            plain = _name(draft.steps[secrets[prompt, number]], prompt)
            taken = found.values()
            found[prompt, number] = next(name for name in _numbered(plain) if name not in taken)
    return found


def _secrets(given: dict[int, Given]) -> Iterator[tuple[tuple[str, int], int]]:
    """Each secret by prompt and number, with the first step (index into the draft's) that it was typed into."""
    seen = set()
    for at, answers in given.items():
        for answer, typed in answers:
            secret = (answer.prompt, _which(typed))
            if answer.secret and secret not in seen:
                seen.add(secret)
                yield secret, at


def _which(typed: Input) -> int:
    """Which secret of its run was typed, counted from 1."""
    return FIRST if typed.which is msgspec.UNSET else typed.which


def _name(step: DraftStep, prompt: str) -> str:
    """The program that asks, and its question."""
    commands = [use for use in step.analysis.commands if use.name]
    asking = next((use for use in commands if not use.builtin), commands[0] if commands else None)
    program = base_name(asking.name) if asking else ""
    text = f"{program} {_PLACEHOLDER.sub('', prompt)}"
    return _APART.sub("_", text.lower()).strip("_") or "answer"


def _numbered(plain: str) -> Iterator[str]:
    return chain([plain], (f"{plain}_{number}" for number in count(2)))


def _sent(text: str, known: dict[str, str]) -> str:
    line = text.removesuffix("\n").removesuffix("\r")
    return masks.lifted(line, known, masked=False)
