"""The tape on disk: exact, private, and readable after any crash."""

import fcntl
from pathlib import Path

import pytest

from capture.errors import BadInputError, RefusedError, UnknownNameError
from capture.events import Frame, RunEnded, RunStarted, StepEnded, StepStarted
from capture.home import Home
from capture.tape.reader import delete_run, is_recording, load_run, load_trace, read_frames, run_ids
from capture.tape.writer import INDEX, LOCK, RAW, TRACE, TapeWriter
from capture.trace import RunStatus, StepStatus
from tests.capture.samples import AT, a_run, a_step

RUN = a_run(cwd="/", workspace="/")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Holds one whole run of two steps."""
    home = Home(tmp_path / "home").prepare()
    tape = TapeWriter(home.run_folder("r1"))
    tape.event(RunStarted(run=RUN))
    tape.resize(80, 24, 0)
    tape.write(b"$ ", 10)
    tape.event(StepStarted(step_index=1, command="a", cwd="/", at=AT, output_start=tape.offset))
    tape.write(b"out\r\n", 20)
    tape.event(StepEnded(step=a_step(command="a")))
    tape.resize(100, 30, 25)
    tape.event(StepStarted(step_index=2, command="b", cwd="/", at=AT, output_start=tape.offset))
    tape.write(b"\x1b[1mmore\r\n", 30)
    tape.event(StepEnded(step=a_step(step_index=2, command="b")))
    tape.event(RunEnded(status=RunStatus.SUCCESS, at=AT))
    tape.sync()
    tape.close()
    return home


def cut(home: Home, name: str, count: int) -> None:
    path = home.run_folder("r1") / name
    path.write_bytes(path.read_bytes()[:-count])


def test_frames_come_back_as_they_were_written(home: Home) -> None:
    assert list(read_frames(home, "r1")) == [
        Frame(at_us=0, data=b"", resize=(80, 24)),
        Frame(at_us=10, data=b"$ "),
        Frame(at_us=20, data=b"out\r\n"),
        Frame(at_us=25, data=b"", resize=(100, 30)),
        Frame(at_us=30, data=b"\x1b[1mmore\r\n"),
    ]


def test_reading_may_begin_anywhere(home: Home) -> None:
    assert [frame.data for frame in read_frames(home, "r1", start=4)] == [b"t\r\n", b"", b"\x1b[1mmore\r\n"]


def test_bytes_without_an_index_record_are_not_lost(home: Home) -> None:
    cut(home, INDEX, 3)
    assert b"".join(frame.data for frame in read_frames(home, "r1")) == b"$ out\r\n\x1b[1mmore\r\n"


def test_an_index_ahead_of_the_bytes_does_no_harm(home: Home) -> None:
    cut(home, RAW, 2)
    assert b"".join(frame.data for frame in read_frames(home, "r1")) == b"$ out\r\n\x1b[1mmore"


def test_a_trace_cut_at_any_byte_keeps_every_step_whose_line_is_whole(home: Home) -> None:
    path = home.run_folder("r1") / TRACE
    whole = path.read_bytes()
    first_line = whole.index(b"\n")
    for length in range(first_line, len(whole)):
        path.write_bytes(whole[:length])
        ended = whole[:length].count(b'"event":"step_ended"')
        trace = load_trace(home, "r1")
        # The last line may be there without being whole.
        assert ended - 1 <= sum(step.status is StepStatus.SUCCESS for step in trace.steps) <= ended
        if length < len(whole) - 1:
            assert trace.run.status is RunStatus.RECOVERED
        assert load_run(home, "r1").status is trace.run.status


def test_a_torn_line_with_whole_lines_behind_it_is_left_out(home: Home) -> None:
    path = home.run_folder("r1") / TRACE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], lines[2][:20] + b"\n", *lines[3:]]))
    assert [step.command for step in load_trace(home, "r1").steps] == ["a", "b"]


def test_the_output_of_a_step_that_never_ended_is_read_from_the_tape(home: Home) -> None:
    path = home.run_folder("r1") / TRACE
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    last = load_trace(home, "r1").steps[-1]
    assert (last.command, last.status, last.output) == ("b", StepStatus.PARTIAL, "more\n")
    assert (last.output_bytes, last.output_end) == (10, 17)


def test_the_head_alone_tells_how_a_run_ended(home: Home) -> None:
    run = load_run(home, "r1")
    assert (run.status, run.ended_at) == (RunStatus.SUCCESS, AT)
    assert run_ids(home) == ("r1",)


def test_a_run_whose_host_lives_is_in_progress_and_can_not_be_deleted(home: Home) -> None:
    path = home.run_folder("r1") / TRACE
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with (home.run_folder("r1") / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert is_recording(home, "r1")
        assert load_run(home, "r1").status is RunStatus.IN_PROGRESS
        with pytest.raises(RefusedError, match="still being recorded"):
            delete_run(home, "r1")
    assert load_run(home, "r1").status is RunStatus.RECOVERED
    delete_run(home, "r1")
    assert run_ids(home) == ()


def test_files_are_private(home: Home) -> None:
    folder = home.run_folder("r1")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("run_id", ["nope", "", "..", "../home/runs/r1"])
def test_an_unknown_run_is_said(home: Home, run_id: str) -> None:
    with pytest.raises(UnknownNameError, match="no run"):
        load_trace(home, run_id)


def test_a_file_that_is_no_trace_is_named(home: Home) -> None:
    path = home.run_folder("r1") / TRACE
    path.write_bytes(b"garbage\n")
    with pytest.raises(BadInputError, match=r"trace\.ndjson: this is no trace"):
        load_trace(home, "r1")
    with pytest.raises(BadInputError, match=r"trace\.ndjson: this is no trace"):
        load_run(home, "r1")
