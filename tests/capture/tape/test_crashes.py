"""A machine that goes down: wherever a file of a run ends, or turns to zeros, what had ended before is read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from capture.errors import BadInputError
from capture.events import RunEnded, RunStarted, StepEnded, StepStarted
from capture.home import Home
from capture.tape.lasting import LastingTape
from capture.tape.presence import Presence, announce, is_held, note, presence_in
from capture.tape.reader import load_run, load_trace, read_frames
from capture.tape.tail import last_frames
from capture.tape.writer import INDEX, RAW, TRACE, TapeWriter
from capture.trace import RunStatus, Step, StepStatus
from tests.capture.samples import AT, a_run, a_step

RUN = a_run(cwd="/", workspace="/")
PAGE = 512
NEAR = 3


def step(index: int, tape: TapeWriter, output_start: int = 0) -> Step:
    return a_step(step_index=index, command=f"echo {index}", output_start=output_start, output_end=tape.offset)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").prepare()
    tape = TapeWriter(home.run_folder("r1"))
    tape.event(RunStarted(run=RUN))
    tape.resize(80, 24, 0)
    for index in range(1, 5):
        tape.event(StepStarted(step_index=index, command=f"echo {index}", cwd="/", at=AT, output_start=tape.offset))
        tape.write(b"line %d\r\n" % index, index * 1000)
        tape.event(StepEnded(step=step(index, tape)))
        tape.sync()
    tape.event(RunEnded(status=RunStatus.SUCCESS, at=AT))
    tape.close()
    return home


def cut(whole: bytes, at: int) -> bytes:
    return whole[:at]


def zeros(whole: bytes, at: int) -> bytes:
    """As a journalling file system leaves what was grown and never written."""
    return whole[:at].ljust(len(whole), b"\0")


def page_of_zeros(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes(PAGE)


@pytest.mark.parametrize("crash", [cut, zeros, page_of_zeros])
def test_every_end_of_the_trace_opens_with_every_step_that_had_ended(
    home: Home, crash: Callable[[bytes, int], bytes], pytestconfig: pytest.Config
) -> None:
    """Around each line's end at every byte, within a line at every fifth; with --bench at every one."""
    path = home.run_folder("r1") / TRACE
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    ends = [sum(map(len, lines[: number + 1])) for number in range(len(lines))]
    every = pytestconfig.getoption("--bench")
    for at in range(len(whole)):
        if not every and at % 5 and all(abs(at - end) > NEAR for end in ends):
            continue
        path.write_bytes(crash(whole, at))
        if at < ends[0] - 1:
            with pytest.raises(BadInputError, match=r"trace\.ndjson: this is no trace"):
                load_trace(home, "r1")
            continue
        trace = load_trace(home, "r1")
        ended = sum(end <= at for end, line in zip(ends, lines, strict=True) if b'"step_ended"' in line)
        complete = [one.step_index for one in trace.steps if one.status is StepStatus.SUCCESS]
        assert complete[:ended] == list(range(1, ended + 1))
        assert complete == list(range(1, len(complete) + 1))
        assert load_run(home, "r1").status is trace.run.status


@pytest.mark.parametrize("crash", [cut, zeros, page_of_zeros])
@pytest.mark.parametrize("name", [INDEX, RAW])
def test_every_end_of_the_recording_plays(home: Home, name: str, crash: Callable[[bytes, int], bytes]) -> None:
    path = home.run_folder("r1") / name
    whole = path.read_bytes()
    printed = (home.run_folder("r1") / RAW).read_bytes()
    for at in range(len(whole) + 1):
        path.write_bytes(crash(whole, at))
        frames = list(read_frames(home, "r1"))
        played = b"".join(frame.data for frame in frames)
        assert played.startswith(printed[:at] if name == RAW else printed)
        assert [frame.at_us for frame in frames] == sorted(frame.at_us for frame in frames)
        drawn = b"".join(frame.data for frame in last_frames(home, "r1", len(printed)))
        assert drawn.startswith(printed[:at] if name == RAW else printed)
        assert len(load_trace(home, "r1").steps) == 4


@pytest.mark.parametrize("name", [INDEX, RAW])
def test_a_file_of_the_recording_that_is_gone_costs_no_step(home: Home, name: str) -> None:
    (home.run_folder("r1") / name).unlink()
    assert len(load_trace(home, "r1").steps) == 4
    played = b"".join(frame.data for frame in read_frames(home, "r1"))
    assert played == (b"" if name == RAW else b"".join(b"line %d\r\n" % index for index in range(1, 5)))
    assert list(last_frames(home, "r1", 100))


def test_a_tape_that_fails_drops_what_follows_and_ends_partial(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[OSError] = []
    under = TapeWriter(home.run_folder("r2"))
    tape = LastingTape(under, told.append)
    tape.event(RunStarted(run=RUN))
    tape.event(StepEnded(step=step(1, under)))
    real_write = os.write
    room = 25

    def write(descriptor: int, data: bytes) -> int:
        nonlocal room
        if room == 0:
            raise OSError(28, "No space left on device")
        taken, room = min(room, len(data)), max(0, room - len(data))
        return int(real_write(descriptor, data[:taken]))

    with monkeypatch.context() as full:
        full.setattr("os.write", write)
        tape.event(StepEnded(step=step(2, under)))
        tape.write(b"lost", 1)
        tape.event(StepEnded(step=step(3, under)))
        tape.resize(1, 1, 1)
        tape.sync()
    tape.event(StepEnded(step=step(4, under)))
    tape.event(RunEnded(status=RunStatus.SUCCESS, at=AT))
    assert [error.errno for error in told] == [28]
    trace = load_trace(home, "r2")
    assert [one.step_index for one in trace.steps] == [1]
    assert trace.run.status is RunStatus.PARTIAL
    under.close()


def test_who_holds_a_run_is_seen_from_outside(tmp_path: Path) -> None:
    path = tmp_path / "host.lock"
    presence = Presence(address="/tmp/socket", pid=7, machine="box")
    assert (is_held(path), presence_in(path)) == (False, None)
    descriptor = announce(path, presence)
    assert (is_held(path), presence_in(path)) == (True, presence)
    there = Presence(address="/tmp/socket", pid=7, machine="box", attached=True, kept=True)
    note(descriptor, there)
    assert presence_in(path) == there
    os.close(descriptor)
    assert not is_held(path)
    path.write_text("/an/old/address")
    assert presence_in(path) is None
