"""Lays several traces of the same work side by side: what differs is a parameter, or varies."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import reduce
from typing import TypeAlias

import msgspec

from capture.errors import BadInputError
from replay import template
from replay.compiler.draft import Draft, DraftStep, command_names
from replay.compiler.links import free_name
from replay.matching import masks
from replay.playbook import Expectation, ExpectedEffect, Parameter, Source

_SIGNS = re.compile(r"([/=:,@._-])")
_ALIKE = 0.5

Effects: TypeAlias = tuple[ExpectedEffect, ...] | None


def align(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Match the steps of pruned drafts, and make parameters of the words in which their commands differ.

    Args:
        drafts: One a trace.

    Returns:
        The same, each with the parameters and its own values.

    Raises:
        BadInputError: They are not the same work; the message says where they part.
    """
    first = drafts[0]
    for other in drafts[1:]:
        _must_align(first, other)
    for at in range(len(first.steps)):
        for values in _differences([draft.steps[at] for draft in drafts]):
            drafts = _with_parameter(drafts, at, values)
    return tuple(drafts)


def merge(drafts: Sequence[Draft]) -> Draft:
    """One draft of several compiled ones: what still differs in their expectations varies.

    Raises:
        BadInputError: Their commands still differ.
    """
    first = drafts[0]
    steps = []
    for at, step in enumerate(first.steps):
        others = [draft.steps[at].step for draft in drafts[1:]]
        if any(other.run != step.step.run for other in others):
            parting = f"{step.step.run!r} and {others[0].run!r}"
            raise BadInputError(f"the recordings part at step {at + 1}: {parting}; compile them one by one")
        expect = reduce(lambda merged, other: _merged(step, merged, other.expect), others, step.step.expect)
        steps.append(step.changed(expect=expect))
    return first.with_steps(tuple(steps))


def _must_align(first: Draft, other: Draft) -> None:
    pairs = list(zip(first.steps, other.steps, strict=False))
    for at, (one, two) in enumerate(pairs):
        alike = SequenceMatcher(None, one.recorded.command, two.recorded.command, autojunk=False).ratio() >= _ALIKE
        if command_names(one) != command_names(two) or not alike:
            raise BadInputError(
                f"the recordings do not align: step {one.recorded.step_index} of {first.trace.run.name} is "
                f"{one.recorded.command!r}, step {two.recorded.step_index} of {other.trace.run.name} is "
                f"{two.recorded.command!r} (step {at + 1} of the playbook); compile them one by one"
            )
    if len(first.steps) != len(other.steps):
        raise BadInputError(
            f"the recordings do not align: {first.trace.run.name} has {len(first.steps)} steps of work and "
            f"{other.trace.run.name} has {len(other.steps)}; compile them one by one"
        )


def _differences(steps: Sequence[DraftStep]) -> Iterator[tuple[str, ...]]:
    """The values in which the words of one command differ, one for each trace."""
    rows = [[word.value for use in step.analysis.commands for word in use.words] for step in steps]
    if len({len(row) for row in rows}) != 1:
        return
    for words in zip(*rows, strict=True):
        values = tuple(word for word in words if word is not None)
        if len(values) == len(steps) and len(set(values)) > 1:
            yield _core(values)


def _core(words: Sequence[str]) -> tuple[str, ...]:
    """The words without the beginning and the end that all share, cut at signs."""
    parts = [_SIGNS.split(word) for word in words]
    shortest = min(len(part) for part in parts)
    front = next((at for at in range(shortest) if len({part[at] for part in parts}) > 1), shortest)
    back = next((at for at in range(shortest - front) if len({part[-1 - at] for part in parts}) > 1), 0)
    cores = tuple("".join(part[front : len(part) - back]) for part in parts)
    return cores if all(cores) else tuple(words)


def _with_parameter(drafts: Sequence[Draft], at: int, values: Sequence[str]) -> Sequence[Draft]:
    """The drafts with one more parameter, unless one of them has these values already or they are places."""
    if tuple(values) in _known(drafts) or any(
        value.startswith((draft.trace.run.workspace, draft.trace.run.user_home or "\0"))
        for draft, value in zip(drafts, values, strict=True)
    ):
        return drafts
    name = _name(drafts[0], at, values[0])
    parameter = Parameter(default=template.escape(values[0]), recorded=values[0], source=Source.RUNS)
    return [
        msgspec.structs.replace(
            draft,
            parameters={**draft.parameters, name: parameter},
            values={**draft.values, name: value},
            steps=tuple(step.changed(run=template.lift(step.step.run, value, name)) for step in draft.steps),
        ).noted(f"{{{{{name}}}}} differs between the recordings; it was {value!r} here")
        for draft, value in zip(drafts, values, strict=True)
    ]


def _known(drafts: Sequence[Draft]) -> set[tuple[str, ...]]:
    names = drafts[0].values
    return {tuple(draft.values[name] for draft in drafts) for name in names if all(name in d.values for d in drafts)}


def _name(draft: Draft, at: int, value: str) -> str:
    """What the option or the variable before the value calls it."""
    taken = {*draft.parameters, *masks.NAMES, "project", "home"}
    words = [word.value or "" for use in draft.steps[at].analysis.commands for word in use.words]
    for before, word in zip(["", *words], words, strict=False):
        found = re.search(rf"([A-Za-z][\w-]*)={re.escape(value)}", word) or (
            re.fullmatch(r"--([a-z][\w-]*)", before) if value in word else None
        )
        if found:
            return free_name(re.sub(r"\W", "_", found[1].lower()), taken)
    return free_name("value", taken)


def _merged(step: DraftStep, one: Expectation, two: Expectation) -> Expectation:
    if one.exit != two.exit:
        command = step.recorded.command
        raise BadInputError(
            f"{command!r} exited {one.exit} in one recording and {two.exit} in another; compile them one by one"
        )
    return Expectation(
        exit=one.exit,
        output=_merged_output(one.output, two.output),
        effects=_merged_effects(one.effects, two.effects),
    )


def _merged_effects(one: Effects, two: Effects) -> Effects:
    """The same changes, contents compared where they are the same; None when the changes differ."""
    if one is None or two is None or [(e.op, e.path) for e in one] != [(e.op, e.path) for e in two]:
        return None
    return tuple(
        first if first.content == second.content else msgspec.structs.replace(first, content=None)
        for first, second in zip(one, two, strict=True)
    )


def _merged_output(one: str | None, two: str | None) -> str | None:
    """The lines that both have; those that differ as `{{any}}`, or as `{{lines}}` when their number differs."""
    if one is None or two is None or one == two:
        return one if one == two else None
    first, second = one.split("\n"), two.split("\n")
    merged: list[str] = []
    for tag, start, end, other_start, other_end in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal":
            merged += first[start:end]
        elif end - start == other_end - other_start:
            merged += ["{{any}}"] * (end - start)
        else:
            merged.append("{{lines}}")
    return "\n".join(merged)
