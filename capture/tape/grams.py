"""What an index of texts is made of: four bytes in a row, and the documents that have them, as a few bytes (pure)."""

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence

SIZE = 4
"""Bytes of a gram."""
PART = 1024
"""Documents whose postings lie together."""
DOCUMENT = 64 << 10
"""Bytes of a text from which on it is cut into documents: a long one has every gram that is common."""
ASKED = 24
"""Grams of a text that are asked for at most."""
_END = b"\n\0\0\0"
"""Behind a document: a text of one byte that stands at its end begins a gram, too."""
_BITS = PART // 8


def folded(text: str) -> bytes:
    """A text in which all that is alike to `re.IGNORECASE` is the same, character by character.

    That compares lower case, and takes for alike what has one upper case; of all letters, only this one has a lower
    case of two characters.
    """
    return text.replace("\u0130", "i").lower().upper().encode("utf-8", "surrogatepass")


def documents(texts: Iterable[str]) -> Iterator[bytes]:
    """Texts, folded, as documents: no line of them is cut."""
    held: list[bytes] = []
    size = 0
    for text in texts:
        for piece in _pieces(folded(text)):
            held.append(piece)
            size += len(piece)
            if size >= DOCUMENT:
                yield b"\n".join(held)
                held, size = [], 0
    if held:
        yield b"\n".join(held)


def _pieces(data: bytes) -> Iterator[bytes]:
    start = 0
    while len(data) - start > DOCUMENT:
        end = data.rfind(b"\n", start, start + DOCUMENT) + 1 or data.find(b"\n", start + DOCUMENT) + 1 or len(data)
        yield data[start:end]
        start = end
    if start < len(data):
        yield data[start:]


def grams(document: bytes) -> "array[int]":
    """Each that a document has, once; the number of one sorts as its bytes do."""
    data = document + _END
    found: set[int] = set()
    for start in range(SIZE):
        words = array("I", data[start : start + (len(data) - start) // SIZE * SIZE])
        if sys.byteorder == "little":
            words.byteswap()
        found.update(words)
    return array("I", found)


def wanted(text: str) -> tuple[tuple[int, int], ...]:
    """What a document has when it holds a text: of each of these spans, both ends included, a gram."""
    data = folded(text)
    if len(data) < SIZE:
        return ((_number(data.ljust(SIZE, b"\0")), _number(data.ljust(SIZE, b"\xff"))),)
    places = len(data) - SIZE + 1
    numbers = (_number(data[at : at + SIZE]) for at in range(0, places, -(-places // ASKED)))
    return tuple((number, number) for number in numbers)


def _number(gram: bytes) -> int:
    return int.from_bytes(gram, "big")


def packed(slots: Sequence[int]) -> bytes:
    """Some documents of a part.

    Args:
        slots: Their numbers in it, rising.

    Returns:
        A bit for each document of the part, or two bytes for each of these, whichever is shorter.
    """
    if 2 * len(slots) < _BITS:
        return struct.pack(f"<{len(slots)}H", *slots)
    return sum(1 << slot for slot in slots).to_bytes(_BITS, "little")


def packed_bits(bits: int) -> bytes:
    """The same of a number with a bit for each."""
    return packed([*slots(bits)]) if 2 * bits.bit_count() < _BITS else bits.to_bytes(_BITS, "little")


def unpacked(documents: bytes) -> int:
    """Such documents as a number with a bit for each."""
    if len(documents) == _BITS:
        return int.from_bytes(documents, "little")
    return sum(1 << slot for slot in struct.unpack(f"<{len(documents) // 2}H", documents))


def slots(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, rising."""
    while bits:
        last = bits & -bits
        yield last.bit_length() - 1
        bits ^= last


def joined(one: bytes, other: bytes) -> bytes:
    """The documents that are in either, packed."""
    return packed_bits(unpacked(one) | unpacked(other))
