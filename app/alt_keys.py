"""Keeps an escape that came right before another key: it is alt held down, or esc pressed by a person who types fast.

Textual knows alt only with letters, takes some of those for other keys, and drops the escape before all else; a shell's
`alt+.` would print a dot, and vim would never leave its insert mode.
"""

from collections.abc import Iterable
from typing import Any

from textual import events
from textual.drivers import linux_driver
from textual.keys import _character_to_key

from app.pastes import PastingParser

ESC = "\x1b"
BEGINS_MORE = frozenset("[]OPX^_")
"""What may stand behind an escape as the beginning of a longer sequence."""
NAMES = {"\r": "enter", "\x7f": "backspace"}


class KeepingParser(PastingParser):
    """Textual's parser of what a terminal sends."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:  # noqa: FBT001, FBT002 - Textual's signature
        """An escape and one character are that character with alt."""
        if len(sequence) == len(ESC) + 1 and sequence[0] == ESC and (key := alt_key(sequence[1])):
            return [key]
        return super()._sequence_to_key_events(sequence, alt)


def alt_key(character: str) -> events.Key | None:
    """A key with alt.

    Args:
        character: What stands behind the escape.

    Returns:
        The event; None where it may be the beginning of another key.
    """
    if character in BEGINS_MORE or not (character in NAMES or (character.isascii() and character.isprintable())):
        return None
    if character.isalpha():
        name = f"shift+{character.lower()}" if character.isupper() else character
    else:
        name = NAMES.get(character) or _character_to_key(character)
    return events.Key(f"alt+{name}", character)


def keep_alt() -> None:
    """Have every screen from now on read keys so."""
    module: Any = linux_driver
    module.XTermParser = KeepingParser
