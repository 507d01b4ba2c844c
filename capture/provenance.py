"""What is known of a run beside what happened: which tool recorded it, and what an agent took and said."""

from enum import StrEnum

import msgspec


class StepSource(StrEnum):
    """What told where the steps of another tool's recording begin and end."""

    MARKERS = "markers"
    """The markers that our own export sets."""
    MARKS = "marks"
    """Shell integration marks in the output; without a secret in them, so any program may have printed them."""
    CALLS = "calls"
    """An agent's own record of its calls."""
    NOTHING = "nothing"
    """The whole recording is one step, and its command text is what the file says that was run, or empty."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a run that another tool recorded."""

    format: str
    """As `asciicast-v2`."""
    steps_from: StepSource = StepSource.NOTHING
    """What told its steps apart."""
    left_out: tuple[str, ...] = ()
    """What of the file could not be taken over, or only with care: a sentence each."""


class AgentUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of an agent took, as its own record says; None: it does not say, and nothing is estimated."""

    name: str
    """Of the agent, as `Claude Code`."""
    version: str = ""
    """Of the agent; several are parted by commas."""
    models: tuple[str, ...] = ()
    """Those that answered, sorted."""
    llm_calls: int | None = None
    """Answers of a model."""
    prompt_tokens: int | None = None
    """Tokens that models read, those from a cache included."""
    cached_tokens: int | None = None
    """Of those, what came from a cache."""
    completion_tokens: int | None = None
    """Tokens that models wrote."""


class Hints(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What whoever recorded a step said about it; nobody has checked it."""

    preconditions: tuple[str, ...] = ()
    """What must be true before, a sentence or `file:PATH`, `command:NAME`, `env:NAME` each."""
    postconditions: tuple[str, ...] = ()
    """What must be true afterwards."""
    artifact_refs: tuple[str, ...] = ()
    """What it made, by path, address or digest."""
    safety_level: str | None = None
    """`auto_ok`, `needs_confirm` or `manual_only`."""
    dead_end: str | None = None
    """Why nothing that came later rests on it: it was tried again, or its branch was left."""
    open_end: str | None = None
    """Why nobody knows how it came out, though it was done: it ran in the background, or its exit code is not told."""


class Speaker(StrEnum):
    """Who says something in the run of an agent."""

    USER = "user"
    """Whoever gave the agent its task."""
    ASSISTANT = "assistant"
    """The agent."""
    REASONING = "reasoning"
    """The agent to itself, where its record shows that."""
