"""Spreads orders over processes that are forked from this one, which has imported all that they need.

A worker takes orders by their numbers from a socket, claims each before it begins, and sends the answers back. One that
dies takes nothing along but what it had begun; another is forked in its place.
"""

import gc
import os
import selectors
import signal
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

from replay.spreading.frames import frame, taken_out
from replay.spreading.guard import Guard
from replay.spreading.halting import Haltable
from replay.spreading.values import Ended, Lost, Over, Work

LEAVE_S = 5.0
"""So long a worker gets to end what it does when it is dismissed."""
_NUMBER = struct.Struct("=i")
_NONE = -1
_PIECE = 1 << 18
_HAS_PIDFD = hasattr(os, "pidfd_open")
Opened = Callable[[], AbstractContextManager[Work]]
"""Called in each worker; what it needs for all its orders."""


def may_fork() -> bool:
    """Whether this process has one thread only, so that a fork of it stands on its own feet."""
    tasks = Path("/proc/self/task")
    return threading.active_count() == 1 and (not tasks.is_dir() or len(list(tasks.iterdir())) == 1)


def over(jobs: int, cluster: str) -> Over:
    """What carries checks out, as a person says it.

    Args:
        jobs: Processes at once; 0: one a core.
        cluster: The address of a scheduler, `local`, or empty.
    """
    return Over(jobs=jobs or cores(), cluster=cluster)


def cores() -> int:
    """How many processes run at once here without waiting for each other."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    orders: Sequence[bytes],
    opened: Opened,
    guard: Guard,
    *,
    count: int,
    ahead: int = 0,
    until: socket.socket | None = None,
) -> Generator[Ended]:
    """Have orders carried out; to be called in a process without other threads (`may_fork`).

    Args:
        orders: All of them.
        opened: Begins in each worker, ends with it.
        guard: Its folder.
        count: So many workers at the most.
        ahead: So many orders wait in a worker for the one before; they begin elsewhere when it dies.
        until: Something comes from there, or its end, when no more is wanted: stops early.

    Yields:
        Each order as it ends, once.
    """
    crew = _Crew(orders, opened, guard, max(1, min(count, len(orders))), ahead)
    try:
        yield from crew.work(until)
    finally:
        crew.dismiss()


@dataclass(eq=False)
class _Worker:
    """One of them, seen from the process that forked it."""

    pid: int
    line: socket.socket
    gone: int | None
    """Readable when it is over; None where the system has no such thing."""
    came: bytearray = field(default_factory=bytearray)
    has: list[int] = field(default_factory=list)
    """The orders that it was given and has not answered."""
    said: str = ""
    """Why it can't go on, in its own words."""
    leaves: bool = False
    """Whether it was told that no more comes."""

    def tell(self, number: int) -> None:
        """Send it a number; a dead one is heard of by its end."""
        with suppress(OSError):
            self.line.sendall(_NUMBER.pack(number))


class _Crew:
    def __init__(self, orders: Sequence[bytes], opened: Opened, guard: Guard, count: int, ahead: int) -> None:
        self._orders, self._opened, self._guard = orders, opened, guard
        self._count, self._ahead = count, ahead
        self._waiting = deque(range(len(orders)))
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._idle_deaths = 0
        """Workers that died before they had begun anything."""

    def work(self, until: socket.socket | None) -> Iterator[Ended]:
        """Until all have ended, or no more is wanted."""
        if until is not None:
            self._selector.register(until, selectors.EVENT_READ)
        # What was imported stays: looked through by a worker's garbage collector, each page of it would be copied.
        gc.freeze()
        self._hire()
        while self._workers:
            for key, _ in self._selector.select():
                if key.fileobj is until:
                    return
                if key.data in self._workers:
                    yield from self._hear(key.data) if key.fileobj is key.data.line else self._lose(key.data)
            self._hire()

    def dismiss(self) -> None:
        """Have all workers end: at first by themselves, then not."""
        for worker in self._workers:
            with suppress(OSError):
                worker.line.shutdown(socket.SHUT_RDWR)
        give_up = time.monotonic() + LEAVE_S
        for worker in self._workers:
            if not _ends(worker, max(0.0, give_up - time.monotonic())):
                os.kill(worker.pid, signal.SIGKILL)
            _close(worker)
            os.waitpid(worker.pid, 0)
        self._workers.clear()
        self._selector.close()

    def _hire(self) -> None:
        """Fork as many as there is work for."""
        while self._waiting and len(self._workers) < self._count:
            ours, theirs = socket.socketpair()
            # A key that interrupts just now must not have a worker go on as if it were this process.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            pid = os.fork()
            if pid == 0:
                # The ends of the others must close with the process that holds them.
                others = [ours, *(one.line for one in self._workers)]
                _serve(theirs, others, before, (self._orders, self._opened, self._guard))
            worker = _Worker(pid, ours, os.pidfd_open(pid) if _HAS_PIDFD else None)
            self._workers.append(worker)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
            self._selector.register(ours, selectors.EVENT_READ, worker)
            if worker.gone is not None:
                self._selector.register(worker.gone, selectors.EVENT_READ, worker)
            self._give(worker)

    def _give(self, worker: _Worker) -> None:
        """Hand it as many orders as it may have; without any it may go."""
        while self._waiting and len(worker.has) <= self._ahead and not worker.leaves:
            number = self._waiting.popleft()
            worker.has.append(number)
            worker.tell(number)
        if not worker.has and not worker.leaves:
            worker.leaves = True
            worker.tell(_NONE)

    def _hear(self, worker: _Worker) -> Iterator[Ended]:
        data = _received(worker.line)
        if data:
            worker.came += data
            yield from self._answers(worker)
            self._give(worker)
        elif worker.gone is None:
            yield from self._lose(worker)
        else:
            self._selector.unregister(worker.line)

    def _answers(self, worker: _Worker) -> Iterator[Ended]:
        for number, answer in taken_out(worker.came):
            if number != _NONE:
                worker.has.remove(number)
                yield number, answer
            elif isinstance(answer, Lost):
                worker.said = answer.reason

    def _lose(self, worker: _Worker) -> Iterator[Ended]:
        """A worker is over: take what it had sent, and see what becomes of the orders that it had."""
        while data := _received(worker.line, wait=False):
            worker.came += data
        yield from self._answers(worker)
        self._workers.remove(worker)
        with suppress(KeyError):
            self._selector.unregister(worker.line)
        if worker.gone is not None:
            self._selector.unregister(worker.gone)
        _close(worker)
        why = _told(os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1]), worker.said)
        begun = [number for number in worker.has if self._guard.taken(number) is not None]
        self._waiting.extendleft(number for number in reversed(worker.has) if number not in begun)
        for number in begun:
            yield number, Lost(reason=f"worker lost: {why}")
        self._idle_deaths += bool(worker.has) and not begun
        if self._idle_deaths > self._count:
            yield from ((number, Lost(reason=f"no worker could begin it: {why}")) for number in self._waiting)
            self._waiting.clear()


