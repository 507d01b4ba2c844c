"""Spreads orders over the workers of dask.distributed: with its retries off, and behind the guard all the same."""

import logging
import os
import secrets
import select
import socket
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import dask
import distributed

from capture.errors import BadInputError
from replay.spreading import remote
from replay.spreading.assignment import LOCAL, Assignment
from replay.spreading.frames import taken_out
from replay.spreading.guard import Guard
from replay.spreading.values import Ended, Lost

# Their constructors say nothing of what they return.
Client: Any = distributed.Client
LocalCluster: Any = distributed.LocalCluster

CONNECT_S = 10
"""So long the scheduler may take to answer."""
ALONE_S = 30.0
"""So long there may be no worker at all, where others start them."""
FIRST_S = 60
"""So long the first worker may take to come, and one of ours to come back: it imports all anew."""
_LOOK_S = 1.0
_IDLE_DEATHS = 10
"""So many times an order may come back from workers that died before they began it."""
_CONFIG = {
    # A scheduler of ours gives up at once on what a worker died of. The guard holds whatever others do.
    "distributed.scheduler.allowed-failures": 0,
    # Steps are checked in the user's environment, not in one for numerics.
    "distributed.nanny.pre-spawn-environ": {},
    "distributed.worker.daemon": True,
    "distributed.comm.timeouts.connect": CONNECT_S,
}


def spread(assignment: Assignment, guard: Guard, until: socket.socket | None) -> Generator[Ended]:
    """Have orders carried out.

    Args:
        assignment: All of it.
        guard: Its folder, which every worker must see.
        until: Something comes from there, or its end, when no more is wanted: stops early.

    Yields:
        Each order as it ends, once.

    Raises:
        BadInputError: The cluster can't be reached, or a worker of it can't do it; the text says what it lacks.
    """
    logging.disable(logging.CRITICAL)
    with dask.config.set(_CONFIG), _client(assignment) as client:
        _check(client, assignment, guard)
        spreading = _Spreading(client, assignment, guard)
        try:
            yield from spreading.work(until)
        finally:
            # Whoever waits for nothing any more is told of nothing any more.
            with suppress(Exception):
                guard.stop()
                client.cancel(list(spreading.futures), force=True)


