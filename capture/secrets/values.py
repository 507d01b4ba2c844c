"""Masks JSON values: what a tool was given stays readable as JSON once its secrets are gone (pure)."""

from collections.abc import Callable, Mapping, Sequence

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
    found = noted.command(whole)[1]
    if not found and not _speaks(value, noted):
        return value
    masked = _walked(value, noted)
    # A secret that only what stands around it tells: better no value than that one.
    return HIDDEN if noted.text(msgspec.json.encode(masked).decode())[1] else masked


def _speaks(value: object, noted: Noted) -> bool:
    """Whether a text in it is a secret that its JSON form hides, or that a name tells."""
    before = len(noted.found)
    masked = _walked(value, noted) if _has_words(value) else value
    return len(noted.found) > before or masked != value


def _has_words(value: object) -> bool:
    return isinstance(value, str | Mapping | Sequence)


def _walked(value: object, noted: Noted) -> object:
    if isinstance(value, str):
        return noted.text(value)[0]
    if isinstance(value, Mapping):
        return {_text(key, noted.text): _named(str(key), one, noted) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_walked(one, noted) for one in value]
    return value


def _named(name: str, value: object, noted: Noted) -> object:
    """A value behind a name: as a variable of that name is."""
    return noted.environment({name: value})[0][name] if isinstance(value, str) else _walked(value, noted)


def _text(key: object, text: Callable[[str], tuple[str, object]]) -> object:
    return text(key)[0] if isinstance(key, str) else key
