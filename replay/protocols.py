"""What the engine asks of those around it: who steps, who runs, who looks, who mends."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from typing import Protocol

import msgspec

from capture.trace import Step
from capture.wire import Kept, Message
from replay import offers
from replay.outcome import Check, Failure, Judgement, Standing, StepOutcome, Usage
from replay.playbook import Playbook, PlaybookStep
from replay.repairs.proposal import Repair
from replay.sources.asked import Asking
from replay.stand import Stand


class Move(Enum):
    """What the one who steps wants done with what comes next; at a divergence and at the end all of them end it."""

    RUN = auto()
    INTO = auto()
    """Run it, and of a list ask before each part."""
    SKIP = auto()
    STOP = auto()


class Back(msgspec.Struct, frozen=True):
    """Stand before an earlier step again, everything as it was."""

    to: int
    """One of `Stand.back`."""


class SetValues(msgspec.Struct, frozen=True):
    """Go on with other values, and ask again."""

    values: dict[str, str]
    """Parameters and captured values by name."""


Answer = Move | Back | SetValues
"""What the one who steps may say."""


class Director(Protocol):
    """The one who steps: a program that always goes on, or a person at a screen."""

    @property
    def steps_back(self) -> bool:
        """Whether it may take steps back: where that can be, what each step writes is kept apart then."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nobody waits for the replay any more: what goes on elsewhere for it may stop."""
        ...

    def running(self, interrupt: Callable[[], None]) -> None:
        """Called once, with what ends the step that runs."""
        ...

    def next(self, stand: Stand) -> Answer:
        """What to do where the replay stands; may block."""
        ...

    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        """The id of the repair that a person approved just now, or None to leave all waiting; may block."""
        ...

    def confirm(self, step_index: int, command: str, why: str) -> bool:
        """Whether a person says yes to this very step; may block."""
        ...

    def send(self, asking: Asking) -> bool:
        """Whether a person says yes to what would be sent to a source outside of this machine; may block."""
        ...

    def halt(self) -> None:
        """Called from another thread: the replay ends now, so come back from whatever blocks."""
        ...

    def by_hand(self, work: "ByHand") -> Step | None:
        """Have a person do a step; what came of it, or None when nobody did it; may block."""
        ...


class ByHand(Protocol):
    """A step that a person does while the replay's shell looks on.

    First `begin`; then carry keys and output until `StepEnded` was received, or call `done`.
    """

    step_index: int
    """Which step, counted from 1."""
    command: str
    """What was recorded, secrets masked."""
    expected: tuple[str, ...]
    """What must have come about afterwards, a line each."""

    def begin(self, *, in_shell: bool, columns: int = 0, rows: int = 0) -> None:
        """Open the step: with a shell for the person in its directory, or only to see what they do elsewhere."""
        ...

    def done(self) -> Step:
        """The person is done elsewhere: close the step."""
        ...

    def fileno(self) -> int:
        """Readable when `receive` has something."""
        ...

    def receive(self, timeout: float | None = None) -> Message | None:
        """The next message: `Output`, and `StepEnded` at the end."""
        ...

    def send_keys(self, data: bytes) -> None:
        """Type into the person's shell."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Give it another size."""
        ...


class Headless:
    """Runs every step, approves nothing, and says yes to nothing that wants a person."""

    @property
    def steps_back(self) -> bool:
        """It only goes on."""
        return False

    @property
    def ended(self) -> bool:
        """It waits for the end."""
        return False

    def running(self, interrupt: Callable[[], None]) -> None:
        """Nothing to interrupt it with."""
        del interrupt

    def next(self, stand: Stand) -> Answer:
        """Always on."""
        del stand
        return Move.RUN

    def review(self, failure: Failure, repairs: tuple[Repair, ...]) -> str | None:
        """Proposals wait in the inbox."""
        del failure, repairs
        return None

    def confirm(self, step_index: int, command: str, why: str) -> bool:
        """Nobody is there to say yes."""
        del step_index, command, why
        return False

    def send(self, asking: Asking) -> bool:
        """Nobody is there to say yes."""
        del asking
        return False

    def halt(self) -> None:
        """Nothing blocks here."""

    def by_hand(self, work: ByHand) -> Step | None:
        """Nobody is there to do it."""
        del work
        return None


Offered = offers.Offered
"""What is known of a tool."""
Toolbox = offers.Toolbox
"""The tools that can be called here."""
NoTools = offers.NoTools
"""A machine on which no tool can be called."""


