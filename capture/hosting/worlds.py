"""The two worlds that a host records in: one workspace as a whole, and wherever the user's everyday shell goes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from capture.always.roaming import Roaming
from capture.always.rotation import CONTENT_LIMIT, RotatingTape
from capture.commits import Commits, refs_in
from capture.events import RunStarted
from capture.files.effects import Hints, Workspace
from capture.files.ignore import Ignore
from capture.files.noticing import Notices
from capture.hosting.starting import SystemClock, head_of, keeper
from capture.protocols import Tape, Terminal, World
from capture.secrets.redaction import Redactor
from capture.shells import Shell
from capture.tools import Tools
from capture.wire import SessionSpec


@dataclass(frozen=True)
class Outset:
    """What both begin with."""

    spec: SessionSpec
    store: Callable[[bytes], object]
    """Keeps a content that a step wrote in the home."""
    terminal: Terminal
    shell: Shell
    clock: SystemClock
    redactor: Redactor
    ignore: Ignore
    """What is left alone."""
    warn: Callable[[str], None]
    """Told what is not kept."""


@dataclass(frozen=True)
class Beginning:
    """A world, and the head of the run in it."""

    world: World
    files: Workspace | Roaming
    """Its files, whose contents are kept while the loop has time."""
    head: RunStarted
    """Not yet masked."""


def workspace_world(outset: Outset, tape: Tape, notices: Notices) -> Beginning:
    """Look at the workspace for the first time.

    Args:
        outset: What there is.
        tape: Where it is recorded.
        notices: Tells where files change from now on.
    """
    spec = outset.spec
    files = Workspace(
        Path(spec.watched or spec.workspace),
        outset.ignore,
        also=spec.watch,
        keep=keeper(outset.store, outset.redactor, outset.warn),
        enter=notices.enter,
    )
    seen, complete = files.baseline()
    commits = Commits(lambda path: path if spec.watched is None else rebased(path, spec.workspace, spec.watched))
    world = World(
        terminal=outset.terminal,
        shell=outset.shell,
        tape=tape,
        files=files,
        hints=notices.hints,
        clock=outset.clock,
        enter=commits.enter,
        committed=commits.since,
        message=commits.message,
    )
    if spec.replay_id is None:
        world = replace(world, tools=Tools().named_in, refs=refs_in)
    head = RunStarted(
        run=head_of(spec, outset.clock.began()),
        environment=spec.environment or {},
        workspace_before=seen,
        workspace_complete=complete,
    )
    return Beginning(world, files, head)


def roaming_world(outset: Outset, tape: RotatingTape) -> Beginning:
    """Watch whatever the shell comes by.

    Args:
        outset: What there is.
        tape: Where it is recorded; told of each directory.
    """
    environment = outset.spec.environment or {}
    files = Roaming(
        outset.ignore,
        user_home=environment.get("HOME", ""),
        keep=keeper(tape.keep, outset.redactor, outset.warn),
        limit=CONTENT_LIMIT,
        moved=tape.moved,
    )
    world = World(
        terminal=outset.terminal,
        shell=outset.shell,
        tape=tape,
        files=files,
        hints=Hints,
        clock=outset.clock,
        enter=files.enter,
        saw=files.saw,
        tools=Tools().named_in,
        refs=refs_in,
    )
    run = head_of(outset.spec, outset.clock.began())
    return Beginning(world, files, RunStarted(run=run, environment=environment, workspace_complete=False))


def rebased(path: str, before: str, after: str) -> str:
    """Where a path that the shell names really lies, when another folder holds its workspace."""
    found = PurePath(path)
    return str(PurePath(after, found.relative_to(before))) if found.is_relative_to(before) else path
