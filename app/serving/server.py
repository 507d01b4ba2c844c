"""The server: textual-serve's page and protocol behind our own door, each screen a process of its own."""

import asyncio
import contextlib
import html
import io
import os
import shlex
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stdout, suppress
from importlib.resources import files

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager
from textual_serve.server import Server as TextualServer
from textual_serve.server import to_int

from app.serving.door import COOKIE, Door, objection
from capture.errors import BadInputError
from capture.printable import printable

SCREENS = 16
"""How many may be open at a time: each is a process."""
CELLS = (20, 500)
"""The least and the most columns or rows that a browser may ask for."""
GRACE_S = 10.0
"""How long a screen that was told to end may take: it lets go of its sessions and ends its replay."""
FONT = 16
"""The size of its letters, in pixels; `?fontsize=20` asks for another."""
MOST_TYPED = 1 << 20
"""Bytes of one message of a browser: a paste."""
WILDCARDS = ("0.0.0.0", "::", "")  # noqa: S104 - what was asked for, not what is bound by itself
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOT_UNDERSTOOD = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, OSError)
"""What a message that no page of ours would send comes to: its window is closed."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Nothing is fetched from elsewhere, nothing is kept, and no other page may frame or look into this one."""
HOW_IN = "open the link that replaybook serve printed; it works once, and enter in that terminal prints another"


