"""Sets a replay up on the real workspace or in a shadow, takes it to its end, and keeps what it came to."""

import getpass
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from capture.errors import BadInputError, HostError, ReplaybookError
from capture.home import Home
from capture.naming import new_run_id
from capture.session import Session
from capture.tape.reader import load_trace
from capture.trace import RunStatus, StepKind
from capture.wire import SessionMode, SessionSpec
from replay import binding, calls, resuming
from replay.beginning import called, first_directory, watched
from replay.claims import goes_on_at
from replay.conditions.refs import find_repository
from replay.conditions.surprises import Days, day_of
from replay.conditions.world import RealMachine
from replay.earlier import Own, runs_of
from replay.engine import Engine
from replay.executor import SessionExecutor
from replay.explaining import explained
from replay.governance.freezing import Watch, check_frozen, frozen
from replay.governance.permits import Permits
from replay.governance.policy_file import Policy
from replay.job import Job, begun_as
from replay.library.ids import stamp
from replay.library.journals import Journals, OpenJournal
from replay.modes import MODES
from replay.outcome import ENDINGS, Failure, Mode, Replay, Standing
from replay.place import Place, here
from replay.playbook import Playbook
from replay.progress import ReplayEvent
from replay.protocols import Claims, Director, Headless, Mender, Rewinder, Unclaimed
from replay.readiness import MachineReadiness
from replay.requests import Request, Start
from replay.shadow import open_shadow, workspace_digest
from replay.sources.settings import keys_in
from replay.stepping.layered import LayeredShell
from replay.tools.handing import ToolHand
from replay.tools.offered import tools_for
from replay.tools.settings import load_tools, secrets_in
from replay.uncollected import uncollected


def quiet(event: ReplayEvent) -> None:
    """Tells no one."""
    del event


