"""One hook of an agent, from what it was given to its end: it is quick, says nothing, and never fails its agent.

It ends with 0 and an empty stdout, which lets the agent go on and gives its model nothing. Where not even the log can
be written, the beginning of a session answers with a `systemMessage`, which the agent shows to its user alone:
https://code.claude.com/docs/en/hooks.
"""

import os
import signal
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import IO, Any

import msgspec

from capture.errors import BadInputError
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER, Home
from capture.processes import parent

Take = Callable[[Mapping[str, Any], Home, datetime, int], None]
"""Lets a hook's word land: the word, the home, the time, the process id of the agent."""
LARGEST = 64 << 20
"""Bytes of the longest word that is heard."""
LOG, LARGEST_LOG = "errors.log", 1 << 20
_WITHIN_S = 8.0
_FIRST = "SessionStart"
"""The event at which a user is told what can't be logged: once a session."""
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "fish", "busybox", "env", "timeout"})


class UnheardError(ValueError):
    """A hook was given what can't be heard; the message says why, and nothing of what it was given."""


def hear(home: Home, given: IO[bytes], take: Take) -> str | None:
    """Let the word of a hook land; whatever goes wrong stands in a log in the home.

    Args:
        home: Where runs are kept; made when missing.
        given: What the agent gives the hook.
        take: Lets it land.

    Returns:
        What the user must be told because nothing can be written; None: nothing.
    """
    told: dict[str, Any] = {}
    try:
        previous = signal.signal(signal.SIGALRM, _too_long)
        signal.setitimer(signal.ITIMER_REAL, _WITHIN_S)
        try:
            word = given.read(LARGEST + 1)
            if len(word) > LARGEST:
                raise UnheardError(f"what the hook was given is longer than {LARGEST >> 20} MiB")
            told = msgspec.json.decode(word, type=dict[str, Any])
            take(told, home.prepare(), datetime.now(UTC), agent_above())
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
    except BaseException as error:  # noqa: BLE001 - an agent must never be stopped by its being recorded
        if not _log(home, error) and told.get("hook_event_name") == _FIRST:
            return f"replaybook records nothing of this session: {home.path} can't be written ({_why(error)})"
    return None


def troubles(home: Home) -> tuple[str, ...]:
    """What went wrong with hooks, a line each, the newest last."""
    try:
        lines = (home.hooks / LOG).read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    return tuple(line for line in lines if line.strip())


def agent_above() -> int:
    """The process that runs this hook: the first one above that is no shell."""
    pid = os.getppid()
    while pid > 1 and (told := parent(pid)) is not None and told[1] in _SHELLS:
        pid = told[0]
    return pid


def _too_long(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TimeoutError(f"not done within {_WITHIN_S:.0f} s")


def _log(home: Home, error: BaseException) -> bool:
    """One line an error; never what was told, which may hold a secret. Whether it could be written."""
    try:
        home.hooks.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        line = f"{at} {type(error).__name__}: {_why(error)}\n"
        log = os.open(home.hooks / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            if os.fstat(log).st_size < LARGEST_LOG:
                os.write(log, line.encode("utf-8", "replace"))
        finally:
            os.close(log)
    except OSError:
        return False
    return True


def _why(error: BaseException) -> str:
    if isinstance(error, msgspec.DecodeError):
        return "what the hook was given is no JSON object"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, TimeoutError | UnheardError | BadInputError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    return f"in {frames[-1].name}, {Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else "unknown"
