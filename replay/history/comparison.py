"""What holding two runs against each other came to: the values of the `compare` document."""

from enum import StrEnum
from typing import Any

import msgspec

from capture.trace import EffectOp


class Aspect(StrEnum):
    """In what two steps can differ."""

    COMMAND = "command"
    DIRECTORY = "directory"
    EXIT_CODE = "exit_code"
    OUTPUT = "output"
    DIALOGUE = "dialogue"
    EFFECTS = "effects"
    ENVIRONMENT = "environment"


class Both(msgspec.Struct, frozen=True):
    """The same thing in both runs; None where one of them hasn't it."""

    one: Any
    two: Any


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a name that differs."""

    name: str
    one: str | None
    two: str | None


class EffectDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A path that was not changed alike."""

    path: str
    """As the first run has it, else as the second."""
    one: EffectOp | None
    """None: that run did not change it."""
    two: EffectOp | None
    differs: tuple[str, ...]
    """`op`, `type`, `mode`, `moved_from`, `content`."""
    diff: str = ""
    """Of the contents, only what differs; empty when they are the same, no text, or not kept."""


class StepComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One step of both, or one that only one of them has."""

    one: int | None
    """Its number in the first run: in the recording, or in the playbook that was replayed."""
    two: int | None
    same: bool
    left_out: bool = False
    """Only the recording has it, because the playbook leaves it out: no difference."""
    differs: tuple[Aspect, ...] = ()
    command: Both
    directory: Both | None = None
    """Here and below: None where it is the same."""
    exit_code: Both | None = None
    signal: Both | None = None
    output: str = ""
    """Only what differs, as a unified diff without context."""
    dialogue: str = ""
    effects: tuple[EffectDifference, ...] = ()
    environment: tuple[Named, ...] = ()
    duration_ms: Both


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How many steps are how."""

    same: int
    differ: int
    only_one: int
    only_two: int
    left_out: int


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Which run it is."""

    run_id: str
    name: str
    status: str
    started_at: str
    replay_id: str | None = None
    playbook: str | None = None
    version: int | None = None
    mode: str | None = None
    shadow: str | None = None
    workspace: str
    duration_ms: float
    """Of the steps that were compared, together."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs, held against each other."""

    one: Head
    two: Head
    same: bool
    """No step differs, and none is missing."""
    summary: Summary
    values: tuple[Named, ...]
    """Parameters and captures with another value; no difference by themselves."""
    environment: tuple[Named, ...]
    """Variables with another value when the runs began; no difference by themselves."""
    steps: tuple[StepComparison, ...]
