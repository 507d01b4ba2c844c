"""The front end as the host sees it: one at a time, on a private socket, never waited for."""

import contextlib
import selectors
import socket
from collections import deque
from collections.abc import Callable

from capture.errors import HostError
from capture.wire import HostFailed, Message, Request, pack, requests

_PIECE = 1 << 16
_GOODBYE_S = 5.0
OCCUPIED = "another front end is attached to this session; close that one first"


class Attachment:
    """Accepts a front end, queues what it is told, and hands on what it asks.

    Args:
        listener: The session's socket, listening.
        selector: Woken by it.
        asked: Called with each request.
        came: Called when a later front end has taken over.
        gone: Called when the front end has gone away.
    """

    def __init__(
        self,
        listener: socket.socket,
        selector: selectors.BaseSelector,
        *,
        asked: Callable[[Request], None],
        came: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        self._listener = listener
        self._selector = selector
        self._asked = asked
        self._came = came
        self._gone = gone
        self._socket: socket.socket | None = None
        self._met = False
        self._inbox = requests()
        self._queue: deque[bytes] = deque()
        self.backlog = 0
        """Bytes that wait for the front end."""
        listener.setblocking(False)
        selector.register(listener, selectors.EVENT_READ, self._accept)

    @property
    def address(self) -> str:
        """Path of the socket."""
        return str(self._listener.getsockname())

    @property
    def attached(self) -> bool:
        """Whether a front end is there."""
        return self._socket is not None

    def tell(self, message: Message) -> None:
        """Queue a message; it goes out when the front end takes it. One that has gone away misses it."""
        if self._met and self._socket is None:
            return
        data = pack(message)
        self._queue.append(data)
        self.backlog += len(data)
        self._send()

    def close(self) -> None:
        """Deliver what is queued, within reason, and hang up."""
        if not self._met:
            self._listener.settimeout(_GOODBYE_S if self._queue else 0.0)
            with contextlib.suppress(OSError):
                self._socket, _ = self._listener.accept()
        self._listener.close()
        if self._socket is not None:
            self._socket.settimeout(_GOODBYE_S)
            with contextlib.suppress(OSError):
                self._socket.sendall(b"".join(self._queue))
            self._socket.close()

    def _accept(self, _events: int) -> None:
        connection, _ = self._listener.accept()
        if self._socket is not None:
            with connection, contextlib.suppress(OSError):
                connection.send(pack(HostFailed(message=OCCUPIED)))
            return
        connection.setblocking(False)
        first, self._met = not self._met, True
        self._socket, self._inbox = connection, requests()
        self._selector.register(connection, selectors.EVENT_READ, self._ready)
        if first:
            self._send()
        else:
            self._came()

    def _ready(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._send()
        if events & selectors.EVENT_READ and self._socket is not None:
            self._receive(self._socket)

    def _receive(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        try:
            for request in self._inbox.feed(data):
                self._asked(request)
        except HostError:
            data = b""
        if not data:
            self._detach(connection)

    def _detach(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()
        self._socket = None
        self._queue.clear()
        self.backlog = 0
        self._gone()

    def _send(self) -> None:
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            while self._queue:
                sent = self._socket.send(self._queue[0])
                self.backlog -= sent
                if sent == len(self._queue[0]):
                    self._queue.popleft()
                else:
                    self._queue[0] = self._queue[0][sent:]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._queue else 0)
        if self._selector.get_key(self._socket).events != wanted:
            self._selector.modify(self._socket, wanted, self._ready)
