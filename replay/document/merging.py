"""Brings two changes of one playbook together: a person's edit, and what is compiled anew (pure)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from replay.playbook import Playbook, PlaybookStep

_WORDS = re.compile(r"\{\{[^{}]*\}\}|\w+|\s+|.", re.DOTALL)
_GONE = object()


class ApartError(ValueError):
    """Both changed the same place, each to something else; the text names the place for a person."""


def places(old: Playbook, new: Playbook) -> dict[int, int]:
    """Where the steps of a playbook are in another version: the same recorded step, else the same command.

    Returns:
        Numbers from 1 to numbers from 1; a step that is gone is left out.
    """
    found: dict[int, int] = {}
    for same in (_same_source, _same_run):
        for index, step in enumerate(old.steps, 1):
            free = (at for at in range(1, len(new.steps) + 1) if at not in found.values())
            at = next((at for at in free if same(step, new.steps[at - 1])), None)
            if index not in found and at is not None:
                found[index] = at
    return found


def merged(base: Playbook, mine: Playbook, theirs: Playbook) -> Playbook:
    """What one playbook became in two places, as one: the steps of mine, and of theirs what it changed.

    Args:
        base: What both come from.
        mine: What a person made of it.
        theirs: What a decision made of it.

    Raises:
        ApartError: Both changed the same.
    """
    apart = ("version", "steps")
    plain = [{key: value for key, value in _plain(one).items() if key not in apart} for one in (base, mine, theirs)]
    whole = _merged(plain[0], plain[1], plain[2], "the playbook")
    steps = [_plain(step) for step in _steps(base, mine, theirs)]
    return msgspec.convert({**whole, "version": mine.version, "steps": steps}, Playbook)


def _same_source(one: PlaybookStep, other: PlaybookStep) -> bool:
    return one.source_step is not None and one.source_step == other.source_step


def _same_run(one: PlaybookStep, other: PlaybookStep) -> bool:
    return one.run == other.run and (one.source_step is None or other.source_step is None)


def _steps(base: Playbook, mine: Playbook, theirs: Playbook) -> list[PlaybookStep]:
    """Those of mine in their order, changed as theirs are; what is new in theirs stands behind what it stood behind."""
    in_mine, in_theirs = places(base, mine), places(base, theirs)
    made: dict[int, PlaybookStep | None] = dict(enumerate(mine.steps, 1))
    for index, step in enumerate(base.steps, 1):
        here, there = in_mine.get(index), in_theirs.get(index)
        after = theirs.steps[there - 1] if there else None
        if here is None:
            if after is not None and after != step:
                raise ApartError(f"step {index}, which the edit took out")
        elif after is None:
            if mine.steps[here - 1] != step:
                raise ApartError(f"step {here}, which was edited")
            made[here] = None
        else:
            ends = (_plain(step), _plain(mine.steps[here - 1]), _plain(after))
            made[here] = msgspec.convert(_merged(*ends, f"step {here}"), PlaybookStep)
    return [step for step in _with_new(made, theirs, in_mine, in_theirs) if step is not None]


def _with_new(
    made: Mapping[int, PlaybookStep | None], theirs: Playbook, in_mine: Mapping[int, int], in_theirs: Mapping[int, int]
) -> Iterator[PlaybookStep | None]:
    known = {there: in_mine.get(index) for index, there in in_theirs.items()}
    behind: dict[int, list[PlaybookStep]] = {}
    anchor = 0
    for there, step in enumerate(theirs.steps, 1):
        if there in known:
            anchor = known[there] or anchor
        else:
            behind.setdefault(anchor, []).append(step)
    yield from behind.get(0, ())
    for here, one in made.items():
        yield one
        yield from behind.get(here, ())


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return found


def _merged(base: Any, mine: Any, theirs: Any, place: str) -> Any:
    """Three states of one value as one; the place is how a person is told of it."""
    if theirs in (base, mine):
        return mine
    if mine == base:
        return theirs
    ends = (base, mine, theirs)
    if all(isinstance(one, dict) for one in ends):
        values = {
            key: _merged(base.get(key, _GONE), mine.get(key, _GONE), theirs.get(key, _GONE), _inside(key, place))
            for key in dict.fromkeys([*mine, *theirs])
        }
        return {key: value for key, value in values.items() if value is not _GONE}
    if all(isinstance(one, str) for one in ends):
        words = [_WORDS.findall(one) for one in ends]
        return "".join(_woven(words[0], words[1], words[2], place))
    if all(isinstance(one, list) for one in ends):
        lists = [[msgspec.json.encode(each, order="sorted").decode() for each in one] for one in ends]
        return [msgspec.json.decode(each) for each in _woven(lists[0], lists[1], lists[2], place)]
    raise ApartError(place)


def _inside(key: str, place: str) -> str:
    """A field of a step is told of by the step; what is deeper is no help to a person."""
    return place if " of " in place else f"{key} of {place}"


def _woven(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str], place: str) -> list[str]:
    """Both changes of a sequence, where neither touches the other."""
    edits = sorted({*_edits(base, mine), *_edits(base, theirs)})
    made: list[str] = []
    at = 0
    for number, (begin, end, text) in enumerate(edits):
        if number and begin <= edits[number - 1][1]:
            raise ApartError(place)
        made += [*base[at:begin], *text]
        at = end
    return [*made, *base[at:]]


def _edits(base: Sequence[str], other: Sequence[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for tag, begin, end, first, last in SequenceMatcher(None, base, other, autojunk=False).get_opcodes():
        if tag != "equal":
            yield begin, end, tuple(other[first:last])
