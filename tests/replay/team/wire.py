"""Stands between a program and its server, and cuts the connection at a moment that the test names."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

_READY = b"Z\x00\x00\x00\x05"
"""ReadyForQuery, with the state of the transaction behind it (PostgreSQL, Frontend/Backend Protocol)."""


class Cut(Enum):
    """Where the connection ends."""

    BEFORE = "before"
    """The server never hears of it."""
    AFTER = "after"
    """The server has done it, and the program never hears."""


class Wire:
    """A server that listens on loopback, and speaks to another on a socket in a folder."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._armed: tuple[Cut, bytes, bool] | None = None
        self._threads: list[threading.Thread] = []
        self._ends: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]

    def cut(self, where: Cut, words: bytes, *, for_good: bool = False) -> None:
        """Cut at the next message with these words; for good: no other connection after that."""
        self._armed = where, words, for_good

    @property
    def is_armed(self) -> bool:
        """Whether it has not been cut yet."""
        return self._armed is not None

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                self._ends += [client, server]
                server.connect(str(self._server))
                self._go(self._carry, client, server)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, suppress(OSError):
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for one in ready:
                    said = one.recv(1 << 16)
                    if not said or (one is client and self._cuts(said, server)):
                        return
                    (server if one is client else client).sendall(said)

    def _cuts(self, said: bytes, server: socket.socket) -> bool:
        if self._armed is None or self._armed[1] not in said:
            return False
        (where, _, for_good), self._armed = self._armed, None
        if for_good:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        if where is Cut.AFTER:
            server.sendall(said)
            answer = b""
            while answer[-6:-1] != _READY:
                answer += server.recv(1 << 16)
        return True

    def _go(self, work: object, *arguments: socket.socket) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()


@contextmanager
def wired(server: Path) -> Iterator[Wire]:
    """A wire to the server that listens at this path, until the block ends."""
    wire = Wire(server)
    wire._go(wire._listen)
    try:
        yield wire
    finally:
        for one in (wire._listener, *wire._ends):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in wire._threads:
            thread.join()
        for one in (wire._listener, *wire._ends):
            one.close()
