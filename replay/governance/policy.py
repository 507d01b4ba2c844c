"""What may run, be approved and be promoted: every rule in one place, as functions of values alone."""

from datetime import datetime, timedelta

import msgspec

from capture.errors import RefusedError
from replay.library.rows import ValidationRow, Verdict, VersionRow
from replay.outcome import Check, CheckState, FailureClass, Mode
from replay.playbook import PlaybookStep, SafetyLevel, VersionStatus
from replay.repairs.proposal import Repair

FRESH_FOR = timedelta(days=1)
"""How long a green validation speaks for its version: after that, the machine may be another one."""
MACHINES = ("rule:", "http", "llm")
"""What the sources of repairs are called that are no person."""


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


def check_step(step: PlaybookStep, command: str, *, shadow: bool) -> Check | None:
    """What policy says of one step before it runs.

    A step that needs a confirmation has it: whoever promoted the version, or gave `--draft`, said yes to all of it.

    Args:
        step: The step.
        command: Its command with the values in.
        shadow: Whether it runs in an isolated copy.

    Returns:
        A check for the step's outcome; None when there is nothing to say.
    """
    if step.safety is SafetyLevel.AUTO_OK:
        return None
    if step.safety is SafetyLevel.NEEDS_CONFIRM:
        message = "needs a confirmation: promoting the version, or --draft, gave it"
        return Check(kind="policy", state=CheckState.PASS, subject=command, message=message)
    if shadow:
        message = "a person's job; allowed here, in the shadow"
        return Check(kind="policy", state=CheckState.PASS, subject=command, message=message)
    return Check(
        kind="policy",
        state=CheckState.FAIL,
        subject=command,
        message="too dangerous to automate: do this step by hand, then go on behind it with --from",
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
    version: VersionRow, validation: ValidationRow | None, *, override: str | None, now: datetime
) -> bool:
    """Whether a version may become active.

    Args:
        version: Where it stands.
        validation: The newest of that version; None when there is none.
        override: The reason that a person typed for doing without.
        now: For the age of the validation.

    Returns:
        True when a fresh green validation of that very digest stands behind it, False when only the override does.

    Raises:
        RefusedError: Neither stands behind it.
    """
    lack = _lack(version, validation, now)
    if lack is None:
        return True
    if override is None or not override.strip():
        raise RefusedError(f"{version.ref} can't be promoted: {lack}; validate it, or give --override REASON")
    return False


def _lack(version: VersionRow, validation: ValidationRow | None, now: datetime) -> str | None:
    """What is missing for a promotion."""
    if validation is None:
        return "it was never validated"
    if validation.digest != version.digest:
        return "it was edited after its validation"
    if validation.verdict is not Verdict.GREEN:
        return f"its newest validation is {validation.verdict}"
    if now - datetime.fromisoformat(validation.created_at) > FRESH_FOR:
        return f"its validation is older than {FRESH_FOR.days} day"
    if version.status is not VersionStatus.SHADOW:
        return "it was rolled back after its validation"
    return None
