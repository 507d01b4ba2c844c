"""A person's own keys over those of the table of actions: read, checked against each other, and shown (pure)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

import msgspec

from app.actions import ACTIONS, Action, Area
from app.keys import is_letter, is_typed, named, shown

BY_ID = {action.id: action for action in ACTIONS}
"""The table by its ids."""
CARELESS = frozenset({"enter", "space"})
"""Keys that are pressed without reading; none of them decides on a proposal."""
DECIDES = frozenset({"approve", "reject"})
"""What is done by a letter, and by one that means nothing else where proposals open."""
REVIEWED_ON = frozenset({Area.REPLAY, Area.INBOX})
"""Where proposals open."""
TAKEN = {
    "up": "it moves the cursor",
    "down": "it moves the cursor",
    "pageup": "it moves the cursor",
    "pagedown": "it moves the cursor",
    "tab": "it goes to the next pane",
    "shift+tab": "it goes to the pane before",
    "ctrl+i": "terminals send it as tab",
    "ctrl+m": "terminals send it as enter",
    "ctrl+j": "terminals send it as enter",
    "ctrl+h": "terminals send it as backspace",
    "ctrl+left_square_bracket": "terminals send it as escape",
}
"""Keys that no action can have, and why."""
NAMED = re.compile(r"\{([a-z-]+)\}")
"""An action in a sentence."""
Own = Mapping[str, str]
"""Textual's keys by action id, several split by commas; only what differs from the table."""


class Keys(msgspec.Struct, frozen=True):
    """Which key does what."""

    own: Own = {}
    """A person's own."""

    def of(self, action: str) -> str:
        """The keys of an action, as Textual names them.

        Args:
            action: Its id.
        """
        return self.own.get(action) or BY_ID[action].key

    def shown(self, action: str) -> str:
        """The same as people read them."""
        return shown(self.of(action))

    def first(self, action: str) -> str:
        """The one that a sentence names."""
        return shown(self.of(action).partition(",")[0])

    def told(self, sentence: str) -> str:
        """A sentence of the program's own, with its keys.

        Args:
            sentence: Names actions in braces: `{promote} promotes it`. Recorded text does not belong here.

        Raises:
            KeyError: There is no such action.
        """
        return NAMED.sub(lambda found: self.first(found[1]), sentence)


BUILT_IN = Keys()
"""As the table has them."""


def read_keys(written: object) -> str:
    """Keys as they are written in a file.

    Args:
        written: A text (`"m"`, `"m, f2"`), or a list of them.

    Returns:
        Textual's names, split by commas.

    Raises:
        ValueError: It is something else, or names a key that there is not; the text says what.
    """
    if not isinstance(written, str | list) or not all(isinstance(one, str) for one in written):
        raise ValueError('a key is a text like "m" or "ctrl+o", or a list of them')
    listed = [written] if written == "," else written.split(",") if isinstance(written, str) else written
    found = [(one, named(one)) for one in listed]
    wrong = next((one.strip() for one, key in found if key is None), None)
    if wrong is not None or not found:
        raise ValueError(f"there is no key {wrong or ''!r}; write a character, f1 to f24, esc, enter, or ctrl+LETTER")
    return ",".join(dict.fromkeys(key for _, key in found if key))


def written(keys: str) -> str | list[str]:
    """Keys as they are written to a file, so that `read_keys` reads them.

    Args:
        keys: Textual's names, split by commas.
    """
    listed = [shown(key) for key in keys.split(",")]
    return listed[0] if len(listed) == 1 else listed


def unknown_action(name: str) -> str | None:
    """What is wrong with an action's id; None when there is such an action."""
    if name in BY_ID:
        return None
    near = get_close_matches(name, BY_ID, n=1)
    return f"there is no action {name!r}; " + (f"did you mean {near[0]}?" if near else "replaybook settings lists them")


def problem(action: str, own: Own) -> str | None:
    """What speaks against the keys of an action.

    Args:
        action: Its id.
        own: All keys of a person's own.

    Returns:
        One clause that says what to do; None when nothing does.
    """
    keys = Keys(own).of(action).split(",")
    for key in keys:
        if key in TAKEN:
            return f"{shown(key)} is no action's, {TAKEN[key]}; take another"
    return _careless(action, keys) or next(_clashes(action, keys, own), None)


def problems(own: Own) -> dict[str, str]:
    """What speaks against each of a person's own keys.

    Args:
        own: All of them.

    Returns:
        By action id; empty when nothing does.
    """
    return {action: told for action in own if (told := problem(action, own))}


def differing(own: Own) -> dict[str, str]:
    """Only those that differ from the table."""
    return {action: keys for action, keys in own.items() if keys != BY_ID[action].key}


def _careless(action: str, keys: Sequence[str]) -> str | None:
    """Whether a decision could be made by accident, or a key be kept from the shell."""
    areas = BY_ID[action].areas
    if Area.REVIEW in areas and CARELESS & set(keys):
        return "enter and space decide on nothing: a decision is never made by accident; take a letter"
    if action in DECIDES and not all(map(is_letter, keys)):
        return "a decision is a letter, never made by accident; take one"
    if action == "leave-pane" and any(map(is_typed, keys)):
        return "this one is typed into the shell; take ctrl+LETTER or a function key"
    return None


def _clashes(action: str, keys: Sequence[str], own: Own) -> Iterator[str]:
    for other in ACTIONS:
        both = set(keys) & set(Keys(own).of(other.id).split(","))
        if other.id == action or not both or (action not in own and other.id not in own):
            continue
        area = _together(BY_ID[action], other)
        if area is not None:
            key = shown(min(both))
            yield f"{key} is {other.id} ({area}) already; take another, or give {other.id} another key"


def _together(one: Action, other: Action) -> Area | None:
    """Where the same key can't mean both."""
    for area in one.areas:
        if area in other.areas:
            return area
    if Area.ANYWHERE in one.areas:
        return other.areas[0]
    if Area.ANYWHERE in other.areas:
        return Area.ANYWHERE
    for decision, shown_with in ((one, other), (other, one)):
        if decision.id in DECIDES and REVIEWED_ON & set(shown_with.areas):
            return Area.REVIEW if decision is other else next(area for area in shown_with.areas if area in REVIEWED_ON)
    return None
