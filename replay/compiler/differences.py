"""Makes parameters of the values in which several recordings of the same work differ."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from replay import template
from replay.compiler.draft import Draft
from replay.compiler.naming import free_name, label_before, name_of
from replay.matching import masks
from replay.playbook import Parameter, ParameterType, Source

_PART = re.compile(
    rf"{masks.VALUES['uuid']}|(?:19|20)\d\d-\d\d-\d\d(?!\d)|v?\d+(?:[.,]\d+)+(?!\w)|\w+|\W",
)
"""What a word is cut into: nobody means only a part of an id, a day, a version or a name."""
_TAKEN = frozenset({"project", "home"})
_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)")
_TRUTHS = (frozenset({"true", "false"}), frozenset({"yes", "no"}), frozenset({"on", "off"}))
_FEW = 3
"""Recordings that it takes to tell a choice."""

Values = tuple[str, ...]
"""One of each recording."""


class Spot(msgspec.Struct, frozen=True):
    """Where commands that are the same work differ."""

    step: int
    """Index of the aligned step."""
    word: int
    """Which word of its command."""
    starts: tuple[int, ...]
    """Where in the word, in each recording."""
    values: Values
    label: str
    """What calls the value by a name there; may be empty."""


def name_differences(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Make parameters of the values in which aligned drafts differ.

    Args:
        drafts: As many steps each, the same work at the same index.

    Returns:
        The same, each with the parameters and its own values; a place is named only where the recordings differ.
    """
    made = tuple(drafts)
    known: dict[Values, str] = {}
    groups = [group for at in range(len(drafts[0].steps)) for group in _groups(drafts, at)]
    chosen: list[Spot] = []
    labels = _labels(groups)
    # Values that stand alone first: they tell what a word made of several consists of.
    for group in sorted(groups, key=lambda group: len(group[1])):
        whole, parts = group
        for spot in parts if all(part.values in known for part in parts) else (whole,):
            if _goes_without_saying(drafts, spot.values):
                continue
            if spot.values not in known and _flows(drafts, spot):
                made = tuple(_confirmed(draft, value) for draft, value in zip(made, spot.values, strict=True))
                continue
            if spot.values not in known:
                name = free_name(labels.get(spot.values, "value"), {*made[0].parameters, *masks.NAMES, *_TAKEN})
                known[spot.values] = name
                made = _with_parameter(made, name, spot.values)
            chosen.append(spot)
    made = _with_answers(made, known)
    return tuple(_lifted(draft, nth, chosen, known) for nth, draft in enumerate(made))


def _labels(groups: Sequence[tuple[Spot, tuple[Spot, ...]]]) -> dict[Values, str]:
    """What the first place that has a name for them calls the values."""
    found: dict[Values, str] = {}
    for whole, parts in groups:
        for spot in (whole, *parts):
            if spot.label:
                found.setdefault(spot.values, spot.label)
    return found


def type_of(values: Sequence[str]) -> ParameterType:
    """The narrowest type that all values are of; a choice when three recordings or more keep to a few words."""
    if all(_INTEGER.fullmatch(value) for value in values):
        return ParameterType.INT
    if any({value.lower() for value in values} <= pair for pair in _TRUTHS):
        return ParameterType.BOOL
    if all(map(_is_day, values)):
        return ParameterType.DATE
    words = all(re.fullmatch(r"[A-Za-z][\w.-]*", value) for value in values)
    if words and len(values) >= _FEW and len(set(values)) < len(values):
        return ParameterType.CHOICE
    return ParameterType.STRING


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text) and date.fromisoformat(text))
    except ValueError:
        return False


def _groups(drafts: Sequence[Draft], at: int) -> Iterator[tuple[Spot, tuple[Spot, ...]]]:
    """Each difference of a step's commands: as one value, and as the values that it consists of."""
    rows = [template.words(draft.steps[at].step.run) for draft in drafts]
    if len({len(row) for row in rows}) != 1:
        return
    for places in zip(*rows, strict=True):
        if len({place.word for place in places}) > 1 and not any("\0" in place.word for place in places):
            yield from _in_word(drafts, at, places)


def _in_word(
    drafts: Sequence[Draft], at: int, places: Sequence[template.Place]
) -> Iterator[tuple[Spot, tuple[Spot, ...]]]:
    """The differences in one word; a text of several words is compared word by word."""
    chunks = [list(re.finditer(r"\S+", place.word)) for place in places]
    if len({len(row) for row in chunks}) != 1:
        return
    for columns in zip(*chunks, strict=True):
        if len({column[0] for column in columns}) == 1:
            continue
        cut = [_parts(draft, column[0]) for draft, column in zip(drafts, columns, strict=True)]
        front, back = _shared_ends(cut)
        offset = tuple(column.start() for column in columns)
        whole = _spot(at, places, offset, cut, (front, [len(row) - back for row in cut]))
        if not all(whole.values):
            whole = _spot(at, places, offset, cut, (0, [len(row) for row in cut]))
            yield whole, (whole,)
            continue
        same_shape = len({len(row) for row in cut}) == 1
        single = range(front, len(cut[0]) - back) if same_shape else range(0)
        parts = tuple(
            _spot(at, places, offset, cut, (part, [part + 1] * len(cut)))
            for part in single
            if len({row[part] for row in cut}) > 1
        )
        yield whole, parts or (whole,)


