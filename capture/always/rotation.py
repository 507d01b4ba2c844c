"""A tape that never grows beyond its limit: whole small recordings one after the other, the oldest dropped first."""

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from capture.events import Event, OutputDropped, Resized, RunEnded, RunStarted, ShellReady, StepEnded, StepStarted
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER
from capture.tape.beginnings import state_before
from capture.tape.writer import INDEX_RECORD, TapeWriter
from capture.trace import SeenFile, Step, Trace
from capture.wire import SESSION

DEFAULT_LIMIT = 16 << 20
"""Bytes that one session may take."""
LEAST_LIMIT = 4 << 20
"""Bytes below which a session could not hold one long command."""
CONTENTS = "contents"
"""The folder of a segment with what its steps wrote into files."""
CONTENT_LIMIT = 64 << 10
"""Bytes of such a content."""
_SEGMENT, _FLOOD = 16, 8
_CLOSED = 5 / 8


class RotatingTape:
    """A session on disk: folders with numbers, each one a recording that begins where the one before ended.

    A full disk never ends the session: what can't be written is not kept, and the next command is tried again.

    Args:
        folder: The session's own; made when missing.
        limit: Bytes that it may take.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT) -> None:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._folder = folder
        self._limit = max(limit, LEAST_LIMIT)
        self._state: Trace | None = None
        self._writer: TapeWriter | None = None
        self._segment = folder
        self._number = 0
        self._closed: deque[tuple[Path, int]] = deque()
        self._contents = 0
        self._size: tuple[int, int] | None = None
        self._at_us = 0
        self._flood = Flood(self._limit // _FLOOD)
        self._dropped = 0
        self._lost = False

    @property
    def offset(self) -> int:
        """Bytes in this segment; asked where a step begins or ends, so what was held back of a flood is written now."""
        tail, dropped = self._flood.settled()
        if dropped:
            self._dropped += dropped
            self._write(f"\r\n[… {dropped} bytes were not kept …]\r\n".encode(), self._at_us)
        self._write(tail, self._at_us)
        return 0 if self._writer is None else self._writer.offset

    def write(self, data: bytes, at_us: int) -> None:
        """Append terminal output, or of a flood its beginning and its end."""
        self._at_us = at_us
        self._write(self._flood.passed(data), at_us)

    def resize(self, columns: int, rows: int, at_us: int) -> None:
        """Note a new size."""
        self._size = columns, rows
        if self._writer is not None:
            with self._losing():
                self._writer.resize(columns, rows, at_us)

    def event(self, event: Event) -> None:
        """Append one event."""
        match event:
            case RunStarted():
                run = event.run
                self._state = Trace(
                    run=run,
                    environment=_without_own(event.environment),
                    workspace_before=event.workspace_before,
                    workspace_complete=event.workspace_complete,
                    defined=event.defined,
                )
                self._size = run.columns, run.rows
            case ShellReady():
                event = ShellReady(environment=_without_own(event.environment), defined=event.defined)
                self._change(environment=event.environment, defined=event.defined)
                self._append(event)
            case StepStarted():
                self._lost = False
                self._append(event)
            case StepEnded():
                self._ended(event.step)
            case Resized() | RunEnded() if self._writer is None:
                pass
            case _:
                self._append(event)

    def sync(self) -> None:
        """Begin a new segment when this one is long enough; a power cut may take the end, a kill nothing."""
        if self._writer is not None and self._spent() > self._limit // _SEGMENT:
            self._close()

    def moved(self, workspace: str, seen: tuple[SeenFile, ...], *, complete: bool) -> None:
        """Other files are watched from here on: a segment has one workspace."""
        self._close()
        if self._state is not None:
            run = msgspec.structs.replace(self._state.run, workspace=workspace)
            self._change(run=run, workspace_before=seen, workspace_complete=complete)

    def keep(self, content: bytes) -> None:
        """Keep what a step wrote into a file; it goes with its segment."""
        if self._writer is None or len(content) > CONTENT_LIMIT:
            return
        with self._losing():
            folder = self._segment / CONTENTS
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            descriptor = os.open(folder / sha256(content).hexdigest(), os.O_WRONLY | os.O_CREAT, PRIVATE_FILE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            self._contents += len(content)

    def _ended(self, step: Step) -> None:
        if self._dropped:
            self._append(OutputDropped(step_index=step.step_index, dropped_bytes=self._dropped))
            step, self._dropped = msgspec.structs.replace(step, output_truncated=True), 0
        self._append(StepEnded(step=step))
        if self._state is not None and (step.file_effects or step.env_effects.any):
            self._state = state_before(self._state, (step,))

    def _append(self, event: Event) -> None:
        if self._opened():
            with self._losing():
                if self._writer is not None:
                    self._writer.event(event)

    def _write(self, data: bytes, at_us: int) -> None:
        if data and self._opened():
            with self._losing():
                if self._writer is not None:
                    self._writer.write(data, at_us)

    def _opened(self) -> bool:
        if self._writer is None and not self._lost and self._state is not None:
            with self._losing():
                self._open(self._state)
        return self._writer is not None

    def _open(self, state: Trace) -> None:
        self._number += 1
        self._segment, self._contents = self._folder / f"{self._number:08}", 0
        self._writer = TapeWriter(self._segment)
        self._writer.event(
            RunStarted(
                run=state.run,
                environment=state.environment,
                workspace_before=state.workspace_before,
                workspace_complete=state.workspace_complete,
                defined=state.defined,
            )
        )
        if self._size is not None:
            self._writer.resize(*self._size, self._at_us)

    def _close(self) -> None:
        if self._writer is None:
            return
        self._closed.append((self._segment, self._spent()))
        with contextlib.suppress(OSError):
            self._writer.close()
        self._writer = None
        while self._closed and sum(size for _, size in self._closed) > self._limit * _CLOSED:
            shutil.rmtree(self._closed.popleft()[0], ignore_errors=True)

    def _losing(self) -> "_Losing":
        return _Losing(self)

    def lose(self) -> None:
        """Nothing can be written at the moment."""
        self._close()
        self._lost = True

    def _change(self, **fields: object) -> None:
        if self._state is not None:
            self._state = msgspec.structs.replace(self._state, **fields)

    def _spent(self) -> int:
        with contextlib.suppress(OSError):
            return self._contents + sum(path.stat().st_size for path in self._segment.iterdir())
        return 0


class _Losing(contextlib.AbstractContextManager[None]):
    """A write that may fail: then the tape goes on without."""

    def __init__(self, tape: RotatingTape) -> None:
        self._tape = tape

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        if isinstance(error, OSError):
            self._tape.lose()
            return True
        return False


class Flood:
    """Lets output through up to a limit; of what comes then, keeps the end.

    Args:
        limit: Bytes, index included, between two places where it is settled.
    """

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._begin()

    def _begin(self) -> None:
        self._room = self._half
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._dropped = 0

    def passed(self, data: bytes) -> bytes:
        """What of it is to be written at once."""
        if not self._tail and len(data) + INDEX_RECORD.size <= self._room:
            self._room -= len(data) + INDEX_RECORD.size
            return data
        now = b"" if self._tail else data[: max(0, self._room - INDEX_RECORD.size)]
        rest = data[len(now) :]
        self._room = 0
        self._tail.append(rest)
        self._tail_size += len(rest)
        while self._tail_size - len(self._tail[0]) >= self._half:
            gone = len(self._tail.popleft())
            self._tail_size -= gone
            self._dropped += gone
        return now

    def settled(self) -> tuple[bytes, int]:
        """The end that was held back, and how many bytes before it are lost; from here on there is room again."""
        tail, dropped = b"".join(self._tail), self._dropped
        if dropped or len(tail) > self._half:
            # It begins with a whole line, so with no half of an escape sequence.
            start = tail.find(b"\n", max(0, len(tail) - self._half)) + 1 or max(0, len(tail) - self._half)
            dropped, tail = dropped + start, tail[start:]
        self._begin()
        return tail, dropped


def _without_own(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name != SESSION}
