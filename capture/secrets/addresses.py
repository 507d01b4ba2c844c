"""Addresses as they may be shown, logged and kept: without what opens them (pure)."""

import re

_OPENS = re.compile(
    r"(?<=://)[^/\s?]*:[^/\s]*@|(?<!\bssh://)(?<!\+ssh://)(?<!\babfs://)(?<!\babfss://)(?<=://)[^/\s?]*@"
)
"""Before the host; alone it may be a token. With ssh it is a mere account, with Azure's schemes the container."""
_QUERY = re.compile(r"(://[^\s?'\"<>]*\?)[^\s'\"<>]+")
"""Signatures, keys and tokens stand there, by names that nobody lists."""


def without_credentials(text: str) -> str:
    """A text in which no address says a password, a token or what it asks with.

    Args:
        text: An address, or words with some in it.
    """
    return _QUERY.sub(r"\1…", _OPENS.sub("", text))
