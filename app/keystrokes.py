"""From a key as Textual names it to a key as a terminal emulator wants it named (pure)."""

from typing import NamedTuple

MODIFIERS = {"shift": 1, "ctrl": 2, "alt": 4, "super": 8, "hyper": 0, "meta": 0}
"""Bits of the emulator; those that no program in a terminal is told are 0."""

NAMED = {
    "up": "ARROW_UP",
    "down": "ARROW_DOWN",
    "left": "ARROW_LEFT",
    "right": "ARROW_RIGHT",
    "home": "HOME",
    "end": "END",
    "pageup": "PAGE_UP",
    "pagedown": "PAGE_DOWN",
    "insert": "INSERT",
    "delete": "DELETE",
    "enter": "ENTER",
    "tab": "TAB",
    "escape": "ESCAPE",
    "backspace": "BACKSPACE",
    "space": "SPACE",
} | {f"f{number}": f"F{number}" for number in range(1, 25)}
"""Keys that print nothing of their own, and the space bar."""

PUNCTUATION = {
    "at": "@",
    "backslash": "\\",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "circumflex_accent": "^",
    "underscore": "_",
    "minus": "-",
    "slash": "/",
    "full_stop": ".",
    "comma": ",",
    "question_mark": "?",
}
"""Names that stand behind a modifier, where no character comes with the key."""

CONTROL_OF = {"space": "\0", "@": "\0", "[": "\x1b", "\\": "\x1c", "]": "\x1d", "^": "\x1e", "_": "\x1f", "/": "\x1f"}


class Keystroke(NamedTuple):
    """One press of a key."""

    name: str
    """The physical key, `UNIDENTIFIED` where only the text counts."""
    modifiers: int
    """Bits of MODIFIERS."""
    text: str
    """What it would print without ctrl and alt; empty for a function key."""
    codepoint: int
    """Of the unshifted character, 0 without one."""
    fallback: bytes
    """What to send where the emulator knows no better."""


def keystroke(key: str, character: str | None) -> Keystroke:
    """Read a key event.

    Args:
        key: Textual's name, as `a`, `ctrl+a`, `shift+tab`, `alt+f4`.
        character: What it printed, if anything.

    Returns:
        The stroke as an emulator encodes it.
    """
    *held, base = key.split("+") if key != "+" else ["+"]
    modifiers = sum(MODIFIERS.get(name, 0) for name in held)
    if base in NAMED:
        text = " " if base == "space" else ""
        return Keystroke(NAMED[base], modifiers, text, ord(text or "\0"), _fallback(held, text))
    base = PUNCTUATION.get(base, base)
    printable = character is not None and character.isprintable()
    text = character if printable and character else (base if len(base) == 1 else "")
    lone = text.lower()
    name = lone.upper() if lone.isascii() and lone.isalpha() else "UNIDENTIFIED"
    codepoint = ord(lone) if len(lone) == 1 else 0
    if text.isupper():
        modifiers |= MODIFIERS["shift"]
    return Keystroke(name, modifiers, text, codepoint, _fallback(held, text))


def after_escape(key: str, character: str | None) -> bytes | None:
    """What came as an escape and a character, as it came.

    Whether it was alt, or esc pressed right before, is for the program to decide, which knows what it waits for. Told
    of alt in a newer way, vim would type an accented letter where it was to leave its insert mode.

    Args:
        key: As Textual names it.
        character: What it printed, if anything.

    Returns:
        The bytes; None for every other key.
    """
    came_so = key.startswith("alt+") and character is not None and len(character) == 1
    return f"\x1b{character}".encode() if came_so else None


def _fallback(held: list[str], text: str) -> bytes:
    """The bytes of an old terminal."""
    if "ctrl" in held and len(text) == 1:
        low = chr(ord(text.lower()) & 0x1F) if text.isascii() and text.isalpha() else ""
        text = CONTROL_OF.get("space" if text == " " else text, low)
    return (b"\x1b" if "alt" in held and text else b"") + text.encode("utf-8", "ignore")
