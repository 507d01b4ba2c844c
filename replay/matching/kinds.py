"""Takes lines apart into the smallest texts that vary as one, and finds the narrowest kind of two that differ."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from replay.matching import masks

NARROWEST_FIRST = (
    "uuid", "timestamp", "date", "time", "mac", "ip", "address", "percentage", "number", "duration", "rate", "size",
)  # fmt: skip
"""Kinds of which both must be, tried in this order."""
_TOKEN = re.compile(
    "|".join(
        (
            masks.VALUES["uuid"],
            masks.VALUES["mac"] + r"(?!\w)",
            r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?",
            r"\d{4}-\d\d-\d\d",
            r"(?:\d{1,3}\.){3}\d{1,3}",
            r"\d\d:\d\d:\d\d(?:[.,]\d+)?",
            r"0x[0-9a-fA-F]+",
            # A number, its unit apart from it; a word that only begins with digits stays whole.
            r"\d+(?:[.,]\d+)*(?=[^\W\d_]{0,3}(?!\w))",
            r"\w+",
            r"\s+",
            r".",
        )
    ),
    re.DOTALL,
)
_HASH = re.compile(r"[0-9a-fA-F]{7,128}")
_WIDE = frozenset({"any", "token"})
_NEAR = 2

Token = tuple[masks.Piece, str]
"""A piece of a line and the text that it stands for."""


def tokens(pieces: Iterable[Token]) -> Iterator[Token]:
    """The pieces of a line, its literal text in words, numbers, gaps and signs."""
    for piece, text in pieces:
        if piece.is_name:
            yield piece, text
        else:
            yield from ((masks.Piece(word), word) for word in _TOKEN.findall(piece.text))


def of_both(one: str, other: str) -> masks.Piece:
    """The name of the narrowest kind that two different texts are of."""
    for kind in NARROWEST_FIRST:
        if all(_is(kind, text) for text in (one, other)):
            return masks.Piece(kind, is_name=True)
    if _HASH.fullmatch(one) and _HASH.fullmatch(other) and re.search(r"\d", one + other):
        return masks.Piece("hash", is_name=True)
    spaced = not one or not other or re.search(r"\s", one + other)
    return masks.Piece("any" if spaced else "token", is_name=True)


def takes(piece: masks.Piece, text: str, known: Mapping[str, str]) -> bool:
    """Whether a text may stand where a name stands."""
    if piece.argument is None and piece.text in known:
        return text == known[piece.text]
    return re.fullmatch(piece.expression, text) is not None


def joined(pieces: Sequence[masks.Piece]) -> list[masks.Piece]:
    """Words that vary with nothing but a sign or two between them (as in a random name) as one."""
    found: list[masks.Piece] = []
    for piece in pieces:
        between = _between(found)
        if piece.is_name and piece.text in _WIDE and between is not None:
            first = found[between]
            del found[between:]
            wide = "any" if "any" in (first.text, piece.text) else "token"
            found.append(masks.Piece(wide, is_name=True))
        else:
            found.append(piece)
    return found


def says_something(pattern: str) -> bool:
    """Whether a line's pattern holds a word or a kind, and is not any text."""
    return any(
        piece.text not in (*_WIDE, masks.LINES, masks.OPTIONAL) if piece.is_name else re.search(r"\w", piece.text)
        for piece in masks.pieces(pattern)
    )


def _is(kind: str, text: str) -> bool:
    return re.fullmatch(masks.VALUES[kind], text) is not None and re.search(r"[0-9a-fA-F]", text) is not None


def _between(found: Sequence[masks.Piece]) -> int | None:
    """Where a word that varies stands, when only signs came behind it."""
    signs = ""
    for at in range(len(found) - 1, -1, -1):
        piece = found[at]
        if piece.is_name:
            return at if piece.text in _WIDE else None
        signs = piece.text + signs
        if len(signs) > _NEAR or re.search(r"[\w\s]", signs):
            return None
    return None