def _serve(
    line: socket.socket,
    others: Sequence[socket.socket],
    signals: AbstractSet[signal.Signals | int],
    given: tuple[Sequence[bytes], Opened, Guard],
) -> NoReturn:
    """What a worker does, from its fork to its end.

    Args:
        line: To whoever forked it.
        others: Not its own.
        signals: Those to be blocked from now on.
        given: Orders, what it needs for them, and the guard.
    """
    code, (orders, opened, guard) = 1, given
    try:
        for end in others:
            end.close()
        # The keys of the terminal are for whoever dismisses it; with it goes what it has started.
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        numbers: SimpleQueue[int] = SimpleQueue()
        director = Haltable()
        threading.Thread(target=_listen, args=(line, numbers, director), name="orders", daemon=True).start()
        with opened() as work:
            while (number := numbers.get()) != _NONE and not director.ended:
                if guard.take(number, f"process {os.getpid()}"):
                    _carry_out(line, number, orders[number], work, director)
        code = 0
    except BaseException as error:  # noqa: BLE001 - whatever it is, its last words are all that is known of it
        _send(line, _NONE, Lost(reason=str(error) or type(error).__name__))
    finally:
        os._exit(code)


def _carry_out(line: socket.socket, number: int, order: bytes, work: Work, director: Haltable) -> None:
    try:
        answer: bytes | Lost = work(order, director)
    except Exception as error:  # noqa: BLE001 - one that fails must not keep the others from being carried out
        answer = Lost(reason=f"a defect of the program ended it: {type(error).__name__}: {error}")
    _send(line, number, answer)


def _listen(line: socket.socket, numbers: "SimpleQueue[int]", director: Haltable) -> None:
    """Take orders until no more come; when nobody takes answers any more, end what goes on."""
    came = bytearray()
    while data := _received(line):
        came += data
        while len(came) >= _NUMBER.size:
            numbers.put(_NUMBER.unpack_from(came)[0])
            del came[: _NUMBER.size]
    director.stop()
    numbers.put(_NONE)


def _send(line: socket.socket, number: int, answer: bytes | Lost) -> None:
    with suppress(OSError):
        line.sendall(frame(number, answer))


def _received(line: socket.socket, *, wait: bool = True) -> bytes:
    try:
        return line.recv(_PIECE, 0 if wait else socket.MSG_DONTWAIT)
    except OSError:
        return b""


def _ends(worker: _Worker, within_s: float) -> bool:
    """Wait until it is over."""
    with selectors.DefaultSelector() as selector:
        selector.register(worker.line if worker.gone is None else worker.gone, selectors.EVENT_READ)
        return bool(selector.select(within_s))


def _close(worker: _Worker) -> None:
    worker.line.close()
    if worker.gone is not None:
        os.close(worker.gone)


def _told(code: int, said: str) -> str:
    """How a worker ended, as a clause."""
    if code < 0:
        with suppress(ValueError):
            return f"it was killed by {signal.Signals(-code).name}"
        return f"it was killed by signal {-code}"
    return said or f"it ended with exit code {code}"