def _spot(
    at: int,
    places: Sequence[template.Place],
    offset: Sequence[int],
    cut: Sequence[Sequence[str]],
    bounds: tuple[int, Sequence[int]],
) -> Spot:
    start, ends = bounds
    starts = tuple(base + len("".join(row[:start])) for base, row in zip(offset, cut, strict=True))
    values = tuple("".join(row[start:end]) for row, end in zip(cut, ends, strict=True))
    return Spot(at, places[0].index, starts, values, name_of(places[0], starts[0]))


def _parts(draft: Draft, text: str) -> list[str]:
    """The text cut at signs; the workspace and the home directory stay whole."""
    run = draft.trace.run
    where = [re.escape(path) for path in (run.workspace, run.user_home) if path not in ("", "/")]
    return re.findall("|".join([*where, _PART.pattern]), text)


def _shared_ends(cut: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many parts all have in common at the front, and behind."""
    shortest = min(len(row) for row in cut)
    front = next((at for at in range(shortest) if len({row[at] for row in cut}) > 1), shortest)
    back = next((at for at in range(shortest - front) if len({row[-1 - at] for row in cut}) > 1), shortest - front)
    return front, back


def _goes_without_saying(drafts: Sequence[Draft], values: Values) -> bool:
    """Whether each value is what its own recording calls the workspace, the home, the day, the user or the host."""
    runs = [draft.trace.run for draft in drafts]
    facts = (
        [run.workspace for run in runs],
        [run.user_home for run in runs],
        [run.started_at.date().isoformat() for run in runs],
        [run.user for run in runs],
        [run.host for run in runs],
    )
    return any(list(values) == fact for fact in facts)


def _flows(drafts: Sequence[Draft], spot: Spot) -> bool:
    """Whether in each recording an earlier step had printed the value, and nobody had typed it before that."""
    return all(_was_printed(draft, spot.step, value) for draft, value in zip(drafts, spot.values, strict=True))


def _was_printed(draft: Draft, at: int, value: str) -> bool:
    stands = masks.value_at(value)
    for step in draft.steps[:at]:
        if stands.search(step.recorded.command):
            return False
        if stands.search(step.recorded.output):
            return True
    return False


def _confirmed(draft: Draft, value: str) -> Draft:
    """The recordings agree that the value is whatever was printed: as good as a person's yes."""
    return msgspec.structs.replace(draft, answers={value: True, **draft.answers})


def _with_parameter(drafts: Sequence[Draft], name: str, values: Values) -> tuple[Draft, ...]:
    kind = type_of(values)
    parameter = Parameter(
        type=kind,
        default=template.escape(values[0]),
        recorded=values[0],
        source=Source.RUNS,
        choices=tuple(dict.fromkeys(values)) if kind is ParameterType.CHOICE else (),
    )
    return tuple(
        msgspec.structs.replace(
            draft, parameters={**draft.parameters, name: parameter}, values={**draft.values, name: value}
        ).noted(f"{{{{{name}}}}} differs between the recordings; it was {value!r} here")
        for draft, value in zip(drafts, values, strict=True)
    )


def _with_answers(drafts: tuple[Draft, ...], known: dict[Values, str]) -> tuple[Draft, ...]:
    """The drafts with a parameter for each answer that was typed differently."""
    for at in range(len(drafts[0].steps)):
        rows = [draft.steps[at].recorded.inputs for draft in drafts]
        if len({len(row) for row in rows}) != 1:
            continue
        for typed in zip(*rows, strict=True):
            values = tuple((one.text or "").rstrip("\r\n") for one in typed)
            if len(set(values)) == 1 or not all(values) or values in known or _goes_without_saying(drafts, values):
                continue
            if _flows(drafts, Spot(at, 0, (), values, "")):
                drafts = tuple(_confirmed(draft, value) for draft, value in zip(drafts, values, strict=True))
                continue
            label = label_before(typed[0].prompt) or "answer"
            known[values] = free_name(label, {*drafts[0].parameters, *masks.NAMES, *_TAKEN})
            drafts = _with_parameter(drafts, known[values], values)
    return drafts


def _lifted(draft: Draft, nth: int, spots: Sequence[Spot], known: Mapping[Values, str]) -> Draft:
    """The draft with the names of its values where the recordings differ."""
    steps = list(draft.steps)
    # From right to left, so that no name moves the place of another.
    for spot in sorted(spots, key=lambda spot: (spot.step, spot.word, -spot.starts[nth])):
        step = steps[spot.step]
        run = template.lift(step.step.run, spot.values[nth], known[spot.values], _just_at(spot, nth))
        steps[spot.step] = step.changed(run=run)
    return draft.with_steps(tuple(steps))


def _just_at(spot: Spot, nth: int) -> template.Meaning:
    return lambda place: place.index == spot.word and place.start == spot.starts[nth]
