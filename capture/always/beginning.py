"""Begins a session that keeps its last commands: quick, for it stands before every first prompt."""

import os
from datetime import UTC, datetime
from pathlib import Path

from capture.always.rotation import DEFAULT_LIMIT
from capture.always.sessions import KEPT_SESSIONS, drop_old, inside_recording
from capture.errors import HostError
from capture.home import Home
from capture.naming import new_run_id
from capture.session import Session
from capture.wire import SessionMode, SessionSpec


def begin(
    home: Home,
    *,
    shell: str,
    size: os.terminal_size,
    limit: int = DEFAULT_LIMIT,
    keep: int = KEPT_SESSIONS,
    secrets: tuple[str, ...] = (),
) -> Session:
    """Begin one here; it is no run, and old ones are dropped.

    Args:
        home: Prepared.
        shell: Which shell.
        size: Of the terminal.
        limit: Bytes that it may take.
        keep: How many ended sessions stay.
        secrets: What is written nowhere, beside what the rules tell.

    Returns:
        The session.

    Raises:
        HostError: This terminal is recorded already, or the shell can't be started.
    """
    if inside_recording():
        raise HostError("this terminal is being recorded already; nothing was begun")
    drop_old(home, keep)
    run_id, cwd = new_run_id(datetime.now(UTC)), str(Path.cwd())
    return Session.start(
        SessionSpec(
            home=str(home.path),
            run_id=run_id,
            name=run_id,
            shell=shell,
            cwd=cwd,
            workspace=cwd,
            columns=size.columns,
            rows=size.lines,
            mode=SessionMode.TYPED,
            always=limit,
            secrets=secrets,
        )
    )
