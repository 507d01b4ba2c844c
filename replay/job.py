"""What is to be replayed, and what is known of a replay before its first step."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from replay import binding
from replay.governance.permits import Permits
from replay.outcome import Mode, Replay, ReplayStatus, Standing
from replay.playbook import Playbook


@dataclass(frozen=True)
class Job:
    """What is to be replayed.

    Attributes:
        replay_id: Its id.
        playbook: Which version.
        digest: Of that version.
        mode: In which mode.
        bindings: Parameter values, and captured ones when it goes on from a step.
        workspace: Absolute directory.
        cwd: Where the shell begins.
        from_step: The first step to run.
        standing: What the steps before it left in the shell.
        shadow: The shadow level, when it runs in one.
        started_at: ISO 8601 UTC.
        permits: What each safety level asks of a person.
    """

    replay_id: str
    playbook: Playbook
    digest: str
    mode: Mode
    bindings: Mapping[str, str]
    workspace: str
    cwd: str
    from_step: int = 1
    standing: Standing | None = None
    shadow: str | None = None
    started_at: str = ""
    permits: Permits = field(default_factory=Permits)


def begun_as(job: Job, run_id: str) -> Replay:
    """A replay as it is before its first step: what is left of it when it ends without a word.

    Args:
        job: What is to be replayed.
        run_id: The run that will record it.
    """
    return Replay(
        replay_id=job.replay_id,
        run_id=run_id,
        playbook=job.playbook.name,
        version=job.playbook.version,
        digest=job.digest,
        mode=job.mode,
        status=ReplayStatus.CANCELLED,
        bindings=binding.shown(job.playbook, job.bindings),
        started_at=job.started_at,
        workspace=job.workspace,
        shadow=job.shadow,
        standing=job.standing or Standing(cwd=job.cwd),
    )
