"""What a runner is asked for: which version is to be replayed, where and how, and how its shell begins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from replay.governance.permits import Permits
from replay.outcome import Mode, Standing, Trial
from replay.place import Place
from replay.playbook import Playbook


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be replayed, and where.

    Attributes:
        playbook: The version.
        digest: Of that version.
        mode: How.
        workspace: Absolute directory.
        values: Parameters that the user set.
        from_step: The first step to run.
        standing: What the shell must begin with, when not from the beginning.
        held: Bindings to go on with, when not from the beginning.
        given: Variables of that standing that hold a secret, as a person has said them again.
        shadow: In an isolated copy.
        network: Whether a shadow reaches the host's network.
        secrets: Answers that no document holds, by prompt.
        permits: Whether to ask, what was answered beforehand, and whether somebody sits there.
        watch: The drift watch asks for it.
        trial: What a validation wants to find out by it.
        prepare: Called with the place before anything else happens there; only a shadow may be changed.
    """

    playbook: Playbook
    digest: str
    mode: Mode
    workspace: str
    values: Mapping[str, str] = field(default_factory=dict)
    from_step: int = 1
    standing: Standing | None = None
    held: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    shadow: bool = False
    network: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict)
    permits: Permits = field(default_factory=Permits)
    watch: bool = False
    trial: Trial | None = None
    prepare: Callable[[Place], None] = lambda _: None


class Start(NamedTuple):
    """How a replay's shell begins."""

    cwd: str
    environment: Mapping[str, str]
    run_id: str
    """The run that records it."""
    before: str
    """What has it stand where another one stood."""
