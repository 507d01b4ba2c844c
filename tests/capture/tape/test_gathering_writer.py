"""A tape that is written in large pieces: the same files as record by record, and nothing lost without a word."""

import os
from pathlib import Path

import pytest

from capture.events import StepEnded
from capture.tape.reader import decoded, frames_in
from capture.tape.writer import GATHERED, INDEX, RAW, TRACE, GatheringWriter, TapeWriter
from tests.capture.samples import a_step

PIECE = b"0123456789abcdef" * 512


def write_all(tape: TapeWriter, count: int) -> list[int]:
    """Some steps with their output; returns where the tape stood before each."""
    offsets = []
    for index in range(1, count + 1):
        offsets.append(tape.offset)
        tape.write(PIECE, index)
        tape.event(StepEnded(step=a_step(step_index=index, output_start=offsets[-1], output_end=tape.offset)))
    return offsets


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (RAW, INDEX, TRACE)}


def steps(trace: bytes) -> list[int]:
    events = [event for line in trace.split(b"\n") for event in decoded(line)]
    return [event.step.step_index for event in events if isinstance(event, StepEnded)]


class Disk:
    """Takes only so many bytes."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._write = os.write

    def write(self, descriptor: int, data: bytes) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        written = self._write(descriptor, data[: self.room])
        self.room -= written
        return written


def test_its_files_are_those_of_a_tape_that_is_written_record_by_record(tmp_path: Path) -> None:
    one, other = TapeWriter(tmp_path / "one"), GatheringWriter(tmp_path / "other")
    count = 2 * GATHERED // len(PIECE)
    assert write_all(one, count) == write_all(other, count) == [len(PIECE) * at for at in range(count)]
    assert one.offset == other.offset
    for tape in (one, other):
        tape.resize(100, 30, count)
        tape.sync()
    assert files(tmp_path / "one") == files(tmp_path / "other")
    other.write(b"more", count + 1)
    other.close()
    one.close()
    assert (tmp_path / "other" / RAW).read_bytes().endswith(b"more")


def test_who_dies_in_the_middle_leaves_whole_records(tmp_path: Path) -> None:
    tape = GatheringWriter(tmp_path)
    count = 3 * GATHERED // len(PIECE)
    write_all(tape, count)
    # As a crash finds the disk, of which nothing knows that waits in memory.
    held = files(tmp_path)
    found = steps(held[TRACE])
    assert found == list(range(1, len(found) + 1))
    assert 0 < len(found) < count
    assert held[TRACE].endswith(b"\n")
    frames = list(frames_in(tmp_path))
    # The last output may be there before its time is.
    assert [frame.at_us for frame in frames[:-1]] == list(range(1, len(frames)))
    assert len(frames) >= len(found)
    assert all(frame.data == PIECE for frame in frames)
    tape.close()


@pytest.mark.parametrize("room", [0, 1, len(PIECE), 10 * len(PIECE), GATHERED + 40, GATHERED + 3000])
def test_what_a_full_disk_does_not_take_is_told_and_leaves_no_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    whole, tape = TapeWriter(tmp_path / "whole"), GatheringWriter(tmp_path / "gathered")
    disk = Disk(room)
    count = GATHERED // len(PIECE)
    write_all(whole, count)
    with monkeypatch.context() as full:
        full.setattr("os.write", disk.write)
        with pytest.raises(OSError, match="No space left"):
            write_all(tape, count)
        with pytest.raises(OSError, match="No space left"):
            tape.sync()
        told = files(tmp_path / "gathered")
        # Half of a record would swallow the next one.
        assert all(files(tmp_path / "whole")[name].startswith(part) for name, part in told.items())
        assert not told[TRACE] or told[TRACE].endswith(b"\n")
        disk.room = 1 << 40
        tape.sync()
    written = files(tmp_path / "gathered")
    assert written[RAW] == PIECE * (len(written[RAW]) // len(PIECE))
    assert len(list(frames_in(tmp_path / "gathered"))) * len(PIECE) == len(written[RAW]) == tape.offset
    tape.close()
    whole.close()
