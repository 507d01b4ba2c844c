"""The desk as an MCP server: its tools, one call in a thread each, with progress and cancellation."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
import mcp_types as types
import msgspec
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server import Server
from mcp.server.context import ServerRequestContext

from app import __version__
from app.desk import arguments
from app.desk.desk import Desk, Remote
from app.desk.telling import short
from app.desk.tools import BY_NAME, TOOLS, Call, Tool
from capture.errors import ReplaybookError

MOST_CALLS = 16
"""Calls that are worked on or wait at once; one more is refused."""
THREADS = 4
INSTRUCTIONS = (
    "Playbooks are recorded ways of doing a task that a person has approved. Before working a task out, ask dispatch: "
    "when it names a playbook, replay that instead; it costs no tokens. Else do the task and tell each step to "
    "record_step. Nothing here approves or promotes anything: that is a person's."
)
Context = ServerRequestContext[Any]
Fault = Callable[[Exception], str]


class Calls:
    """Takes calls for one desk."""

    def __init__(self, desk: Desk, keep_fault: Fault) -> None:
        """Nothing goes on yet.

        Args:
            desk: Who does them.
            keep_fault: Keeps a defect for a person, and says where.
        """
        self._desk = desk
        self._keep_fault = keep_fault
        self._going = 0
        self._threads = anyio.CapacityLimiter(THREADS)

    async def listed(self, ctx: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """All tools."""
        del ctx, params
        return types.ListToolsResult(tools=[_described(one) for one in TOOLS])

    async def called(self, ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        """One call; whatever is wrong with it is an answer, and no end of the connection."""
        tool = BY_NAME.get(params.name)
        if tool is None:
            return _wrong(f"there is no tool {short(params.name, 60)!r}; there are {', '.join(BY_NAME)}")
        if self._going >= MOST_CALLS:
            return _wrong(f"{self._going} calls go on already; wait for their answers")
        self._going += 1
        try:
            asked = msgspec.convert(params.arguments or {}, tool.takes)
            return _answer(await self._done(ctx, tool, asked))
        except msgspec.ValidationError as error:
            return _wrong(f"{tool.name}: {short(str(error))}")
        except ReplaybookError as error:
            return _wrong(short(str(error)))
        except Exception as error:  # noqa: BLE001 - a client gets one line, never a traceback
            return _wrong(f"internal error: {type(error).__name__}; {self._keep_fault(error)}")
        finally:
            self._going -= 1

    async def _done(self, ctx: Context, tool: Tool, asked: Any) -> dict[str, Any]:
        """What a tool answers; where the client cancels, a replay is ended first."""
        director = Remote()
        client = ctx.session.client_params
        agent = short(client.client_info.name, 60) if client else None
        send, receive = anyio.create_memory_object_stream[tuple[int, int]](8)
        call = Call(self._desk, asked, agent, director, partial(_post, send))
        async with send, receive, anyio.create_task_group() as beside:
            beside.start_soon(_on_cancel, director)
            async with anyio.create_task_group() as telling:
                telling.start_soon(_tell_progress, ctx, receive)
                try:
                    answer = await anyio.to_thread.run_sync(_outcome, tool, call, limiter=self._threads)
                finally:
                    # Also of a call that was cancelled before a thread was free for it.
                    director.over()
                    # What was told last goes out before the answer.
                    send.close()
            beside.cancel_scope.cancel()
        if isinstance(answer, Exception):
            raise answer
        return answer


def server_of(desk: Desk, keep_fault: Fault) -> Server[Any]:
    """An MCP server over a desk.

    Args:
        desk: Who does what is asked.
        keep_fault: Keeps a defect for a person, and says where.
    """
    calls = Calls(desk, keep_fault)
    return Server(
        "replaybook",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=calls.listed,
        on_call_tool=calls.called,
    )


def _outcome(tool: Tool, call: Call) -> dict[str, Any] | Exception:
    """What a tool answers or raises: raised inside, it would come out in a group with what was going on beside it."""
    try:
        return tool.does(call)
    except Exception as error:  # noqa: BLE001 - raised by whoever waits for it
        return error


def _post(send: MemoryObjectSendStream[tuple[int, int]], done: int, total: int) -> None:
    """Tell of progress from a replay's thread; where nobody reads it, it is left out: no replay waits for that."""
    with suppress(anyio.WouldBlock, anyio.BrokenResourceError, anyio.ClosedResourceError, RuntimeError):
        anyio.from_thread.run_sync(send.send_nowait, (done, total))


async def _tell_progress(ctx: Context, receive: MemoryObjectReceiveStream[tuple[int, int]]) -> None:
    async for done, total in receive:
        await ctx.session.report_progress(done, total, f"step {done + 1} of {total}")


async def _on_cancel(director: Remote) -> None:
    try:
        await anyio.sleep_forever()
    finally:
        # In a thread: ending a step may take a moment.
        if not director.is_over:
            threading.Thread(target=director.cancel, name="cancel-replay", daemon=True).start()


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        description=tool.words,
        input_schema=arguments.schema_of(tool.takes),
        annotations=types.ToolAnnotations(read_only_hint=not tool.acts, open_world_hint=False),
    )


def _answer(document: dict[str, Any]) -> types.CallToolResult:
    text = msgspec.json.encode(document).decode()
    return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=msgspec.json.decode(text))


def _wrong(message: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=message)], is_error=True)
