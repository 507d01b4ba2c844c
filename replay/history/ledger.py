"""What replaying has saved: time and model calls, with the sums written out, each number from a run that is there."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from capture.trace import Trace
from replay.outcome import Replay, ReplayStatus, StepState

_NOT_COUNTED = {
    ReplayStatus.FAILED: "it stopped at a divergence",
    ReplayStatus.NEEDS_REVIEW: "it stopped at a divergence",
    ReplayStatus.CANCELLED: "it was stopped",
}


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What the work took when it was recorded."""

    run_id: str
    name: str
    duration_ms: float
    """From the start of its first command to the end of its last: the thinking in between, and what went wrong, too."""
    model_calls: int | None = None
    """None: the recording doesn't say."""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What one successful replay saved."""

    replay_id: str
    run_id: str | None
    version: int
    started_at: str
    duration_ms: float
    saved_ms: float
    """Below 0 where the replay took longer."""
    model_calls_avoided: int | None = None


class NotCounted(msgspec.Struct, frozen=True, kw_only=True):
    """Replays that saved nothing."""

    reason: str
    replays: int


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the replays of a playbook saved."""

    playbook: str
    recorded: tuple[Recorded, ...]
    """Every recording of it that is still there."""
    measure: Recorded | None
    """The one that replays are held against: the shortest, so that nothing is claimed too much."""
    replays: tuple[Saved, ...]
    """Newest first."""
    saved_ms: float | None
    """None: no recording is left to measure by."""
    model_calls_avoided: int | None
    """None: the recording doesn't say how many it took."""
    not_counted: tuple[NotCounted, ...]
    arithmetic: tuple[str, ...]
    """The sums in words, each number with the run that it comes from."""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What all of them saved."""

    playbooks: tuple[Account, ...]
    replays: int
    """Successful ones that are counted."""
    saved_ms: float
    model_calls_avoided: int | None
    """Of the playbooks whose recordings say it; None when none does."""
    unknown: tuple[str, ...]
    """Playbooks that are in no sum, and why, a sentence each."""


def recorded_of(trace: Trace, *, model_calls: int | None = None) -> Recorded | None:
    """What a recording took; None when it has no step.

    Args:
        trace: As it is now, edits and all.
        model_calls: As the recording says.
    """
    if not trace.steps:
        return None
    first, last = trace.steps[0], trace.steps[-1]
    lasted = (last.started_at - first.started_at).total_seconds() * 1000 + last.duration_ms
    return Recorded(run_id=trace.run.run_id, name=trace.run.name, duration_ms=round(lasted, 3), model_calls=model_calls)


def account(
    name: str, recorded: Sequence[Recorded], replays: Iterable[Replay], *, taken: Mapping[str, float], simulated: int
) -> Account:
    """What the replays of one playbook saved.

    Args:
        name: Of the playbook.
        recorded: What its recordings took.
        replays: Those of its replays that ran steps, newest first.
        taken: How long replays took, in milliseconds, by id, where they don't say it themselves.
        simulated: How many ran none.
    """
    measure = min(recorded, key=lambda one: one.duration_ms, default=None)
    counted: list[Saved] = []
    left: dict[str, int] = {SIMULATED: simulated} if simulated else {}
    for replay in replays:
        lasted = replay.duration_ms if replay.duration_ms is not None else taken.get(replay.replay_id)
        why = _why_not(replay) or ("how long it took is not known" if lasted is None else None)
        if why or lasted is None:
            left[why or ""] = left.get(why or "", 0) + 1
        elif measure is not None:
            counted.append(_saved(replay, lasted, measure))
        else:
            left[NOTHING_LEFT] = left.get(NOTHING_LEFT, 0) + 1
    calls = [one.model_calls_avoided for one in counted if one.model_calls_avoided is not None]
    return Account(
        playbook=name,
        recorded=tuple(recorded),
        measure=measure,
        replays=tuple(counted),
        saved_ms=round(sum(one.saved_ms for one in counted), 3) if measure else None,
        model_calls_avoided=sum(calls) if measure and measure.model_calls is not None else None,
        not_counted=tuple(NotCounted(reason=reason, replays=count) for reason, count in left.items()),
        arithmetic=tuple(_arithmetic(measure, counted)) if measure else (),
    )


SIMULATED = "simulated: nothing was done"
NOTHING_LEFT = "no recording of it is left to measure by"


def ledger(accounts: Sequence[Account]) -> Ledger:
    """All accounts together."""
    calls = [one.model_calls_avoided for one in accounts if one.model_calls_avoided is not None]
    unknown = [f"{one.playbook}: {NOTHING_LEFT}" for one in accounts if one.measure is None]
    unknown += [
        f"{one.playbook}: recording {one.measure.run_id} doesn't say how many model calls it took"
        for one in accounts
        if one.measure is not None and one.measure.model_calls is None
    ]
    return Ledger(
        playbooks=tuple(accounts),
        replays=sum(len(one.replays) for one in accounts),
        saved_ms=round(sum(one.saved_ms or 0 for one in accounts), 3),
        model_calls_avoided=sum(calls) if calls else None,
        unknown=tuple(unknown),
    )


def _why_not(replay: Replay) -> str | None:
    """Why a replay saved nothing; None when it did the work."""
    if replay.shadow is not None:
        return "in a shadow: nothing of it stayed"
    if replay.status is not ReplayStatus.SUCCESS:
        return _NOT_COUNTED.get(replay.status, f"it ended {replay.status}")
    if any(step.status is not StepState.SUCCESS for step in replay.steps):
        return "it left steps out, or went on from one"
    return None


def _saved(replay: Replay, lasted: float, measure: Recorded) -> Saved:
    calls = None if measure.model_calls is None else measure.model_calls - replay.usage.llm_calls
    return Saved(
        replay_id=replay.replay_id,
        run_id=replay.run_id,
        version=replay.version,
        started_at=replay.started_at,
        duration_ms=lasted,
        saved_ms=round(measure.duration_ms - lasted, 3),
        model_calls_avoided=calls,
    )


def _arithmetic(measure: Recorded, counted: Sequence[Saved]) -> Iterable[str]:
    for one in counted:
        yield (
            f"{_seconds(measure.duration_ms)} (run {measure.run_id}) - {_seconds(one.duration_ms)} "
            f"(replay {one.replay_id}) = {_seconds(one.saved_ms)}"
        )
    if counted:
        total, spent = sum(one.saved_ms for one in counted), sum(one.duration_ms for one in counted)
        count = len(counted)
        yield f"{count} x {_seconds(measure.duration_ms)} - {_seconds(spent)} = {_seconds(total)} saved"
        if measure.model_calls is not None:
            calls = sum(one.model_calls_avoided or 0 for one in counted)
            whole = count * measure.model_calls
            yield (
                f"{count} x {measure.model_calls} model calls (run {measure.run_id}) - {whole - calls} "
                f"in replays = {calls} avoided"
            )


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f} s"
