"""What a host begins with: the time, the shell, the head of its run, and where contents that steps write are kept."""

import ctypes
import errno
import getpass
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from capture.secrets.redaction import Redactor
from capture.shells import Shell
from capture.terminal import PseudoTerminal
from capture.trace import Run, RunStatus
from capture.wire import SessionSpec

_PR_SET_DUMPABLE = 4


class SystemClock:
    """The machine's own time."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def now(self) -> datetime:
        """Wall clock, UTC."""
        return datetime.now(UTC)

    def began(self) -> datetime:
        """When it was made, wall clock, UTC: where the tape's times count from."""
        return self.now() - timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        """Seconds since this clock was made."""
        return time.monotonic() - self._start


def head_of(spec: SessionSpec, started_at: datetime) -> Run:
    """The head of the run that a session becomes.

    Args:
        spec: What was started.
        started_at: When.
    """
    return Run(
        run_id=spec.run_id,
        name=spec.name,
        goal=spec.goal,
        status=RunStatus.IN_PROGRESS,
        started_at=started_at,
        shell=spec.shell,
        cwd=spec.cwd,
        host=spec.remote.name if spec.remote else os.uname().nodename,
        kernel="" if spec.remote else os.uname().release,
        user="" if spec.remote else getpass.getuser(),
        user_home="" if spec.remote else (spec.environment or {}).get("HOME", ""),
        workspace=spec.workspace,
        watch=spec.watch,
        columns=spec.columns,
        rows=spec.rows,
        replay_id=spec.replay_id,
    )


def spawned(spec: SessionSpec, shell: Shell) -> PseudoTerminal:
    """Start the shell of a session.

    Args:
        spec: Where, how large and wrapped in what.
        shell: Which.
    """
    return PseudoTerminal(
        (*spec.wrap, *shell.argv),
        # One that only a sandbox has is the wrapper's to go to.
        cwd=spec.cwd if not spec.wrap or Path(spec.cwd).is_dir() else "/",
        environment=spec.environment or {},
        size=(spec.columns, spec.rows),
        contained=bool(spec.wrap),
    )


def leave_no_core() -> None:
    """A crash of this process must not write what it knows to disk. Called once the shell runs: that may dump."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def remedy(error: OSError, home: str) -> str:
    """What to do about a disk that said no.

    Args:
        error: What it said.
        home: Where it said so.
    """
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return f"make room in {home}" if full else f"check the disk under {home}"


def keeper(
    store: Callable[[bytes], object], redactor: Redactor, warn: Callable[[str], None]
) -> Callable[[bytes], None]:
    """Where contents that steps write go; a disk that says no costs the content, not the step.

    Args:
        store: Takes what is kept.
        redactor: What it would mask is not kept.
        warn: Told once that contents are not kept any more.

    Returns:
        Takes a content.
    """
    warned = False

    def keep(content: bytes) -> None:
        nonlocal warned
        if not redactor.holds_secret(content):
            try:
                store(content)
            except OSError as error:
                if not warned:
                    warn(f"what steps write is not kept any more: {error.strerror}; {remedy(error, 'the home')}")
                warned = True

    return keep
