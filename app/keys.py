"""Names of keys: as a person writes and reads them, and as Textual calls them (pure)."""

import re
import string
import unicodedata

SHORT = {
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "low_line": "underscore",
}
"""Characters whose name Textual shortens."""
EDITING = ("backspace", "delete", "insert", "enter", "escape", "space", "tab")
MOVING = ("down", "end", "home", "left", "pagedown", "pageup", "right", "up")
SPECIAL = frozenset((*EDITING, *MOVING, *(f"f{number}" for number in range(1, 25))))
"""Keys that are no characters."""
ALIASES = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "page_up": "pageup",
    "page_down": "pagedown",
    "←": "left",
    "→": "right",
    "↑": "up",
    "↓": "down",
}
"""What people write as well."""
SHOWN = {"escape": "esc", "left": "←", "right": "→", "up": "↑", "down": "↓"}
"""What they read instead."""
MODIFIERS = ("ctrl", "alt", "shift", "super")


def _name_of(character: str) -> str:
    name = re.sub(r"[ -]", "_", unicodedata.name(character, "").lower())
    return SHORT.get(name, name)


PUNCTUATION = {_name_of(character): character for character in string.punctuation}
"""Characters by their name."""


def named(text: str) -> str | None:
    """Textual's name of a key.

    Args:
        text: As a person writes it: `m`, `?`, `ctrl+]`, `esc`, `f5`; Textual's own names as well.

    Returns:
        As `question_mark`, `ctrl+right_square_bracket`, `escape`; None when there is no such key.
    """
    text = text.strip()
    *modifiers, base = _split(text)
    if sorted(set(modifiers)) != sorted(modifiers) or not set(modifiers) <= set(MODIFIERS):
        return None
    key = _named_base(base)
    if key is None or (modifiers == ["shift"] and len(key) == 1):
        # A terminal sends the capital letter.
        return None
    return "+".join([*sorted(modifiers, key=MODIFIERS.index), key.lower() if modifiers else key])


def shown(keys: str) -> str:
    """Keys as a person reads them.

    Args:
        keys: Textual's names, split by commas.

    Returns:
        Split by blanks; empty without a key.
    """
    return " ".join(_shown_one(key) for key in keys.split(",") if key)


def is_letter(key: str) -> bool:
    """Whether pressing it types a letter."""
    return len(key) == 1 and key.isalpha()


def is_typed(key: str) -> bool:
    """Whether pressing it types a character."""
    return len(key) == 1 or key in PUNCTUATION or key == "space"


def _split(text: str) -> list[str]:
    """Modifiers and the key itself, which may be a plus."""
    if text.endswith("+"):
        return [*filter(None, text.removesuffix("+").removesuffix("+").split("+")), "+"]
    return text.split("+")


def _named_base(base: str) -> str | None:
    if len(base) == 1 and base not in ALIASES:
        if base == " ":
            return "space"
        return base if base.isalnum() else _name_of(base) or None
    name = ALIASES.get(base.lower(), base.lower())
    return name if name in SPECIAL or name in PUNCTUATION else None


def _shown_one(key: str) -> str:
    *modifiers, base = key.split("+")
    return "+".join([*modifiers, SHOWN.get(base) or PUNCTUATION.get(base, base)])
