"""In which one state a host has ended, told from its replay (pure)."""

from collections import Counter
from collections.abc import Iterable

from replay.claims import is_open
from replay.fleet.model import HostStanding, HostState
from replay.outcome import CheckState, Divergence, Replay, ReplayStatus, StepState

_BY_DIVERGENCE = {
    Divergence.EXIT_CODE: HostState.FAILED,
    Divergence.SIGNAL: HostState.FAILED,
    Divergence.TIMEOUT: HostState.TIMEOUT,
    Divergence.PRECONDITION: HostState.REFUSED,
    Divergence.POLICY: HostState.REFUSED,
}
_BY_STATUS = {
    ReplayStatus.SUCCESS: HostState.PASSED,
    ReplayStatus.READY: HostState.PASSED,
    ReplayStatus.UNKNOWN: HostState.DIVERGED,
    ReplayStatus.NOT_READY: HostState.REFUSED,
    ReplayStatus.REFUSED: HostState.REFUSED,
}
_BEGUN = frozenset({StepState.SUCCESS, StepState.FAILED, StepState.UNKNOWN})


def state_of(replay: Replay, *, late: bool = False, lost: str | None = None) -> tuple[HostState, str]:
    """How a host ended whose replay came to an end, whichever way.

    Args:
        replay: Of that host, as it was stored.
        late: It was stopped because it took too long.
        lost: Why its connection is gone; None: it is not.

    Returns:
        Its state, and why in one line.
    """
    if replay.unknown is not None and replay.unknown.word is None:
        return HostState.UNKNOWN, _doubt(replay)
    if late and replay.status is not ReplayStatus.SUCCESS:
        return HostState.TIMEOUT, _stopped_late(replay)
    if replay.failure is not None:
        return _BY_DIVERGENCE.get(replay.failure.divergence, HostState.DIVERGED), _one_line(replay.failure.message)
    if replay.status in _BY_STATUS:
        return _BY_STATUS[replay.status], _unready(replay)
    if lost is not None:
        return HostState.UNREACHABLE, f"{lost}; {_where(replay)}"
    return HostState.STOPPED, f"stopped; {_where(replay)}"


def last_begun(replay: Replay) -> int:
    """The step that was begun last; 0: none."""
    return max(begun_in(replay), default=0)


def begun_in(replay: Replay) -> tuple[int, ...]:
    """The steps that were begun, in their order."""
    return tuple(one.step_index for one in replay.steps if one.status in _BEGUN)


def begun_twice(hosts: Iterable[HostStanding]) -> tuple[str, ...]:
    """Steps that were begun more than once on a host, each as `db1 step 2`: where a person has said `again`."""
    counted = ((host.name, Counter(host.begun)) for host in hosts)
    return tuple(f"{name} step {step}" for name, steps in counted for step, times in steps.items() if times > 1)


def _doubt(replay: Replay) -> str:
    claim = replay.unknown
    if claim is None or not is_open(replay):
        return ""
    command = " ".join(claim.run.split())
    return (
        f"step {claim.step_index} ({command}) was begun and has no result, so it may have happened or not; "
        f"look at {claim.workspace}, then say `replaybook settle {replay.replay_id} done` or `again`"
    )


def _stopped_late(replay: Replay) -> str:
    ended = f": {_one_line(replay.failure.message)}" if replay.failure else f"; {_where(replay)}"
    return f"the host took longer than it was given{ended}"


def _where(replay: Replay) -> str:
    done = sum(one.status in {StepState.SUCCESS, StepState.SKIPPED} for one in replay.steps)
    return f"{done} of {len(replay.steps)} steps are done"


def _unready(replay: Replay) -> str:
    worst = CheckState.UNKNOWN if replay.status is ReplayStatus.UNKNOWN else CheckState.FAIL
    checks = (check for step in replay.steps for check in step.checks if check.state is worst)
    return next((_one_line(check.message) for check in checks), "")


def _one_line(text: str) -> str:
    return " ".join(text.split())
