"""What the program did, as JSON lines for whoever collects logs: no command, no value and nobody's text is in it.

Decisions are not told twice: `audit.ndjson` is such a file itself.
"""

import errno
import os
import time
from datetime import UTC, datetime

import msgspec

from capture.home import PRIVATE_FILE

VARIABLE = "REPLAYBOOK_LOG"
"""Names the file; without it nothing is logged."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line."""

    at: str
    """ISO 8601 UTC."""
    event: str
    """`command` or `replay`."""
    pid: int
    command: str | None = None
    """The words that name it, without what it was given."""
    code: int | None = None
    """Its exit code."""
    ms: float | None = None
    """How long it took."""
    error: str | None = None
    """The kind of error that ended it."""
    replay_id: str | None = None
    playbook: str | None = None
    """`NAME@V`."""
    mode: str | None = None
    status: str | None = None
    failure_class: str | None = None
    """What it stopped at."""


def opened(path: str) -> int:
    """A descriptor that appends; never waits: a pipe must have a reader already.

    Raises:
        OSError: It can't be written.
    """
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, PRIVATE_FILE)


def refusal(path: str, error: OSError) -> str:
    """Why a line could not be written, in a clause.

    Args:
        path: Of the log.
        error: What opening or writing it came to.
    """
    why = "is a pipe that nobody reads" if error.errno == errno.ENXIO else f"can't be written: {error.strerror}"
    return f"{path} {why}"


def log(event: str, **fields: object) -> str | None:
    """Append a line; a log that can't be written stops no work.

    The file is opened for each line, so that it may be rotated at any time; a line is one write.

    Args:
        event: What happened.
        fields: Of `Event`.

    Returns:
        Why it could not be written, in a clause.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    now = datetime.now(UTC).isoformat()
    line = msgspec.json.encode(msgspec.convert({"at": now, "event": event, "pid": os.getpid(), **fields}, Event))
    try:
        descriptor = opened(path)
        try:
            os.write(descriptor, line + b"\n")
        finally:
            os.close(descriptor)
    except OSError as error:
        return refusal(path, error)
    return None


class Watch:
    """Measures one command."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def ended(self, command: str, code: int, error: BaseException | None = None) -> str | None:
        """Log it; returns why that could not be, in a clause.

        Args:
            command: Its name.
            code: Its exit code.
            error: What ended it.
        """
        kind = type(error).__name__ if error is not None and code else None
        return log(
            "command", command=command, code=code, ms=round((time.monotonic() - self._began) * 1000, 1), error=kind
        )
