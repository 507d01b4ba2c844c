"""How a program gets its terminal: by `posix_spawn(3)` where that can, for a fork copies what is never used again."""

import os
import signal
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
from ptyprocess import PtyProcess  # type: ignore[import-untyped] # it brings no types

_RESTORED = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGPIPE,
    signal.SIGCHLD,
    signal.SIGXFSZ,
)
_OWN = Path("/proc/self/fd")
_STANDARD = 3
_SPAWNS = sys.platform == "linux" and _OWN.is_dir()
"""Elsewhere a terminal that is opened becomes nobody's own."""
if TYPE_CHECKING:
    _Spawn = pexpect.spawn[bytes]
else:
    _Spawn = pexpect.spawn


class Spawned(_Spawn):
    """A program on a terminal of its own, as pexpect has it.

    Args:
        argv: The command line.
        cwd: Where it begins.
        environment: All of its variables.
        size: Columns and rows.

    Raises:
        pexpect.ExceptionPexpect: There is no such program.
        OSError: It can't be started.
    """

    def __init__(
        self, argv: tuple[str, ...], *, cwd: str, environment: Mapping[str, str], size: tuple[int, int]
    ) -> None:
        columns, rows = size
        super().__init__(
            argv[0],
            list(argv[1:]),
            cwd=cwd,
            env=dict(environment),
            dimensions=(rows, columns),
            preexec_fn=_restore_signals,
        )

    def _spawnpty(self, args: list[str], **rest: Any) -> PtyProcess:
        """What pexpect calls to start its program; `rest` holds what was given above, by its names there."""
        if _SPAWNS and _stands_in(rest["cwd"]):
            with suppress(NotImplementedError):
                return _on_terminal(args, rest["env"], rest["dimensions"])
        return super()._spawnpty(args, **rest)  # type: ignore[misc] # its types leave it out


def _stands_in(folder: str) -> bool:
    """Whether this process does."""
    with suppress(OSError):
        return os.getcwd() == folder  # noqa: PTH109 - only compared
    return False


def _on_terminal(argv: list[str], environment: Mapping[str, str], dimensions: tuple[int, int]) -> PtyProcess:
    """Start a program where this process stands: whoever begins a session and opens a terminal has it for its own."""
    ours, theirs = os.openpty()
    try:
        termios.tcsetwinsize(theirs, dimensions)
        pid = os.posix_spawn(
            argv[0],
            argv,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(theirs), os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
                *((os.POSIX_SPAWN_CLOSE, number) for number in _inherited()),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=_RESTORED,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return PtyProcess(pid, ours)


def _inherited() -> list[int]:
    """Descriptors that a program would be born with."""
    found = []
    for number in map(int, os.listdir(_OWN)):  # noqa: PTH208 - names are wanted
        # The one that lists them is closed by now.
        with suppress(OSError):
            if number >= _STANDARD and os.get_inheritable(number):
                found.append(number)
    return found


def _restore_signals() -> None:
    """What the host ignores, programs must not."""
    for number in _RESTORED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
