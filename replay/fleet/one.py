"""One host of a fleet: reached, replayed on step by step, and brought to exactly one state."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from capture.errors import BadInputError, HostError, RefusedError, ReplaybookError
from capture.home import Home
from capture.naming import new_run_id
from capture.session import Session
from capture.trace import RunStatus
from capture.wire import Remote, SessionMode, SessionSpec
from replay import binding, progress, resuming
from replay.beginning import called
from replay.conditions.refs import find_repository
from replay.engine import Engine
from replay.executor import DEFAULT_TIMEOUT_S
from replay.fleet.asking import HOST
from replay.fleet.ending import last_begun, state_of
from replay.fleet.looking import FarMachine
from replay.fleet.model import FleetEvent, FleetRequest, HostMoved, HostPrinted, HostStanding, HostState
from replay.fleet.reaching import Greeting, HostExecutor, Line, Unreached, before, environment, ssh_to
from replay.fleet.readiness import HostReadiness
from replay.governance.freezing import check_frozen, frozen
from replay.governance.permits import Permits
from replay.job import Job, begun_as
from replay.library.ids import stamp
from replay.library.journals import Journals
from replay.modes import MODES
from replay.outcome import ENDINGS, Mode, Replay, Standing
from replay.place import here
from replay.playbook import Playbook
from replay.protocols import Answer, Claims, Headless, Move, Unclaimed
from replay.sources.settings import keys_in
from replay.stand import Stand

GRACE_S = 5.0
"""How long a step that was interrupted gets to end before its connection is cut."""
MOST, LONGEST = 16, 400
"""So many steps are read ahead by, and so many characters of each: the first host waits for it."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What all hosts of a fleet have in common.

    Attributes:
        home: Where their runs are recorded.
        journals: Of their replays.
        clock: UTC now.
        keep: Stores a finished replay.
        recover: Takes in replays that were left without a word.
        read: A stored replay by its id; None: there is none.
        playbook: The version.
        digest: Of that version.
        request: What was asked for.
        permits: What the user's policy says of this playbook.
        answers: Secret answers, by prompt.
        secrets: Values of secret parameters, by name.
        asking: Variables by which `ssh` asks; none: it must not.
        asked: Seconds that the person has taken to answer.
        stopping: Set when no other step is to begin.
        tell: Told what happens.
    """

    home: Home
    journals: Journals
    clock: Callable[[], datetime]
    keep: Callable[[Replay], None]
    recover: Callable[[], None]
    read: Callable[[str], Replay | None]
    playbook: Playbook
    digest: str
    request: FleetRequest
    permits: Permits
    answers: Mapping[str, str]
    secrets: Mapping[str, str]
    asking: Mapping[str, str]
    asked: Callable[[], float]
    stopping: threading.Event
    tell: Callable[[FleetEvent], None]


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """Where a host's replay begins.

    Attributes:
        replay_id: Its id.
        from_step: The first step to run.
        standing: What the shell must begin with, when not from the beginning.
        held: Values of then.
    """

    replay_id: str
    from_step: int = 1
    standing: Standing | None = None
    held: Mapping[str, str] = field(default_factory=dict)


class HostReplay(Headless):
    """The replay on one host; it steps by itself until the fleet stops or its time is up.

    Args:
        shared: What all hosts have in common.
        standing: The host.
        beginning: Where it begins.
    """

    def __init__(self, shared: Shared, standing: HostStanding, beginning: Beginning) -> None:
        self._shared = shared
        self._beginning = beginning
        self.standing = standing
        """As it stands now."""
        self._late = False
        self._session: Session | None = None
        self._executor: HostExecutor | None = None
        self._lock = threading.Lock()

    # -- who steps

    def next(self, stand: Stand) -> Answer:
        """On, unless the fleet stops or the time is up."""
        del stand
        return Move.STOP if self._shared.stopping.is_set() or self._late else Move.RUN

    def cut(self) -> None:
        """Cut its connection; from any thread."""
        with self._lock:
            if self._session is not None:
                self._session.end(RunStatus.PARTIAL)

    def too_late(self) -> None:
        """Its time is up: its step is interrupted, and cut off if that does not end it."""
        self._late = True
        with self._lock:
            executor, session = self._executor, self._session
            if executor is not None:
                executor.interrupt()
            elif session is not None:
                session.end(RunStatus.PARTIAL)
        if executor is not None:
            cut = threading.Timer(GRACE_S, self.cut)
            cut.daemon = True
            cut.start()

    # -- its course

    def run(self) -> HostStanding:
        """Take the host to its end.

        Returns:
            How it stands: at its end, whatever happened.
        """
        began = time.monotonic()
        self._move(state=HostState.CONNECTING, started_at=stamp(self._shared.clock()))
        limit = self._shared.request.plan.host_timeout_s
        timer = None if limit is None else threading.Timer(limit, self.too_late)
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            state, reason = self._course()
        except ReplaybookError as error:
            state, reason = self._broken(error)
        except Exception as error:  # noqa: BLE001 - a defect here leaves this host in one true state too
            state, reason = self._broken(HostError(f"internal error: {error!r}"))
        finally:
            if timer is not None:
                timer.cancel()
        lasted = round((time.monotonic() - began) * 1000, 3)
        self._move(state=state, reason=" ".join(reason.split()), duration_ms=lasted, doing="")
        return self.standing

    def _broken(self, error: ReplaybookError) -> tuple[HostState, str]:
        """What a host came to that was left in the middle."""
        replay_id = self.standing.replay_id
        if replay_id is not None:
            self._shared.recover()
            replay = self._shared.read(replay_id)
            if replay is not None:
                self._move(step=last_begun(replay), run_id=replay.run_id)
                if replay.unknown is None and self._shared.stopping.is_set():
                    return HostState.STOPPED, f"{error}; no step is in doubt"
                return state_of(replay, late=self._late, lost=str(error))
            return HostState.UNKNOWN, f"{error}; its shell still ends: replaybook fleet tells later what became of it"
        if isinstance(error, BadInputError | RefusedError):
            return HostState.REFUSED, str(error)
        if self._shared.stopping.is_set():
            return HostState.STOPPED, "stopped before its shell stood"
        return HostState.UNREACHABLE, str(error)

    def _course(self) -> tuple[HostState, str]:
        shared, run_id = self._shared, new_run_id(self._shared.clock())
        check_frozen(shared.home)
        with ExitStack() as held:
            line = Line(self._spec(run_id), shared.asked)
            with self._lock:
                self._session = line.session
            held.callback(line.session.close)
            if shared.stopping.is_set() or self._late:
                raise Unreached("stopped")
            greeting = line.greet()
            if not greeting.arrived:
                wanted = shared.request.cwd if self._beginning.standing is None else self._beginning.standing.cwd
                raise RefusedError(
                    f"directory {wanted} is not there on {self.standing.name}; make it, or give another --cwd"
                )
            replay = self._replayed(line, greeting, run_id, held)
        return state_of(replay, late=self._late)

    def _spec(self, run_id: str) -> SessionSpec:
        shared, target, playbook = self._shared, self.standing.target, self._shared.playbook
        asking = {**shared.asking, HOST: target.name} if shared.asking else {}
        return SessionSpec(
            home=str(shared.home.path),
            run_id=run_id,
            name=f"{called(playbook)} {shared.request.mode} on {target.name}",
            goal=playbook.goal,
            cwd=shared.request.cwd,
            workspace=shared.request.cwd,
            columns=playbook.columns,
            rows=playbook.rows,
            mode=SessionMode.HANDED,
            environment=environment(asking),
            before=before(shared.request.cwd, self._beginning.standing, playbook.shell),
            replay_id=self._beginning.replay_id,
            remote=Remote(name=target.name, ssh=ssh_to(target, shared.request, asks=bool(shared.asking))),
            expected=tuple(step.run[:LONGEST] for step in playbook.steps[:MOST]),
            secrets=(*shared.secrets.values(), *shared.answers.values(), *keys_in(shared.home, os.environ)),
        )

    def _replayed(self, line: Line, greeting: Greeting, run_id: str, held: ExitStack) -> Replay:
        """Replay over a line that stands; the replay is stored when this returns."""
        shared = self._shared
        began = shared.clock()
        machine = FarMachine(line.ask, greeting.cwd, greeting.looked)
        job = self._job(machine, greeting, began)
        readiness = HostReadiness.opened(
            machine,
            greeting.cwd,
            job.playbook.steps,
            place=here(greeting.cwd),
            cwd=greeting.cwd,
            environment=greeting.environment,
            shell=shared.playbook.shell,
            permits=shared.permits,
            secrets=shared.answers.keys(),
        )
        claims: Claims = Unclaimed()
        executor: HostExecutor | None = None
        if job.mode is not Mode.SIMULATE:
            executor = HostExecutor(
                line.session,
                cwd=greeting.cwd,
                secrets=shared.answers,
                carry_out=readiness.carry_out,
                time_s=DEFAULT_TIMEOUT_S,
            )
            claims = held.enter_context(
                shared.journals.begin(begun_as(job, run_id), len(job.playbook.steps), shared.clock)
            )
        self._move(
            state=HostState.RUNNING,
            replay_id=job.replay_id,
            run_id=run_id if executor else None,
        )
        with self._lock:
            self._executor = executor
        engine = Engine(
            job,
            MODES[job.mode],
            readiness,
            executor,
            None,
            self,
            self._told,
            halted=self._halted if executor else lambda: None,
            claims=claims,
        )
        replay = engine.run()
        with self._lock:
            self._executor = None
        if executor is not None:
            executor.finish(ENDINGS.get(replay.status, RunStatus.FAILED))
        lasted = (shared.clock() - began) / timedelta(milliseconds=1)
        replay = msgspec.structs.replace(replay, duration_ms=round(lasted, 3))
        shared.keep(replay)
        if executor is not None:
            shared.journals.remove(replay.replay_id)
        return replay

    def _job(self, machine: FarMachine, greeting: Greeting, began: datetime) -> Job:
        """What is replayed there, from which step on."""
        shared = self._shared
        return Job(
            replay_id=self._beginning.replay_id,
            playbook=shared.playbook,
            digest=shared.digest,
            mode=shared.request.mode,
            bindings=self._bindings(machine, greeting),
            workspace=f"{self.standing.name}:{greeting.cwd}",
            cwd=greeting.cwd,
            from_step=self._beginning.from_step,
            standing=self._beginning.standing,
            started_at=stamp(began),
            permits=shared.permits,
        )

    def _halted(self) -> str | None:
        found = frozen(self._shared.home)
        return found.words if found else None

    def _bindings(self, machine: FarMachine, greeting: Greeting) -> dict[str, str]:
        """The values that the replay uses there."""
        shared, today = self._shared, self._shared.clock().astimezone().date()
        builtins = {
            **greeting.builtins,
            "today": today.isoformat(),
            "yesterday": (today - timedelta(days=1)).isoformat(),
            "tomorrow": (today + timedelta(days=1)).isoformat(),
        }
        if any("{{branch}}" in (one.default or "") for one in shared.playbook.parameters.values()):
            machine.settled(lambda: find_repository(machine, greeting.cwd))
            repository = find_repository(machine, greeting.cwd)
            builtins |= {"branch": repository.branch} if repository and repository.branch else {}
        values = {**shared.request.values, **self.standing.target.values, **shared.secrets}
        held = {name: value for name, value in self._beginning.held.items() if value != binding.MASKED}
        return binding.bind(shared.playbook, values, builtins) | held

    # -- what is told of it

    def _move(self, **changes: object) -> None:
        self.standing = msgspec.structs.replace(self.standing, **changes)
        self._shared.tell(HostMoved(host=self.standing))

    def _told(self, event: progress.ReplayEvent) -> None:
        match event:
            case progress.StepBegan(step_index=index, command=command):
                self._move(step=index, begun=(*self.standing.begun, index), doing=" ".join(command.split()))
            case progress.StepPrinted(step_index=index, data=data):
                self._shared.tell(HostPrinted(host=self.standing.name, step=index, data=data))
            case _:
                pass


def why_not(standing: Standing | None) -> str | None:
    """Why a shell on a host can't stand as another one stood, in words; None: it can."""
    return None if standing is None else resuming.without(standing, {})
