"""Finds where in a terminal recording a text was printed, whatever program printed it and in whatever colours."""

import re
from collections.abc import Callable, Iterator

from capture.tape.searching import Needle
from capture.tape.seeking import START, Recording

LONGEST = 1 << 20
"""Bytes without a line end that are looked through at once; a text across two such pieces is not found."""
_ESCAPE = re.compile(
    rb"\x1b(?:\][^\x07\x1b]*+(?:\x07|\x1b\\)?"  # titles and links
    rb"|[PX^_][^\x1b]*+(?:\x1b\\)?"  # strings for the terminal
    rb"|\[[0-?]*+[ -/]*+[@-~]?"  # colours, moves
    rb"|[ -/]*+[0-~]?)"  # character sets and single ones
)


def printed(recording: Recording, needle: Needle, stopped: Callable[[], bool] = lambda: False) -> Iterator[int]:
    """Every place where a text had just been printed.

    Args:
        recording: Read piece by piece.
        needle: The text.
        stopped: Whether to end with what there is.

    Yields:
        Bytes of output up to the end of the text, rising.
    """
    start, rest = 0, b""
    for _, frame in recording.between(START, recording.end):
        if stopped():
            return
        rest += frame.data
        cut = rest.rfind(b"\n") + 1
        if not cut and len(rest) > LONGEST:
            cut = max(rest.rfind(b"\x1b"), 0) or len(rest)
        yield from ends_in(rest[:cut], needle, start)
        start, rest = start + cut, rest[cut:]
    yield from ends_in(rest, needle, start)


def ends_in(data: bytes, needle: Needle, start: int = 0) -> Iterator[int]:
    """Where a text ends in what a terminal was sent.

    Args:
        data: With its escape sequences, which may stand within the text.
        needle: The text.
        start: Added to each.
    """
    plain = _ESCAPE.sub(b"", data)
    if plain.isascii() and needle.text.lower().encode() not in plain.lower():
        return
    text = plain.decode("utf-8", "surrogateescape")
    spans = needle.spans(text)
    escapes = [match.span() for match in _ESCAPE.finditer(data)] if spans else []
    done, behind, skipped, taken = 0, 0, 0, 0
    for _, end in spans:
        behind += len(text[done:end].encode("utf-8", "surrogateescape"))
        done = end
        # A sequence right behind the text is no part of it.
        while taken < len(escapes) and escapes[taken][0] - skipped < behind:
            skipped += escapes[taken][1] - escapes[taken][0]
            taken += 1
        yield start + behind + skipped