def listening(host: str, port: int) -> socket.socket:
    """A socket that browsers can reach.

    Args:
        host: A name or address of this machine.
        port: 0: any that is free.

    Raises:
        BadInputError: It can't be had.
    """
    with contextlib.ExitStack() as undo:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            found = undo.enter_context(socket.socket(family, kind, protocol))
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen()
        except (OSError, UnicodeError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise BadInputError(
                f"{host} port {port}: {why.lower()}; give another --port, 0 takes a free one"
            ) from error
        undo.pop_all()
    return found


def address_of(bound: socket.socket, host: str) -> str:
    """How a browser finds it: the host by its name, or a wildcard by this machine's.

    Args:
        bound: Listens.
        host: What it was bound to.
    """
    port = bound.getsockname()[1]
    name = socket.gethostname() if host in WILDCARDS else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


class Screen(AppService):
    """One screen in one browser: a process that ends when either goes."""

    def __init__(self, argv: Sequence[str], browser: web.WebSocketResponse) -> None:
        super().__init__(
            shlex.join(argv),
            write_bytes=browser.send_bytes,
            write_str=browser.send_str,
            close=_closing(browser),
            download_manager=DownloadManager(),
        )
        self._argv = argv

    async def _open_app_process(self, width: int = 80, height: int = 24) -> asyncio.subprocess.Process:
        """No shell reads the command, and ctrl-C at the server's terminal is the server's alone."""
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            str(_cells(width)),
            str(_cells(height)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._process, self._stdin = process, process.stdin
        return process

    async def set_terminal_size(self, width: int, height: int) -> None:
        """A size that can be drawn, whatever was asked for."""
        await super().set_terminal_size(_cells(width), _cells(height))

    async def run(self) -> None:
        """Until the process has ended; so does what the browser shows then."""
        try:
            await super().run()
        finally:
            with suppress(ConnectionError):
                await self.remote_close()

    def kill(self) -> None:
        """End it in whatever state it is."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def end(self) -> None:
        """Tell it to end, and wait until it has; for so long as it takes to do that in order."""
        process = self._process
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stop(), GRACE_S)
        if process is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE_S)
            if process.returncode is None:
                self.kill()
                await process.wait()


class Reception(TextualServer):
    """Lets in who has come by the link, and gives each browser window a screen."""

    def __init__(self, argv: Sequence[str], door: Door, *, names: frozenset[str]) -> None:
        """Begin with nobody in.

        Args:
            argv: Starts a screen; its columns and rows come behind it.
            door: Who may come in.
            names: What this server may be called beside its address, in lower case.
        """
        super().__init__(shlex.join(argv), title="replaybook")
        self._argv, self._door, self._names = argv, door, names
        self._page, self._script = (
            files("app.serving").joinpath(name).read_text(encoding="utf-8") for name in ("page.html", "page.js")
        )
        self._open: dict[web.WebSocketResponse, Screen] = {}

    @property
    def screens(self) -> int:
        """How many are open."""
        return len(self._open)

    def application(self) -> web.Application:
        """Everything behind the door."""
        app = web.Application(middlewares=[self._guard])
        path = self._door.path
        app.router.add_get("/", self._come_in)
        app.router.add_get(path, self.handle_page)
        app.router.add_get(f"{path}page.js", self._give_script)
        app.router.add_get(f"{path}ws", self.handle_websocket)
        app.router.add_static(f"{path}static", self.statics_path)
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Ask before anything else: under which name, from which page, with which cookie."""
        reached = request.transport.get_extra_info("sockname")[0] if request.transport else ""
        headers = request.headers
        why = objection(
            headers.get("Host"),
            headers.get("Origin"),
            reached=reached,
            names=self._names,
            socket="upgrade" in headers.get("Connection", "").lower() or "Upgrade" in headers,
        )
        if why is None and request.method != "GET":
            why = "nothing but GET is answered"
        if why is None and request.path != "/" and not self._door.knows(request.cookies.get(COOKIE, "")):
            why = HOW_IN
        return await handler(request) if why is None else _refused(why)

    async def _come_in(self, request: web.Request) -> web.StreamResponse:
        """The link: once, in exchange for a cookie."""
        if not self._door.admits(request.query.get("token", "")):
            return _refused(HOW_IN)
        response = web.Response(status=303, headers={**HEADERS, "Location": self._door.path})
        response.set_cookie(COOKIE, self._door.cookie, path=self._door.path, httponly=True, samesite="Strict")
        return response

    async def handle_page(self, request: web.Request) -> web.StreamResponse:
        """The page that the screen is drawn on."""
        host = html.escape(request.host)
        size = min(max(to_int(request.query.get("fontsize", ""), FONT), 6), 60)
        text = self._page.replace("{host}", host).replace("{path}", self._door.path).replace("{size}", str(size))
        policy = {"Content-Security-Policy": POLICY.format(host=request.host)}
        return web.Response(text=text, content_type="text/html", headers={**HEADERS, **policy})

    async def _give_script(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=self._script, content_type="text/javascript", headers=HEADERS)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One window's screen, for as long as both are there."""
        browser = web.WebSocketResponse(heartbeat=15, max_msg_size=MOST_TYPED)
        await browser.prepare(request)
        if self.screens >= SCREENS:
            await browser.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too many screens are open")
            return browser
        screen = self._open[browser] = Screen(self._argv, browser)
        try:
            await screen.start(to_int(request.query.get("width", ""), 80), to_int(request.query.get("height", ""), 24))
            with suppress(*NOT_UNDERSTOOD):
                await self._process_messages(browser, screen)
        finally:
            try:
                await asyncio.shield(screen.end())
            finally:
                del self._open[browser]
            await browser.close()
        return browser

    def kill(self) -> None:
        """End every screen at once, in whatever state it is."""
        for screen in self._open.values():
            screen.kill()

    async def close(self) -> None:
        """End every screen in order."""
        await asyncio.gather(*(one.close(code=WSCloseCode.GOING_AWAY) for one in self._open))


async def serve(
    reception: Reception, bound: socket.socket, *, enter: Callable[[], None], told: Callable[[str], None]
) -> int:
    """Serve until a signal says that it is enough.

    Args:
        reception: Lets browsers in.
        bound: Listens.
        enter: Called when a line was typed at this terminal.
        told: Told what goes on.

    Returns:
        The signal.
    """
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if stopped.done():
            reception.kill()
        else:
            stopped.set_result(number)

    for each in STOPPING:
        loop.add_signal_handler(each, stop, each)
    if sys.stdin.isatty():
        loop.add_reader(sys.stdin.fileno(), _typed, enter)
    runner = web.AppRunner(reception.application(), access_log=None, shutdown_timeout=GRACE_S)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        # A screen that can't begin says why on what it takes for this process's output.
        with redirect_stdout(_Printable()):
            number = await stopped
            if reception.screens:
                told(f"closing {reception.screens} screens; recordings go on. ctrl-C again closes them at once")
            await reception.close()
    finally:
        await runner.cleanup()
    return number


class _Printable(io.TextIOBase):
    """Standard error for what a screen said that fell over: it may hold recorded text."""

    def write(self, text: str) -> int:
        return sys.stderr.write(printable(text))


def _closing(browser: web.WebSocketResponse) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        await browser.close()

    return close


def _typed(enter: Callable[[], None]) -> None:
    """A line came; not read where this runs in the background of its terminal."""
    with suppress(OSError):
        if os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp():
            return
        if os.read(sys.stdin.fileno(), 4096):
            enter()
        else:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


def _refused(why: str) -> web.Response:
    return web.Response(status=403, text=f"replaybook: {why}\n", headers=HEADERS)


def _cells(asked: object) -> int:
    least, most = CELLS
    return min(max(asked, least), most) if isinstance(asked, int) else least
