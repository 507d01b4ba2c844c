"""The front end as the host sees it: one at a time, on a private socket, never waited for."""

import contextlib
import selectors
import socket
from collections import deque
from collections.abc import Callable
from functools import partial

from capture.errors import HostError
from capture.wire import (
    Attach,
    Detached,
    End,
    Ended,
    HostFailed,
    Inbox,
    Message,
    Pause,
    Request,
    Started,
    TakeNote,
    pack,
    requests,
)

_PIECE = 1 << 16
_GOODBYE_S = 5.0
OCCUPIED = "another front end is attached to this session; close that one first, or send it away with --take-over"
DRIVEN = "a script or a replay drives this session; end it where it runs"
TAKEN_OVER = "another front end has taken this session over; it goes on there"


class Attachment:
    """Accepts a front end, queues what it is told, and hands on what it asks.

    Args:
        listener: The session's socket, listening.
        selector: Woken by it.
        asked: Called with each request.
        came: Called when a later front end has taken over.
        gone: Called when the front end has gone away.
        shared: Another front end may end the session, or take it over, and anybody of this user may note and pause.
        heard: Does what a visitor asks who is no front end, and answers.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that may happen
        self,
        listener: socket.socket,
        selector: selectors.BaseSelector,
        *,
        asked: Callable[[Request], None],
        came: Callable[[], None],
        gone: Callable[[], None],
        heard: Callable[[TakeNote | Pause], Message],
        shared: bool = False,
    ) -> None:
        self._listener = listener
        self._selector = selector
        self._asked = asked
        self._came = came
        self._gone = gone
        self._heard = heard
        self._shared = shared
        self._guests: list[socket.socket] = []
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
        if isinstance(message, Ended | HostFailed):
            for guest in self._guests:
                with contextlib.suppress(OSError):
                    guest.send(pack(message))
        if self._met and self._socket is None:
            return
        data = pack(message)
        self._queue.append(data)
        self.backlog += len(data)
        self._send()

    def drop(self) -> None:
        """Do without the front end that is there."""
        if self._socket is not None:
            self._detach(self._socket)

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
        connection.setblocking(False)
        if not self._met:
            self._adopt(connection, requests())
        else:
            self._selector.register(connection, selectors.EVENT_READ, partial(self._visited, connection, requests()))

    def _visited(self, visitor: socket.socket, inbox: Inbox[Request], _events: int) -> None:
        """Somebody came who did not start the session: what they ask decides what becomes of them."""
        try:
            data = visitor.recv(_PIECE)
            asked = next(inbox.feed(data), None)
            if data and asked is None:
                return
            if isinstance(asked, End) and self._shared:
                # One that has not waited for the answer has told its user that nothing was done.
                visitor.send(pack(Started()))
                self._guests.append(visitor)
                self._asked(asked)
                return
        except (OSError, HostError):
            asked = None
        self._selector.unregister(visitor)
        if isinstance(asked, TakeNote | Pause) and self._shared:
            with visitor, contextlib.suppress(OSError):
                visitor.send(pack(self._heard(asked)))
            return
        if isinstance(asked, Attach) and (self._socket is None or (asked.take_over and self._shared)):
            self._dismiss()
            self._adopt(visitor, inbox)
            return
        with visitor, contextlib.suppress(OSError):
            visitor.send(pack(HostFailed(message=OCCUPIED if self._shared else DRIVEN)))

    def _dismiss(self) -> None:
        """Send the front end away that is there; one that hangs is not waited for."""
        if self._socket is not None:
            self.tell(Detached(message=TAKEN_OVER))
            self._let_go(self._socket)

    def _adopt(self, connection: socket.socket, inbox: Inbox[Request]) -> None:
        first, self._met = not self._met, True
        self._socket, self._inbox = connection, inbox
        self._selector.register(connection, selectors.EVENT_READ, self._ready)
        if first:
            self._send()
        else:
            self._came()
        for request in inbox.feed(b""):
            self._asked(request)

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
        self._let_go(connection)
        self._gone()

    def _let_go(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()
        self._socket = None
        self._queue.clear()
        self.backlog = 0

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
