"""Finding marks in a byte stream, however it is cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from capture.prompts import Mark, MarkKind, MarkParser, Output

NONCE = "0123456789abcdef"


def mark(kind: str, seq: int, status: str = "") -> bytes:
    return f"\x1b]133;{kind};{NONCE};{seq}{status}\x07".encode()


STREAM = (
    b"$ " + mark("B", 1, ";0") + b"ls\r\n" + mark("C", 1) + b"\x1b[1mout\x1b]133;D;0\x07\x1b]133;"
    b"\r\n" + mark("D", 1, ";130") + b"tail\x1b"
)
PIECES = [
    Output(b"$ "),
    Mark(MarkKind.PROMPT, 1, 0),
    Output(b"ls\r\n"),
    Mark(MarkKind.BEGAN, 1),
    Output(b"\x1b[1mout\x1b]133;D;0\x07\x1b]133;\r\n"),
    Mark(MarkKind.ENDED, 1, 130),
    Output(b"tail\x1b"),
]


def parse(pieces: list[bytes]) -> list[Output | Mark]:
    """Everything that a parser yields, neighbouring output joined."""
    parser = MarkParser(NONCE)
    found: list[Output | Mark] = [item for piece in pieces for item in parser.feed(piece)]
    found.append(Output(parser.flush()))
    joined: list[Output | Mark] = []
    for item in found:
        if isinstance(item, Output) and joined and isinstance(before := joined[-1], Output):
            joined[-1] = Output(before.data + item.data)
        elif item != Output(b""):
            joined.append(item)
    return joined


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_marks_are_found_wherever_the_stream_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert parse([STREAM[start:end] for start, end in pairwise(edges)]) == PIECES


@given(st.lists(st.binary(max_size=40)))
def test_without_the_nonce_every_byte_is_output(pieces: list[bytes]) -> None:
    forged = [piece + b"\x1b]133;D;" for piece in pieces]
    data = b"".join(forged)
    assert parse(forged) == ([Output(data)] if data else [])


def test_what_can_not_become_a_mark_is_not_held_back() -> None:
    parser = MarkParser(NONCE)
    assert list(parser.feed(b"prompt \x1b[0m")) == [Output(b"prompt \x1b[0m")]
    assert list(parser.feed(b"\x1b]133;" + b"x" * 200)) == [Output(b"\x1b]133;" + b"x" * 200)]
