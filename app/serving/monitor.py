"""Answers a monitor: `/metrics` in Prometheus' text format, `/health` as JSON; reads only, one request a thread."""

import ipaddress
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

import msgspec

from app.doctor import Finding, State
from capture.errors import BadInputError, HostError, ReplaybookError
from replay.operations.counting import Figures
from replay.operations.exposing import exposed

TEXT = "text/plain; version=0.0.4; charset=utf-8"
PATIENCE_S = 10.0
"""How long a client may take to say what it wants."""


class Watched(Protocol):
    """Whose figures are told; each call may block."""

    def figures(self) -> Figures:
        """What all work came to until now."""
        ...

    def vitals(self) -> tuple[Finding, ...]:
        """Whether it is in order."""
        ...


def monitor(core: Watched, address: str) -> ThreadingHTTPServer:
    """A server that is bound, and answers once it serves.

    Args:
        core: Whose figures.
        address: `HOST:PORT`; port 0 takes a free one.

    Raises:
        BadInputError: It is no address.
        HostError: It can't be bound.
    """
    host, port = _place(address)
    one_at_a_time = threading.Lock()

    class Answering(BaseHTTPRequestHandler):
        timeout = PATIENCE_S
        server_version, sys_version = "replaybook", ""

        def do_GET(self) -> None:
            """Answer, or say what there is."""
            try:
                with one_at_a_time:
                    status, kind, content = _answer(core, self.path.partition("?")[0])
            except ReplaybookError as error:
                status, kind, content = HTTPStatus.SERVICE_UNAVAILABLE, TEXT, f"{error}\n".encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base names it
            """Nobody reads along."""

    class Serving(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

    try:
        return Serving((host, port), Answering)
    except OSError as error:
        raise HostError(f"{address} can't be listened at: {error.strerror}; give another --listen") from error


def serve_metrics(core: Watched, address: str, told: Callable[[str], None]) -> None:
    """Answer until ctrl-C or SIGTERM.

    Args:
        core: Whose figures.
        address: `HOST:PORT`.
        told: Is told where it answers.
    """
    with monitor(core, address) as server:
        bound, port = server.socket.getsockname()[:2]
        at = f"[{bound}]:{port}" if ":" in bound else f"{bound}:{port}"
        beyond = "" if ipaddress.ip_address(bound).is_loopback else "; everybody who reaches this machine may read it"
        told(f"http://{at}/metrics and http://{at}/health answer until ctrl-C{beyond}")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


def _answer(core: Watched, path: str) -> tuple[HTTPStatus, str, bytes]:
    if path == "/metrics":
        return HTTPStatus.OK, TEXT, exposed(core.figures())
    if path == "/health":
        found = core.vitals()
        good = all(one.state is State.OK for one in found)
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        return status, "application/json", msgspec.json.encode(found) + b"\n"
    return HTTPStatus.NOT_FOUND, TEXT, b"there are /metrics and /health\n"


def _place(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - the largest port
        raise BadInputError(f"{address!r} is no address; give one as 127.0.0.1:9464")
    return host, int(port)
