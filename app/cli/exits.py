"""Exit codes have one home."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from capture.errors import BadInputError, RefusedError, ReplaybookError, StoppedError, UnknownNameError

if TYPE_CHECKING:
    from replay.outcome import ReplayStatus


class Exit(IntEnum):
    """What the command line answers with (CONTRACT section 3)."""

    DONE = 0
    """Done; for simulate: ready."""
    INTERNAL = 1
    """A defect, or a machine that can't do it."""
    USAGE = 2
    """Wrong usage or bad input."""
    NOT_READY = 3
    """simulate: not ready, or unknown."""
    STOPPED = 4
    """A replay stopped at a divergence or a failed step."""
    AWAITS_REVIEW = 5
    """guided stopped, repairs wait."""
    REFUSED = 6
    """Policy says no."""
    UNKNOWN_NAME = 7
    """No such run, playbook or repair."""
    INTERRUPTED = 130
    """ctrl-C."""


OF_REPLAY = {
    "ready": Exit.DONE,
    "success": Exit.DONE,
    "unknown": Exit.NOT_READY,
    "not_ready": Exit.NOT_READY,
    "refused": Exit.REFUSED,
    "needs_review": Exit.AWAITS_REVIEW,
    "cancelled": Exit.INTERRUPTED,
    "failed": Exit.STOPPED,
}
"""The exit code of each way in which a replay ends, by the words of `ReplayStatus`: every command waits for this."""


def of_error(error: ReplaybookError) -> Exit:
    """The exit code of an error that a person caused or can mend."""
    match error:
        case BadInputError():
            return Exit.USAGE
        case UnknownNameError():
            return Exit.UNKNOWN_NAME
        case StoppedError():
            return Exit.INTERRUPTED
        case RefusedError():
            return Exit.REFUSED
        case _:
            return Exit.INTERNAL


def of_replay(status: ReplayStatus, *, allow_unknown: bool) -> Exit:
    """The exit code of a replay.

    Args:
        status: How it ended.
        allow_unknown: Take unknown for ready.
    """
    if status == "unknown" and allow_unknown:
        return Exit.DONE
    return OF_REPLAY[status]
