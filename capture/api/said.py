"""What an agent says of a step besides what it did, in the words of Aionis' replay API (pure)."""

from collections.abc import Mapping, Sequence
from typing import TypedDict, TypeVar

import msgspec

from capture.api.given import shown, text_of
from capture.errors import BadInputError
from capture.provenance import Hints
from capture.secrets.noting import Noted

SAFETY_LEVELS = ("auto_ok", "needs_confirm", "manual_only")
"""From what may be done unasked to what only a person does."""
Sentences = Sequence[str | Mapping[str, object]]
"""A sentence each; an object is kept as its JSON."""
Given = TypeVar("Given")


class Said(TypedDict, total=False):
    """Named arguments that every step takes; nothing checks whether they are true."""

    preconditions: Sentences
    """What must be true before: a sentence, or `file:PATH`, `command:NAME`, `env:NAME` each."""
    postconditions: Sentences
    """What must be true afterwards."""
    artifact_refs: Sequence[str]
    """What it makes, by path, address or digest."""
    safety_level: str | None
    """One of `SAFETY_LEVELS`."""
    dead_end: str | None
    """Why nothing that came later rests on it: it was tried again, or given up."""
    part_of: int | None
    """Number of the step that it is a part of; not given: the one that is open around it."""


def hints_of(said: Mapping[str, object]) -> Hints | msgspec.UnsetType:
    """What was said as it is kept in a step, not yet masked.

    Args:
        said: As `Said`.

    Returns:
        Unset where nothing was said.

    Raises:
        BadInputError: Another safety level, a text where a list of texts belongs, or no JSON value in such a list.
    """
    if not any(said.values()):
        return msgspec.UNSET
    level = said.get("safety_level")
    if level is not None and level not in SAFETY_LEVELS:
        raise BadInputError(f"safety_level {level!r} is unknown; give one of {', '.join(SAFETY_LEVELS)}")
    lists = {name: _sentences(name, said.get(name) or ()) for name in _LISTS}
    dead_end = said.get("dead_end")
    why = None if dead_end is None else text_of("dead_end", dead_end)
    said_so = Hints(safety_level=level, dead_end=why)
    hints = msgspec.structs.replace(said_so, **lists)
    return msgspec.UNSET if hints == Hints() else hints


def texts_of(hints: Hints) -> tuple[str, ...]:
    """Everything that was said, one text after another."""
    lists = (one for name in _LISTS for one in getattr(hints, name))
    return (*lists, *(() if hints.dead_end is None else (hints.dead_end,)))


def masked_hints(hints: Hints | msgspec.UnsetType, noted: Noted) -> Hints | msgspec.UnsetType:
    """What was said as it is written down."""
    if hints is msgspec.UNSET:
        return hints
    lists = {name: tuple(noted.text(one)[0] for one in getattr(hints, name)) for name in _LISTS}
    dead_end = None if hints.dead_end is None else noted.text(hints.dead_end)[0]
    return msgspec.structs.replace(hints, dead_end=dead_end, **lists)


_LISTS = ("preconditions", "postconditions", "artifact_refs")


def _sentences(name: str, given: object) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise BadInputError(f"{name} is a list of texts, not {type(given).__name__}; put it in brackets")
    try:
        return tuple(shown(one) if isinstance(one, str) else msgspec.json.encode(one).decode() for one in given)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInputError(f"{name} holds what is no JSON value: {error}; give texts or objects") from error
