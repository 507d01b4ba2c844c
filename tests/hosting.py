"""Forks the hosts of sessions: to import one anew costs more than most sessions of a test do.

What a fork runs is the host from its spec on, in a process of its own. How a host is started is the matter of few
tests: those ask for `own_hosts`, and where a shell starts the installed command its hosts are started as ever.
"""

import os
import signal
import socket
import sys
from pathlib import Path

import msgspec

from capture import host, launching
from capture.forking import _read_ahead
from capture.host_process import NUMBER, ForkedProcess, HostProcess
from capture.standby import kept
from capture.wire import SessionSpec

own = launching._start_host
"""How the program starts them."""


def forked(asked: socket.socket, spec: SessionSpec, listener: socket.socket, log: Path) -> HostProcess:
    """In place of `capture.launching._start_host`.

    Args:
        asked: To the process that forks.
        spec: What to start.
        listener: Where front ends attach.
        log: Takes the last words.
    """
    if kept() is not None or not hasattr(os, "pidfd_open"):
        return own(spec, listener, log)
    try:
        request = msgspec.json.encode((spec, dict(os.environ)))
    except UnicodeEncodeError:
        return own(spec, listener, log)
    answers, theirs = socket.socketpair()
    with answers, theirs, log.open("wb") as words:
        # In a file: how a shadow wraps a shell may be longer than a message can be.
        with os.fdopen(os.memfd_create("request"), "w+b", buffering=0) as written:
            written.write(request)
            socket.send_fds(asked, [b"\0"], [listener.fileno(), words.fileno(), theirs.fileno(), written.fileno()])
        theirs.close()
        told, (descriptor,), _, _ = socket.recv_fds(answers, NUMBER.size, 1)
    return ForkedProcess(NUMBER.unpack(told)[0], descriptor, _wait)


def _wait(process: ForkedProcess, timeout_s: float) -> None:
    """As one waits for a child."""
    if not process.ended(timeout_s):
        process.kill()


def serve(requests: socket.socket) -> None:
    """Fork a host for each request, until nobody is left who could ask."""
    _read_ahead()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    requests.send(NUMBER.pack(os.getpid()))
    while True:
        asked, descriptors, _, _ = socket.recv_fds(requests, 1, 4)
        if not asked:
            return
        listener, log, answers, written = descriptors
        with os.fdopen(written, "rb") as file:
            file.seek(0)
            request = file.read()
        # One that ends at once is gone before it can be told of.
        gate, opens = os.pipe()
        pid = os.fork()
        if pid == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.chdir("/")
            os.dup2(log, sys.stderr.fileno())
            for descriptor in (log, answers, opens):
                os.close(descriptor)
            os.read(gate, 1)
            os.close(gate)
            spec, environment = msgspec.json.decode(request, type=tuple[msgspec.Raw, dict[str, str]])
            os.environ.clear()
            os.environ.update(environment)
            try:
                host.run(bytes(spec), listener)
            finally:
                os._exit(0)
        child = os.pidfd_open(pid)
        with socket.socket(fileno=answers) as told:
            socket.send_fds(told, [NUMBER.pack(pid)], [child])
        for descriptor in (listener, log, gate, opens, child):
            os.close(descriptor)


def running(forker: int) -> set[int]:
    """Hosts that were forked and have not ended.

    Args:
        forker: The process that serves.
    """
    return set(map(int, Path(f"/proc/{forker}/task/{forker}/children").read_text().split()))
