"""Does what the tools of the desk promise: over one home, in allowed directories, one replay a workspace at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from app.core import Core
from app.desk import arguments, telling
from app.desk.pages import Pages
from app.desk.places import Places
from app.desk.taking import Taking
from capture.errors import RefusedError, ReplaybookError
from replay.progress import ReplayBegan, ReplayEvent, StepBegan
from replay.protocols import Answer, Headless, Move
from replay.stand import Stand

MOST_REPLAYS = 2
"""Replays that go on at once, each in a workspace of its own."""
Progress = Callable[[int, int], None]
"""Is told how many steps are done, of how many."""


class Remote(Headless):
    """Steps for a client that may cancel: nobody is there for anything else."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._over = threading.Event()
        self._interrupt: Callable[[], None] | None = None

    @property
    def ended(self) -> bool:
        """Whether the client waits no more."""
        return self._stopped.is_set()

    def running(self, interrupt: Callable[[], None]) -> None:
        """See `Director.running`."""
        self._interrupt = interrupt

    def next(self, stand: Stand) -> Answer:
        """On, until it was cancelled."""
        del stand
        return Move.STOP if self.ended else Move.RUN

    def halt(self) -> None:
        """See `Director.halt`."""
        self._stopped.set()

    @property
    def is_over(self) -> bool:
        """Whether the call has its answer, or gets none."""
        return self._over.is_set()

    def over(self) -> None:
        """The call has its answer."""
        self._over.set()

    def cancel(self) -> None:
        """The client waits no more: end the step that runs, and begin none."""
        self._stopped.set()
        if self._interrupt is not None:
            with suppress(ReplaybookError, OSError):
                self._interrupt()


class Desk:
    """Answers one client; every method may block, and may be called in several threads."""

    def __init__(self, core: Core, places: Places) -> None:
        """Nothing is opened yet.

        Args:
            core: Whose playbooks and runs.
            places: Where work may be done.
        """
        self._core = core
        self._places = places
        self._pages = Pages()
        self._taking = Taking(core.home, ended=core.agent_recorded)
        self._going = 0
        self._lock = threading.Lock()

    def close(self) -> None:
        """End what the client has left open."""
        self._taking.close()
        self._core.close()

    def find_playbook(self, asked: arguments.FindPlaybook) -> dict[str, Any]:
        """Playbooks for a task, best first."""
        return telling.of_found(self._core.find(asked.task, most=asked.most))

    def describe(self, asked: arguments.Describe) -> dict[str, Any]:
        """What a playbook does and wants."""
        stored = self._core.version(asked.playbook)
        return self._with_more(telling.of_version(stored), stored.text)

    def simulate(self, asked: arguments.Simulate) -> dict[str, Any]:
        """Whether it is ready; runs nothing."""
        workspace = self._checked(asked)
        simulated = self._core.looked(asked.playbook, cwd=workspace, values=asked.values)
        return self._with_more(telling.of_simulation(simulated), simulated)

    def replay(self, asked: arguments.Replay, director: Remote, progress: Progress) -> dict[str, Any]:
        """Replay an active version strictly."""
        workspace = self._checked(asked)
        with self._one_of_few():
            replay = self._core.replay_alone(
                asked.playbook,
                cwd=workspace,
                values=asked.values,
                inside=self._places.holds,
                director=director,
                watcher=_steps(progress),
            )
        return self._with_more(telling.of_replay(replay), replay)

    def dispatch(self, asked: arguments.Dispatch, director: Remote, progress: Progress) -> dict[str, Any]:
        """What is to be replayed for a goal; replayed at once where that was asked for."""
        workspace = self._places.workspace(asked.cwd)
        self._places.check_values({}, asked.values, workspace)
        found = self._core.dispatch(asked.goal, cwd=workspace, values=asked.values, alone=True)
        if found.replay is None:
            return self._with_more(telling.of_dispatch(found), found) if found.checks else telling.of_dispatch(found)
        named = arguments.Replay(playbook=found.replay, cwd=workspace, values=found.values)
        self._checked(named)
        return telling.of_dispatch(found) | ({"run": self.replay(named, director, progress)} if asked.run else {})

    def get_run(self, asked: arguments.GetRun) -> dict[str, Any]:
        """What a run did."""
        trace = self._core.trace(asked.run)
        return self._with_more(telling.of_trace(trace), [_step_document(step) for step in trace.steps])

    def record_step(self, asked: arguments.RecordStep, agent: str | None) -> dict[str, Any]:
        """Record a step that the client did."""
        told = self._taking.take(asked, self._places.workspace(asked.cwd), agent)
        return {"run": told.run, "step": told.step_index, "ended": told.ended}

    def propose_repair(self, asked: arguments.ProposeRepair) -> dict[str, Any]:
        """Put a proposal before a person."""
        proposal = {"patch": asked.patch, "rationale": asked.rationale, "confidence": asked.confidence}
        found = self._core.offer(asked.replay, msgspec.json.encode({"proposals": [proposal]}))
        return telling.of_proposed(found)

    def more(self, asked: arguments.More) -> dict[str, Any]:
        """A page of what an answer left out."""
        found: dict[str, Any] = msgspec.to_builtins(self._pages.page(asked.handle, asked.page))
        return found

    def _checked(self, asked: arguments.Simulate) -> str:
        """Its workspace, its playbook and its values looked at."""
        workspace = self._places.workspace(asked.cwd)
        playbook = self._core.version(asked.playbook).playbook
        self._places.check_values(playbook.parameters, asked.values, workspace)
        return workspace

    def _with_more(self, answer: dict[str, Any], whole: object) -> dict[str, Any]:
        return {**answer, "more": self._pages.keep(whole)}

    @contextmanager
    def _one_of_few(self) -> Iterator[None]:
        """Count a replay; that no two are in one workspace is seen to by the replays themselves, whoever asks.

        Raises:
            RefusedError: Too many go on.
        """
        with self._lock:
            if self._going >= MOST_REPLAYS:
                raise RefusedError(f"{self._going} replays go on already; wait for one of them")
            self._going += 1
        try:
            yield
        finally:
            with self._lock:
                self._going -= 1


def _steps(progress: Progress) -> Callable[[ReplayEvent], None]:
    """Tells of steps by their numbers alone: their commands may hold what is secret."""
    total = 0

    def watch(event: ReplayEvent) -> None:
        nonlocal total
        match event:
            case ReplayBegan(playbook=playbook):
                total = len(playbook.steps)
            case StepBegan(step_index=index):
                progress(index - 1, total)
            case _:
                pass

    return watch


def _step_document(step: Any) -> dict[str, Any]:
    return {
        "step": step.step_index,
        "kind": step.kind,
        "run": step.command,
        "cwd": step.cwd,
        "status": step.status,
        "exit_code": step.exit_code,
        "duration_ms": step.duration_ms,
        "output": step.output,
    }
