"""A step between its beginning and its end, and how it is told."""

import asyncio
import os
import time
from collections.abc import Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import msgspec

from capture.api.said import Sentences, hints_of
from capture.errors import BadInputError
from capture.provenance import Hints
from capture.recording.steps import OpenStep
from capture.trace import EnvEffects, FileEffect, Masked, StepKind, StepStatus

_AROUND: ContextVar[tuple["Action", ...]] = ContextVar("replaybook_steps_around", default=())
"""What is open around what runs now: each task has its own, a new thread begins with none."""


class Begun(NamedTuple):
    """What is known of a step when it begins."""

    step: OpenStep
    """Its text, and its number once it has one."""
    hints: Hints | msgspec.UnsetType = msgspec.UNSET
    """What was said of it."""
    part_of: int | None = None
    """The step that it is a part of."""
    whole: bool = False
    """Whether it is told in one piece: nothing is written before its end."""
    maskings: tuple[Masked, ...] = ()
    """What is masked in its text already."""
    env: EnvEffects | None = None
    """What it changes in the environment."""
    effects: tuple[FileEffect, ...] | None = None
    """Paths that it has changed; None: nobody has told."""
    watched: bool = False
    """Whether its files are looked at when it ends."""
    contents: tuple[bytes, ...] = ()
    """What files held and hold that it changes: kept where no secret is in them."""


class Ends(Protocol):
    """Whoever writes the end of an action down."""

    def finish(self, action: "Action") -> None:
        """Write it; called once for each action."""
        ...


class Action:
    """A step that has begun. Leave its `with` block, or call `end`, and it is written down whole.

    An exception that leaves the block makes it `failed`, and a cancellation `partial`; both go on. One that never ends
    is `partial` in the run.
    """

    def __init__(self, ends: Ends, begun: Begun) -> None:
        self.output: object = None
        """What it answered: a text, or any JSON value; set it before the end."""
        self.error: object = None
        """What went wrong; set, the step has failed. It stands behind the output."""
        self.exit_code: int | None = None
        """Of a command; None: 0, or 1 when it failed."""
        self.status: StepStatus | None = None
        """None: `failed` with an error or another exit code than 0, else `success`."""
        self.postconditions: Sentences = ()
        """What is true now."""
        self.artifact_refs: Sequence[str] = ()
        """What it has made."""
        self.ended = False
        """Whether it is written down."""
        self.begun = begun
        """What is known of it since it began."""
        self.printed: bytes | None = None
        """What a terminal printed, in place of `output`."""
        self.dropped = 0
        """Bytes in the middle of that which are not there."""
        self.timed_out = False
        """Whether its time limit ended it."""
        self.took_ms: float | None = None
        """How long it took, milliseconds; None: until now."""
        self._ends = ends
        self._clock = time.perf_counter()
        self._before: tuple[Action, ...] = ()
        self._owner = 0

    @property
    def step_index(self) -> int:
        """Its number in the run, from 1; 0 when nothing is recorded any more, or it is told in one piece and open."""
        return self.begun.step.step_index

    @property
    def kind(self) -> StepKind:
        """What kind of action it is."""
        return self.begun.step.kind

    @property
    def duration_ms(self) -> float:
        """How long it took until now, milliseconds."""
        return (time.perf_counter() - self._clock) * 1000 if self.took_ms is None else self.took_ms

    @property
    def hints(self) -> Hints | msgspec.UnsetType:
        """What was said of it, before and after.

        Raises:
            BadInputError: As `hints_of`.
        """
        if not self.postconditions and not self.artifact_refs:
            return self.begun.hints
        after = hints_of({"postconditions": self.postconditions, "artifact_refs": self.artifact_refs})
        before = self.begun.hints
        if before is msgspec.UNSET or after is msgspec.UNSET:
            return after if before is msgspec.UNSET else before
        return msgspec.structs.replace(
            before,
            postconditions=(*before.postconditions, *after.postconditions),
            artifact_refs=(*before.artifact_refs, *after.artifact_refs),
        )

    def end(self, output: object = None, *, error: object = None, status: StepStatus | str | None = None) -> None:
        """End it now; nothing is done when it has ended.

        Args:
            output: As the attribute; None: what that says.
            error: As the attribute; None: what that says.
            status: `success`, `failed`, `skipped` or `partial`; None: what that says.

        Raises:
            BadInputError: Another status, or the output is no JSON value; the step is still open.
            RunOverError: The run has ended.
        """
        if self.ended:
            return
        self.output = self.output if output is None else output
        self.error = self.error if error is None else error
        self.status = self.status if status is None else _status(status)
        self._ends.finish(self)
        self.ended = True

    def is_of(self, ends: Ends) -> bool:
        """Whether it is a step of a recording."""
        return self._ends is ends

    def __enter__(self) -> Self:
        self._before = _AROUND.get()
        _AROUND.set((*self._before, self))
        self._owner = os.getpid()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # Set and not reset: an async generator may be left in another context than it was entered in.
        _AROUND.set(self._before)
        if os.getpid() != self._owner:
            # A forked child that leaves the block: the step is its parent's.
            return
        if error is not None and self.status is None and self.error is None:
            cut = isinstance(error, asyncio.CancelledError | KeyboardInterrupt | GeneratorExit)
            self.status = StepStatus.PARTIAL if cut else StepStatus.FAILED
            self.error = f"{type(error).__name__}: {error}".removesuffix(": ")
        self.end()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)


def around(ends: Ends) -> int | None:
    """The innermost step of a recording that is open around what runs now.

    Args:
        ends: The recording.
    """
    for one in reversed(_AROUND.get()):
        if one.is_of(ends) and not one.ended and one.step_index:
            return one.step_index
    return None


def _status(status: StepStatus | str) -> StepStatus:
    try:
        return StepStatus(status)
    except ValueError:
        raise BadInputError(f"status {status!r} is unknown; give one of {', '.join(StepStatus)}") from None
