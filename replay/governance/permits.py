"""What a step's safety level asks of a person when the step's turn comes (pure)."""

from enum import StrEnum

import msgspec

from replay.governance.lists import Lists
from replay.playbook import Playbook, PlaybookStep, SafetyLevel


class Need(StrEnum):
    """What must happen before a step of a level runs; later ones are stricter."""

    RUN = "run"
    """Nothing: promoting the version, or `--draft`, said yes to all of it."""
    ASK = "ask"
    """A yes for this very step, each time."""
    HAND_OVER = "hand_over"
    """A person does it."""
    REFUSE = "refuse"
    """It is not done at all."""


STRICTNESS = tuple(Need)
LEVELS = tuple(SafetyLevel)
DEFAULT = {
    SafetyLevel.AUTO_OK: Need.RUN,
    SafetyLevel.NEEDS_CONFIRM: Need.RUN,
    SafetyLevel.MANUAL_ONLY: Need.HAND_OVER,
}
"""What holds where the user's own policy says nothing."""


class Permits(msgspec.Struct, frozen=True, kw_only=True):
    """How one replay treats each safety level."""

    levels: dict[SafetyLevel, Need] = msgspec.field(default_factory=DEFAULT.copy)
    """What the policy says; a level that is not in it is treated as by `DEFAULT`."""
    ask: bool = False
    """The user wants to be asked at each step that needs a confirmation (`--ask`)."""
    yes_to: SafetyLevel | None = None
    """The user has said yes to every question about steps up to this level (`--yes-to`)."""
    hands: bool = False
    """Somebody sits there who can do a step by hand."""
    shadow: bool = False
    """It runs in an isolated copy, where nothing has to be asked."""
    lists: Lists = Lists()
    """What may run and what may not."""

    def need(self, level: SafetyLevel) -> Need:
        """What must happen before a step of this level runs.

        Args:
            level: Of the step.

        Returns:
            Never `RUN` for what is manual, but in a shadow; `REFUSE` where nobody is there to be handed a step.
        """
        told = self.levels.get(level, DEFAULT[level])
        if told is Need.REFUSE:
            return told
        if self.shadow:
            return Need.RUN
        if level is SafetyLevel.MANUAL_ONLY or told is Need.HAND_OVER:
            return Need.HAND_OVER if self.hands else Need.REFUSE
        asks = told is Need.ASK or (self.ask and level is SafetyLevel.NEEDS_CONFIRM)
        answered = self.yes_to is not None and LEVELS.index(level) <= LEVELS.index(self.yes_to)
        return Need.ASK if asks and not answered else Need.RUN


def stricter(one: Need, other: Need) -> Need:
    """The stricter of two."""
    return max(one, other, key=STRICTNESS.index)


def first_for_a_person(playbook: Playbook, permits: Permits) -> int | None:
    """The first step that doesn't run by itself, counted from 1; None: all do.

    Args:
        playbook: What is to be replayed.
        permits: What the user's policy asks of a person there.
    """

    def runs(step: PlaybookStep) -> bool:
        return step.safety is SafetyLevel.AUTO_OK and permits.need(step.safety) is Need.RUN

    return next((at for at, step in enumerate(playbook.steps, 1) if not step.skip and not runs(step)), None)