@dataclass(frozen=True)
class Runner:
    """Runs requests.

    Attributes:
        home: Where runs are recorded.
        clock: UTC now.
        new_id: Fresh replay ids.
        keep: Stores the finished replay.
        policy: What the user's own policy says now.
    """

    home: Home
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    keep: Callable[[Replay], None]
    policy: Callable[[], Policy] = Policy

    def run(
        self,
        request: Request,
        *,
        director: Director | None = None,
        tell: Callable[[ReplayEvent], None] = quiet,
        mender: Mender | None = None,
    ) -> Replay:
        """Replay to the end, a divergence, or an interruption.

        Args:
            request: What and where.
            director: Who steps; None: goes on by itself.
            tell: Is told everything that happens.
            mender: Where guided gets its proposals.

        Returns:
            The replay, stored.

        Raises:
            BadInputError: Values or workspace are not right.
            RefusedError: Replays are frozen.
            HostError: The shell could not be started or died.
        """
        if request.mode is not Mode.SIMULATE:
            check_frozen(self.home)
        began = self.clock()
        steps_back = director is not None and director.steps_back
        # The journal is let go of once the replay's document is there: in between, it says all of it.
        with ExitStack() as held:
            with self._place(request, layered=steps_back) as place:
                request.prepare(place)
                replay = self._in_place(request, place, director or Headless(), tell, mender, held)
            lasted = (self.clock() - began).total_seconds() * 1000
            replay = msgspec.structs.replace(
                replay,
                duration_ms=round(lasted, 3),
                watch=request.watch,
                trial=request.trial,
                failure=self._explained(replay, request.playbook),
            )
            if goes_on_at(replay) is not None and not request.shadow:
                replay = msgspec.structs.replace(replay, workspace_digest=workspace_digest(Path(request.workspace)))
            self.keep(replay)
            self.journals.remove(replay.replay_id)
        return replay

    def bound(self, request: Request) -> dict[str, str]:
        """The values that a replay here would use.

        Raises:
            BadInputError: A name that the playbook hasn't, or a value that is not of its type.
        """
        place = here(request.workspace)
        return self._bindings(request, place, self._environment(None, place, {}))

    def _explained(self, replay: Replay, playbook: Playbook) -> Failure | None:
        """Where it stopped, with what differs in a text that it wrote otherwise."""
        if replay.failure is None or replay.run_id is None or replay.failure.step_index > len(playbook.steps):
            return replay.failure
        own = Own(playbook, partial(runs_of, self.home, playbook))
        try:
            run = load_trace(self.home, replay.run_id)
        except (ReplaybookError, OSError):
            return replay.failure
        return explained(replay.failure, playbook, run, own=own, kept=self.home.blob)

    @property
    def journals(self) -> Journals:
        """Of replays that go on, or whose process died."""
        return Journals(self.home)

    def _place(self, request: Request, *, layered: bool) -> AbstractContextManager[Place]:
        if not Path(request.workspace).is_dir():
            raise BadInputError(f"workspace {request.workspace} is not a directory; give another with --cwd")
        if not request.shadow:
            return nullcontext(here(request.workspace))
        return open_shadow(Path(request.workspace), hidden=(self.home.path,), network=request.network, layered=layered)

    def _in_place(
        self,
        request: Request,
        place: Place,
        director: Director,
        tell: Callable[[ReplayEvent], None],
        mender: Mender | None,
        held: ExitStack,
    ) -> Replay:
        environment = self._environment(request.standing, place, request.given)
        job = self._job(request, place, environment)
        readiness = self._readiness(request, place, job, environment)
        with ExitStack() as stack:
            executor: SessionExecutor | None = None
            rewinder: Rewinder | None = None
            claims: Claims = Unclaimed()
            if request.mode is Mode.SIMULATE:
                stack.enter_context(uncollected())
            else:
                run_id = new_run_id(self.clock())
                before = resuming.text(job.standing, request.playbook.shell) if job.standing else ""
                claims = self._claims(job, run_id, held)
                tools = self._tools(request, place, stack)
                start = partial(self._session, request, place, job, tools)
                session = start(Start(job.cwd, environment, run_id, before))
                executor = SessionExecutor(
                    session,
                    cwd=session.spec.cwd,
                    secrets=request.secrets,
                    carry_out=readiness.carry_out,
                    time_s=place.time_s,
                    tools=tools,
                )
                stack.callback(executor.finish, RunStatus.PARTIAL)
                rewinder = self._rewinder(request, place, start, readiness, executor)
            engine = Engine(
                job,
                MODES[request.mode],
                readiness,
                executor,
                mender,
                director,
                tell,
                halted=self._frozen if executor else lambda: None,
                rewinder=rewinder,
                claims=claims,
            )
            replay = self._watched(engine, executor) if executor else _taken_to_its_end(engine)
            if executor:
                stack.pop_all()
                executor.finish(ENDINGS.get(replay.status, RunStatus.FAILED))
            return replay

    def _job(self, request: Request, place: Place, environment: Mapping[str, str]) -> Job:
        """What the engine is given to do there."""
        bindings = self._bindings(request, place, environment)
        standing = request.standing
        cwd = place.inside(standing.cwd) if standing else first_directory(request.playbook, bindings, place)
        return Job(
            replay_id=self.new_id(),
            playbook=request.playbook,
            digest=request.digest,
            mode=request.mode,
            bindings=bindings,
            workspace=place.workspace,
            cwd=cwd,
            from_step=request.from_step,
            standing=standing and msgspec.structs.replace(standing, cwd=cwd),
            shadow=place.level,
            started_at=stamp(self.clock()),
            permits=self._permits(request, place),
        )

    def _readiness(self, request: Request, place: Place, job: Job, environment: Mapping[str, str]) -> MachineReadiness:
        """What is known of the machine there."""
        readiness = MachineReadiness(
            place=place,
            cwd=job.cwd,
            environment=environment,
            shell=request.playbook.shell,
            permits=job.permits,
            days=self._days(request.playbook),
            still=request.mode is Mode.SIMULATE,
            secrets=request.secrets.keys(),
            # Read for every step anew, it would cost more than it tells: strict sees for itself what they do.
            tools=request.playbook.tools if request.mode is Mode.SIMULATE else {},
            own=Own(request.playbook, partial(runs_of, self.home, request.playbook)),
            toolbox=tools_for(self.home, (step.kind for step in request.playbook.steps)),
        )
        if job.standing:
            readiness.stands(job.standing, environment)
        return readiness

    def _frozen(self) -> str | None:
        """Why no step may begin now."""
        found = frozen(self.home)
        return found.words if found else None

    def _watched(self, engine: Engine, executor: SessionExecutor) -> Replay:
        """Take a replay to its end, or to where replays are frozen."""

        def stop() -> None:
            executor.halt()
            engine.director.halt()

        with Watch(self.home.frozen, stop) as watch:
            try:
                return _taken_to_its_end(engine)
            except HostError:
                if not watch.fell:
                    raise
                return engine.cancel()

    def _permits(self, request: Request, place: Place) -> Permits:
        """What the user's policy says of this workspace and playbook, and what they said for this replay.

        Raises:
            BadInputError: The policy can't be read.
        """
        own = self.policy().permits(
            workspace=request.workspace, playbook=request.playbook.name, home=str(Path("~").expanduser())
        )
        return msgspec.structs.replace(
            request.permits, levels=own.levels, lists=own.lists, shadow=place.level is not None
        )

    def _rewinder(
        self,
        request: Request,
        place: Place,
        begin: Callable[[Start], Session],
        readiness: MachineReadiness,
        executor: SessionExecutor,
    ) -> Rewinder | None:
        """What takes steps back there; None where the place keeps no layers."""

        def start(standing: Standing) -> Session:
            environment = self._environment(standing, place, request.given)
            readiness.stands(standing, environment)
            before = resuming.text(standing, request.playbook.shell)
            fresh = Start(standing.cwd, environment, new_run_id(self.clock()), before)
            return begin(fresh)

        if place.layers is None or place.session_folder is None:
            return None
        why_not = partial(resuming.without, given=request.given)
        return LayeredShell(place.layers, executor, start, Path(place.session_folder), why_not)

    def _claims(self, job: Job, run_id: str, held: ExitStack) -> OpenJournal:
        """The replay's journal: from here on there is a replay, whatever becomes of this process."""
        begun = begun_as(job, run_id)
        return held.enter_context(self.journals.begin(begun, len(job.playbook.steps), self.clock))

    def _tools(self, request: Request, place: Place, stack: ExitStack) -> ToolHand | None:
        """What hands tool steps over there; None for a playbook without any."""
        playbook = request.playbook
        if not any(step.kind is StepKind.TOOL for step in playbook.steps):
            return None
        tools = ToolHand(
            load_tools(self.home),
            shell=playbook.shell,
            workspace=place.workspace,
            network=place.network,
            called=(calls.name_of(step.run) for step in playbook.steps if step.kind is StepKind.TOOL),
            beside=place.session_folder,
        )
        stack.callback(tools.close)
        return tools

    def _session(self, request: Request, place: Place, job: Job, tools: ToolHand | None, start: Start) -> Session:
        """Start a shell that stands somewhere; in the workspace where that is no directory."""
        playbook = request.playbook
        where = start.cwd if Path(place.real(start.cwd)).is_dir() else place.workspace
        return Session.start(
            SessionSpec(
                home=str(self.home.path),
                run_id=start.run_id,
                name=f"{called(playbook)} {request.trial or request.mode}",
                goal=playbook.goal,
                shell=playbook.shell,
                cwd=where,
                workspace=place.workspace,
                watched=place.watched,
                # What a shadow's shell does elsewhere does not come about there.
                watch=() if place.level else watched(playbook, job.bindings),
                columns=playbook.columns,
                rows=playbook.rows,
                mode=SessionMode.HANDED,
                wrap=place.wrapped(where),
                folder=place.session_folder,
                environment=dict(start.environment),
                before=f"{tools.begin()}{start.before}" if tools else start.before,
                replay_id=job.replay_id,
                secrets=(
                    *binding.secrets(playbook, job.bindings),
                    *request.secrets.values(),
                    *keys_in(self.home, os.environ),
                    *secrets_in(self.home, os.environ),
                ),
            )
        )

    def _environment(self, standing: Standing | None, place: Place, given: Mapping[str, str]) -> dict[str, str]:
        """What the shell begins with: ours, what steps before had set, less what a shadow hides."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REPLAYBOOK_")}
        if standing:
            set_ = resuming.environment(standing, given)
            environment |= {name: place.inside(value) for name, value in set_.items()}
            environment = {name: value for name, value in environment.items() if name not in standing.unset}
        return place.environment(environment)

    def _days(self, playbook: Playbook) -> Days | None:
        recorded = day_of(playbook.source_runs[0]) if playbook.source_runs else None
        return Days(recorded=recorded, today=self.clock().astimezone().date()) if recorded else None

    def _bindings(self, request: Request, place: Place, environment: Mapping[str, str]) -> dict[str, str]:
        today = self.clock().astimezone().date()
        builtins = {
            "cwd": place.workspace,
            "home": environment.get("HOME", ""),
            "user": getpass.getuser(),
            "host": platform.node(),
            "kernel": platform.release(),
            "today": today.isoformat(),
            "yesterday": (today - timedelta(days=1)).isoformat(),
            "tomorrow": (today + timedelta(days=1)).isoformat(),
        }
        repository = find_repository(RealMachine(place.real), place.workspace)
        branch = repository.branch if repository else None
        builtins |= {"branch": branch} if branch else {}
        bindings = binding.bind(request.playbook, request.values, builtins)
        held = {name: place.inside(value) for name, value in request.held.items() if value != binding.MASKED}
        return bindings | held


def _taken_to_its_end(engine: Engine) -> Replay:
    try:
        return engine.run()
    except KeyboardInterrupt:
        return engine.cancel()
