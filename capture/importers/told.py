"""What an agent's record tells, whatever its format: the values between a reader and the tape."""

from datetime import datetime
from typing import Protocol

import msgspec

from capture.provenance import Hints, Speaker
from capture.trace import EffectOp, Input, Run, StepKind, StepStatus

BRANCH_LEFT = "its branch of the conversation was left"
"""Why a call is a dead end from which the person went back."""
IN_PARTS = "its parts are what was done"
"""Why a call is a dead end that another agent carried out."""
ATTENDED = "it only attended to agents that had been started"
"""Why a call is a dead end that changed nothing by itself."""
REFUSED = "it was refused, and never ran"
"""Why a call is a dead end that nobody let run."""
STOPPED = "it was stopped before its end"
"""Why a call is a dead end that somebody broke off."""
IN_BACKGROUND = "it ran in the background, and its end is not in the record"
"""Why nobody knows how a command came out that the agent did not wait for."""
NO_EXIT_CODE = "its exit code is not in the record"
"""Why nobody knows how a command came out that has ended."""


class AgentHead(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent's record says of the whole run."""

    format: str
    """As `claude`."""
    started_at: datetime | None = None
    """UTC; None: it tells no time."""
    cwd: str = ""
    """Where the agent began to work: the workspace, so that a playbook of it runs elsewhere too."""
    title: str | None = None
    """The name that the record has for it."""
    goal: str | None = None
    """What was asked for first."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One file that a call changed, as far as the record tells."""

    path: str
    """Relative to the workspace where inside it, absolute elsewhere."""
    op: EffectOp = EffectOp.MODIFIED
    before: bytes | None = None
    """What it held; None: there was none, or that is not told."""
    after: bytes | None = None
    """What it holds then; None: it is gone, or that is not told."""
    moved_from: str | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One call of an agent, from its beginning to its end."""

    kind: StepKind
    command: str
    """Shell text, `capture.calls.Call.text`, or a patch."""
    cwd: str
    cwd_after: str | None = None
    """None: as `cwd`."""
    at: datetime | None = None
    """When it was called, UTC; None: the record does not say, and it stands at the time of what came before."""
    until: datetime | None = None
    """When its result came, UTC; the wait for a permission is in it. None: at once, as far as anyone knows."""
    exit_code: int | None
    """None when nothing tells."""
    status: StepStatus | None = None
    """None: by the exit code, and `partial` without one."""
    output: str = ""
    """What it printed or answered, escapes included."""
    output_truncated: bool = False
    """Whether the record itself holds less than what came."""
    timed_out: bool = False
    inputs: tuple[Input, ...] = ()
    """What was written to it while it ran."""
    changed: tuple[Changed, ...] = ()
    """Of a `file` step."""
    apart: bool = False
    """Whether other calls ran at the same time."""
    part_of: int | None = None
    """What `did` gave back for the call that this one is a part of."""
    hints: Hints | None = None


class Hearer(Protocol):
    """Who is told what a record says, in order."""

    run: Run
    """The head of what becomes of it."""

    def said(self, speaker: Speaker, text: str, at: datetime | None = None) -> None:
        """Something was said, by whom, what and when."""
        ...

    def did(self, told: Told) -> int:
        """A call was made, and this is all that is known of it; gives its number, for the calls that are its parts."""
        ...

    def cut(self) -> None:
        """The record ends before the run did."""
        ...


def moment(text: object) -> datetime | None:
    """A time as records write it, ISO 8601 with its offset; None when it is none."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
