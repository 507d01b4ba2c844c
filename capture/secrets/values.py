"""Masks JSON values: what a tool was given stays readable as JSON once its secrets are gone (pure)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeGuard

import msgspec

from capture.secrets.redaction import Noted

HIDDEN = "[masked:input]"
"""Stands for the whole of a value in which a secret is seen that none of its texts holds alone."""


def masked_value(value: object, noted: Noted) -> object:
    """A JSON value as it is written down.

    Args:
        value: Made of objects, arrays, texts, numbers, booleans and None; tuples count as arrays.
        noted: Masks, and learns what is secret for later texts.

    Returns:
        The same value where it holds no secret, else one of the same shape whose texts are masked: by their own shape,
        by the name that they stand behind, and by what stands around them.

    Raises:
        TypeError: It is no JSON value.
    """
    whole = msgspec.json.encode(value).decode()
    # Its JSON form may hide a secret behind escapes, and alone show one by what stands around it.
    if noted.is_plain((whole, *_texts(value))) and not _is_named(value, noted):
        return value
    noted.command(whole)
    masked = _walked(value, noted)
    # One that only what stands around it tells: better no value than that one.
    return HIDDEN if noted.text(msgspec.json.encode(masked).decode())[1] else masked


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from (*_texts(name), *_texts(one))
    elif _is_array(value):
        for one in value:
            yield from _texts(one)


def _is_named(value: object, noted: Noted) -> bool:
    """Whether a name anywhere in it says that what stands behind it is secret."""
    if isinstance(value, Mapping):
        return any(
            noted.names_secret(str(name), one) if isinstance(one, str) else _is_named(one, noted)
            for name, one in value.items()
        )
    return _is_array(value) and any(_is_named(one, noted) for one in value)


def _is_array(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def _walked(value: object, noted: Noted) -> object:
    if isinstance(value, str):
        return noted.text(value)[0]
    if isinstance(value, Mapping):
        return {_text(key, noted.text): _named(str(key), one, noted) for key, one in value.items()}
    if _is_array(value):
        return [_walked(one, noted) for one in value]
    return value


def _named(name: str, value: object, noted: Noted) -> object:
    """A value behind a name: as a variable of that name is."""
    return noted.environment({name: value})[0][name] if isinstance(value, str) else _walked(value, noted)


def _text(key: object, text: Callable[[str], tuple[str, object]]) -> object:
    return text(key)[0] if isinstance(key, str) else key
