"""What a simulation found, for a person, each thing once: what is in the way, then what is unknown, then warnings."""

from collections.abc import Sequence

import msgspec

from replay.outcome import CheckState, StepOutcome

WORST_FIRST = (CheckState.FAIL, CheckState.UNKNOWN, CheckState.WARN)


class Foretold(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not simply well."""

    state: CheckState
    """`fail`, `unknown` or `warn`."""
    steps: tuple[int, ...]
    """The steps that it was found at, in order."""
    message: str
    """One sentence."""
    hint: str | None
    """For an `unknown`: what would settle it."""

    @property
    def where(self) -> str:
        """As `step 3` or `steps 3, 4`."""
        return f"step{'s' if len(self.steps) > 1 else ''} {', '.join(map(str, self.steps))}"


def foretold(outcomes: Sequence[StepOutcome]) -> tuple[Foretold, ...]:
    """Everything that was found and is not well, worst first, and in the order of the steps."""
    found: dict[tuple[CheckState, str, str | None], list[int]] = {}
    for state in WORST_FIRST:
        for outcome in outcomes:
            for check in outcome.checks:
                if check.state is state:
                    found.setdefault((state, check.message, check.hint), []).append(outcome.step_index)
    return tuple(
        Foretold(state=state, steps=tuple(dict.fromkeys(steps)), message=message, hint=hint)
        for (state, message, hint), steps in found.items()
    )
