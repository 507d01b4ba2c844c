"""Which state may follow which, for versions and repairs: one table each, so that no command has rules of its own."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from capture.errors import RefusedError
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus


class VersionAct(StrEnum):
    """What can happen to a version; the words go behind "can't" in an error."""

    FOUND_GREEN = "validate as green"
    FOUND_NOT_GREEN = "validate as not green"
    PROMOTE = "promote"
    STEP_DOWN = "make way for another"
    """Another version becomes active, and a green validation stands behind this one."""
    STEP_DOWN_UNPROVEN = "make way for another, unproven"
    """Another version becomes active, and this one was promoted by an override."""
    ROLL_BACK = "roll back"
    """An earlier version becomes active again, because this one proved bad."""
    COME_BACK = "make active again"
    DISABLE = "disable"


class RepairAct(StrEnum):
    """What can happen to a repair; the words go behind "can't" in an error."""

    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request changes"
    FOUND_GREEN = "validate as green"
    FOUND_RED = "validate as red"
    FOUND_NOTHING = "validate without a result"
    PROMOTE = "promote"
    BASE_MOVED = "mark as stale"


_V, _R = VersionStatus, RepairStatus

VERSION_MOVES: Mapping[tuple[VersionStatus, VersionAct], VersionStatus] = {
    (_V.DRAFT, VersionAct.FOUND_GREEN): _V.SHADOW,
    (_V.DRAFT, VersionAct.FOUND_NOT_GREEN): _V.DRAFT,
    (_V.DRAFT, VersionAct.PROMOTE): _V.ACTIVE,
    (_V.DRAFT, VersionAct.COME_BACK): _V.ACTIVE,
    (_V.DRAFT, VersionAct.DISABLE): _V.DISABLED,
    (_V.SHADOW, VersionAct.FOUND_GREEN): _V.SHADOW,
    (_V.SHADOW, VersionAct.FOUND_NOT_GREEN): _V.DRAFT,
    (_V.SHADOW, VersionAct.PROMOTE): _V.ACTIVE,
    (_V.SHADOW, VersionAct.COME_BACK): _V.ACTIVE,
    (_V.SHADOW, VersionAct.DISABLE): _V.DISABLED,
    (_V.ACTIVE, VersionAct.FOUND_GREEN): _V.ACTIVE,
    (_V.ACTIVE, VersionAct.FOUND_NOT_GREEN): _V.ACTIVE,
    (_V.ACTIVE, VersionAct.STEP_DOWN): _V.SHADOW,
    (_V.ACTIVE, VersionAct.STEP_DOWN_UNPROVEN): _V.DRAFT,
    (_V.ACTIVE, VersionAct.ROLL_BACK): _V.DRAFT,
    (_V.ACTIVE, VersionAct.DISABLE): _V.DISABLED,
}
"""Status and act to the next status; what is not here can't be done."""

_VALIDATED_ALREADY = (_R.APPROVED, _R.VALIDATED, _R.VALIDATION_FAILED, _R.INCONCLUSIVE)

REPAIR_MOVES: Mapping[tuple[RepairStatus, RepairAct], RepairStatus] = {
    (_R.PROPOSED, RepairAct.APPROVE): _R.APPROVED,
    (_R.PROPOSED, RepairAct.REJECT): _R.REJECTED,
    (_R.PROPOSED, RepairAct.REQUEST_CHANGES): _R.CHANGES_REQUESTED,
    (_R.PROPOSED, RepairAct.BASE_MOVED): _R.STALE,
    (_R.APPROVED, RepairAct.BASE_MOVED): _R.STALE,
    **{(status, RepairAct.FOUND_GREEN): _R.VALIDATED for status in _VALIDATED_ALREADY},
    **{(status, RepairAct.FOUND_RED): _R.VALIDATION_FAILED for status in _VALIDATED_ALREADY},
    **{(status, RepairAct.FOUND_NOTHING): _R.INCONCLUSIVE for status in _VALIDATED_ALREADY},
    **{(status, RepairAct.PROMOTE): _R.PROMOTED for status in _VALIDATED_ALREADY},
    **{(_R.PROMOTED, act): _R.PROMOTED for act in RepairAct if act.name.startswith("FOUND") or act.name == "PROMOTE"},
}
"""Status and act to the next status; what is not here can't be done."""

_VERSION_COMMANDS: Mapping[VersionAct, str] = {
    VersionAct.FOUND_GREEN: "validate",
    VersionAct.PROMOTE: "promote",
    VersionAct.ROLL_BACK: "rollback",
    VersionAct.DISABLE: "disable",
}
_REPAIR_COMMANDS: Mapping[RepairAct, str] = {
    RepairAct.APPROVE: "approve",
    RepairAct.REJECT: "reject",
    RepairAct.REQUEST_CHANGES: "request-changes",
    RepairAct.FOUND_GREEN: "validate the version that it made",
    RepairAct.PROMOTE: "promote the version that it made",
}

S = TypeVar("S", VersionStatus, RepairStatus)
A = TypeVar("A", VersionAct, RepairAct)


def next_version_status(status: VersionStatus, act: VersionAct, *, subject: str) -> VersionStatus:
    """Where a version stands after an act.

    Args:
        status: Where it stands.
        act: What happens to it.
        subject: `NAME@V`, for the error.

    Returns:
        The next status.

    Raises:
        RefusedError: The act is not possible from there; the text says what is.
    """
    return _next(VERSION_MOVES, _VERSION_COMMANDS, status, act, subject=subject)


def next_repair_status(status: RepairStatus, act: RepairAct, *, subject: str) -> RepairStatus:
    """Where a repair stands after an act.

    Args:
        status: Where it stands.
        act: What happens to it.
        subject: Its id, for the error.

    Returns:
        The next status.

    Raises:
        RefusedError: The act is not possible from there; the text says what is.
    """
    return _next(REPAIR_MOVES, _REPAIR_COMMANDS, status, act, subject=subject)


def _next(moves: Mapping[tuple[S, A], S], commands: Mapping[A, str], status: S, act: A, *, subject: str) -> S:
    found = moves.get((status, act))
    if found is None:
        possible = [commands[other] for (origin, other) in moves if origin is status and other in commands]
        instead = f"possible now: {', '.join(possible)}" if possible else "nothing can be done with it any more"
        raise RefusedError(f"can't {act}: {subject} is {status}; {instead}")
    return found
