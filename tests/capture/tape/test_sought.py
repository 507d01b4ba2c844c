"""Where a text was printed is found across colours, pieces and odd bytes, and nowhere else."""

from pathlib import Path

import pytest

from capture.tape.searching import Needle
from capture.tape.seeking import Recording
from capture.tape.sought import ends_in, printed
from capture.tape.writer import TapeWriter


@pytest.mark.parametrize(
    ("data", "wanted", "ends"),
    [
        (b"one two one\r\n", "one", [3, 11]),
        (b"br\x1b[31mav\x1b[0mo\x1b[1m", "bravo", [14]),
        (b"\x1b]0;bravo\x07bravo", "bravo", [15]),
        ("größer Grün".encode(), "grün", [14]),
        ("größer Grün".encode(), "Grün", [14]),
        (b"\xff\xfebravo", "bravo", [7]),
        (b"bra\r\nvo", "bravo", []),
    ],
)
def test_the_end_of_each_is_told_in_bytes(data: bytes, wanted: str, ends: list[int]) -> None:
    assert list(ends_in(data, Needle(wanted))) == ends
    assert list(ends_in(data, Needle(wanted), 100)) == [100 + end for end in ends]


def test_no_place_is_lost_between_pieces(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path)
    writer.resize(80, 24, 0)
    data = b"".join(b"%07d \x1b[32mneed\x1b[0mle\r\n" % number for number in range(8_000))
    for start in range(0, len(data), 10_130):
        writer.write(data[start : start + 10_130], start)
    writer.close()
    recording = Recording(tmp_path)
    try:
        found = list(printed(recording, Needle("needle")))
        whole = data.split(b"\r\n")
        assert len(found) == len(whole) - 1
        size = len(whole[0]) + 2
        assert found == [size * number + len(whole[0]) for number in range(len(found))]
        assert list(printed(recording, Needle("needle"), lambda: True)) == []
    finally:
        recording.close()
