"""Says which values no proposal may show."""

import re
from functools import cache

from capture.secrets.redaction import Redactor

NAME = re.compile(r"(?i)token|secret|passw|pwd$|passphrase|credential|(?:^|_)(?:key|auth|pat|pin)(?:$|_)|apikey|cookie")
MASKED = re.compile(r"\[masked(?::[^\]]*)?\]")


def is_secret_name(name: str) -> bool:
    """Whether a variable of that name is likely to hold a secret."""
    return bool(NAME.search(name)) and name not in ("PWD", "OLDPWD")


def is_masked(value: str) -> bool:
    """Whether the recording hid the value."""
    return bool(MASKED.search(value))


def holds_secret(name: str, value: str) -> bool:
    """Whether a recording would mask the variable's value, or a part of it."""
    return bool(_redactor().environment({name: value})[1])


@cache
def _redactor() -> Redactor:
    return Redactor()
