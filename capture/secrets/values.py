"""Masks JSON values: what a tool was given stays readable as JSON once its secrets are gone (pure)."""

import msgspec

from capture.secrets.noting import Noted

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
    # Its JSON form may hide a secret behind escapes, and alone show one by what stands around it.
    texts = [text := whole.decode()]
    named = _gather(plain, texts, noted)
    if not named and noted.is_plain(texts):
        return plain
    noted.command(text)
    masked = _walked(plain, noted)
    # One that only what stands around it tells: better no value than that one.
    return HIDDEN if noted.text(msgspec.json.encode(masked).decode())[1] else masked


def _gather(value: object, texts: list[str], noted: Noted) -> bool:
    """Add every text in it; returns whether a name anywhere in it says that what stands behind it is secret."""
    named = False
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, dict):
        for name, one in value.items():
            texts.append(name)
            if isinstance(one, str):
                texts.append(one)
                named = noted.names_secret(name, one) or named
            else:
                named = _gather(one, texts, noted) or named
    elif isinstance(value, list):
        for one in value:
            named = _gather(one, texts, noted) or named
    return named


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
