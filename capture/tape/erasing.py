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
from capture.trace import LEFT_OUT, Step, Trace

MASK = "[masked:edit]"
"""What stands where a text was."""
BLOCK = 4 << 20
"""Bytes of the tape that are searched at once."""
AHEAD = 64 << 10
"""Bytes behind a block that a text found in it may reach into."""
INVISIBLE = re.compile(scanning.INVISIBLE.pattern.decode("latin-1"))
"""What a screen shows nothing of, in text."""
_NEWLINE = re.compile(r"\r*\n")
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
    places = 0

    def mask(text: str) -> str:
        nonlocal places
        for one in wanted:
            found = len(one.spans(text))
            places += found
            text = one.masked(text) if found else text
        return text

    trace = _each_text(recording.trace, mask)
    splices, seams = list[Splice](), _Seams(trace.steps)
    for splice, seen in _found(recording, wanted):
        splices.append(splice)
        seams.cut(splice.start, seen)
    trace = msgspec.structs.replace(trace, steps=tuple(map(seams.closed, trace.steps)))
    return changed(Recording(trace, recording.frames), splices, ()), places + len(splices) + seams.places


def _found(recording: Recording, wanted: Sequence[Wanted]) -> Iterator[tuple[Splice, str]]:
    """Each place on the tape, and the text that is seen there."""
    behind = 0
    for start, block, size in _blocks(frame.data for frame in recording.frames() if frame.data):
        for first, last in _merged(_spans(block, wanted)):
            # What lies across the seam of two blocks belongs to the first.
            if first < size and start + first >= behind:
                behind = start + last
                seen = INVISIBLE.sub("", block[first:last].decode("utf-8", "surrogateescape"))
                yield Splice(start + first, behind, MASK.encode()), _NEWLINE.sub("\n", seen)


def texts_in(trace: Trace) -> list[str]:
    """Every recorded text of a trace that `erased` would look into, names of variables and files among them."""
    found: list[str] = []

    def take(text: str) -> str:
        found.append(text)
        return text

    _each_text(trace, take)
    return found


class _Seams:
    """Where the middle of an output is left out: of a text across the cut, its beginning or its end still stands there.

    Args:
        steps: Whole texts in them are masked already.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        cut = [step for step in steps if step.output_truncated]
        self._starts = [step.output_start for step in cut]
        self._ends = [step.output_end for step in cut]
        self._pieces = [step.output.split(LEFT_OUT) for step in cut]
        self._of = {step.step_index: at for at, step in enumerate(cut)}
        self._last: dict[tuple[int, int], int] = {}
        self._first: dict[tuple[int, int], int] = {}

    @property
    def places(self) -> int:
        """How many such ends there are."""
        return len(self._first) + len(self._last)

    def cut(self, offset: int, seen: str) -> None:
        """A text stands on the tape, whole.

        Args:
            offset: Where.
            seen: How it reads.
        """
        at = bisect_right(self._starts, offset) - 1
        if at < 0 or offset >= self._ends[at]:
            return
        pieces = self._pieces[at]
        for number, piece in enumerate(pieces):
            sizes = range(min(len(seen) - 1, len(piece)), 0, -1)
            if number:
                size = next((size for size in sizes if piece.startswith(seen[-size:])), 0)
                _longest(self._first, (at, number), size)
            # A step that never ended has its beginning only.
            if number + 1 < len(pieces) or not number:
                size = next((size for size in sizes if piece.endswith(seen[:size])), 0)
                _longest(self._last, (at, number), size)

    def closed(self, step: Step) -> Step:
        """A step without such ends."""
        at = self._of.get(step.step_index)
        if at is None:
            return step
        pieces = [self._closed(piece, (at, number)) for number, piece in enumerate(self._pieces[at])]
        return msgspec.structs.replace(step, output=LEFT_OUT.join(pieces))

    def _closed(self, piece: str, place: tuple[int, int]) -> str:
        first, last = self._first.get(place, 0), self._last.get(place, 0)
        inner = piece[first : len(piece) - last]
        return f"{MASK if first else ''}{inner}{MASK if last else ''}"


def _longest(sizes: dict[tuple[int, int], int], place: tuple[int, int], size: int) -> None:
    if size > sizes.get(place, 0):
        sizes[place] = size


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
