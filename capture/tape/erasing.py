"""Late redaction: finds a text wherever a recording holds it, however colours and wraps cut it, and masks it (pure)."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from itertools import accumulate
from typing import Any

import msgspec

from capture.errors import BadInputError
from capture.secrets import scanning
from capture.tape.editing import Recording, changed
from capture.tape.splicing import Splice

MASK = "[masked:edit]"
"""What stands where a text was."""
BLOCK = 4 << 20
"""Bytes of the tape that are searched at once."""
AHEAD = 64 << 10
"""Bytes behind a block that a text found in it may reach into."""
INVISIBLE = re.compile(scanning.INVISIBLE.pattern.decode("latin-1"))
"""What a screen shows nothing of, in text."""
_NO_TEXT = frozenset({"run_id", "replay_id", "shell", "before", "after", "sha256", "signal", "edits"})
"""Fields of a trace that name things of ours, not what was recorded."""


class Wanted:
    """A text, or a pattern, that has to go.

    Args:
        pattern: Over what is seen, in the sense of `re`.

    Raises:
        BadInputError: The pattern can't be read, or it matches nothing at all.
    """

    def __init__(self, pattern: str) -> None:
        try:
            self._pattern = re.compile(pattern, re.MULTILINE)
        except re.error as error:
            raise BadInputError(f"the pattern {pattern!r} can't be read: {error}; give another") from error
        if self._pattern.search("") is not None:
            raise BadInputError(f"the pattern {pattern!r} matches the empty text too; give one that doesn't")

    @classmethod
    def text(cls, text: str) -> "Wanted":
        """Exactly this text; its newlines are those of a terminal too.

        Raises:
            BadInputError: It is empty.
        """
        if not text.strip():
            raise BadInputError("there is no text to redact; give one")
        return cls(r"\r*\n".join(re.escape(line) for line in text.split("\n")))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it stands, in characters."""
        return [match.span() for match in self._pattern.finditer(text) if match.end() > match.start()]

    def masked(self, text: str) -> str:
        """A text without it."""
        return self._pattern.sub(lambda match: MASK if match[0] else "", text)

    def is_in(self, data: bytes) -> bool:
        """Whether bytes hold it, between escapes or not."""
        text = data.decode("utf-8", "surrogateescape")
        return bool(self.spans(text) or self.spans(INVISIBLE.sub("", text)))


def erased(recording: Recording, wanted: Sequence[Wanted]) -> tuple[Recording, int]:
    """Mask texts in all of a recording.

    Args:
        recording: Any.
        wanted: What has to go.

    Returns:
        The recording without them, and how many places that were.
    """
    splices = _splices(recording, wanted)
    places = len(splices)

    def mask(text: str) -> str:
        nonlocal places
        for one in wanted:
            found = len(one.spans(text))
            places += found
            text = one.masked(text) if found else text
        return text

    edited = changed(recording, splices, ())
    return Recording(_each_text(edited.trace, mask), edited.frames), places


def _splices(recording: Recording, wanted: Sequence[Wanted]) -> list[Splice]:
    found: list[Splice] = []
    for start, block, size in _blocks(frame.data for frame in recording.frames() if frame.data):
        for first, last in _merged(_spans(block, wanted)):
            # What lies across the seam of two blocks belongs to the first.
            if first < size and (not found or start + first >= found[-1].end):
                found.append(Splice(start + first, start + last, MASK.encode()))
    return found


def _blocks(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes, int]]:
    """Offset of a block, the block with what lies behind it, and the size of the block alone."""
    start, held = 0, bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= BLOCK + AHEAD:
            # Cut behind a line, so that no text that is one line lies across.
            size = held.rfind(b"\n", 0, BLOCK) + 1 or BLOCK
            yield start, bytes(held[: size + AHEAD]), size
            del held[:size]
            start += size
    if held:
        yield start, bytes(held), len(held)


def _spans(data: bytes, wanted: Sequence[Wanted]) -> Iterator[tuple[int, int]]:
    """Where the texts stand in bytes: as they are (a title may hold them), and between what can't be seen."""
    text = data.decode("utf-8", "surrogateescape")
    places = [span for one in wanted for span in one.spans(text)]
    seen = INVISIBLE.sub("", text)
    if len(seen) < len(text):
        whole = _Whole(text)
        places += [(whole.at(first), whole.at(last - 1) + 1) for one in wanted for first, last in one.spans(seen)]
    yield from _in_bytes(text, places)


class _Whole:
    """Where the characters that are seen stand in the whole text."""

    def __init__(self, text: str) -> None:
        spans = [match.span() for match in INVISIBLE.finditer(text)]
        self._hidden = [0, *accumulate(last - first for first, last in spans)]
        self._seen = [first - before for (first, _), before in zip(spans, self._hidden, strict=False)]

    def at(self, seen: int) -> int:
        """The place of the character that is the so-manieth seen."""
        return seen + self._hidden[bisect_right(self._seen, seen)]


def _in_bytes(text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = offset = 0
    for first, last in sorted(places):
        if first < at:
            at = offset = 0
        offset += _size(text[at:first])
        at = first
        yield offset, offset + _size(text[first:last])


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _each_text(value: Any, mask: Callable[[str], str]) -> Any:
    """A value with a function applied to every recorded text in it."""
    match value:
        case str() if not isinstance(value, Enum):
            return mask(value)
        case dict():
            return {mask(name): _each_text(one, mask) for name, one in value.items()}
        case tuple():
            return tuple(_each_text(one, mask) for one in value)
        case msgspec.Struct():
            names = [name for name in value.__struct_fields__ if name not in _NO_TEXT]
            return msgspec.structs.replace(value, **{name: _each_text(getattr(value, name), mask) for name in names})
        case _:
            return value
