"""The process that carries a replay's calls out, one for a replay, in the environment of its shell."""

import asyncio
import contextlib
import errno
import logging
import os
import select
import shutil
import signal
import sys
from importlib import import_module
from pathlib import Path

import msgspec

from capture.calls import Call, read_call
from replay.tools.answers import LATE, NO_EXECUTOR, Answer, not_done
from replay.tools.callables import PythonCallable, offered_by_packages
from replay.tools.executing import Around, NotDoneError, ToolExecutor
from replay.tools.filing import PREFIX, FileTools
from replay.tools.lane import ALIVE, ANSWER, ASK, CALL, LIFE, SETUP, SHELL, Asked, Setup
from replay.tools.settings import INSTALL, Carrier, Chosen, Section, ToolSettings

LOOK_S = 0.02
"""Between the looks whether the shell still waits."""
MEET_S = 5.0
"""How long the shell may take from the number of a call to waiting for its answer."""
CLOSE_S = 5.0
"""How long everything gets to be closed."""


class ToolRunner:
    """Carries calls out, and keeps what they have opened.

    Args:
        setup: What there is.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._settings = ToolSettings(setup.sections)
        self._executors: dict[str, ToolExecutor] = {}

    async def call(self, asked: Asked, cwd: str, environment: dict[str, str]) -> Answer:
        """Carry a call out within its time.

        Args:
            asked: The call.
            cwd: Where the shell stands.
            environment: What it has told of its variables.
        """
        call = read_call(asked.call) or Call("", None)
        chosen = choose(self._settings, call.name)
        if chosen is None:
            why = "nothing in tools.toml carries it out; write a section for it there, replaybook tools --edit opens it"
            return not_done(call.name, why, NO_EXECUTOR)
        around = Around(cwd=cwd, workspace=self._setup.workspace, environment=environment, network=self._setup.network)
        limit = chosen.section.timeout_s if asked.timeout_s is None else asked.timeout_s
        try:
            async with asyncio.timeout(limit):
                return await self._executor(chosen).call(chosen.rest, call.input, around)
        except TimeoutError:
            return not_done(call.name, f"no answer within {limit:g} s; timeout in tools.toml allows more", LATE)
        except NotDoneError as error:
            return not_done(call.name, str(error))
        except Exception as error:  # noqa: BLE001 - whatever a tool does, the step must end
            return not_done(call.name, f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """End everything that was started."""
        await asyncio.gather(*(one.close() for one in self._executors.values()), return_exceptions=True)

    def _executor(self, chosen: Chosen) -> ToolExecutor:
        if chosen.pattern not in self._executors:
            self._executors[chosen.pattern] = executor_of(chosen.section)
        return self._executors[chosen.pattern]


def choose(settings: ToolSettings, name: str) -> Chosen | None:
    """What carries out a tool: the user's section, a package's callable, or the program's own operations on files."""
    chosen = settings.choose(name)
    if chosen is not None:
        return chosen
    offered = offered_by_packages(name)
    if offered is not None:
        return Chosen(name, offered, name)
    return Chosen(f"{PREFIX}*", Section(), name) if name.startswith(PREFIX) else None


def executor_of(section: Section) -> ToolExecutor:
    """What carries out a section's calls.

    Raises:
        NotDoneError: What it wants is not installed.
    """
    match section.carrier:
        case Carrier.PYTHON:
            return PythonCallable(section)
        case Carrier.FILES:
            return FileTools()
        case Carrier.HTTP:
            from replay.tools.http_requests import HttpRequest  # noqa: PLC0415 - a tenth of a second

            return HttpRequest(section)
    try:
        from replay.tools.mcp_servers import McpServer  # noqa: PLC0415 - a second, and an extra
    except ModuleNotFoundError:
        raise NotDoneError(INSTALL) from None
    return McpServer(section)


