"""Where a replay stands when the one who steps is asked: all that a debugger shows and decides by."""

import msgspec

from capture.trace import Step
from replay.outcome import Failure
from replay.playbook import Playbook


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One command of a step that is a list of commands."""

    number: int
    """Counted from 1."""
    count: int
    """How many the list has."""
    command: str
    """Its text with the values in, secret ones masked."""


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Before a step, between two parts of one, behind one that diverged, or behind the last one."""

    step_index: int
    """The step that would run next, or that diverged; one more than there are: behind the last one."""
    playbook: Playbook
    """The version that runs now."""
    values: dict[str, str] = {}
    """Parameters and captured values; secrets masked."""
    ran: Step | None = None
    """What ran since it stood last, numbered as in the playbook; of a list, the part."""
    failure: Failure | None = None
    """Why it stops here."""
    part: Part | None = None
    """The part that would run next, inside of a list."""
    back: tuple[int, ...] = ()
    """Steps that can be gone back to; at a divergence before the step ran, that very step: it is tried again."""
    no_way_back: str = ""
    """Why it can't be gone back to a step that has run; empty where it can."""

    refused: str = ""
    """Why it did not go back just now, though it was told to."""

    @property
    def over(self) -> bool:
        """Whether no step is left."""
        return self.step_index > len(self.playbook.steps)

    @property
    def before_a_step(self) -> bool:
        """Whether a whole step comes next."""
        return not self.over and self.failure is None and self.part is None
