"""Lays several traces of the same work side by side, step by step, and merges what they came to."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import reduce
from typing import NoReturn, TypeAlias

import msgspec

from capture.errors import BadInputError
from replay.compiler.differences import name_differences
from replay.compiler.draft import Draft, DraftStep, command_names
from replay.compiler.independence import independent
from replay.compiler.looking import only_shows
from replay.compiler.masked import told_apart
from replay.compiler.pairing import Pairs, in_order, ratio
from replay.edits import is_patch, read_patch
from replay.matching import masks
from replay.playbook import Expectation, ExpectedEffect, Source

_ALIKE = 0.5
LOOKS = "it only looks around, and not in every recording"

Effects: TypeAlias = tuple[ExpectedEffect, ...] | None


def align(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Match the steps of pruned drafts, and make parameters of the words in which their commands differ.

    A step that only looks around need not be in all of them, and steps that touch nothing in common may come in
    another order.

    Args:
        drafts: One a trace; the first one is the model.

    Returns:
        The same with the steps that all share, in the model's order, each with the parameters and its own values.

    Raises:
        BadInputError: They are not the same work; the message says where they part.
    """
    if len(drafts) == 1:
        return tuple(drafts)
    first = drafts[0]
    for other in drafts[1:]:
        first, _ = _paired(first, other)
    others = [_paired(first, other)[1] for other in drafts[1:]]
    return name_differences([first, *others])


def merge(drafts: Sequence[Draft]) -> Draft:
    """One draft of several compiled ones: what still differs in their expectations varies.

    Raises:
        BadInputError: Their commands or answers still differ.
    """
    drafts = told_apart(drafts)
    first = drafts[0]
    plain = {name: draft.recorded or "" for name, draft in first.parameters.items() if draft.source is Source.RUNS}
    steps = []
    for at, step in enumerate(first.steps):
        others = [draft.steps[at] for draft in drafts[1:]]
        for other in others:
            _must_be_one(at, step, other)
        expect = reduce(lambda merged, other: _merged(step, merged, other.step.expect), others, step.step.expect)
        if all(other.recorded.output == step.recorded.output for other in others) and step.step.expect.output:
            # The same in all of them: no value that differs can have a part in it.
            same = masks.filled(step.step.expect.output, plain)
            expect = msgspec.structs.replace(expect, output=same)
        steps.append(step.changed(expect=expect))
    return first.with_steps(tuple(steps))


def _must_be_one(at: int, step: DraftStep, other: DraftStep) -> None:
    sent, other_sent = ([answer.send for answer in one.step.answers] for one in (step, other))
    if step.step.run == other.step.run and sent == other_sent:
        return
    parting = f"{_shown(step)} and {_shown(other)}" if step.step.run != other.step.run else f"{sent} and {other_sent}"
    raise BadInputError(f"the recordings part at step {at + 1}: {parting}; compile them one by one")


def _shown(step: DraftStep) -> str:
    """A command, or whose files a patch changes otherwise than another one."""
    if is_patch(step.step.run):
        return f"a change of {', '.join(edit.path for edit in read_patch(step.step.run))}"
    return repr(step.step.run)


def _paired(first: Draft, other: Draft) -> tuple[Draft, Draft]:
    """Both with the steps that they share, in the first one's order."""
    strict = in_order(first.steps, other.steps, _likeness)
    # Steps that are word for word the same belong together wherever they came, if that can be; else order decides.
    by_text = _by_text(first.steps, other.steps)
    try:
        return _with_pairs(first, other, by_text)
    except BadInputError:
        if strict == by_text:
            raise
        return _with_pairs(first, other, strict)


def _with_pairs(first: Draft, other: Draft, pairs: Pairs) -> tuple[Draft, Draft]:
    """Both with these pairs of steps and those that only moved."""
    ours, theirs = {at for at, _ in pairs}, {to for _, to in pairs}
    over = [to for to in range(len(other.steps)) if to not in theirs]
    order = list(pairs)
    for at in range(len(first.steps)):
        moved = (
            next((to for to in over if _same_work(first.steps[at], other.steps[to])), None) if at not in ours else None
        )
        if moved is not None:
            over.remove(moved)
            order.append((at, moved))
    order.sort()
    kept, moved_to = [at for at, _ in order], [to for _, to in order]
    _must_only_show(first, other, first, set(kept))
    _must_only_show(first, other, other, set(moved_to))
    _must_not_depend(first, other, moved_to)
    return _only(first, kept), _only(other, moved_to)


def _by_text(first: Sequence[DraftStep], other: Sequence[DraftStep]) -> Pairs:
    """Pairs of the same command text, in whatever order; the rest in the order of both."""
    places: dict[str, list[int]] = {}
    for to, step in enumerate(other):
        places.setdefault(step.recorded.command, []).append(to)
    same = [
        (at, places[step.recorded.command].pop(0)) for at, step in enumerate(first) if places.get(step.recorded.command)
    ]
    taken, taken_there = {at for at, _ in same}, {to for _, to in same}
    ours = [at for at in range(len(first)) if at not in taken]
    theirs = [to for to in range(len(other)) if to not in taken_there]
    rest = in_order([first[at] for at in ours], [other[to] for to in theirs], _likeness)
    return sorted([*same, *((ours[at], theirs[to]) for at, to in rest)])


def _only(draft: Draft, kept: Sequence[int]) -> Draft:
    """The draft with these steps in this order; the others are dropped."""
    wanted = {draft.steps[at].recorded.step_index for at in kept}
    reasons = {step.recorded.step_index: LOOKS for step in draft.steps if step.recorded.step_index not in wanted}
    steps = tuple(draft.steps[at] for at in kept)
    return draft.without(reasons).with_steps(steps)


def _must_only_show(first: Draft, other: Draft, draft: Draft, kept: set[int]) -> None:
    """What only one of them has must be looking around that nobody wants to keep."""
    for at, step in enumerate(draft.steps):
        if at not in kept and (not only_shows(step) or step.recorded.step_index in draft.keep):
            _part(first, other, draft, at)


def _must_not_depend(first: Draft, other: Draft, order: Sequence[int]) -> None:
    """Steps that change places must have nothing to do with each other."""
    for at, place in enumerate(order) if list(order) != sorted(order) else ():
        for behind in order[at + 1 :]:
            if behind < place and not independent(other.steps[place], other.steps[behind]):
                _part(first, other, other, place)


def _part(first: Draft, other: Draft, draft: Draft, at: int) -> NoReturn:
    """Say where the recordings part."""
    twin = other if draft is first else first
    step, instead = draft.steps[at], twin.steps[at] if at < len(twin.steps) else None
    has = (
        f"step {instead.recorded.step_index} of {twin.trace.run.name} is {instead.recorded.command!r}"
        if instead
        else f"{twin.trace.run.name} has {len(twin.steps)} steps of work"
    )
    raise BadInputError(
        f"the recordings do not align: step {step.recorded.step_index} of {draft.trace.run.name} is "
        f"{step.recorded.command!r}, {has} (step {at + 1} of the playbook); compile them one by one"
    )


def _same_work(one: DraftStep, two: DraftStep) -> bool:
    return _likeness(one, two) > 0


def _likeness(one: DraftStep, two: DraftStep) -> float:
    """How alike two steps are, 0 for other work."""
    if one.recorded.command == two.recorded.command:
        return 1.0
    if command_names(one) != command_names(two):
        return 0.0
    alike = ratio(one.recorded.command, two.recorded.command)
    return alike if alike >= _ALIKE else 0.0


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
