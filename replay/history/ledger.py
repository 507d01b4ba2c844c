"""What replaying has saved: time, model calls, tokens; sums are written out, each number from a run that is there."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from capture.provenance import AgentUse
from capture.trace import Trace
from replay.history.usage import Used, recorded_use, replayed_use, total
from replay.outcome import Replay, ReplayStatus, StepState

SIMULATED = "simulated: nothing was done"
NOTHING_LEFT = "no recording of it is left to measure by"
UNTIMED = "how long it took is not known"
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
    used: Used = Used()
    """What models did for it."""
    agent: AgentUse | None = None
    """Whose run it was, as its record says."""
    untold: str | None = None
    """Why it isn't told how many model calls it took."""


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
    recorded_ms: float
    """What it is held against."""
    recorded: Used
    """What models did for the recording that it is held against."""
    used: Used
    """What a model did for the replay: nothing, unless one was asked for repairs."""
    avoided: Used
    """Of the recording, less that of the replay."""


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
    """The one that the time of replays is held against: the shortest, so that nothing is claimed too much."""
    model_measure: Recorded | None
    """The one that their model calls are held against: of those that tell them, the one with the fewest."""
    replays: tuple[Saved, ...]
    """Newest first."""
    saved_ms: float | None
    """None: no recording is left to measure by."""
    model_calls_avoided: int | None
    """None: no recording says how many it took."""
    avoided: Used
    """Model calls and tokens, by what is told."""
    not_counted: tuple[NotCounted, ...]
    not_counted_used: Used
    """What models did for the replays that are not counted; it is in no sum."""
    arithmetic: tuple[str, ...]
    """The sums in words, each number with the run that it comes from."""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What all of them saved."""

    playbooks: tuple[Account, ...]
    replays: int
    """Successful ones that are counted."""
    recorded_ms: float
    """What the work took, each time that it was replayed."""
    replayed_ms: float
    """What those replays took."""
    saved_ms: float
    recorded: Used
    """What models did for the recordings, each time that they were replayed; by what is told."""
    used: Used
    """What they did for those replays; each count over the replays whose recording tells it."""
    avoided: Used
    """One less the other."""
    model_calls_avoided: int | None
    """Of the playbooks whose recordings say it; None when none does."""
    not_counted_used: Used
    """What models did for replays that are not counted; it is in no sum."""
    unknown: tuple[str, ...]
    """Playbooks that are in no sum, and why, a sentence each."""


def recorded_of(trace: Trace) -> Recorded | None:
    """What a recording took; None when it has no step.

    Args:
        trace: As it is now, edits and all.
    """
    if not trace.steps:
        return None
    first = trace.steps[0].started_at
    # Steps may have run beside each other, and a part ends before its whole.
    lasted = max((step.started_at - first).total_seconds() * 1000 + step.duration_ms for step in trace.steps)
    used, untold = recorded_use(trace.run)
    return Recorded(
        run_id=trace.run.run_id,
        name=trace.run.name,
        duration_ms=round(lasted, 3),
        model_calls=used.model_calls,
        used=used,
        agent=trace.run.agent,
        untold=untold,
    )


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
    telling = [one for one in recorded if one.model_calls is not None]
    model_measure = min(telling, key=_tokens_last, default=None)
    recorded_used = model_measure.used if model_measure else Used()
    counted: list[Saved] = []
    left: dict[str, int] = {SIMULATED: simulated} if simulated else {}
    beside: list[Used] = []
    for replay in replays:
        lasted = replay.duration_ms if replay.duration_ms is not None else taken.get(replay.replay_id)
        why = _why_not(replay) or (UNTIMED if lasted is None else None) or (None if measure else NOTHING_LEFT)
        if measure is None or lasted is None or why:
            left[why or ""] = left.get(why or "", 0) + 1
            beside.append(replayed_use(replay.usage))
        else:
            counted.append(_saved(replay, lasted, measure, recorded_used))
    # Without a replay nothing was avoided yet; what isn't told stays so.
    avoided = total(one.avoided for one in counted) if counted else recorded_used.less(recorded_used)
    return Account(
        playbook=name,
        recorded=tuple(recorded),
        measure=measure,
        model_measure=model_measure,
        replays=tuple(counted),
        saved_ms=round(sum(one.saved_ms for one in counted), 3) if measure else None,
        model_calls_avoided=avoided.model_calls,
        avoided=avoided,
        not_counted=tuple(NotCounted(reason=reason, replays=count) for reason, count in left.items()),
        not_counted_used=total(beside),
        arithmetic=tuple(_arithmetic(measure, model_measure, counted)) if measure else (),
    )


def ledger(accounts: Sequence[Account]) -> Ledger:
    """All accounts together."""
    counted = [one for account in accounts for one in account.replays]
    avoided = total(one.avoided for one in accounts)
    return Ledger(
        playbooks=tuple(accounts),
        replays=len(counted),
        recorded_ms=round(sum(one.recorded_ms for one in counted), 3),
        replayed_ms=round(sum(one.duration_ms for one in counted), 3),
        saved_ms=round(sum(one.saved_ms or 0 for one in accounts), 3),
        recorded=total(one.recorded.where(one.avoided) for one in counted),
        used=total(one.used.where(one.avoided) for one in counted),
        avoided=avoided,
        model_calls_avoided=avoided.model_calls,
        not_counted_used=total(one.not_counted_used for one in accounts),
        unknown=tuple(reason for one in accounts for reason in _unknown(one)),
    )


def _unknown(account: Account) -> Iterator[str]:
    """What is in no sum."""
    if account.measure is None:
        yield f"{account.playbook}: {NOTHING_LEFT}"
        return
    for one in account.recorded:
        if one.untold is not None:
            told = f"{account.playbook}: recording {one.run_id} doesn't say how many model calls it took"
            yield f"{told}: {one.untold}"


def _tokens_last(one: Recorded) -> tuple[int, int]:
    """The fewest calls first; of as many, the fewest tokens, and those that don't tell them last."""
    tokens = [one.used.prompt_tokens, one.used.completion_tokens]
    known = sum(count for count in tokens if count is not None)
    return one.used.model_calls or 0, known if None not in tokens else sys.maxsize


