"""Begins a run that is told by a program, ends it, and lets other processes join it."""

import asyncio
import getpass
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec

from capture.api.given import shown, text_of
from capture.api.joining import RUN_VARIABLE, read_address
from capture.api.recording import Recording
from capture.api.watching import Watched
from capture.api.writing import Writer
from capture.errors import BadInputError, HostError, RunOverError, UnknownNameError
from capture.events import RunStarted
from capture.home import PRIVATE_FOLDER, Home, default_home
from capture.hosting.starting import remedy
from capture.naming import new_run_id
from capture.provenance import AgentUse
from capture.secrets.redaction import Redactor
from capture.secrets.rules import load_rules
from capture.tape.presence import Presence, announce, is_held
from capture.tape.reader import is_run, load_run
from capture.tape.writer import LOCK
from capture.trace import Run, RunStatus

SHELLS = ("bash", "zsh", "fish")
"""What commands can be run in."""
PathLike = str | os.PathLike[str]


class _Block(ABC):
    """A block that `with` and `async with` enter and leave alike: it waits for nobody."""

    @abstractmethod
    def __enter__(self) -> Recording: ...

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    async def __aenter__(self) -> Recording:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)


class Joined(_Block):
    """A block in which a run is told that another process records; leaving it doesn't end the run.

    Args:
        variables: Holds `REPLAYBOOK_RUN`; None: the environment of this process.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = os.environ if variables is None else variables
        self._writer: Writer | None = None

    def __enter__(self) -> Recording:
        folder, part_of = read_address(self._variables.get(RUN_VARIABLE, ""))
        home = Home(folder.parent.parent)
        if home.run_folder(folder.name) != folder or not is_run(home, folder.name):
            raise UnknownNameError(f"{RUN_VARIABLE} names a run that is not in {folder}; record a new one")
        if not is_held(folder / LOCK):
            raise RunOverError(f"run {folder.name} has ended, or its recorder is gone; record a new one")
        run = load_run(home, folder.name)
        redactor = Redactor(load_rules(home), numbered=False)
        # What its own variables give away is masked in all that it tells.
        redactor.environment(os.environ)
        with _said_no(home):
            self._writer = Writer(home, run.run_id, redactor, run.started_at)
        environment = {**os.environ, RUN_VARIABLE: self._variables[RUN_VARIABLE]}
        return Recording(run, folder, self._writer, watched=None, environment=environment, part_of=part_of)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.leave()
            _raise_if_stopped(self._writer, error)


class Recorded(_Block):
    """A block that is one run; nothing is made before it is entered. Its arguments are those of `record`."""

    def __init__(  # noqa: PLR0913 - all that a run begins with
        self,
        goal: str | None,
        *,
        name: str | None,
        home: PathLike | None,
        workspace: PathLike | None,
        agent: str | AgentUse | None,
        environment: Mapping[str, str] | None,
        shell: str,
        watch: bool,
    ) -> None:
        if shell not in SHELLS:
            raise BadInputError(f"shell {shell!r} can't be recorded; give one of {', '.join(SHELLS)}")
        self._shell, self._watch = shell, watch
        self._goal = None if goal is None else text_of("a goal", goal)
        self._name = None if name is None else text_of("the name of a run", name)
        self._home = default_home() if home is None else Home(Path(home).absolute())
        self._workspace = _place_of(workspace or ".")
        self._agent = _agent_of(agent)
        self._environment = dict(os.environ if environment is None else environment)
        self._environment.pop(RUN_VARIABLE, None)
        self._owner = os.getpid()
        self.status: RunStatus | None = None
        """How it ended; None as long as it has not."""
        self._entered = False

    def __enter__(self) -> Recording:
        if self._entered:
            raise BadInputError("this recording goes on already; call record again for another run")
        if not os.path.isdir(self._workspace):  # noqa: PTH112 - text, as all names here
            raise BadInputError(f"workspace {self._workspace} is no directory; make it, or give another")
        home, now = self._home.prepare(), datetime.now(UTC)
        run, self._owner = self._head(now), os.getpid()
        folder = home.run_folder(run.run_id)
        redactor = Redactor(load_rules(home))
        with ExitStack() as undoing:
            undoing.enter_context(_said_no(home))
            folder.mkdir(mode=PRIVATE_FOLDER)
            undoing.callback(shutil.rmtree, folder, ignore_errors=True)
            # Before the trace: one that nobody holds is taken for the rest of a killed host.
            self._sign = announce(folder / LOCK, Presence(address="", pid=self._owner, machine=run.host, attached=True))
            _SIGNS.add(self._sign)
            undoing.callback(self._let_go)
            self._writer = Writer(home, run.run_id, redactor, now)
            undoing.callback(self._writer.leave)
            watched = Watched(home, self._workspace, redactor, self._writer.warn) if self._watch else None
            self._watched = watched
            undoing.callback(self._look_no_more)
            seen, complete = ((), False) if watched is None else watched.baseline()
            self._writer.begin(
                RunStarted(
                    run=run,
                    # As they can be written; commands get them as they are.
                    environment={shown(name): shown(value) for name, value in self._environment.items()},
                    workspace_before=seen,
                    workspace_complete=complete,
                )
            )
            undoing.pop_all()
        self._entered = True
        return Recording(run, folder, self._writer, watched=watched, environment=self._environment)

    def _look_no_more(self) -> None:
        if self._watched is not None:
            self._watched.close()

    def _let_go(self) -> None:
        _SIGNS.discard(self._sign)
        os.close(self._sign)

    def _head(self, now: datetime) -> Run:
        return Run(
            run_id=new_run_id(now),
            name=self._name or Path(self._workspace).name or "run",
            goal=self._goal,
            status=RunStatus.IN_PROGRESS,
            started_at=now,
            shell=self._shell,
            cwd=self._workspace,
            host=os.uname().nodename,
            user=getpass.getuser(),
            user_home=self._environment.get("HOME", ""),
            workspace=self._workspace,
            agent=self._agent,
        )

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if os.getpid() != self._owner:
            # A forked child that leaves the block: the run is its parent's.
            return
        self._entered, status = False, None
        if error is not None:
            cut = isinstance(error, asyncio.CancelledError | KeyboardInterrupt | SystemExit)
            status = RunStatus.PARTIAL if cut else RunStatus.FAILED
        self.status = self._writer.close(status)
        self._writer.leave()
        self._look_no_more()
        self._let_go()
        _raise_if_stopped(self._writer, error)


def record(  # noqa: PLR0913 - all that a run begins with
    goal: str | None = None,
    *,
    name: str | None = None,
    home: PathLike | None = None,
    workspace: PathLike | None = None,
    agent: str | AgentUse | None = None,
    environment: Mapping[str, str] | None = None,
    shell: str = "bash",
    watch: bool = True,
) -> Recorded:
    """Record a run, in a `with` or `async with` block.

    It is written as it goes: a killed process loses no step that had ended, and its run is `recovered`. Left in peace,
    the run ends as its last step did; left by an exception it has `failed`, by ctrl-C or an exit it is `partial`, and
    so it is while steps are open.

    Args:
        goal: What the work is for.
        name: For people; None: the workspace's.
        home: Where it is kept; None: `REPLAYBOOK_HOME`, else the user's own.
        workspace: Where the work is done and files are watched; None: the working directory.
        agent: Name of the agent, or all that is known of it; None: nobody tells.
        environment: Variables of the commands that are run, secrets masked when they are kept; None: this process'.
        shell: `bash`, `zsh` or `fish`: what commands are run in.
        watch: Whether commands that are run tell which files they changed; a look at a huge workspace takes its time.

    Raises:
        BadInputError: Another shell, no such workspace, or a home that can't be used.
        HostError: On entering, the run can't be written; on leaving, the disk said no in between.
    """
    return Recorded(
        goal,
        name=name,
        home=home,
        workspace=workspace,
        agent=agent,
        environment=environment,
        shell=shell,
        watch=watch,
    )


def join(variables: Mapping[str, str] | None = None) -> Joined:
    """Tell steps to the run of the process that started this one, in a `with` or `async with` block.

    What it tells is a part of the step that started it. Files are watched by the other process alone.

    Args:
        variables: Where `REPLAYBOOK_RUN` stands; None: in the environment of this process.

    Raises:
        UnknownNameError: On entering: no run is named, or it is gone.
        RunOverError: On entering: the run has ended.
        HostError: On entering or leaving: the disk says no.
    """
    return Joined(variables)


def _place_of(workspace: PathLike) -> str:
    try:
        place = os.path.realpath(workspace)
        place.encode()
    except ValueError as error:
        raise BadInputError(
            f"workspace {shown(str(workspace))!r} can't be recorded: {error}; rename it, or give another"
        ) from error
    return place


def _agent_of(agent: str | AgentUse | None) -> AgentUse | None:
    if agent is None or isinstance(agent, str):
        return None if agent is None else AgentUse(name=text_of("the name of an agent", agent))
    try:
        return msgspec.convert(msgspec.to_builtins(agent), AgentUse)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"the agent is not what is known of one: {error}; give a name or an AgentUse") from error


_SIGNS: set[int] = set()
"""Locks by which others see that a run goes on; a forked child that held one would outlive its parent with it."""


def _forked() -> None:
    for sign in _SIGNS:
        os.close(sign)
    _SIGNS.clear()


os.register_at_fork(after_in_child=_forked)


@contextmanager
def _said_no(home: Home) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise HostError(f"the run can't be written: {why}; {remedy(error, str(home.path))}") from error


def _raise_if_stopped(writer: Writer, error: BaseException | None) -> None:
    if error is None and writer.stopped is not None:
        raise HostError(writer.stopped)
