"""The bounded tape: never larger than its limit, never in the way, and every kept step exact."""

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.always.rotation import CONTENT_LIMIT, LEAST_LIMIT, Flood, RotatingTape
from capture.always.sessions import last_steps
from capture.errors import BadInputError
from capture.events import Resized, RunEnded, RunStarted, ShellReady, StepEnded, StepStarted
from capture.tape.editing import Recording
from capture.tape.writer import TapeWriter
from capture.trace import EffectOp, EnvEffects, FileEffect, FileType, Run, RunStatus, Step, StepStatus
from capture.wire import SESSION

AT = datetime(2026, 11, 27, tzinfo=UTC)
RUN = Run(
    run_id="s",
    name="s",
    status=RunStatus.IN_PROGRESS,
    started_at=AT,
    shell="bash",
    cwd="/w",
    host="h",
    workspace="/w",
)


class Written:
    """A session written by a tape as a recorder does it."""

    def __init__(self, folder: Path, limit: int = LEAST_LIMIT) -> None:
        self.folder = folder
        self.tape = RotatingTape(folder, limit)
        self.count = 0
        self.at_us = 0
        self.tape.event(RunStarted(run=RUN, environment={"A": "0", SESSION: "/x"}))
        self.tape.resize(80, 24, 0)
        self.tape.event(ShellReady(environment={"A": "1", SESSION: "/x"}))

    def step(self, output: bytes, *, pieces: int = 1, **fields: Any) -> None:
        self.count += 1
        self.print(f"$ c{self.count}\r\n".encode())
        start = self.tape.offset
        self.tape.event(
            StepStarted(step_index=self.count, command=f"c{self.count}", cwd="/w", at=AT, output_start=start)
        )
        size = max(1, -(-len(output) // pieces))
        for at in range(0, len(output), size):
            self.print(output[at : at + size])
        self.tape.event(
            StepEnded(
                step=Step(
                    step_index=self.count,
                    command=f"c{self.count}",
                    cwd="/w",
                    cwd_after="/w",
                    status=StepStatus.SUCCESS,
                    exit_code=0,
                    started_at=AT,
                    duration_ms=1.0,
                    output_start=start,
                    output_end=self.tape.offset,
                    **fields,
                )
            )
        )
        self.tape.sync()

    def print(self, data: bytes) -> None:
        self.at_us += 1000
        self.tape.write(data, self.at_us)

    def last(self, count: int) -> Recording:
        return last_steps(self.folder, count).recording

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def printed(recording: Recording) -> list[bytes]:
    tape = b"".join(frame.data for frame in recording.frames())
    return [tape[step.output_start : step.output_end] for step in recording.trace.steps]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path / "s")


def test_the_last_steps_are_exact_over_many_segments(written: Written) -> None:
    outputs = [bytes([65 + index % 26]) * 40_000 + b"\r\n" for index in range(60)]
    for output in outputs:
        written.step(output)
    assert len(list(written.folder.iterdir())) > 3
    for count in (1, 7, 20):
        recording = written.last(count)
        assert printed(recording) == outputs[-count:]
        assert [step.command for step in recording.trace.steps] == [f"c{61 - count + at}" for at in range(count)]
        assert [step.step_index for step in recording.trace.steps] == list(range(1, count + 1))
        assert recording.trace.run.status is RunStatus.SUCCESS


def test_it_never_grows_beyond_its_limit_whatever_comes(written: Written) -> None:
    for number in range(30):
        written.step(os.urandom(300_000), pieces=7, unmet_prompt="x" * 200_000)
        written.step(b"ab" * 40_000, pieces=40_000 if number % 5 == 0 else 3)
        written.tape.keep(os.urandom(CONTENT_LIMIT))
        assert written.size <= LEAST_LIMIT
    assert written.count == 60
    assert len(written.last(3).trace.steps) == 3


def test_of_a_flood_the_beginning_and_the_end_are_kept_and_the_step_says_so(written: Written) -> None:
    written.step(b"before\r\n")
    lines = b"".join(b"line %08d\r\n" % number for number in range(400_000))
    written.step(lines, pieces=200)
    written.step(b"behind\r\n")
    recording = written.last(3)
    first, flood, last = printed(recording)
    assert (first, last) == (b"before\r\n", b"behind\r\n")
    assert flood.startswith(b"line 00000000\r\n")
    assert flood.endswith(b"line 00399999\r\n")
    head, _, tail = flood.partition(b"\r\n[")
    assert tail.partition(b"]\r\n")[2].startswith(b"line ")
    assert len(flood) <= LEAST_LIMIT // 8 + 100
    assert [step.output_truncated for step in recording.trace.steps] == [False, True, False]
    run = recording.trace.run
    marker = len(flood) - len(head) - len(tail.partition(b"]\r\n")[2])
    assert run.dropped_bytes == len(lines) - (len(flood) - marker)


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(50, 200))
def test_a_flood_keeps_a_beginning_and_an_end_of_what_came(pieces: list[bytes], limit: int) -> None:
    flood = Flood(limit)
    now = b"".join(flood.passed(piece) for piece in pieces)
    tail, dropped = flood.settled()
    whole = b"".join(pieces)
    assert len(now) + dropped + len(tail) == len(whole)
    assert whole.startswith(now)
    assert whole.endswith(tail)
    assert len(now) + len(tail) <= limit
    assert flood.settled() == (b"", 0)


