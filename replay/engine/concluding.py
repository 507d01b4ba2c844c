"""What a replay came to."""

from collections.abc import Sequence

import msgspec

from replay.engine.course import Course
from replay.governance import policy
from replay.modes import Ruling
from replay.outcome import Replay, ReplayStatus, Standing, StepOutcome, StepState, Usage, WentBack


def conclude(
    course: Course, ruling: Ruling, *, halted: str | None, usage: Usage, went_back: Sequence[WentBack]
) -> Replay:
    """Tell what a replay came to.

    Args:
        course: Where it stands; where something outside ends it, that becomes what stopped it.
        ruling: Its mode.
        halted: Why it had to end before its next step; None: it had not.
        usage: What repair sources cost.
        went_back: Each time that steps were taken back.
    """
    by_force = halted is not None and course.stop is None and not course.over
    if halted is not None and by_force:
        _halt(course, halted)
    stop, job = course.stop, course.job
    rest = [
        StepOutcome(step_index=index, status=StepState.NOT_RUN)
        for index in range(len(course.outcomes) + 1, len(course.playbook.steps) + 1)
    ]
    return Replay(
        replay_id=job.replay_id,
        run_id=course.executor.run_id if course.executor else None,
        playbook=course.playbook.name,
        version=course.playbook.version,
        digest=course.digest,
        mode=job.mode,
        status=ReplayStatus.REFUSED if by_force else _status(course, ruling),
        stopped_at=stop.failure.step_index if stop else None,
        bindings=course.shown_values,
        failure=stop.failure if stop else None,
        steps=(*course.outcomes, *rest),
        repairs=tuple(repair.repair_id for repair in course.proposed.repairs) if stop else (),
        abstained=course.proposed.abstained if stop else None,
        notes=course.proposed.notes if stop else (),
        usage=usage,
        started_at=job.started_at,
        workspace=job.workspace,
        shadow=job.shadow,
        standing=_left_standing(course),
        went_back=tuple(went_back),
        edited=tuple(sorted(course.edited)),
    )


def _halt(course: Course, why: str) -> None:
    """Stop where it stands, for a reason from outside; a step that was begun and not judged was ended by force."""
    index = course.index
    begun = course.begun if course.begun and course.begun.step_index == index else None
    checked = begun or StepOutcome(step_index=index, status=StepState.NOT_RUN)
    course.stop = course.stopped_at(policy.halted(index, why, begun=begun is not None), checked, actual=None)
    if begun:
        course.note(msgspec.structs.replace(begun, status=StepState.FAILED))


def _status(course: Course, ruling: Ruling) -> ReplayStatus:
    if course.stop and course.proposed.repairs:
        return ReplayStatus.NEEDS_REVIEW
    if course.stop is None and (course.cancelled or course.left_out):
        return ReplayStatus.CANCELLED
    return ruling.conclude(course.outcomes)


def _left_standing(course: Course) -> Standing | None:
    """What going on needs; a step that ran and diverged is gone on with before it."""
    if course.executor is None or not (course.stop or course.cancelled):
        return None
    return course.holding(before=course.stop is not None and course.stop.actual is not None)