class Executor(Protocol):
    """Runs steps in one real shell and records them."""

    @property
    def run_id(self) -> str:
        """The run that the replay is recorded as."""
        ...

    def run(
        self, step: PlaybookStep, command: str, values: Mapping[str, str], printed: Callable[[bytes], None]
    ) -> Step:
        """Run one step to its end."""
        ...

    def interrupt(self) -> None:
        """End the step that runs, or the next one as soon as it does, unless `calm` comes first; from any thread."""
        ...

    def calm(self) -> None:
        """What was interrupted so far is over: the next step runs."""
        ...

    def kept(self, *, before: bool) -> Kept:
        """What its shell holds that no step tells of.

        Args:
            before: Before the last command, not behind it.
        """
        ...

    def halt(self) -> None:
        """End the shell and all that runs in it; from any thread."""
        ...

    def by_hand(self, step: PlaybookStep, checked: StepOutcome, values: Mapping[str, str]) -> ByHand:
        """Make ready to have a person do a step."""
        ...


class Claims(Protocol):
    """Where a replay says before a step that it is about to run, and behind it what it came to; both outlive it."""

    def claim(self, step_index: int, run: str, digest: str) -> None:
        """A step with effects is about to be handed to the shell; when this returns, that is on the disk."""
        ...

    def ended(
        self, outcome: StepOutcome, *, failure: Failure | None, bindings: dict[str, str], standing: Standing
    ) -> None:
        """A step has ended, or was left out; bindings with secrets masked, and where the shell stands now."""
        ...


class Unclaimed:
    """Keeps nothing: for what runs nothing."""

    def claim(self, step_index: int, run: str, digest: str) -> None:
        """Nothing runs."""

    def ended(
        self, outcome: StepOutcome, *, failure: Failure | None, bindings: dict[str, str], standing: Standing
    ) -> None:
        """Nothing ran."""


class Layers(Protocol):
    """What the steps of a replay wrote, kept apart step by step, so that a step can be taken back."""

    def begin(self, step_index: int) -> None:
        """From here on, what is written belongs to this step; called before it runs, with the shell at its prompt.

        Args:
            step_index: The step, counted from 1; one that was taken back may begin again.
        """
        ...

    def back_to(self, step_index: int) -> None:
        """Make the workspace what it was before this step began; its shell has been ended before.

        Args:
            step_index: One that has begun.

        Raises:
            BadInputError: That can't be done; the sentence says why, and nothing has changed.
        """
        ...


class Rewinder(Protocol):
    """Takes a replay's place and its shell back to where they were."""

    def begin(self, step_index: int) -> None:
        """From here on, what is written belongs to this step."""
        ...

    def back_to(self, step_index: int, standing: Standing, *, otherwise: Standing) -> None:
        """End the shell, take back what this step and all behind it wrote, and start a shell that stands so.

        Args:
            step_index: One that has begun.
            standing: As it was before that step.
            otherwise: As it is now.

        Raises:
            BadInputError: What they wrote can't be taken back; the new shell stands where the one before did.
            HostError: No shell could be started.
        """
        ...


class Readiness(Protocol):
    """What is known about the machine, before and after each step."""

    def check(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
        """Look at everything that the step needs; changes nothing."""
        ...

    def assume(
        self, step: PlaybookStep, command: str, values: Mapping[str, str], *, step_index: int
    ) -> Mapping[str, str]:
        """Take the step as done; returns stand-ins for the values that it would have printed."""
        ...

    def refused_ahead(
        self, steps: Iterable[tuple[int, PlaybookStep]], values: Mapping[str, str]
    ) -> tuple[int, Check] | None:
        """The first of some steps, by number, that policy refuses by what is known of it before any has run."""
        ...

    def moved_on(self, step: Step) -> None:
        """The shell is behind this step now: its directory and variables count from here."""
        ...

    def judge(
        self, step: PlaybookStep, actual: Step, values: Mapping[str, str], *, recorded: Mapping[str, str] | None
    ) -> Judgement:
        """Hold what happened against what was expected; `recorded` as `matching.judging.judge` takes it."""
        ...


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A divergence, with what is needed to make proposals for it."""

    replay_id: str
    failure: Failure
    command: str
    cwd: str
    actual: Step | None
    bindings: dict[str, str]


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What the repair sources came to."""

    repairs: tuple[Repair, ...]
    abstained: str | None
    notes: tuple[str, ...] = ()
    """What was refused, and which source gave no answer; one line each."""


class Mender(Protocol):
    """Where proposals come from, and what an approved one leads to."""

    @property
    def usage(self) -> Usage:
        """What asking has taken so far."""
        ...

    def propose(self, playbook: Playbook, digest: str, stop: Stop) -> Proposed:
        """Ask every source, rank, store as waiting."""
        ...

    def approved(self, repair_id: str) -> tuple[Playbook, str]:
        """What the replay goes on with, and its digest."""
        ...

    def conclude(self) -> tuple[Playbook, str] | None:
        """Make one version of all that was approved; None when nothing was, or all of it is in one already."""
        ...
