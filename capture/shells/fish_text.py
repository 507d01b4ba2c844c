"""Words of fish: how a text is quoted as one, and what a quoted one says."""

import re


def quoted(text: str) -> str:
    """A text as one word of fish.

    Args:
        text: Anything without a NUL.

    Returns:
        In single quotes, in which only a backslash and a quote are written otherwise.
    """
    return "'" + re.sub(r"([\\'])", r"\\\1", text) + "'"


def unquoted(word: str) -> str:
    """What a word says.

    Args:
        word: As fish prints it.

    Returns:
        The text, where single quotes stand around all of it; another word as it is.
    """
    if len(word) > 1 and word[0] == word[-1] == "'":
        return re.sub(r"\\([\\'])", r"\1", word[1:-1])
    return word