def test_environment_and_files_carry_on_from_segment_to_segment(written: Written) -> None:
    effect = FileEffect(path="f", op=EffectOp.CREATED, type=FileType.FILE, after="sha256:f", mode=0o644)
    written.step(b"", env_effects=EnvEffects(set={"B": "2"}), file_effects=(effect,))
    for _ in range(8):
        written.step(b"x" * 100_000)
    written.step(b"last\r\n")
    trace = written.last(1).trace
    assert trace.environment == {"A": "1", "B": "2"}
    assert [file.path for file in trace.workspace_before] == ["f"]


def test_another_workspace_begins_another_segment_and_paths_are_seen_from_the_first(written: Written) -> None:
    def effect(path: str) -> FileEffect:
        return FileEffect(path=path, op=EffectOp.CREATED, type=FileType.FILE)

    written.step(b"", file_effects=(effect("f"),))
    written.tape.moved("/w/sub", (), complete=False)
    written.step(b"", file_effects=(effect("g"),))
    trace = written.last(2).trace
    assert trace.run.workspace == "/w"
    assert [step.file_effects[0].path for step in trace.steps] == ["f", "sub/g"]
    assert written.last(1).trace.run.workspace == "/w/sub"


def test_contents_go_with_their_segment(written: Written) -> None:
    written.step(b"x")
    written.tape.keep(b"content")
    written.tape.keep(b"x" * (CONTENT_LIMIT + 1))
    assert list(last_steps(written.folder, 1).contents()) == [b"content"]
    for _ in range(60):
        written.step(b"x" * 100_000)
    assert not any(b"content" in path.read_bytes() for path in written.folder.rglob("contents/*"))


def test_a_full_disk_ends_nothing_and_room_made_later_is_used(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    written.step(b"before\r\n")
    with monkeypatch.context() as patch:
        for name in ("write", "event", "resize"):
            patch.setattr(TapeWriter, name, full)
        written.step(b"lost\r\n")
        written.tape.event(Resized(columns=100, rows=30, at_us=written.at_us))
        written.tape.resize(100, 30, written.at_us)
        written.tape.keep(b"content")
    written.step(b"behind\r\n")
    written.tape.event(RunEnded(status=RunStatus.SUCCESS, at=AT))
    recording = written.last(9)
    assert printed(recording) == [b"before\r\n", b"behind\r\n"]


def test_a_kill_at_any_event_leaves_every_step_that_had_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killing(real: Callable[..., None], left: list[int]) -> Callable[..., None]:
        def call(*arguments: object) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            real(*arguments)

        return call

    for moment in range(3, 60, 4):
        session = Written(tmp_path / str(moment))
        left = [moment]
        ended = 0
        with monkeypatch.context() as patch:
            for name in ("write", "event"):
                patch.setattr(TapeWriter, name, killing(getattr(TapeWriter, name), left))
            try:
                for number in range(20):
                    session.step(b"%05d\r\n" % number + b"x" * 60_000)
                    ended += 1
            except Killed:
                pass
        if ended:
            assert [output[:5] for output in printed(session.last(ended))] == [b"%05d" % at for at in range(ended)]


def test_nothing_to_take_is_said(written: Written) -> None:
    with pytest.raises(BadInputError, match="no command has ended"):
        written.last(3)
    written.step(b"")
    with pytest.raises(BadInputError, match="asks for nothing"):
        written.last(0)