def _why_not(replay: Replay) -> str | None:
    """Why a replay saved nothing; None when it did the work."""
    if replay.shadow is not None:
        return "in a shadow: nothing of it stayed"
    if replay.status is not ReplayStatus.SUCCESS:
        return _NOT_COUNTED.get(replay.status, f"it ended {replay.status}")
    if any(step.status is not StepState.SUCCESS for step in replay.steps):
        return "it left steps out, or went on from one"
    return None


def _saved(replay: Replay, lasted: float, measure: Recorded, recorded: Used) -> Saved:
    used = replayed_use(replay.usage)
    avoided = recorded.less(used)
    return Saved(
        replay_id=replay.replay_id,
        run_id=replay.run_id,
        version=replay.version,
        started_at=replay.started_at,
        duration_ms=lasted,
        saved_ms=round(measure.duration_ms - lasted, 3),
        model_calls_avoided=avoided.model_calls,
        recorded_ms=measure.duration_ms,
        recorded=recorded,
        used=used,
        avoided=avoided,
    )


def _arithmetic(measure: Recorded, model_measure: Recorded | None, counted: Sequence[Saved]) -> Iterator[str]:
    for one in counted:
        yield (
            f"{_seconds(measure.duration_ms)} (run {measure.run_id}) - {_seconds(one.duration_ms)} "
            f"(replay {one.replay_id}) = {_seconds(one.saved_ms)}"
        )
    if counted:
        saved, spent = sum(one.saved_ms for one in counted), sum(one.duration_ms for one in counted)
        yield f"{len(counted)} x {_seconds(measure.duration_ms)} - {_seconds(spent)} = {_seconds(saved)} saved"
        if model_measure is not None:
            yield from _counts(model_measure, counted)


def _counts(measure: Recorded, counted: Sequence[Saved]) -> Iterator[str]:
    """Model calls and tokens; of a count, only over the replays that tell it."""
    kinds: Sequence[tuple[str, Callable[[Used], int | None]]] = (
        ("model calls", lambda used: used.model_calls),
        ("prompt tokens", lambda used: used.prompt_tokens),
        ("completion tokens", lambda used: used.completion_tokens),
    )
    for words, count_of in kinds:
        each = count_of(measure.used)
        spent = [count for one in counted if (count := count_of(one.used)) is not None]
        if each is not None and spent:
            whole = len(spent) * each
            yield (
                f"{len(spent)} x {each} {words} (run {measure.run_id}) - {sum(spent)} in replays "
                f"= {whole - sum(spent)} avoided"
            )


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f} s"