@contextmanager
def _client(assignment: Assignment) -> Iterator[Any]:
    """The client of a cluster that runs elsewhere, or of one that lives as long as this."""
    if assignment.cluster != LOCAL:
        try:
            client = Client(assignment.cluster, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError, ImportError) as error:
            raise BadInputError(
                f"no scheduler answers at {assignment.cluster} ({error}); start one with `dask scheduler`, "
                f"or give another with --cluster"
            ) from error
        with client:
            yield client
        return
    with (
        tempfile.TemporaryDirectory(prefix="rb-", ignore_cleanup_errors=True) as scratch,
        # Whoever reaches a scheduler can have anything run: others on this machine can't, without its keys.
        LocalCluster(
            n_workers=assignment.count,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            security=True,
            dashboard_address=None,
            worker_dashboard_address=None,
            memory_limit=0,
            local_directory=scratch,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _check(client: Any, assignment: Assignment, guard: Guard) -> None:
    """Have each worker tell whether it can carry out orders.

    Raises:
        BadInputError: One can't, or there is none.
    """
    where = assignment.cluster
    try:
        client.wait_for_workers(1, timeout=FIRST_S)
    except TimeoutError as error:
        raise BadInputError(
            f"the cluster {where} has no worker; start one with `dask worker {where}`, then try again"
        ) from error
    sign = secrets.token_hex(16)
    (guard.folder / remote.SIGN).write_text(sign, encoding="utf-8")
    team = bool(os.environ.get(remote.CATALOG))
    wanted = remote.own_version()
    told = client.run(remote.unfit, str(guard.folder), sign, wanted, team=team, on_error="return")
    for worker, reason in sorted(told.items()):
        if isinstance(reason, ImportError):
            raise BadInputError(f"worker {worker} has no replaybook; install {wanted} there with the same Python")
        if reason:
            raise BadInputError(f"worker {worker} {reason}")


class _Spreading:
    """Orders on their way."""

    def __init__(self, client: Any, assignment: Assignment, guard: Guard) -> None:
        self._client, self._assignment, self._guard = client, assignment, guard
        self._alone_s = FIRST_S if assignment.cluster == LOCAL else ALONE_S
        self._name = secrets.token_hex(8)
        self._ended: deque[Any] = deque()
        self._hear, self._tell = socket.socketpair()
        self._tell.setblocking(False)
        self._came_back = [0] * len(assignment.orders)
        self.futures: dict[Any, int] = {}
        """Those that have not ended, and the order of each."""

    def work(self, until: socket.socket | None) -> Iterator[Ended]:
        """Until all have ended, or no more is wanted."""
        self._submit(range(len(self._assignment.orders)))
        alone_since: float | None = None
        with self._hear, self._tell:
            while self.futures:
                ready = select.select([self._hear, *([until] if until else [])], [], [], _LOOK_S)[0]
                if until in ready:
                    return
                if self._hear in ready:
                    self._hear.recv(4096)
                while self._ended:
                    yield from self._see(self._ended.popleft())
                if ready or self._there():
                    alone_since = None
                elif alone_since is None:
                    alone_since = time.monotonic()
                elif time.monotonic() - alone_since > self._alone_s:
                    yield from self._give_up()

    def _submit(self, numbers: Sequence[int]) -> None:
        """Hand orders over; each attempt has a key of its own, so that nothing is taken for known."""
        assignment = self._assignment
        for number in numbers:
            future = self._client.submit(
                remote.carry_out,
                str(self._guard.folder),
                number,
                assignment.orders[number],
                assignment.opened,
                assignment.given,
                key=f"replaybook-{self._name}-{number}-{self._came_back[number]}",
                pure=False,
                retries=0,
            )
            self.futures[future] = number
            future.add_done_callback(self._heard)

    def _heard(self, future: Any) -> None:
        """In a thread of the client."""
        self._ended.append(future)
        # Full: it will be looked anyway. Closed: nobody looks any more.
        with suppress(OSError):
            self._tell.send(b"x")

    def _see(self, future: Any) -> Iterator[Ended]:
        number = self.futures.pop(future, None)
        if number is None:
            return
        known = self._answer(number, future) if future.status == "finished" else self._known(number)
        if known is not None:
            yield number, known
            return
        self._came_back[number] += 1
        if self._came_back[number] > _IDLE_DEATHS:
            yield number, Lost(reason=f"no worker could begin it in {_IDLE_DEATHS} attempts")
        else:
            self._submit([number])

    def _answer(self, number: int, future: Any) -> bytes | Lost:
        """What a worker said."""
        kept = self._guard.answer(number)
        if kept is not None:
            return kept
        try:
            # Where the worker that keeps it is gone another is asked, and finds what the guard knows.
            return next(taken_out(bytearray(future.result(timeout=ALONE_S))))[1]
        except Exception as error:  # noqa: BLE001 - whatever a cluster raises, nothing is known then
            return self._known(number) or Lost(reason=f"worker lost: its answer can't be had: {error}")

    def _known(self, number: int) -> bytes | Lost | None:
        """What the guard knows of the end of an order; None when nobody has begun it."""
        answer, by = self._guard.answer(number), self._guard.taken(number)
        if answer is not None or by is None:
            return answer
        return Lost(reason=f"worker lost: it was begun on {by}")

    def _there(self) -> bool:
        """Whether there is a worker, as far as is known."""
        try:
            return bool(self._client.status == "running" and self._client.scheduler_info()["workers"])
        except (OSError, TimeoutError):
            return False

    def _give_up(self) -> Iterator[Ended]:
        """Nobody is left: take what is known, and begin nothing more."""
        self._guard.stop()
        left = sorted(self.futures.values())
        self.futures.clear()
        for number in left:
            yield number, self._known(number) or Lost(reason="the cluster was lost before it began")
