"""Keeps secret values out of what a replay tells and stores of its steps (pure)."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from replay.binding import MASKED
from replay.outcome import Check, Failure

LEAST = 3
"""Characters of a secret from which on it is looked for: a shorter one stands in many words."""
Told = TypeVar("Told", Check, Failure)


def veiled(told: Told, secrets: Iterable[str]) -> Told:
    """A check or a failure without the secrets that its texts quote.

    Args:
        told: What was found.
        secrets: Values that must be stored nowhere.
    """
    hidden = sorted((one for one in secrets if len(one) >= LEAST), key=len, reverse=True)
    if not hidden:
        return told
    texts = {name: _without(getattr(told, name), hidden) for name in _texts(told)}
    return msgspec.structs.replace(told, **texts)


def _texts(told: Check | Failure) -> list[str]:
    names = [field for field in told.__struct_fields__ if field != "kind"]
    return [name for name in names if type(getattr(told, name)) is str]


def _without(text: str, hidden: Iterable[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, MASKED)
    return text
