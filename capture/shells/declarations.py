"""Reads the output of `declare -px`: the exported variables of a bash, whatever stands in their values."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_DECLARATION = re.compile(
    r"""(?:declare\ -(?P<flags>[A-Za-z]+)|export)\ (?P<name>[A-Za-z_][A-Za-z0-9_]*)
        (?:=(?:"(?P<double>(?:[^"\\]|\\.)*)"|\$'(?P<ansi>(?:[^'\\]|\\.)*)'|(?P<bare>[^\n]*)))?\n""",
    re.VERBOSE | re.DOTALL,
)
_DOUBLE_ESCAPE = re.compile(r'\\([$`"\\])')
_ANSI_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.)|(.))", re.DOTALL
)
_ANSI_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@lru_cache(maxsize=1)
def parse_declarations(text: str) -> Mapping[str, str]:
    """Take the dump apart; most commands leave it as it was.

    Args:
        text: What `declare -px` printed.

    Returns:
        Name to value; names that are exported without a value, and arrays, are left out.
    """
    found: dict[str, str] = {}
    for match in _DECLARATION.finditer(text):
        double, ansi = match["double"], match["ansi"]
        if set(match["flags"] or "") & {"a", "A"}:
            continue
        if double is not None:
            found[match["name"]] = _DOUBLE_ESCAPE.sub(r"\1", double)
        elif ansi is not None:
            raw = _ANSI_ESCAPE.sub(_ansi, ansi)
            found[match["name"]] = raw.encode(errors="surrogateescape").decode(errors="replace")
        elif match["bare"] is not None:
            found[match["name"]] = match["bare"]
    return MappingProxyType(found)


def _ansi(match: re.Match[str]) -> str:
    octal, *hexadecimal, control, letter = match.groups()
    if octal is not None:
        byte = int(octal, 8) & 0xFF
        # Bytes of one character stand apart; as surrogates they find together again.
        return bytes([byte]).decode(errors="surrogateescape")
    for digits in hexadecimal:
        if digits is not None:
            return chr(int(digits, 16))
    if control is not None:
        return chr(ord(control) & 0x1F)
    return _ANSI_LETTERS.get(letter, letter)
