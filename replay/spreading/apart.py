"""Spreads orders from a process that has threads: one beside it imports what they need, and forks the workers."""

import os
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from replay.spreading.frames import frame, taken_out
from replay.spreading.guard import Guard
from replay.spreading.processes import LEAVE_S, spread
from replay.spreading.values import Ended, Lost

_LENGTH = struct.Struct("=I")
_PIECE = 1 << 18


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be spread."""

    orders: tuple[bytes, ...]
    opened: str
    """`module:function`: called in each worker with what is given, it opens what all orders of that worker need."""
    given: dict[str, str] = {}
    """Its arguments."""
    folder: str
    """Of the guard."""
    count: int
    """So many workers at the most."""
    ahead: int = 0
    """So many orders wait in a worker for the one before."""


def spread_apart(assignment: Assignment, until: socket.socket | None = None) -> Generator[Ended]:
    """Have orders carried out.

    Args:
        assignment: All of it.
        until: Something comes from there, or its end, when no more is wanted: stops early.

    Yields:
        Each order as it ends, once.
    """
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
    opened = partial(_named(assignment.opened), **assignment.given)
    found = spread(
        assignment.orders,
        opened,
        Guard(Path(assignment.folder)),
        count=assignment.count,
        ahead=assignment.ahead,
        until=line,
    )
    with suppress(OSError):
        for number, answer in found:
            line.sendall(frame(number, answer))
    found.close()
    os._exit(0)


def _named(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


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
