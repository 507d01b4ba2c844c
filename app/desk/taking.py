"""Runs that a client tells step by step: opened with their first step, ended with their last or with the server."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

import msgspec

import capture
from app.desk.arguments import LONGEST_OUTPUT, RecordStep
from capture import Recording
from capture.errors import BadInputError, HostError, RefusedError, UnknownNameError
from capture.home import Home

MOST_OPEN = 4
"""Runs that are told at once."""
MOST_STEPS = 2000
"""Steps of one run."""


class Told(NamedTuple):
    """A step that was taken."""

    run: str
    step_index: int
    ended: bool


class _Open:
    """A run that goes on."""

    def __init__(self, recording: Recording, ending: ExitStack) -> None:
        self.recording = recording
        self.ending = ending
        self.steps = 0


class Taking:
    """The runs that are told at the moment; safe in several threads."""

    def __init__(self, home: Home, *, ended: Callable[[str, int], None]) -> None:
        """None is told yet.

        Args:
            home: Where they are kept.
            ended: Is told of each that has ended: its id, and its steps.
        """
        self._home = home
        self._ended = ended
        self._open: dict[str, _Open] = {}
        self._lock = threading.Lock()

    def take(self, told: RecordStep, workspace: str, agent: str | None) -> Told:
        """Record a step.

        Args:
            told: It.
            workspace: Where it was done.
            agent: What the client calls itself.

        Raises:
            BadInputError: It says neither a command nor a tool, or both, or is too long.
            UnknownNameError: Its run is not open here.
            RefusedError: Too many are open, or it has too many steps.
            HostError: The disk says no.
        """
        _check(told)
        with self._lock:
            run_id, run = (told.run, self._known(told.run)) if told.run else self._begun(told, workspace, agent)
            if run.steps >= MOST_STEPS:
                raise RefusedError(f"{run_id} has {run.steps:,} steps; end it with done, and begin another run")
            index = _recorded(run.recording, told, workspace)
            run.steps += 1
            if run.recording.stopped is not None:
                self._end(run_id)
                raise HostError(run.recording.stopped)
            if told.done:
                self._end(run_id)
            return Told(run_id, index, told.done)

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            for run_id in tuple(self._open):
                self._end(run_id)

    def _known(self, run_id: str) -> _Open:
        if run_id not in self._open:
            raise UnknownNameError("that run is not open here; leave run out to begin one")
        return self._open[run_id]

    def _begun(self, told: RecordStep, workspace: str, agent: str | None) -> tuple[str, _Open]:
        if len(self._open) >= MOST_OPEN:
            raise RefusedError(f"{len(self._open)} runs are open; end one of them with done first")
        with ExitStack() as ending:
            block = capture.record(told.goal, home=self._home.path, workspace=workspace, agent=agent, watch=False)
            recording = ending.enter_context(block)
            run = _Open(recording, ending.pop_all())
        run_id = recording.run_id
        self._open[run_id] = run
        return run_id, run

    def _end(self, run_id: str) -> None:
        run = self._open.pop(run_id)
        run.ending.close()
        self._ended(run_id, run.steps)


def _check(told: RecordStep) -> None:
    if (told.command is None) == (told.tool is None):
        raise BadInputError("a step is either a command or a tool; give one of them")
    if told.command is not None and told.exit_code is None:
        raise BadInputError("a command wants its exit_code")
    if told.command is not None and not isinstance(told.output, str | None):
        raise BadInputError("the output of a command is a text")
    for name, value in (("input", told.input), ("output", told.output)):
        size = len(value) if isinstance(value, str) else len(msgspec.json.encode(value))
        if size > LONGEST_OUTPUT:
            raise BadInputError(f"the {name} of {size:,} characters is too long; {LONGEST_OUTPUT:,} are taken")


def _recorded(recording: Recording, told: RecordStep, cwd: str) -> int:
    if told.command is not None:
        step = recording.ran(
            told.command,
            exit_code=told.exit_code,
            output=told.output if isinstance(told.output, str) else "",
            cwd=cwd,
            duration_ms=told.duration_ms,
            dead_end=told.dead_end,
        )
    else:
        step = recording.tool(
            told.tool or "",
            told.input,
            told.output,
            error=told.error,
            duration_ms=told.duration_ms,
            dead_end=told.dead_end,
        )
    return step.step_index
