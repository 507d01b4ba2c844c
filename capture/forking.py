"""A process that has read all that a host needs, and forks one when a session begins: nobody waits for imports twice.

It has no thread, so it may fork. It ends when its front end does, however that ends; the hosts that it forked go on.
"""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import msgspec

from capture import host
from capture.errors import ReplaybookError
from capture.home import Home
from capture.host_process import NUMBER
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules, packaged
from capture.secrets.streaming import StreamRedactor
from capture.shells.remote import init_file
from capture.wire import requests

_COLOURED = b"\x1b[7m%b\x1b[27m\n"
"""As line editors and programs print: text with colours in it is held to rules of its own."""


_LISTED = "out/a.txt 0000644 root 1795792000 ".encode("utf-16-le") * 8
"""As archives say of their files: what is half zeros is read as wide text as well."""
_TYPED = b"\x1b[?2004hroot@host:~# \x1b[7m%b\x1b[27m%b%b\r\n\x1b[?2004l\r"
"""As a line editor shows what is pasted: in reverse first, then anew from its beginning."""


class _Ahead(msgspec.Struct, frozen=True):
    """What of a `SessionSpec` is read ahead by."""

    home: str
    expected: tuple[str, ...] = ()


_AHEAD = msgspec.json.Decoder(_Ahead)


def main() -> None:
    """Serve the control socket whose descriptor is the argument."""
    serve(socket.socket(fileno=int(sys.argv[1])))


def serve(control: socket.socket) -> None:
    """Fork a host for each spec that comes.

    Args:
        control: To the front end.
    """
    _read_ahead()
    # What all hosts share stays shared: a collector that looked at it would have each of them copy it.
    gc.freeze()
    # Nobody here asks how a host ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        head, descriptors, _, _ = socket.recv_fds(control, NUMBER.size, 2, socket.MSG_WAITALL)
        if len(head) < NUMBER.size:
            return
        spec = _read(control, NUMBER.unpack(head)[0])
        listener, log = descriptors
        _read_ahead_of(_AHEAD.decode(spec))
        pid = os.fork()
        if pid == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.dup2(log, sys.stderr.fileno())
            os.close(log)
            try:
                host.run(spec, listener)
            finally:
                # What was read before the fork is not taken down once more in each child.
                os._exit(0)
        os.close(listener)
        os.close(log)
        child = os.pidfd_open(pid)
        socket.send_fds(control, [NUMBER.pack(pid)], [child])
        os.close(child)


def _read_ahead() -> None:
    """Load what a host loads only on its way: shells, and rules that are compiled when text is first held to them."""
    for name in ("shells.bash", "shells.fish", "shells.zsh", "files.watcher"):
        import_module(f"capture.{name}")
    redactor = Redactor(packaged())
    redactor.environment(os.environ)
    redactor.command("true")
    stream = StreamRedactor(redactor)
    for sample in map(str.encode, os.environ.values()):
        redactor.holds_secret(sample)
        stream.feed(sample + b"\n" + _COLOURED % sample + sample)
        stream.pause()
    redactor.holds_secret(_LISTED)
    init_file()
    requests()


@lru_cache(maxsize=1)
def _read_ahead_of(session: _Ahead) -> None:
    """Hold its commands to the rules of its home: what those learn by it, each host would have to learn by itself."""
    # A host says by itself what is wrong with the user's rules.
    with suppress(ReplaybookError):
        redactor = Redactor(load_rules(Home(Path(session.home))))
        stream = StreamRedactor(redactor)
        for command in ("true", *session.expected):
            redactor.command(command)
            typed = command.encode("utf-8", "surrogatepass")
            stream.feed(_TYPED % (typed, b"\b" * len(typed), typed))
            stream.pause()
    gc.freeze()


def _read(control: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length and (piece := control.recv(length - len(data))):
        data += piece
    return bytes(data)


if __name__ == "__main__":
    main()
