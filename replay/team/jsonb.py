"""Values to and from `jsonb`, which holds all text but one character: NUL."""

from typing import Any, TypeVar

import msgspec

V = TypeVar("V")

_ESCAPE = "\ufdd0"
"""A code point that stands for no character (Unicode, 23.7 Noncharacters)."""
_NUL, _ITSELF = f"{_ESCAPE}0", f"{_ESCAPE}1"
_TELLTALES = (b"\\u0000", _ESCAPE.encode())


def to_jsonb(value: object) -> str:
    """JSON that PostgreSQL takes."""
    encoded = msgspec.json.encode(value)
    if any(telltale in encoded for telltale in _TELLTALES):
        encoded = msgspec.json.encode(_mapped(msgspec.to_builtins(value), to_text))
    return encoded.decode()


def from_jsonb(text: str, kind: type[V]) -> V:
    """The value that such JSON is of.

    Raises:
        msgspec.ValidationError: It is of none.
    """
    if _ESCAPE in text:
        return msgspec.convert(_mapped(msgspec.json.decode(text), from_text), kind)
    return msgspec.json.decode(text, type=kind)


def to_text(text: str) -> str:
    """Text without NUL."""
    return text.replace(_ESCAPE, _ITSELF).replace("\0", _NUL)


def from_text(text: str) -> str:
    """What it was before."""
    return text.replace(_NUL, "\0").replace(_ITSELF, _ESCAPE)


def _mapped(value: Any, change: Any) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {change(key): _mapped(one, change) for key, one in value.items()}
        case list():
            return [_mapped(one, change) for one in value]
        case _:
            return value
