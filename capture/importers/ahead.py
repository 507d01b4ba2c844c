"""Two processes share the work of a long record: one reads it and tells, ahead of the one that masks and writes."""

import fcntl
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from traceback import format_exc
from typing import IO, Any

from capture.errors import HostError, ReplaybookError
from capture.importers.telling import AgentRecord, Telling
from capture.importers.told import Told
from capture.provenance import AgentUse
from capture.trace import Run

LONG = 8 << 20
"""Bytes of a record that is worth a second process."""
_GATHERED, _PIPE = 256 << 10, 1 << 20
"""Characters that are sent together, and bytes that the pipe holds: so far ahead the reader gets at most."""
_EACH = 200
"""Stands for what a thing that is told takes beside its texts."""
Batch = list[tuple[str, tuple[Any, ...]]]
"""Methods' names and arguments, in order."""
_DONE, _FAILED = "done", "failed"


def tell(record: AgentRecord, telling: Telling, size: int) -> AgentUse:
    """Let a record say all of it, as `AgentRecord.tell` does, and as quickly as this machine can.

    Args:
        record: Says.
        telling: Hears.
        size: Bytes of the record.

    Raises:
        HostError: The reader was killed.
        Exception: What reading raises, or hearing.
    """
    return _by_two(record, telling) if size >= LONG and _may_fork() else record.tell(telling)


def _may_fork() -> bool:
    """Whether there is a second core, and no thread whose locks a forked process would find shut for good."""
    # What other systems' own libraries do in threads of theirs, nobody here knows.
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and threading.active_count() == 1


def _by_two(record: AgentRecord, telling: Telling) -> AgentUse:
    into: Mapping[str, Callable[..., Any]] = {
        "said": telling.said, "did": telling.did, "cut": telling.cut, "note": record.left_out.note
    }  # fmt: skip
    source, sink = os.pipe2(os.O_CLOEXEC)
    with open(source, "rb", buffering=_GATHERED) as pipe:  # noqa: PTH123 - a descriptor has no path
        fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, _PIPE)
        # Interrupts are for the first process alone, which then kills the second.
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            reader = os.fork()
            if not reader:
                _read(record, _Sender(sink, telling.run), pipe)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)
            os.close(sink)
        try:
            while True:
                for what, told in _batch(pipe):
                    if what == _DONE:
                        use: AgentUse = told[0]
                        return use
                    if what == _FAILED:
                        raise told[0]
                    into[what](*told)
        finally:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(reader, signal.SIGKILL)
                os.waitpid(reader, 0)


def _batch(pipe: IO[bytes]) -> Batch:
    try:
        batch: Batch = pickle.load(pipe)  # noqa: S301 - from our own process
    except (EOFError, pickle.UnpicklingError) as error:
        raise HostError("the import stopped: the process that reads the record was killed; import it again") from error
    return batch


def _read(record: AgentRecord, sender: "_Sender", source: IO[bytes]) -> None:
    """What the second process does; it ends here, and leaves to the first one all that both have open."""
    try:
        # Once the first one is gone nobody has this end open, and writing fails.
        source.close()
        record.left_out.hand_on(sender.note)
        try:
            sender.send(_DONE, record.tell(sender))
        except Exception as error:  # noqa: BLE001 - raised by the first process
            if not isinstance(error, ReplaybookError):
                error.add_note(format_exc())
            sender.send(_FAILED, error)
        sender.flush()
    finally:
        os._exit(0)


class _Sender:
    """Stands for `Telling` where a record is read."""

    def __init__(self, sink: int, run: Run) -> None:
        self._sink = sink
        self._batch: Batch = []
        self._size = self._steps = 0
        self.run = run

    def said(self, *told: Any) -> None:
        """As `Hearer.said`."""
        self.send("said", *told, size=len(told[1]))

    def did(self, told: Told) -> int:
        """As `Hearer.did`."""
        contents = sum(len(one or b"") for change in told.changed for one in (change.before, change.after))
        self.send("did", told, size=len(told.command) + len(told.output) + contents)
        self._steps += 1
        return self._steps

    def cut(self) -> None:
        """As `Hearer.cut`."""
        self.send("cut")

    def note(self, what: str, where: str = "") -> None:
        """As `LeftOut.note`."""
        self.send("note", what, where)

    def send(self, what: str, *told: object, size: int = 0) -> None:
        """Send something, together with what comes next."""
        self._batch.append((what, told))
        self._size += size + _EACH
        if self._size > _GATHERED:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        data = memoryview(pickle.dumps(self._batch, protocol=pickle.HIGHEST_PROTOCOL))
        while data:
            data = data[os.write(self._sink, data) :]
        self._batch, self._size = [], 0
