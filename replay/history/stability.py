"""The last replays of one version beside each other: which step flakes, which output varies, how long each took."""

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from replay.history.sides import Done, Side, alone
from replay.history.texts import lines_of
from replay.matching import masks
from replay.matching.walking import Walk
from replay.outcome import Divergence, Failure, FailureClass, ReplayStatus, StepState
from replay.playbook import Playbook, PlaybookStep

SHOWN = 20
"""Lines of an output that vary and are told."""


class Verdict(StrEnum):
    """How a step did over several replays."""

    STABLE = "stable"
    """Passed each time."""
    FLAKY = "flaky"
    """Passed in some and failed in others."""
    FAILING = "failing"
    """Failed each time."""
    UNREACHED = "unreached"
    """No replay came so far."""


class Diverged(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a step failed."""

    divergence: Divergence
    failure_class: FailureClass = msgspec.field(name="class")
    replays: tuple[str, ...]
    """In which replays, newest first."""
    message: str
    """Of the newest."""


class VaryingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that did not come in all replays, and that nothing masks."""

    line: str
    """As it came in one of them."""
    replays: int
    """In how many it came."""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What a step printed in the replays that ran it."""

    varies: bool
    compared: bool
    """Whether the playbook holds it against an expectation."""
    lines: tuple[VaryingLine, ...] = ()
    """At most `SHOWN`."""


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """How long it took, in milliseconds."""

    median_ms: float
    iqr_ms: float
    """Interquartile range: how far the middle half is spread."""
    min_ms: float
    max_ms: float


class StepStability(msgspec.Struct, frozen=True, kw_only=True):
    """One step over several replays."""

    step_index: int
    command: str
    verdict: Verdict
    passed: int
    failed: int
    not_reached: int
    pass_rate: float | None
    """Of those that reached it; None when none did."""
    flips: int
    """How often it went from passing to failing or back, from one replay to the next."""
    divergences: tuple[Diverged, ...] = ()
    output: Output
    duration: Durations | None = None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A replay that is looked at."""

    replay_id: str
    run_id: str | None
    started_at: str
    status: ReplayStatus
    stopped_at: int | None


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Replays that are not looked at."""

    reason: str
    replays: int


class Stability(msgspec.Struct, frozen=True, kw_only=True):
    """A version over its last replays."""

    playbook: str
    version: int
    last: int
    """How many were asked for."""
    replays: tuple[Counted, ...]
    """Newest first."""
    passed: int
    pass_rate: float | None
    flaky_steps: tuple[int, ...]
    varying_steps: tuple[int, ...]
    duration: Durations | None
    """Of the replays that succeeded: their steps together."""
    steps: tuple[StepStability, ...]
    left_out: tuple[LeftOut, ...]


def stability(playbook: Playbook, sides: Sequence[Side], *, last: int, left_out: Mapping[str, int]) -> Stability:
    """Look at several replays of a version.

    Args:
        playbook: The version.
        sides: Its replays, newest first, made by `sides.replayed`.
        last: How many were asked for.
        left_out: How many were left out, by the reason.
    """
    sides = [alone(side) for side in sides]
    steps = tuple(_step(index, step, sides) for index, step in enumerate(playbook.steps, 1))
    replays = [side.replay for side in sides if side.replay]
    passed = [side for side in sides if side.replay and side.replay.status is ReplayStatus.SUCCESS]
    return Stability(
        playbook=playbook.name,
        version=playbook.version,
        last=last,
        replays=tuple(
            Counted(
                replay_id=one.replay_id,
                run_id=one.run_id,
                started_at=one.started_at,
                status=one.status,
                stopped_at=one.stopped_at,
            )
            for one in replays
        ),
        passed=len(passed),
        pass_rate=_rate(len(passed), len(replays)),
        flaky_steps=tuple(step.step_index for step in steps if step.verdict is Verdict.FLAKY),
        varying_steps=tuple(step.step_index for step in steps if step.output.varies),
        duration=_durations([sum(done.step.duration_ms for done in side.steps) for side in passed]),
        steps=steps,
        left_out=tuple(LeftOut(reason=reason, replays=count) for reason, count in left_out.items() if count),
    )


def _step(index: int, step: PlaybookStep, sides: Sequence[Side]) -> StepStability:
    ends = [_ended(index, side) for side in sides]
    reached = [end for end in ends if end is not None]
    passed, failed = reached.count(True), reached.count(False)
    done = [(side, one) for side in sides for one in side.steps if one.index == index]
    return StepStability(
        step_index=index,
        command=step.run,
        verdict=_verdict(passed, failed),
        passed=passed,
        failed=failed,
        not_reached=len(sides) - len(reached),
        pass_rate=_rate(passed, len(reached)),
        flips=sum(one is not two for one, two in pairwise(reached)),
        divergences=tuple(_diverged(index, sides)),
        output=_output(step, done),
        duration=_durations([one.step.duration_ms for _, one in done]),
    )


def _ended(index: int, side: Side) -> bool | None:
    """Whether a replay got behind a step; None when it did not come so far."""
    if _failure(index, side):
        return False
    outcomes = side.replay.steps if side.replay else ()
    return True if any(one.step_index == index and one.status is StepState.SUCCESS for one in outcomes) else None


def _failure(index: int, side: Side) -> Failure | None:
    failure = side.replay.failure if side.replay else None
    return failure if failure and failure.step_index == index else None


def _verdict(passed: int, failed: int) -> Verdict:
    if not passed and not failed:
        return Verdict.UNREACHED
    if passed and failed:
        return Verdict.FLAKY
    return Verdict.FAILING if failed else Verdict.STABLE


def _diverged(index: int, sides: Sequence[Side]) -> Iterator[Diverged]:
    """Each way in which it failed, the most frequent first."""
    failures = [(side.replay.replay_id, found) for side in sides if side.replay and (found := _failure(index, side))]
    ways = Counter((found.divergence, found.failure_class) for _, found in failures)
    for (divergence, failure_class), _ in ways.most_common():
        same = [
            (replay_id, found.message)
            for replay_id, found in failures
            if (found.divergence, found.failure_class) == (divergence, failure_class)
        ]
        yield Diverged(
            divergence=divergence,
            failure_class=failure_class,
            replays=tuple(replay_id for replay_id, _ in same),
            message=same[0][1],
        )


def _output(step: PlaybookStep, done: Sequence[tuple[Side, Done]]) -> Output:
    compared = step.expect.output is not None
    shown = [(side, one) for side, one in done if not one.step.full_screen]
    if all(side.as_expected(one) for side, one in shown):
        # What differs in them is masked.
        return Output(varies=False, compared=compared)
    texts = [_keyed(step, side, one) for side, one in shown]
    often = Counter(key for text in texts for key in text)
    raw = {key: line for text in reversed(texts) for key, line in text.items()}
    varying = [VaryingLine(line=raw[key], replays=count) for key, count in often.items() if count < len(texts)]
    return Output(varies=bool(varying), compared=compared, lines=tuple(varying[:SHOWN]))


def _keyed(step: PlaybookStep, side: Side, done: Done) -> dict[str, str]:
    """The lines that it printed, each by what it is once all that is known to vary is taken out."""
    walk = Walk((step.expect.output or "").splitlines(), side.values, step.capture)
    masked = [line for line in walk.lines if not line.floats and any(one.is_name for one in masks.pieces(line.pattern))]
    return {
        next((known.written for known in masked if walk.matches(known.pattern, line.raw)), line.pattern): line.raw
        for line in lines_of(side.printed(done))
    }


def _durations(taken: Sequence[float]) -> Durations | None:
    if not taken:
        return None
    quarters = statistics.quantiles(taken, n=4, method="inclusive") if len(taken) > 1 else [taken[0]] * 3
    return Durations(
        median_ms=round(statistics.median(taken), 3),
        iqr_ms=round(quarters[2] - quarters[0], 3),
        min_ms=round(min(taken), 3),
        max_ms=round(max(taken), 3),
    )


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