class Serving:
    """The folder in which the shell asks.

    Args:
        folder: As `replay.tools.lane` tells it.
        terminal: Where answers are printed, as a file descriptor.
    """

    def __init__(self, folder: Path, terminal: int) -> None:
        self._folder = folder
        self._terminal = terminal
        setup = msgspec.json.decode((folder / SETUP).read_bytes(), type=Setup)
        self._runner = ToolRunner(setup)
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        # Open for both: a shell that has not asked yet is no end of all asking.
        self._ask = os.open(folder / ASK, os.O_RDWR | os.O_NONBLOCK)
        self._life = os.open(folder / LIFE, os.O_RDONLY | os.O_NONBLOCK)
        self._alive = os.open(folder / ALIVE, os.O_WRONLY | os.O_NONBLOCK)
        os.write(self._alive, b"!")
        self._asked = b""
        if setup.servers:
            # While the steps before run; without the extra the first call tells.
            with contextlib.suppress(ModuleNotFoundError):
                import_module("replay.tools.mcp_servers")

    async def serve(self) -> None:
        """Carry calls out until the replay is over."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._over.set)
        loop.add_reader(self._ask, self._hear)
        loop.add_reader(self._life, self._look)
        # Of a fifo that nobody held open when it was opened here, no event tells.
        self._look()
        await self._over.wait()
        loop.remove_reader(self._ask)
        loop.remove_reader(self._life)
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._runner.close(), CLOSE_S)

    def _look(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if not os.read(self._life, 1):
                self._over.set()

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._asked += os.read(self._ask, select.PIPE_BUF)
        *numbers, self._asked = self._asked.split(b"\n")
        for number in numbers:
            if number.isdigit():
                # A shell asks for one thing at a time: it has given up whatever was asked before.
                for former in self._tasks:
                    former.cancel()
                task = asyncio.ensure_future(self._serve_one(number.decode()))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _serve_one(self, number: str) -> None:
        answer = await self._met(number)
        if answer is None:
            return
        calling = asyncio.ensure_future(self._runner.call(*self._read(number)))
        gone = asyncio.ensure_future(_gone(answer))
        try:
            await asyncio.wait({calling, gone}, return_when=asyncio.FIRST_COMPLETED)
            if calling.done() and not _is_gone(answer):
                await self._tell(answer, calling.result())
        finally:
            # Where nobody waits any more, what carries it out hears of that, too.
            calling.cancel()
            gone.cancel()
            os.close(answer)

    async def _tell(self, answer: int, came: Answer) -> None:
        """Print it before the shell hears of its end: then it is the step's output."""
        data = came.text.encode(errors="replace")
        await asyncio.to_thread(_written, self._terminal, data)
        with contextlib.suppress(BrokenPipeError):
            os.write(answer, b"%d\n" % came.code)

    async def _met(self, number: str) -> int | None:
        """The fifo at which the shell waits; None when it doesn't."""
        end = asyncio.get_running_loop().time() + MEET_S
        while asyncio.get_running_loop().time() < end:
            try:
                return os.open(self._folder / f"{number}{ANSWER}", os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    return None
            await asyncio.sleep(0.001)
        return None

    def _read(self, number: str) -> tuple[Asked, str, dict[str, str]]:
        told, shell = self._folder / f"{number}{CALL}", self._folder / f"{number}{SHELL}"
        asked = msgspec.json.decode(told.read_bytes(), type=Asked)
        cwd, *fields = shell.read_bytes().decode("utf-8", "surrogateescape").split("\0")
        told.unlink()
        shell.unlink()
        pairs = (field.partition("=") for field in fields if field)
        return asked, cwd, {name: value for name, _, value in pairs}


async def _gone(answer: int) -> None:
    """Ends when nobody waits at a fifo any more; no event tells of that on every system."""
    while not _is_gone(answer):  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)


def _is_gone(answer: int) -> bool:
    poll = select.poll()
    poll.register(answer, 0)
    return bool(poll.poll(0))


def _written(terminal: int, data: bytes) -> None:
    view = memoryview(data)
    with contextlib.suppress(OSError):
        while view:
            view = view[os.write(terminal, view) :]


def main() -> None:
    """Serve the folder that the command line names; the terminal is standard output."""
    # Neither a ctrl-C nor the end of the terminal's session is for it: the replay ends it.
    with contextlib.suppress(OSError):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    asyncio.run(_serve(Path(sys.argv[1])))


async def _serve(folder: Path) -> None:
    await Serving(folder, 1).serve()
    # Of a replay that was killed; another one has done so, or does so now.
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()
    # What was started has ended; a thread that still waits for a name or a terminal must not hold this process.
    os._exit(0)


if __name__ == "__main__":
    main()
