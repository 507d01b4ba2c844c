"""Starts a host, and with it a shell: from what a session shall be to a process that a front end is connected to."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from capture.errors import HostError
from capture.home import Home
from capture.host_process import ChildProcess, HostProcess
from capture.printable import printable
from capture.runtime import log_of, session_folder, socket_of
from capture.shells import RECORDED
from capture.shells.channel import BEFORE, write_private
from capture.shells.versions import too_old
from capture.standby import kept
from capture.wire import SESSION, SessionMode, SessionSpec

OWN_VARIABLES = "REPLAYBOOK_"
"""Variables of this program itself begin so; the recorded shell does not get them."""
DEFAULT_TERM = "xterm-256color"


class Launched(NamedTuple):
    """A host that is starting its shell."""

    connection: socket.socket
    """To the host."""
    host: HostProcess
    """Its process."""
    spec: SessionSpec
    """What it was started with, its shared folder and its environment filled in."""


def launch(spec: SessionSpec) -> Launched:
    """Start a shell under a host of its own.

    Args:
        spec: What to start.

    Returns:
        The host; it tells on the connection what becomes of it.

    Raises:
        HostError: The shell is missing, or it or a variable can't be recorded, or there is no room for a folder.
    """
    environment = _environment(spec)
    _check_variables(environment)
    if spec.remote is None:
        _check_shell(spec.shell, environment)
    folder = Path(spec.folder) if spec.folder else session_folder(spec)
    spec = msgspec.structs.replace(spec, folder=str(folder), environment=environment)
    if spec.before and spec.remote is None:
        write_private(folder / BEFORE, spec.before)
    address = socket_of(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen(1)
        # Before there is a host: one that dies at once leaves nothing to connect to.
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(address))
        host = _start_host(spec, listener, log_of(folder))
    return Launched(connection, host, spec)


def _check_variables(environment: Mapping[str, str]) -> None:
    """Refuse variables that no trace could tell."""
    for name, value in environment.items():
        try:
            f"{name}{value}".encode()
        except UnicodeEncodeError:
            told = printable(name)
            raise HostError(
                f"the variable {told} holds bytes that are no UTF-8 and can't be recorded; unset it, "
                f"or start with `env -u {told} replaybook …`"
            ) from None


def expect_replays(*, fresh: bool = False) -> None:
    """Replays will be asked for: within `standing_by`, what their hosts are forked from starts now and not with one.

    Args:
        fresh: This process has just begun (`Standby.begin`).
    """
    if (standby := kept()) is not None:
        standby.begin(_hosts_environment(), fresh=fresh)


def _hosts_environment() -> dict[str, str]:
    package = str(Path(__file__).resolve().parent.parent)
    # -P and the path of this very package: the host is never an accidental module of the working directory.
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")]).rstrip(":")}


def _check_shell(name: str, environment: Mapping[str, str]) -> None:
    """Refuse a shell that would never say that it is ready."""
    if name in RECORDED and name != "bash" and shutil.which(name, path=environment.get("PATH")) is None:
        raise HostError(f"{name} can't be started: it is not on PATH; install it, or record in bash")
    if (reason := too_old(name, environment)) is not None:
        raise HostError(reason)


def _environment(spec: SessionSpec) -> dict[str, str]:
    given = os.environ if spec.environment is None else spec.environment
    if spec.always is None:
        environment = {name: value for name, value in given.items() if not name.startswith(OWN_VARIABLES)}
    else:
        # It is the user's everyday shell: it keeps their settings of this program, and can name its own session.
        environment = {**given, SESSION: str(Home(Path(spec.home)).always / spec.run_id)}
    environment.setdefault("TERM", DEFAULT_TERM)
    return environment


def _start_host(spec: SessionSpec, listener: socket.socket, log: Path) -> HostProcess:
    environment = _hosts_environment()
    told, standby = msgspec.json.encode(spec), kept()
    with log.open("wb") as words:
        if standby is not None and spec.mode is SessionMode.HANDED:
            return standby.fork(told, listener, words.fileno(), environment)
        host = subprocess.Popen(
            [sys.executable, "-P", "-m", "capture.host", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=words,
            pass_fds=[listener.fileno()],
            start_new_session=True,
            cwd="/",
            env=environment,
        )
    stdin = host.stdin
    if stdin is not None:
        with contextlib.suppress(BrokenPipeError), stdin:
            stdin.write(told)
    return ChildProcess(host)
