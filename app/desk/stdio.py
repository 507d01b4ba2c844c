"""The lines of an MCP client on stdin and stdout, bounded: none is read that is too long, or too many ahead."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, cast

import anyio
import anyio.to_thread
import msgspec
from mcp.server.stdio import stdio_server

LONGEST = 4 << 20
"""Bytes of a line."""
MOST_OPEN = 64
"""Requests without an answer; at so many, nothing more is read until one is answered."""
GRACE_S = 2.0
"""Seconds that are waited for answers once the input has ended."""
_PARSE, _INVALID = -32700, -32600


class _Seen(msgspec.Struct):
    """What is looked at of a message."""

    jsonrpc: str = ""
    method: str | None = None
    id: int | str | None = None
    params: msgspec.Raw = msgspec.Raw(b"{}")


class _Cancelled(msgspec.Struct):
    requestId: int | str | None = None  # noqa: N815 - the protocol's name


class Lines:
    """Both directions of one connection."""

    def __init__(self, read: BinaryIO, write: BinaryIO) -> None:
        """Nothing is read yet.

        Args:
            read: Where requests come from.
            write: Where answers go.
        """
        self._read = read
        self._write = write
        self._open: set[int | str] = set()
        self._answered = anyio.Event()
        self._writing = anyio.Lock()

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        """The next message that may be one."""
        while True:
            while len(self._open) >= MOST_OPEN:
                self._answered = anyio.Event()
                await self._answered.wait()
            line = await anyio.to_thread.run_sync(self._read.readline, LONGEST, abandon_on_cancel=True)
            if not line:
                await self._settle()
                raise StopAsyncIteration
            if len(line) == LONGEST and not line.endswith(b"\n"):
                await self._skip()
                await self._refuse(_INVALID, f"a message is longer than {LONGEST:,} bytes")
            elif line.strip() and await self._looked_at(line):
                return line.decode("utf-8", "replace")

    async def write(self, text: str) -> None:
        """Send a message."""
        async with self._writing:
            await anyio.to_thread.run_sync(self._send, text.encode())
        try:
            seen = msgspec.json.decode(text, type=_Seen)
        except msgspec.DecodeError:
            return
        if seen.method is None and seen.id is not None:
            self._over(seen.id)

    async def flush(self) -> None:
        """Every write is sent at once."""

    def _send(self, data: bytes) -> None:
        self._write.write(data)
        self._write.flush()

    def _over(self, request: int | str) -> None:
        self._open.discard(request)
        self._answered.set()

    async def _looked_at(self, line: bytes) -> bool:
        """Whether a line is a message; what is none is answered here."""
        try:
            seen = msgspec.json.decode(line, type=_Seen)
        except msgspec.ValidationError:
            await self._refuse(_INVALID, "that is no JSON-RPC message")
            return False
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            await self._refuse(_PARSE, "that is no JSON")
            return False
        if seen.method is not None and seen.id is not None:
            self._open.add(seen.id)
        elif seen.method == "notifications/cancelled":
            self._cancelled(seen.params)
        return True

    def _cancelled(self, params: msgspec.Raw) -> None:
        """A request that was cancelled gets no answer."""
        try:
            cancelled = msgspec.json.decode(params, type=_Cancelled).requestId
        except (msgspec.DecodeError, RecursionError):
            return
        if cancelled is not None:
            self._over(cancelled)

    async def _settle(self) -> None:
        """Give what was asked last a moment for its answer: the end of the input ends what still goes on."""
        with anyio.move_on_after(GRACE_S):
            while self._open:
                self._answered = anyio.Event()
                await self._answered.wait()

    async def _skip(self) -> None:
        """Leave out the rest of a line."""
        while True:
            part = await anyio.to_thread.run_sync(self._read.readline, LONGEST, abandon_on_cancel=True)
            if not part or part.endswith(b"\n"):
                return

    async def _refuse(self, code: int, message: str) -> None:
        refusal = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
        await self.write(msgspec.json.encode(refusal).decode() + "\n")


@asynccontextmanager
async def bounded_stdio() -> AsyncIterator[Any]:
    """The streams of a connection on this process' stdin and stdout.

    Both are the connection's alone: what else is printed goes to stderr, and processes that are started read nothing.
    """
    sys.stdout.flush()
    with os.fdopen(os.dup(0), "rb") as read, os.fdopen(os.dup(1), "wb") as write:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        lines = cast("Any", Lines(read, write))
        async with stdio_server(lines, lines) as streams:
            yield streams
