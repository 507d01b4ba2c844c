"""What a running replay tells those who watch it: facts in the past tense."""

import msgspec

from capture.trace import Step
from replay.outcome import Failure, Mode, Replay, StepOutcome
from replay.playbook import Playbook
from replay.repairs.proposal import Repair


class ReplayBegan(msgspec.Struct, frozen=True, kw_only=True):
    """The first fact of every replay."""

    replay_id: str
    playbook: Playbook
    mode: Mode
    bindings: dict[str, str]
    """Parameters as they will be used; secrets masked."""
    shadow: str | None
    """The shadow level, when it runs in one."""


class StepChecked(msgspec.Struct, frozen=True, kw_only=True):
    """A step's preconditions were looked at."""

    step_index: int
    outcome: StepOutcome


class StepBegan(msgspec.Struct, frozen=True, kw_only=True):
    """A step was handed to the shell."""

    step_index: int
    command: str
    """With its values in."""


class StepPrinted(msgspec.Struct, frozen=True, kw_only=True):
    """A running step wrote to the terminal."""

    step_index: int
    data: bytes


class StepJudged(msgspec.Struct, frozen=True, kw_only=True):
    """A step ended and was held against its expectation."""

    outcome: StepOutcome
    step: Step
    failure: Failure | None


class RepairsProposed(msgspec.Struct, frozen=True, kw_only=True):
    """The repair sources answered."""

    failure: Failure
    repairs: tuple[Repair, ...]
    abstained: str | None
    notes: tuple[str, ...] = ()
    """What was refused, and which source gave no answer."""


class VersionMade(msgspec.Struct, frozen=True, kw_only=True):
    """An approved repair made a version; the replay goes on with it."""

    playbook: Playbook
    digest: str


class SteppedBack(msgspec.Struct, frozen=True, kw_only=True):
    """Steps were taken back; the replay stands before the first of them."""

    step_index: int
    """The first of them."""


class ReplayEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The last fact of every replay."""

    replay: Replay


ReplayEvent = (
    ReplayBegan
    | StepChecked
    | StepBegan
    | StepPrinted
    | StepJudged
    | RepairsProposed
    | VersionMade
    | SteppedBack
    | ReplayEnded
)
"""Everything that may be told."""
