"""Numbers the steps of an edited run anew, and with them what they are parts of (pure)."""

from collections.abc import Sequence

import msgspec

from capture.trace import Step


def renumbered(steps: Sequence[Step], among: Sequence[Step]) -> tuple[Step, ...]:
    """Some steps of a run, counted from 1.

    Args:
        steps: Those that are left, in order, under their old numbers.
        among: All that there were.

    Returns:
        The same; what was a part of a step that is gone is a part of the one around that.
    """
    numbers = {step.step_index: at for at, step in enumerate(steps, 1)}
    around = {step.step_index: step.part_of for step in among if isinstance(step.part_of, int)}
    return tuple(
        msgspec.structs.replace(
            step, step_index=numbers[step.step_index], part_of=_within(step.step_index, around, numbers)
        )
        for step in steps
    )


def out_of_order(steps: Sequence[Step]) -> frozenset[int]:
    """The steps that may print otherwise than one behind the other: parts, what is around them, and what is apart."""
    parts = [step for step in steps if isinstance(step.part_of, int)]
    return frozenset(
        (
            *(step.step_index for step in steps if step.apart),
            *(step.step_index for step in parts),
            *(step.part_of for step in parts if isinstance(step.part_of, int)),
        )
    )


def _within(index: int, around: dict[int, int], numbers: dict[int, int]) -> int | msgspec.UnsetType:
    at = index
    while (outer := around.get(at, at)) < at:
        if outer in numbers:
            return numbers[outer]
        at = outer
    return msgspec.UNSET


def moved_on(step: Step, by: int) -> Step:
    """A step of a run that stands behind another one's steps.

    Args:
        step: Under its own number.
        by: How many steps stand before the run.
    """
    part_of = step.part_of + by if isinstance(step.part_of, int) else step.part_of
    return msgspec.structs.replace(step, step_index=step.step_index + by, part_of=part_of)
