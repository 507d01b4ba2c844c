"""Masks JSON values: what a tool was given stays readable as JSON once its secrets are gone (pure)."""

from collections.abc import Iterator

import msgspec

from capture.secrets.redaction import Noted

HIDDEN = "[masked:input]"
"""Stands for the whole of a value in which a secret is seen that none of its texts holds alone."""


def masked_value(value: object, noted: Noted) -> object:
    """A JSON value as it is written down.

    Args:
        value: Whatever can be written as JSON.
        noted: Masks, and learns what is secret for later texts.

    Returns:
        It as objects, arrays, texts, numbers, booleans and None; of the same shape, its texts masked where they hold a
        secret: by their own shape, by the name that they stand behind, or by what stands around them.

    Raises:
        TypeError: It is no JSON value.
    """
    whole = msgspec.json.encode(value)
    plain: object = msgspec.json.decode(whole)
    text = whole.decode()
    # Its JSON form may hide a secret behind escapes, and alone show one by what stands around it.
    if noted.is_plain((text, *_texts(plain))) and not _is_named(plain, noted):
        return plain
    noted.command(text)
    masked = _walked(plain, noted)
    # One that only what stands around it tells: better no value than that one.
    return HIDDEN if noted.text(msgspec.json.encode(masked).decode())[1] else masked


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _is_named(value: object, noted: Noted) -> bool:
    """Whether a name anywhere in it says that what stands behind it is secret."""
    if isinstance(value, dict):
        return any(
            noted.names_secret(name, one) if isinstance(one, str) else _is_named(one, noted)
            for name, one in value.items()
        )
    return isinstance(value, list) and any(_is_named(one, noted) for one in value)


def _walked(value: object, noted: Noted) -> object:
    if isinstance(value, str):
        return noted.text(value)[0]
    if isinstance(value, dict):
        return {noted.text(name)[0]: _named(name, one, noted) for name, one in value.items()}
    if isinstance(value, list):
        return [_walked(one, noted) for one in value]
    return value


def _named(name: str, value: object, noted: Noted) -> object:
    """A value behind a name: as a variable of that name is."""
    return noted.environment({name: value})[0][name] if isinstance(value, str) else _walked(value, noted)
