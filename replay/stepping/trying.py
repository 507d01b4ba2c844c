"""One step tried on the state that the steps before it leave: they run first, what only looks is left out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from capture.errors import BadInputError
from replay.flows import producers
from replay.playbook import Playbook
from replay.protocols import Move
from replay.stand import Stand


@dataclass
class Trying:
    """Answers for a person up to the step that they want to see; behind it they are asked.

    Attributes:
        step: Which one, counted from 1.
        first: The steps that run before it.
    """

    step: int
    first: Collection[int]
    _over: bool = field(default=False, init=False)

    def __call__(self, stand: Stand) -> Move | None:
        """What to do where it stands; None: that is for the person to say, from now on."""
        self._over = self._over or stand.failure is not None or stand.part is not None or stand.step_index > self.step
        if self._over:
            return None
        return Move.RUN if stand.step_index == self.step or stand.step_index in self.first else Move.SKIP


def trying(playbook: Playbook, step: int, *, alone: bool) -> Trying:
    """How a step is tried.

    Args:
        playbook: Whose.
        step: Counted from 1.
        alone: On the workspace as it is: no step runs before it.

    Raises:
        BadInputError: There is no such step, or it is left out.
    """
    ref = f"{playbook.name}@{playbook.version}"
    if not 1 <= step <= len(playbook.steps):
        raise BadInputError(f"{ref} has no step {step}; it has {len(playbook.steps)}")
    if playbook.steps[step - 1].skip:
        raise BadInputError(f"step {step} of {ref} is left out; take its skip away, or try another one")
    return Trying(step, () if alone else producers(playbook, step))


def recorded_values(playbook: Playbook, found: Trying) -> Mapping[str, str]:
    """The values that no step prints because it is left out, as they were recorded."""
    left_out = (at for at in range(1, found.step) if at not in found.first)
    return {one.name: one.recorded for at in left_out for one in playbook.steps[at - 1].capture}
