"""Opens shadows: finds out which level really holds on this machine, and leaves nothing behind."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from os import get_exec_path
from pathlib import Path

from capture.errors import BadInputError, HostError, ReplaybookError
from replay.place import Place
from replay.shadow.bubblewrap import Bubblewrap
from replay.shadow.credentials import credential_paths, home_folders, sockets
from replay.shadow.folders import PREFIX, make_base, remove
from replay.shadow.isolation import Grounds, Isolation, Level, Limits
from replay.shadow.landlock import Landlock
from replay.shadow.leftovers import clean_up, held
from replay.shadow.limits import limits as usual
from replay.shadow.overlay import Overlay

ISOLATIONS: tuple[Isolation, ...] = (Overlay(), Bubblewrap(), Landlock())
"""Strongest first."""
PROBE_TIMEOUT_S = 20
"""How long an attempt may take."""
_PROBE = 'echo made >"$1/inside" && if echo leaked >"$2/outside"; then exit 9; fi'


def strongest() -> Level:
    """The best level that this machine really offers; found out once in a process."""
    return next((isolation.level for isolation in ISOLATIONS if why_not(isolation.level) is None), Level.L0)


def offered() -> tuple[Level, ...]:
    """Every level that this machine really offers, strongest first."""
    return tuple(isolation.level for isolation in ISOLATIONS if why_not(isolation.level) is None)


@contextlib.contextmanager
def open_shadow(
    workspace: Path,
    *,
    hidden: Sequence[Path] = (),
    level: Level | None = None,
    network: bool = False,
    layered: bool = False,
    limits: Limits | None = None,
) -> Iterator[Place]:
    """An isolated view of a workspace, gone at the end with every process that was left in it.

    Args:
        workspace: The real one.
        hidden: What must not be seen from within besides the user's credentials.
        level: Which; None for the strongest that this workspace can have.
        network: Whether the host's network is reached from within.
        layered: Whether steps are to be taken back.
        limits: What may be used; None: what is usual here.

    Yields:
        How a shell is started there.

    Raises:
        BadInputError: The workspace is no directory, or too big for the level.
        HostError: The level is not to be had here.
    """
    origin = workspace.resolve()
    if not origin.is_dir():
        raise BadInputError(f"workspace {workspace} is not a directory; give another with --cwd")
    clean_up()
    wanted = _wanted(level)
    asked = _Asked(origin, tuple(hidden), limits or usual(), network=network, layered=layered)
    with contextlib.ExitStack() as stack:
        yield _opened(stack, asked, wanted)


@dataclass(frozen=True)
class _Asked:
    """A shadow as it is wanted, whichever level it will have."""

    origin: Path
    hidden: tuple[Path, ...]
    limits: Limits
    network: bool = field(kw_only=True)
    layered: bool = field(kw_only=True)


def _wanted(level: Level | None) -> Iterator[Isolation]:
    """Strongest first; a weaker one is tried out only when it is asked for."""
    for isolation in ISOLATIONS:
        if isolation.level is level or (level is None and why_not(isolation.level) is None):
            yield isolation


def _opened(stack: contextlib.ExitStack, asked: _Asked, wanted: Iterable[Isolation]) -> Place:
    """The first of some levels that this workspace can have."""
    refused = HostError("this machine offers no isolation for a shadow; `replaybook doctor` says what is missing")
    for isolation in wanted:
        try:
            with contextlib.ExitStack() as attempt:
                place = attempt.enter_context(isolation.open(attempt.enter_context(_grounds(asked))))
                stack.push(attempt.pop_all())
                return place
        except HostError as error:
            refused = error
    raise refused


@contextlib.contextmanager
def _grounds(asked: _Asked) -> Iterator[Grounds]:
    base = make_base(asked.origin)
    # Apart from the base and short: a socket is made beside it, and the length of its path is limited.
    runtime = Path(tempfile.mkdtemp(prefix="rb-")).resolve()
    with held(base, runtime):
        try:
            grounds = Grounds(
                origin=asked.origin,
                base=base,
                session=runtime / "shell",
                hidden=(*(path.resolve() for path in asked.hidden), *credential_paths()),
                sockets=sockets(),
                home=home_folders()[0],
                needed=(*(Path(path).resolve() for path in get_exec_path() if path.startswith("/")), *_ourselves()),
                limits=asked.limits,
                network=asked.network,
                layered=asked.layered,
            )
            grounds.session.mkdir(mode=0o700)
            grounds.temporary.mkdir(mode=0o700)
            yield grounds
        finally:
            remove(runtime)
            remove(base)


def _ourselves() -> tuple[Path, ...]:
    """Where this program lies, and the Python that runs it: it carries tool steps out from within."""
    return tuple(Path(path).resolve() for path in (sys.prefix, sys.base_prefix, Path(__file__).parents[2]))


@cache
def why_not(level: Level) -> str | None:
    """What stands in the way of a level on this machine; None: it was tried, and holds. Found out once in a process.

    An attempt to write beside the workspace must fail, and one to write into it must not reach the real one.

    Args:
        level: Not L0.
    """
    isolation = next((isolation for isolation in ISOLATIONS if isolation.level is level), None)
    if isolation is None:
        return "there is no such level"
    if lacking := isolation.lacking():
        return lacking
    # Named as shadows are, so that what a killed one leaves is found.
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}probe-") as folder:
        around = Path(folder).resolve()
        (around / "workspace").mkdir()
        try:
            return _tried(around, level)
        except (OSError, ReplaybookError, subprocess.SubprocessError) as error:
            return str(error)


def _tried(around: Path, level: Level) -> str | None:
    with open_shadow(around / "workspace", level=level) as place:
        ended = subprocess.run(
            [*place.wrap, "sh", "-c", _PROBE, "sh", place.workspace, str(around)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PROBE_TIMEOUT_S,
        )
        made = Path(place.watched, "inside").exists()
    if (around / "outside").exists() or (around / "workspace/inside").exists():
        return "what was written in it reached the host"
    if ended.returncode or not made:
        told = ended.stderr.decode(errors="replace").strip().splitlines()
        return told[-1] if told else "nothing can be written in it"
    return None
