"""Output is kept within bounds."""

import pytest

from capture.recording.gathering import KEPT_BYTES, Gathered


@pytest.mark.parametrize("size", [100, 1000, 70_000])
def test_output_is_kept_within_bounds_with_its_beginning_and_end(size: int) -> None:
    data = bytes(range(256)) * (KEPT_BYTES // 64)
    gathered = Gathered()
    for at in range(0, len(data), size * 7):
        gathered.add(data[at : at + size * 7])
    head, tail = gathered.pieces()
    assert gathered.size == len(data)
    assert head == data[:KEPT_BYTES]
    assert data.endswith(tail)
    assert KEPT_BYTES <= len(tail) < KEPT_BYTES + size * 7
    assert gathered.last_bytes() == data[-4096:]
