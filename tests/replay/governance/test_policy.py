from datetime import timedelta

import msgspec
import pytest

from capture.errors import RefusedError
from replay.governance.permits import Need, Permits
from replay.governance.policy import Attempt, check_promotion, check_review, check_run, check_step
from replay.library.ids import stamp
from replay.library.rows import ValidationRow, Verdict, VersionRow
from replay.outcome import CheckState, FailureClass, Mode
from replay.playbook import PlaybookStep, SafetyLevel, VersionStatus
from tests.replay.library.samples import NOON, repair, version_row

REAL = (Mode.STRICT, Mode.GUIDED)
VALIDATED = version_row(status=VersionStatus.SHADOW)
GREEN = ValidationRow(
    id="v1",
    playbook="release",
    version=1,
    digest=VALIDATED.digest,
    verdict=Verdict.GREEN,
    level="L3",
    created_at=stamp(NOON),
)


def changed(**changes: object) -> ValidationRow:
    return msgspec.structs.replace(GREEN, **changes)


@pytest.mark.parametrize("mode", REAL)
def test_an_active_version_runs(mode: Mode) -> None:
    check_run(version_row(status=VersionStatus.ACTIVE), Attempt(mode=mode))


@pytest.mark.parametrize("mode", REAL)
@pytest.mark.parametrize("status", [VersionStatus.DRAFT, VersionStatus.SHADOW])
def test_no_other_runs_on_the_real_workspace_unasked(mode: Mode, status: VersionStatus) -> None:
    version = version_row(status=status)
    with pytest.raises(RefusedError, match=f"release@1 is no active version .it is {status}.*--draft or --shadow"):
        check_run(version, Attempt(mode=mode, numbered=True))
    check_run(version, Attempt(mode=mode, draft=True))
    check_run(version, Attempt(mode=mode, shadow=True))


def test_simulate_takes_a_draft() -> None:
    check_run(version_row(), Attempt(mode=Mode.SIMULATE))


@pytest.mark.parametrize("mode", list(Mode))
def test_a_disabled_version_never_runs(mode: Mode) -> None:
    attempt = Attempt(mode=mode, draft=True, shadow=True, numbered=True)
    with pytest.raises(RefusedError, match="release@1 is disabled and never runs"):
        check_run(version_row(status=VersionStatus.DISABLED, promoted=1), attempt)


def test_an_old_active_version_runs_by_its_number_only() -> None:
    old = version_row(status=VersionStatus.SHADOW, promoted=1)
    check_run(old, Attempt(mode=Mode.STRICT, numbered=True))
    with pytest.raises(RefusedError):
        check_run(old, Attempt(mode=Mode.STRICT))


def test_what_is_too_dangerous_is_refused_outside_a_shadow() -> None:
    step = PlaybookStep(run="mkfs.ext4 {{disk}}", safety=SafetyLevel.MANUAL_ONLY)
    check = check_step(step, "mkfs.ext4 /dev/sdb", Permits())
    assert check is not None
    assert (check.kind, check.state, check.failure_class) == ("policy", CheckState.FAIL, FailureClass.UNSAFE)
    assert check.subject == "mkfs.ext4 /dev/sdb"
    in_shadow = check_step(step, "mkfs.ext4 /dev/sdb", Permits(shadow=True))
    assert in_shadow is not None
    assert in_shadow.state is CheckState.PASS


def test_a_step_to_confirm_was_confirmed_with_the_version() -> None:
    check = check_step(PlaybookStep(run="npm ci", safety=SafetyLevel.NEEDS_CONFIRM), "npm ci", Permits())
    assert check is not None
    assert check.state is CheckState.PASS
    assert check_step(PlaybookStep(run="make"), "make", Permits()) is None


@pytest.mark.parametrize(
    ("permits", "level", "need"),
    [
        (Permits(ask=True), SafetyLevel.NEEDS_CONFIRM, Need.ASK),
        (Permits(ask=True), SafetyLevel.AUTO_OK, Need.RUN),
        (Permits(ask=True, yes_to=SafetyLevel.NEEDS_CONFIRM), SafetyLevel.NEEDS_CONFIRM, Need.RUN),
        (Permits(ask=True, yes_to=SafetyLevel.AUTO_OK), SafetyLevel.NEEDS_CONFIRM, Need.ASK),
        (Permits(ask=True, shadow=True), SafetyLevel.NEEDS_CONFIRM, Need.RUN),
        (Permits(levels={SafetyLevel.AUTO_OK: Need.ASK}), SafetyLevel.AUTO_OK, Need.ASK),
        (Permits(levels={SafetyLevel.MANUAL_ONLY: Need.RUN}, hands=True), SafetyLevel.MANUAL_ONLY, Need.HAND_OVER),
        (Permits(yes_to=SafetyLevel.MANUAL_ONLY), SafetyLevel.MANUAL_ONLY, Need.REFUSE),
        (Permits(levels={SafetyLevel.NEEDS_CONFIRM: Need.HAND_OVER}), SafetyLevel.NEEDS_CONFIRM, Need.REFUSE),
        (Permits(levels={SafetyLevel.NEEDS_CONFIRM: Need.REFUSE}, shadow=True), SafetyLevel.NEEDS_CONFIRM, Need.REFUSE),
    ],
)
def test_what_a_level_needs(permits: Permits, level: SafetyLevel, need: Need) -> None:
    assert permits.need(level) is need
    found = check_step(PlaybookStep(run="x", safety=level), "x", permits)
    assert (found is not None and found.state is CheckState.FAIL) == (need is Need.REFUSE)


def test_a_person_reviews_what_a_machine_or_a_person_proposed() -> None:
    check_review(repair(), actor="ada")
    check_review(repair(source="human"), actor="ada")


@pytest.mark.parametrize("actor", ["", "llm", "http", "rule:renamed-file"])
def test_a_machine_never_reviews(actor: str) -> None:
    with pytest.raises(RefusedError, match="a person must review it"):
        check_review(repair(), actor=actor)


def test_a_fresh_green_validation_of_that_digest_is_enough() -> None:
    assert check_promotion(VALIDATED, GREEN, override=None, now=NOON + timedelta(hours=23)) is None


REFUSALS: dict[str, tuple[VersionRow, ValidationRow | None, timedelta]] = {
    "it was never validated": (VALIDATED, None, timedelta(0)),
    "it was edited after its validation": (VALIDATED, changed(digest="sha256:2"), timedelta(0)),
    "its newest validation is red": (VALIDATED, changed(verdict=Verdict.RED), timedelta(0)),
    "its newest validation is inconclusive": (VALIDATED, changed(verdict=Verdict.INCONCLUSIVE), timedelta(0)),
    "its newest validation is unavailable": (VALIDATED, changed(verdict=Verdict.UNAVAILABLE), timedelta(0)),
    "its validation is older than 1 day": (VALIDATED, GREEN, timedelta(days=1, seconds=1)),
    "its validation lies in the future, so the clock was set back": (VALIDATED, GREEN, timedelta(seconds=-1)),
    "it was rolled back after its validation": (version_row(), GREEN, timedelta(0)),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_anything_less_is_refused_unless_a_reason_was_typed(reason: str) -> None:
    version, validation, age = REFUSALS[reason]
    for override in (None, "", "  "):
        with pytest.raises(RefusedError) as caught:
            check_promotion(version, validation, override=override, now=NOON + age)
        assert str(caught.value) == f"release@1 can't be promoted: {reason}; validate it, or give --override REASON"
    assert check_promotion(version, validation, override="the fix can't wait", now=NOON + age) == reason
