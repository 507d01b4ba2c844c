"""Any moment of a recording is found by halving its index, whatever a crash has left of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import UnknownNameError
from capture.home import Home
from capture.tape.seeking import START, Position, Record, Recording, open_recording, position_at, position_of
from capture.tape.writer import INDEX, INDEX_RECORD, RAW, TRACE, TapeWriter

Happening = bytes | tuple[int, int]

happenings = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.binary(min_size=1, max_size=9), st.tuples(*[st.integers(1, 99)] * 2))),
    max_size=30,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def taped(folder: Path, happened: list[tuple[int, Happening]]) -> Recording:
    for name in (RAW, INDEX):
        (folder / name).unlink(missing_ok=True)
    writer, at_us = TapeWriter(folder), 0
    for later, what in happened:
        at_us += later
        writer.write(what, at_us) if isinstance(what, bytes) else writer.resize(*what, at_us)
    writer.close()
    return Recording(folder)


def played(recording: Recording, start: Position, end: Position) -> tuple[bytes, list[tuple[int, tuple[int, int]]]]:
    """The bytes between two places, and the resizes with the number of bytes before each."""
    data, sizes = b"", list[tuple[int, tuple[int, int]]]()
    for _, frame in recording.between(start, end):
        data += frame.data
        if frame.resize is not None:
            sizes.append((len(data), frame.resize))
    return data, sizes


def told(happened: list[tuple[int, Happening]]) -> tuple[bytes, list[tuple[int, tuple[int, int]]]]:
    data, sizes = b"", list[tuple[int, tuple[int, int]]]()
    for _, what in happened:
        if isinstance(what, bytes):
            data += what
        else:
            sizes.append((len(data), what))
    return data, sizes


@given(happenings, st.data())
def test_any_two_halves_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, happened: list[tuple[int, Happening]], data: st.DataObject
) -> None:
    recording = taped(tmp_path_factory.mktemp("run"), happened)
    whole = told(happened)
    assert played(recording, START, recording.end) == whole
    at_us = data.draw(st.integers(0, recording.duration_us + 2))
    offset = data.draw(st.integers(0, recording.size))
    for place in (recording.at(at_us), recording.of(offset)):
        before, after = played(recording, START, place), played(recording, place, recording.end)
        assert before[0] + after[0] == whole[0]
        assert [size for _, size in before[1] + after[1]] == [size for _, size in whole[1]]
    recording.close()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30), st.integers(0, 50))
def test_halving_finds_what_looking_at_each_finds(steps: list[tuple[int, int]], wanted: int) -> None:
    at = end = 0
    records = []
    for later, more in steps:
        at, end = at + later, end + more
        records.append(Record(at, end))
    come = [record for record in records if record.at_us <= wanted]
    assert position_at(records, wanted) == (len(come), come[-1].end if come else 0)
    count, offset = position_of(records, wanted)
    assert offset == min(wanted, end)
    assert count == len([record for record in records if record.end < wanted])


def test_a_moment_of_a_long_recording_costs_a_few_reads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = taped(folder, [(7, b"x")] * 20_000)
    reads: list[int] = []
    real = os.pread

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        reads.append(size)
        return real(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", counted)
    place = recording.at(7 * 15_000)
    assert place == (15_000, 15_000)
    assert recording.time(place) == 105_000
    assert recording.next_time(place) == 105_007
    assert len(reads) < 50
    assert sum(reads) < 50 * INDEX_RECORD.size
    recording.close()


def test_what_a_crash_left_of_it_is_found(folder: Path) -> None:
    taped(folder, [(5, (80, 24)), (5, b"one"), (5, b"two")]).close()
    with (folder / INDEX).open("r+b") as index:
        index.truncate(2 * INDEX_RECORD.size + 7)  # the record of `two` is torn
    recording = Recording(folder)
    assert recording.end == Position(3, 6)
    assert recording.duration_us == 10
    assert played(recording, START, recording.at(10)) == (b"onetwo", [(0, (80, 24))])
    assert played(recording, recording.of(3), recording.end)[0] == b"two"
    recording.close()
    (folder / RAW).write_bytes(b"on")  # the index is ahead of the bytes
    recording = Recording(folder)
    assert played(recording, START, recording.end) == (b"on", [(0, (80, 24))])
    assert recording.of(99) == recording.end == Position(2, 2)
    recording.close()
    (folder / INDEX).write_bytes(b"")
    recording = Recording(folder)
    assert played(recording, START, recording.end)[0] == b"on"
    recording.close()


def test_an_empty_recording_has_a_start_and_an_end(folder: Path) -> None:
    recording = taped(folder, [])
    assert recording.at(5) == recording.of(5) == recording.end == START
    assert recording.time(START) == recording.duration_us == 0
    assert recording.next_time(START) is None
    recording.close()


def test_another_recording_is_another(folder: Path) -> None:
    def identities() -> Iterator[str]:
        for data in (b"abc", b"abd", b"abcd"):
            recording = taped(folder, [(1, data)])
            yield recording.identity
            recording.close()

    assert len(set(identities())) == 3


def test_no_such_run_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()
    with pytest.raises(UnknownNameError, match="no run nope"):
        open_recording(home, "nope")
    (home.run_folder("r1")).mkdir()
    (home.run_folder("r1") / TRACE).write_bytes(b"")
    with pytest.raises(UnknownNameError, match=r"terminal\.raw"):
        open_recording(home, "r1")
