"""Would the active version of a playbook still pass: what a drift watch finds of each, as values (pure)."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from replay.outcome import CheckState, Replay, ReplayStatus


class Drift(StrEnum):
    """What a drift watch found of a playbook."""

    PASSED = "passed"
    """Ready; with a shadow: as recorded in it."""
    UNKNOWN = "unknown"
    """Whether it would pass can't be told."""
    NOT_READY = "not_ready"
    """A step would stop before it ran."""
    REFUSED = "refused"
    """A step is unsafe, or forbidden."""
    DIVERGED = "diverged"
    """In a shadow, a step did not do what was recorded."""
    SKIPPED = "skipped"
    """Not looked at; the reason says why."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One playbook, as a drift watch found it."""

    playbook: str
    version: int | None = None
    """The active one; None when there is none."""
    workspace: str | None = None
    """Where it was looked at."""
    found: Drift
    reason: str
    """One sentence for a person."""
    step_index: int | None = None
    """The step that it is about."""
    passed: bool
    """Whether it lets the watch succeed."""
    simulated: Replay | None = None
    shadowed: Replay | None = None
    """The strict replay in a shadow, where one was made."""
    duration_ms: float = 0.0
    wrong: tuple[str, ...] = ()
    """What it is repaired for again and again, and what to do about it; no reason not to pass."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What a drift watch found."""

    passed: bool
    checked: int
    failed: int
    skipped: int
    started_at: str
    """ISO 8601 UTC."""
    duration_ms: float
    playbooks: tuple[Checked, ...]


_FOUND = {
    ReplayStatus.READY: Drift.PASSED,
    ReplayStatus.UNKNOWN: Drift.UNKNOWN,
    ReplayStatus.NOT_READY: Drift.NOT_READY,
    ReplayStatus.REFUSED: Drift.REFUSED,
}


def of_simulation(replay: Replay) -> tuple[Drift, str, int | None]:
    """What a simulation found, why in a sentence, and the step that it is about."""
    found = _FOUND[replay.status]
    if replay.failure:
        return found, replay.failure.message, replay.failure.step_index
    if found is Drift.PASSED:
        return found, "every step is ready", None
    decides = CheckState.UNKNOWN if found is Drift.UNKNOWN else CheckState.FAIL
    for step in replay.steps:
        check = next((check for check in step.checks if check.state is decides), None)
        if check:
            return found, f"step {step.step_index}: {check.message}", step.step_index
    return found, f"it is {replay.status.replace('_', ' ')}", None


def of_shadow(replay: Replay, unseen: str | None) -> tuple[Drift, str, int | None]:
    """The same of a strict replay in a shadow.

    Args:
        replay: It.
        unseen: Why the shadow proves nothing, where it doesn't.
    """
    where = f"in a shadow of level {replay.shadow}"
    if unseen:
        return Drift.UNKNOWN, f"{unseen} ({where})", replay.stopped_at
    if replay.status is ReplayStatus.SUCCESS:
        return Drift.PASSED, f"every step was as recorded {where}", None
    if replay.failure:
        return Drift.DIVERGED, f"{replay.failure.message} ({where})", replay.failure.step_index
    return Drift.UNKNOWN, f"the replay ended {replay.status} {where}", None


def lets_pass(found: Drift, *, allow_unknown: bool) -> bool:
    """Whether the watch succeeds with it."""
    return found in (Drift.PASSED, Drift.SKIPPED) or (allow_unknown and found is Drift.UNKNOWN)


def watch(playbooks: Sequence[Checked], *, started_at: str, duration_ms: float) -> Watch:
    """All that was found."""
    skipped = sum(one.found is Drift.SKIPPED for one in playbooks)
    return Watch(
        passed=all(one.passed for one in playbooks),
        checked=len(playbooks) - skipped,
        failed=sum(not one.passed for one in playbooks),
        skipped=skipped,
        started_at=started_at,
        duration_ms=round(duration_ms, 3),
        playbooks=tuple(playbooks),
    )
