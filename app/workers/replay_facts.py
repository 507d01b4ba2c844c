"""What a replay tells the screen it runs in, and asks of the person there, as facts in the past tense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from capture.trace import Step
    from replay.outcome import Failure
    from replay.progress import ReplayEvent
    from replay.protocols import ByHand
    from replay.repairs.proposal import Repair
    from replay.sources.asked import Asking
    from replay.stand import Stand


class ReplayTold(Message):
    """A replay told something; nothing of it may be lost, so it replaces no other."""

    def __init__(self, event: ReplayEvent) -> None:
        """Carry the fact."""
        super().__init__()
        self.event = event


class Stood(Message):
    """The replay stands before a step, or where it would end, and waits for the person."""

    def __init__(self, stand: Stand, hit: str) -> None:
        """Carry where, and the breakpoint that made it halt; empty: another reason."""
        super().__init__()
        self.stand, self.hit = stand, hit


class ConfirmWanted(Message):
    """The replay stands before a step that wants a yes of its own."""

    def __init__(self, step_index: int, command: str, why: str) -> None:
        """Carry the step, and why it wants one."""
        super().__init__()
        self.step_index, self.command, self.why = step_index, command, why


class SendWanted(Message):
    """Something would be sent to a source outside of this machine for the first time."""

    def __init__(self, asking: Asking) -> None:
        """Carry what and where to."""
        super().__init__()
        self.asking = asking


class HandedOver(Message):
    """The replay waits for a person to do a step."""

    def __init__(self, work: ByHand) -> None:
        """Carry what they need for it."""
        super().__init__()
        self.work = work


class DoneByHand(Message):
    """A person has done a step that was handed over."""

    def __init__(self, step: Step) -> None:
        """Carry what came of it."""
        super().__init__()
        self.step = step


class ReviewWanted(Message):
    """The replay stopped at a divergence and waits for a decision on its proposals."""

    def __init__(self, failure: Failure, repairs: Sequence[Repair]) -> None:
        """Carry both."""
        super().__init__()
        self.failure, self.repairs = failure, repairs
