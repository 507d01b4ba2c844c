"""MCP servers, started for the replay or there already: their tools are called, and whatever they ask is refused."""

import asyncio
import contextlib
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import mcp_types as types
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage

from replay.tools.answers import Answer, answered, joined, too_long
from replay.tools.children import LONGEST_LINE, Child, directory, expanded, surroundings
from replay.tools.executing import Around, NotDoneError, headers_of
from replay.tools.settings import Carrier, Section

CLOSE_S = 3.0
"""How long a session gets to be closed."""
LOCAL = ("localhost", "127.0.0.1", "::1")
"""Hosts of this machine: no proxy of the environment is asked."""
PAGES = 50
"""Of a list of tools; one that goes on is not followed further."""


class McpServer:
    """One server; its session is opened by the first call and kept.

    Args:
        section: Where it is.
    """

    def __init__(self, section: Section) -> None:
        self._section = section
        self._over = asyncio.Event()
        self._session: asyncio.Task[None] | None = None
        self._client: asyncio.Future[Client] | None = None
        self._child: Child | None = None
        self._problem: NotDoneError | None = None

    async def call(self, tool: str, given: object, around: Around) -> Answer:
        """Call one of its tools."""
        if given is not None and not isinstance(given, dict):
            raise NotDoneError("an MCP tool takes an object as its input")
        result = await self._asked(around, tool, given)
        return answered(_value(result), error=bool(result.is_error))

    async def offers(self, around: Around) -> tuple[types.Tool, ...]:
        """All that it offers, in its order."""
        found: list[types.Tool] = []
        cursor: str | None = None
        client = await self._opened(around)
        for _ in range(PAGES):
            try:
                page = await client.list_tools(cursor=cursor)
            except Exception as error:  # noqa: BLE001 - what a server sends may fail anywhere in the SDK
                raise await self._why(error) from None
            found += page.tools
            cursor = page.next_cursor
            if cursor is None:
                break
        return tuple(found)

    async def close(self) -> None:
        """End its session, and the server that was started."""
        self._over.set()
        if self._session is not None:
            # One that is not open yet waits for its server, and not for this.
            opened = self._client is not None and self._client.done()
            await asyncio.wait({self._session}, timeout=CLOSE_S if opened else 0)
            self._session.cancel()
            await asyncio.wait({self._session}, timeout=CLOSE_S)
        if self._child is not None:
            await self._child.end()
        self._session = self._client = self._child = None

    async def _asked(self, around: Around, tool: str, given: dict[str, Any] | None) -> types.CallToolResult:
        client = await self._opened(around)
        try:
            return await client.call_tool(tool, given)
        except Exception as error:  # noqa: BLE001 - what a server sends may fail anywhere in the SDK
            raise await self._why(error) from None

    async def _why(self, error: Exception) -> NotDoneError:
        """What is told of a call that failed; a session that is gone is opened anew by the next one."""
        if isinstance(error, MCPError) and error.code != types.CONNECTION_CLOSED:
            return NotDoneError(f"the server refused: {error}")
        if isinstance(error, RuntimeError) and self._problem is None and self._client is not None:
            return NotDoneError(f"the server's answer is not what it promises: {_first_line(error)}")
        problem = self._problem
        if problem is None and self._child is not None:
            problem = NotDoneError(await self._child.farewell())
        await self.close()
        return problem or NotDoneError(f"the connection broke: {_reason(error)}")

    async def _opened(self, around: Around) -> Client:
        if self._client is None or (self._session is not None and self._session.done()):
            self._over, self._problem = asyncio.Event(), None
            self._client = asyncio.get_running_loop().create_future()
            self._session = asyncio.ensure_future(self._hold(self._client, around, self._over))
        try:
            return await asyncio.shield(self._client)
        except NotDoneError:
            await self.close()
            raise

    async def _hold(self, ready: "asyncio.Future[Client]", around: Around, over: asyncio.Event) -> None:
        """Open a session and keep it in one task: it must be closed in the one that opened it."""
        try:
            async with Client(self._transport(around), cache=None) as client:
                ready.set_result(client)
                await over.wait()
        except asyncio.CancelledError:
            ready.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for it
            if ready.done():
                return
            found = self._problem or _not_done_in(error)
            if found is None and self._child is not None:
                found = NotDoneError(await self._child.farewell())
            ready.set_exception(found or NotDoneError(f"{_host(self._section)} can't be reached: {_reason(error)}"))

    def _transport(self, around: Around) -> AbstractAsyncContextManager[Any]:
        if self._section.carrier is Carrier.STDIO:
            return self._started(around)
        return self._connected(around)

    @asynccontextmanager
    async def _started(self, around: Around) -> AsyncIterator[Any]:
        """The streams of a server that is started: a line is a message, whatever is none is left out."""
        command = [expanded(word, around) for word in self._section.command or ()]
        where, environment = directory(self._section.cwd, around), surroundings(around, self._section.env)
        child = self._child = await Child.start(command, cwd=where, environment=environment)
        incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        sent, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
        tasks = (asyncio.ensure_future(self._read(child, incoming)), asyncio.ensure_future(_write(child, outgoing)))
        try:
            yield received, sent
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for stream in (incoming, received, sent, outgoing):
                stream.close()
            await child.end()

    async def _read(self, child: Child, incoming: Any) -> None:
        with contextlib.closing(incoming), contextlib.suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            try:
                while (line := await child.line()) is not None:
                    message = _message(line)
                    if message is not None:
                        await incoming.send(message)
            except NotDoneError as problem:
                self._problem = problem
                child.kill()

    @asynccontextmanager
    async def _connected(self, around: Around) -> AsyncIterator[Any]:
        """The streams of a server that is there already; redirects stay on its origin, answers within bounds."""
        if not around.network:
            raise NotDoneError("the shadow has no network (Network is unreachable); --network gives it one")
        headers = {"accept-encoding": "identity", **headers_of(self._section, around)}
        local = urlsplit(self._section.mcp or "").hostname in LOCAL
        # Time is kept by the runner.
        http = httpx2.AsyncClient(
            headers=headers, timeout=None, trust_env=not local, event_hooks={"response": [_bounded]}
        )
        address = self._section.mcp or ""
        async with http, streamable_http_client(address, http_client=http, max_sse_event_size=LONGEST_LINE) as streams:
            yield streams


