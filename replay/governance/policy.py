"""What may run, be approved and be promoted: every rule in one place, as functions of values alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from capture.errors import RefusedError
from replay.governance.gates import NOTHING_KNOWN, NOTHING_WANTED, Evidence, Standard, age_words
from replay.governance.lists import Ruled
from replay.governance.permits import Need, Permits
from replay.library.rows import ValidationRow, Verdict, VersionRow
from replay.outcome import Check, CheckState, Divergence, Failure, FailureClass, Mode
from replay.playbook import PlaybookStep, SafetyLevel, VersionStatus
from replay.repairs.proposal import Repair

MACHINES = ("rule:", "http", "llm")
"""What the sources of repairs are called that are no person."""


class UnprovenError(RefusedError):
    """A version is not promoted for want of proof; a reason that a person types would do instead."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How a version is to be run."""

    mode: Mode
    shadow: bool = False
    """In an isolated copy of the workspace."""
    draft: bool = False
    """The user said `--draft`."""
    numbered: bool = False
    """The user named the version, not only the playbook."""


def check_run(version: VersionRow, attempt: Attempt) -> None:
    """Whether a version may be replayed like this.

    Args:
        version: Where it stands.
        attempt: How it is to be run.

    Raises:
        RefusedError: It may not; the text says what would help.
    """
    if version.status is VersionStatus.DISABLED:
        raise RefusedError(f"{version.ref} is disabled and never runs; replay another version, or compile a new one")
    if attempt.mode is Mode.SIMULATE or attempt.shadow or attempt.draft or version.status is VersionStatus.ACTIVE:
        return
    if attempt.numbered and version.promoted is not None:
        return
    raise RefusedError(
        f"{version.ref} is no active version (it is {version.status}), and {attempt.mode} changes the real workspace; "
        f"validate and promote it, or give --draft or --shadow"
    )


def check_step(step: PlaybookStep, command: str, permits: Permits) -> Check | None:
    """What policy says of one step before it runs.

    Args:
        step: The step.
        command: Its command with the values in.
        permits: What each safety level asks of a person in this replay.

    Returns:
        A check for the step's outcome; None when there is nothing to say.
    """
    need = permits.need(step.safety)
    if need is Need.REFUSE:
        return Check(
            kind="policy",
            state=CheckState.FAIL,
            subject=command,
            message=_why_refused(step, permits),
            failure_class=FailureClass.UNSAFE,
        )
    message = _condition(step, need, permits)
    return None if message is None else Check(kind="policy", state=CheckState.PASS, subject=command, message=message)


def halted(index: int, why: str, *, begun: bool) -> Failure:
    """What a replay stops with that was ended from outside.

    Args:
        index: The step that it had come to, counted from 1.
        why: In a clause.
        begun: Whether that step was running.
    """
    ended = "was ended with all its processes" if begun else "was not begun"
    return Failure(
        step_index=index,
        divergence=Divergence.POLICY,
        failure_class=FailureClass.KILLED,
        message=f"step {index} {ended}: replays are {why}",
        expected="a replay that may go on",
        actual=why,
    )


def check_lists(command: str, ruled: Ruled) -> Check:
    """What the user's lists have against a step.

    Args:
        command: The step's command.
        ruled: What they say.
    """
    return Check(
        kind="policy",
        state=CheckState.FAIL if ruled.denied else CheckState.UNKNOWN,
        subject=ruled.part or command,
        message=ruled.message,
        failure_class=FailureClass.UNSAFE if ruled.denied else None,
        hint=None if ruled.denied else "an allow list would refuse it",
    )


def rules_out(checks: Sequence[Check]) -> bool:
    """Whether policy itself refuses a step, so that no repair can help."""
    return any(check.kind == "policy" and check.state is CheckState.FAIL for check in checks)


def _why_refused(step: PlaybookStep, permits: Permits) -> str:
    if permits.levels.get(step.safety) is Need.REFUSE:
        return f"your policy refuses every step that is {step.safety}; replaybook policy shows it"
    by_hand = "do this step by hand, then go on behind it with --from"
    if step.safety is SafetyLevel.MANUAL_ONLY:
        return f"a person's job ({step.safety_reason or 'too dangerous to automate'}): {by_hand}"
    return f"your policy leaves every step that is {step.safety} to a person: {by_hand}"


