"""What is known of a run that several write: the next number, which steps are open, what its models took (pure)."""

import msgspec

from capture.events import Event, ModelCalled, RunEnded, RunStarted, StepEnded, StepStarted
from capture.provenance import AgentUse
from capture.trace import StepStatus
from capture.usage import with_call


class Standing:
    """Follows the events of a trace, whoever wrote them."""

    def __init__(self) -> None:
        self.steps = 0
        """The highest number that a step has."""
        self.over = False
        """Whether the run has ended."""
        self.agent: AgentUse | None = None
        """What its models took so far."""
        self.last: StepStatus | None = None
        """How the step ended last that is no part of another; None: none has."""
        self._part_of: dict[int, int | None] = {}
        self._apart: set[int] = set()

    @property
    def open(self) -> tuple[int, ...]:
        """Steps that have begun and not ended, in the order in which they began."""
        return tuple(self._part_of)

    def take(self, event: Event) -> None:
        """Follow one event."""
        match event:
            case RunStarted():
                self.agent = event.run.agent
            case StepStarted():
                self._begin(event.step_index, _number(event.part_of))
            case StepEnded(step=step):
                if step.step_index > self.steps:
                    self._begin(step.step_index, _number(step.part_of))
                self._end(step.step_index)
                if step.part_of is msgspec.UNSET and step.status is not StepStatus.SKIPPED:
                    self.last = step.status
            case ModelCalled():
                self.agent = with_call(self.agent, event.call)
            case RunEnded():
                self.over = True
            case _:
                pass

    def is_apart(self, step_index: int) -> bool:
        """Whether others ran at the same time as an open step: such as are neither around it nor parts of it.

        Args:
            step_index: Of the step; one that was told whole has been open as long as the others.
        """
        return step_index in self._apart

    def will_be_apart(self, part_of: int | None) -> bool:
        """Whether a step that is told whole now has others beside it.

        Args:
            part_of: What it is a part of.
        """
        return bool(self._beside(part_of))

    def _begin(self, step_index: int, part_of: int | None) -> None:
        beside = self._beside(part_of)
        self.steps = max(self.steps, step_index)
        self._part_of[step_index] = part_of
        if beside:
            self._apart |= {*beside, step_index}

    def _beside(self, part_of: int | None) -> set[int]:
        around, at = set[int](), part_of
        while at is not None and at not in around:
            around.add(at)
            at = self._part_of.get(at)
        return self._part_of.keys() - around

    def _end(self, step_index: int) -> None:
        """Its parts are over with it: one that was killed will never say so."""
        self._part_of.pop(step_index, None)
        self._apart.discard(step_index)
        for part in [one for one, of in self._part_of.items() if of == step_index]:
            self._end(part)


def _number(part_of: object) -> int | None:
    return part_of if isinstance(part_of, int) else None
