"""The private folder of a running session, where its host, its shell and its front ends meet."""

import contextlib
import os
import tempfile
from pathlib import Path

from capture.errors import HostError
from capture.wire import SessionSpec

SHARED = "shell"
"""Name of the folder that host and shell share, beside the socket."""
_SOCKET = "control"
_LOG = "log"
_PREFIX = "rb-"


def session_folder(spec: SessionSpec) -> Path:
    """Make the private folder that a session's host and shell share; a sandbox must show it to the shell.

    Args:
        spec: The session to be; give it the folder as `folder`.

    Returns:
        An empty folder, at the same path inside and outside.

    Raises:
        HostError: There is no place for it.
    """
    folder = runtime_folder(lasting=spec.keep_on_detach) / SHARED
    folder.mkdir(mode=0o700)
    return folder


def socket_of(folder: Path) -> Path:
    """Where the host listens.

    Args:
        folder: From `session_folder`.
    """
    return folder.parent / _SOCKET


def log_of(folder: Path) -> Path:
    """What the host says when it dies of a defect.

    Args:
        folder: From `session_folder`.
    """
    return folder.parent / _LOG


def is_made_here(folder: Path) -> bool:
    """Whether all around it was made for the session, and may be removed with it.

    Args:
        folder: As a front end was told, perhaps not from `session_folder`.
    """
    return folder.parent.name.startswith(_PREFIX)


def runtime_folder(*, lasting: bool = False) -> Path:
    """Make a private folder, in memory where the system has one: what a shell says through it is not masked yet.

    Args:
        lasting: It may be wanted longer than the login.

    Raises:
        HostError: There is no place for it.
    """
    # The runtime folder of a login vanishes with the last of its sessions: what is to outlive one can't be there.
    login = None if lasting else os.environ.get("XDG_RUNTIME_DIR")
    for base in filter(None, (login, "/dev/shm")):  # noqa: S108 - mkdtemp makes a private one
        with contextlib.suppress(OSError):
            return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    with contextlib.suppress(OSError):
        return Path(tempfile.mkdtemp(prefix=_PREFIX))
    raise HostError(
        f"no temporary folder can be made in {tempfile.gettempdir()}; set TMPDIR to one that can be written"
    )
