"""Whether a file holds what was recorded, in a place whose own path a program must write down in another form too."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from replay.matching import masks

_SAFE = r"\w@%+=:,./-"
_UNSAFE = re.compile(rf"[^{_SAFE}]")
_NINJA = re.compile(r"[ :$]")


def of_link(target: bytes) -> bytes:
    """What stands for a symbolic link in the place of a content: no file with that text is one."""
    return b"-> " + target


def is_content(data: bytes, digest: str, values: Mapping[str, str], *, moment: datetime | None = None) -> bool:
    """Whether a content is the one that a digest was made of, up to what is known to vary.

    Args:
        data: The content.
        digest: By `masks.content_digest`.
        values: Name to value, as they are now: each counts as its name.
        moment: Now.

    Returns:
        True too for a text that is the same once the quotes are gone which a path among the values needs: where that
        path has a blank in it, generated scripts hold `'/my tools/bin'`, and elsewhere `/tools/bin`.
    """
    if digest in (masks.content_digest(data, values, moment=moment), f"sha256:{sha256(data).hexdigest()}"):
        return True
    needing = sorted({value for value in values.values() if value.startswith("/") and _UNSAFE.search(value)}, key=len)
    try:
        text = unquoted(data.decode(), needing[::-1])
    except UnicodeDecodeError:
        return False
    return bool(needing) and masks.content_digest(text.encode(), values, moment=moment) == digest


def unquoted(text: str, paths: list[str]) -> str:
    """The text with these paths, and what lies below them, as they are outside of quotes.

    Args:
        text: Of a file.
        paths: Absolute ones with a character that a shell takes for something else; longer ones first.
    """
    for path in paths:
        text = text.replace(_UNSAFE.sub(r"\\\g<0>", path), path).replace(_NINJA.sub(r"$\g<0>", path), path)
        text = re.sub(rf"(['\"])({re.escape(path)}(?:/[{_SAFE}]*)?)\1", r"\2", text)
    return text