class _Counted(httpx2.AsyncByteStream):
    """A body that ends in an error where it is longer than is read."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > LONGEST_LINE:
                raise httpx2.StreamError(too_long())
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bounded(response: httpx2.Response) -> None:
    """Hold a body within bounds; one that goes on for as long as the server likes is bounded event by event."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.StreamError("the answer is compressed, which nobody asked for")
    if "text/event-stream" not in response.headers.get("content-type", ""):
        response.stream = _Counted(response.stream)  # type: ignore[arg-type]


async def _write(child: Child, outgoing: Any) -> None:
    with contextlib.suppress(NotDoneError, anyio.ClosedResourceError):
        async for told in outgoing:
            await child.send(told.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")


def _message(line: bytes) -> SessionMessage | None:
    """What a line says; None: it is no message, and servers print what they like."""
    try:
        return SessionMessage(types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        return None


def _value(result: types.CallToolResult) -> object:
    """What a tool answered: structured where it is, else its text; an error's text first of all."""
    said = joined([_shown(block) for block in result.content])
    if result.structured_content is not None and not (result.is_error and said):
        return result.structured_content
    return said


def _shown(block: types.ContentBlock) -> str:
    """A piece of content as text; what is none, as what it is and its digest."""
    match block:
        case types.TextContent(text=text):
            return text
        case types.ImageContent(data=data, mime_type=kind) | types.AudioContent(data=data, mime_type=kind):
            return _digest(kind, data)
        case types.EmbeddedResource(resource=types.TextResourceContents(text=text)):
            return text
        case types.EmbeddedResource(resource=types.BlobResourceContents(blob=data, mime_type=kind)):
            return _digest(kind, data)
        case types.ResourceLink(uri=uri):
            return f"[resource {uri}]"
    return f"[{block.type}]"


def _digest(kind: str | None, data: str) -> str:
    try:
        content = b64decode(data, validate=True)
    except ValueError:
        raise NotDoneError("the answer holds bytes that are no base64") from None
    return f"[{kind or 'bytes'}, {len(content)} bytes, sha256:{sha256(content).hexdigest()}]"


def _not_done_in(error: BaseException) -> NotDoneError | None:
    """What of ours lies in the groups that the SDK makes of errors."""
    return next((one for one in _leaves(error) if isinstance(one, NotDoneError)), None)


def _leaves(error: BaseException) -> Sequence[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]


def _reason(error: BaseException) -> str:
    """Why, by the kind of the error: its text may hold what was sent."""
    leaf = _leaves(error)[0]
    if isinstance(leaf, httpx2.ConnectError):
        return "no connection (Connection refused or no such host)"
    return _first_line(leaf) if isinstance(leaf, MCPError) else type(leaf).__name__


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def _host(section: Section) -> str:
    return (section.command or (urlsplit(section.mcp or "").netloc,))[0]