def _condition(step: PlaybookStep, need: Need, permits: Permits) -> str | None:
    """What a step that may run is bound to, in words; None where there is nothing to say."""
    if need is Need.HAND_OVER:
        return "a person's job: the replay hands it over, and judges what came of it"
    if need is Need.ASK:
        return "needs a yes of its own: the replay asks before it runs"
    if step.safety is SafetyLevel.NEEDS_CONFIRM:
        return "needs a confirmation: promoting the version, or --draft, gave it"
    if step.safety is SafetyLevel.MANUAL_ONLY and permits.shadow:
        return "a person's job; allowed here, in the shadow"
    return None


def unconfirmed(step: PlaybookStep, command: str) -> Check:
    """What stops a step that wanted a yes of its own and got none.

    Args:
        step: The step.
        command: As it would have run, secrets masked.
    """
    return Check(
        kind="policy",
        state=CheckState.FAIL,
        subject=command,
        message=f"it needs a yes of its own and got none; say y in a terminal, or give --yes-to {step.safety}",
        failure_class=FailureClass.UNSAFE,
    )


def not_taken(command: str) -> Check:
    """What stops a step that is a person's job and that nobody did.

    Args:
        command: As it stands in the playbook, secrets masked.
    """
    return Check(
        kind="policy",
        state=CheckState.FAIL,
        subject=command,
        message="a person's job, and nobody did it; do it by hand, then go on behind it with --from",
        failure_class=FailureClass.UNSAFE,
    )


def check_review(repair: Repair, *, actor: str) -> None:
    """Whether this actor may decide on a repair: a machine never approves, least of all what a machine proposed.

    Args:
        repair: The repair.
        actor: Who decides.

    Raises:
        RefusedError: A person must decide.
    """
    if not actor or actor == repair.source or actor.startswith(MACHINES):
        raise RefusedError(
            f"{repair.repair_id} was proposed by {repair.source} and can't be approved by {actor or 'no one'}; "
            "a person must review it"
        )


def check_promotion(
    version: VersionRow,
    validation: ValidationRow | None,
    *,
    override: str | None,
    now: datetime,
    evidence: Evidence = NOTHING_KNOWN,
    standard: Standard = NOTHING_WANTED,
) -> str | None:
    """Whether a version may become active.

    Args:
        version: Where it stands.
        validation: The newest of that version; None when there is none.
        override: The reason that a person typed for doing without.
        now: For the age of the validation.
        evidence: What else is known of the version.
        standard: What the user's own policy wants.

    Returns:
        None when a fresh green validation of that very digest stands behind it and the policy is content; else what
        is missing, a clause each, and only the override does.

    Raises:
        UnprovenError: Neither stands behind it.
        RefusedError: The policy takes no override.
    """
    lack = unproven(version, validation, now=now, evidence=evidence, max_age=standard.max_age)
    lacks = [lack] if lack else []
    lacks += standard.lacks(validation, evidence) if validation else []
    lacks = [evidence.unvouched, *lacks] if evidence.unvouched else lacks
    if not lacks:
        return None
    if not standard.override:
        raise RefusedError(f"{version.ref} can't be promoted: {lacks[0]}; {standard.file} takes no override")
    if override is None or not override.strip():
        instead = "validate it, or give" if lack and not evidence.unvouched else "meet that, or give"
        raise UnprovenError(f"{version.ref} can't be promoted: {lacks[0]}; {instead} --override REASON")
    return "; ".join(lacks)


def unproven(
    version: VersionRow, validation: ValidationRow | None, *, now: datetime, evidence: Evidence, max_age: timedelta
) -> str | None:
    """Why no fresh green validation stands behind a version, in a clause; None: one does.

    Args:
        version: Where it stands.
        validation: Its newest.
        now: For the age of that.
        evidence: Whether anything moved since.
        max_age: How old it may be.
    """
    if validation is None:
        return "it was never validated"
    age = now - datetime.fromisoformat(validation.created_at)
    lacks = (
        (validation.digest != version.digest, "it was edited after its validation"),
        (validation.verdict is not Verdict.GREEN, f"its newest validation is {validation.verdict}"),
        (age < timedelta(0), "its validation lies in the future, so the clock was set back"),
        (age > max_age, f"its validation is older than {age_words(max_age)}"),
        (version.status is not VersionStatus.SHADOW, "it was rolled back after its validation"),
    )
    return next((why for lacking, why in lacks if lacking), evidence.moved)
