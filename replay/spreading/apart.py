"""Spreads orders from a process that has threads: one beside it imports what they need, and has the workers."""

import os
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import msgspec

from capture.errors import BadInputError, ReplaybookError
from replay.spreading.assignment import Assignment
from replay.spreading.frames import frame, taken_out
from replay.spreading.guard import Guard
from replay.spreading.processes import LEAVE_S, spread
from replay.spreading.remote import named
from replay.spreading.values import Ended, Lost

_LENGTH = struct.Struct("=I")
_PIECE = 1 << 18
REFUSED = -1
"""In the place of an order: nothing is carried out, and why."""
INSTALL = "checking on a cluster needs dask.distributed; install it with `pip install 'replaybook[cluster]'`"


def spread_apart(assignment: Assignment, until: socket.socket | None = None) -> Generator[Ended]:
    """Have orders carried out.

    Args:
        assignment: All of it.
        until: Something comes from there, or its end, when no more is wanted: stops early.

    Yields:
        Each order as it ends, once.

    Raises:
        BadInputError: The cluster can't be used; the text says what it lacks.
    """
    if assignment.cluster and find_spec("distributed") is None:
        raise BadInputError(INSTALL)
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "replay.spreading.apart", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            yield from _heard(ours, assignment, until)
        finally:
            with suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
            try:
                child.wait(2 * LEAVE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _heard(line: socket.socket, assignment: Assignment, until: socket.socket | None) -> Iterator[Ended]:
    text, came = msgspec.msgpack.encode(assignment), bytearray()
    left = dict.fromkeys(range(len(assignment.orders)))
    with suppress(OSError):
        line.sendall(_LENGTH.pack(len(text)) + text)
    while left:
        ready = select.select([line, *([until] if until else [])], [], [])[0]
        if until in ready:
            return
        data = _received(line)
        came += data
        for number, answer in taken_out(came):
            if number == REFUSED and isinstance(answer, Lost):
                raise BadInputError(answer.reason)
            left.pop(number, None)
            yield number, answer
        if not data:
            yield from ((number, Lost(reason="worker lost: the process that had it was killed")) for number in left)
            return


def _received(line: socket.socket) -> bytes:
    try:
        return line.recv(_PIECE)
    except OSError:
        return b""


def main() -> None:
    """Read the assignment from the socket whose descriptor is the argument, and send back what ends."""
    line = socket.socket(fileno=int(sys.argv[1]))
    line.set_inheritable(False)
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size))
    assignment = msgspec.msgpack.decode(_exactly(line, length), type=Assignment)
    with suppress(OSError):
        try:
            with closing(_spread(assignment, line)) as found:
                for number, answer in found:
                    line.sendall(frame(number, answer))
        except ReplaybookError as error:
            line.sendall(frame(REFUSED, Lost(reason=str(error))))
    os._exit(0)


def _spread(assignment: Assignment, until: socket.socket) -> Generator[Ended]:
    guard = Guard(Path(assignment.folder))
    if assignment.cluster:
        from replay.spreading import cluster  # noqa: PLC0415 - an extra, and seconds of imports

        return cluster.spread(assignment, guard, until)
    opened = partial(named(assignment.opened), **assignment.given)
    return spread(assignment.orders, opened, guard, count=assignment.count, ahead=assignment.ahead, until=until)


def _exactly(line: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        piece = line.recv(length - len(data))
        if not piece:
            sys.exit()
        data += piece
    return bytes(data)


if __name__ == "__main__":
    main()
