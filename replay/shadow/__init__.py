"""Isolated copies of a workspace, strongest first, in which a version is tried; nothing in them reaches the host."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from capture.errors import BadInputError, HostError
from replay.place import Place
from replay.shadow.bubblewrap import Bubblewrap
from replay.shadow.credentials import credential_paths, home_folders
from replay.shadow.folders import copy_workspace, fingerprint, fits, make_base, remove, workspace_digest
from replay.shadow.isolation import Grounds, Isolation, Level
from replay.shadow.landlock import Landlock

__all__ = [
    "ISOLATIONS",
    "Isolation",
    "Level",
    "fingerprint",
    "fits",
    "offered",
    "open_shadow",
    "strongest",
    "workspace_digest",
]

ISOLATIONS: tuple[Isolation, ...] = (Bubblewrap(), Landlock())
"""Strongest first."""
PROBE_TIMEOUT_S = 20
"""How long an attempt may take."""
_PROBE = 'echo made >"$1/inside" && if echo leaked >"$2/outside"; then exit 9; fi'
_ROUNDS = 50


def strongest() -> Level:
    """The best level that this machine really offers; found out once in a process."""
    return next((isolation.level for isolation in ISOLATIONS if _holds(isolation.level)), Level.L0)


def offered() -> tuple[Level, ...]:
    """Every level that this machine really offers, strongest first."""
    return tuple(isolation.level for isolation in ISOLATIONS if _holds(isolation.level))


@contextlib.contextmanager
def open_shadow(workspace: Path, *, hidden: Sequence[Path] = (), level: Level | None = None) -> Iterator[Place]:
    """An isolated copy of a workspace, removed at the end with every process that was left in it.

    Args:
        workspace: The real one.
        hidden: What must not be seen from within besides the user's credentials.
        level: Which; None for the strongest.

    Yields:
        How a shell is started there.

    Raises:
        BadInputError: The workspace is no directory, or too big to copy.
        HostError: The level is not to be had here, or the copy failed.
    """
    origin = workspace.resolve()
    if not origin.is_dir():
        raise BadInputError(f"workspace {workspace} is not a directory; give another with --cwd")
    wanted = level or strongest()
    isolation = _isolation(wanted)
    if isolation is None:
        raise HostError("this machine offers no isolation for a shadow; `replaybook doctor` says what is missing")
    with _grounds(origin, hidden) as grounds:
        copy_workspace(origin, grounds.copy)
        yield isolation.place(grounds)


@contextlib.contextmanager
def _grounds(origin: Path, hidden: Sequence[Path]) -> Iterator[Grounds]:
    base = make_base(origin)
    # Apart from the base and short: a socket is made beside it, and the length of its path is limited.
    runtime = Path(tempfile.mkdtemp(prefix="rb-")).resolve()
    try:
        grounds = Grounds(
            origin=origin,
            base=base,
            session=runtime / "shell",
            hidden=(*(path.resolve() for path in hidden), *credential_paths()),
            home=home_folders()[0],
            needed=tuple(Path(path).resolve() for path in os.get_exec_path() if path.startswith("/")),
        )
        grounds.session.mkdir(mode=0o700)
        grounds.temporary.mkdir(mode=0o700)
        yield grounds
    finally:
        _end_processes(base)
        remove(base)
        remove(runtime)


def _isolation(level: Level) -> Isolation | None:
    return next((isolation for isolation in ISOLATIONS if isolation.level is level), None)


@cache
def _holds(level: Level) -> bool:
    """Whether an attempt to write beside the copy fails, and one to write into it doesn't."""
    isolation = _isolation(level)
    if isolation is None or not isolation.available():
        return False
    with tempfile.TemporaryDirectory(prefix="rb-probe-") as folder:
        around = Path(folder).resolve()
        (around / "workspace").mkdir()
        try:
            with open_shadow(around / "workspace", level=level) as place:
                argv = (*place.wrap, "sh", "-c", _PROBE, "sh", place.workspace, str(around))
                ended = subprocess.run(
                    argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=PROBE_TIMEOUT_S
                )
                made = Path(place.watched, "inside").exists()
        except (OSError, HostError, subprocess.SubprocessError):
            return False
        return (
            ended.returncode == 0
            and made
            and not (around / "outside").exists()
            and not (around / "workspace/inside").exists()
        )


def _end_processes(base: Path) -> None:
    """Kill what still runs with the shadow's folder in its environment; namespaces have ended theirs already."""
    mark = f"={base}/".encode()
    for _ in range(_ROUNDS):
        left = [pid for pid in _pids() if mark in _environment_of(pid)]
        if not left:
            return
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))


def _environment_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
