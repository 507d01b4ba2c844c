"""What a user's policy wants of a promotion: read, weighed, and never taken for more than it says."""

from datetime import timedelta

import msgspec
import pytest

from capture.errors import BadInputError, RefusedError
from replay.governance.gates import Evidence, Gates, Standard, age_words, unmet
from replay.governance.policy import check_promotion
from replay.governance.policy_file import read_policy
from replay.governance.weighing import changed_steps, risk_of
from replay.library.rows import ValidationRow, Verdict
from replay.playbook import Parameter, ParameterType, Playbook, PlaybookStep, SafetyLevel, VersionStatus
from replay.repairs.proposal import Risk
from tests.replay.governance.conftest import Found, House
from tests.replay.library.samples import NOON, version_row

WHOLE = """\
[promotion]
max_age = "12h"
min_level = "L2"
max_changed_steps = 3
min_success = 0.9
max_risk = "medium"

[auto_promote]
max_risk = "low"
min_level = "L3"

[[where]]
workspace = "~/production"
auto_promote = false
[where.promotion]
max_changed_steps = 1
override = false
"""
GREEN = ValidationRow(
    id="v1",
    playbook="release",
    version=1,
    digest="sha256:1",
    verdict=Verdict.GREEN,
    level="L2",
    created_at="2026-03-01",
)
PROVEN = Evidence(changed_steps=1, replays=(True,) * 5)


def standard(text: str = WHOLE, workspace: str = "/home/ada/x") -> Standard:
    policy = read_policy(text, source="/h/policy.toml")
    return policy.standard(workspace=workspace, playbook="release", home="/home/ada")


def test_what_is_written_holds_there_and_the_strictest_of_all_that_holds_counts() -> None:
    found = standard()
    assert (found.max_age, found.override, len(found.gates)) == (timedelta(hours=12), True, 1)
    assert [(gates.max_risk, gates.key) for gates in found.auto] == [(Risk.LOW, "auto_promote")]
    assert found.file == "/h/policy.toml"
    below = standard(workspace="/home/ada/production/site")
    assert (len(below.gates), below.override, below.auto) == (2, False, ())
    assert list(below.lacks(GREEN, msgspec.structs.replace(PROVEN, changed_steps=2))) == [
        "2 steps differ from the active version, and policy.toml [where[1].promotion] allows 1"
    ]


def test_another_text_has_another_digest() -> None:
    assert standard().digest != standard(WHOLE + "\n").digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("promotion = 3", "p:1: promotion is a table"),
        ('[promotion]\nmin_levle = "L2"', "p:2: there is no key 'min_levle' in promotion; did you mean min_level?"),
        ('[promotion]\nmin_level = "L0"', "p:2: min_level can't be 'L0'; it may be L1, L2, L3"),
        ('[promotion]\nmax_age = "1w"', "p:2: max_age can't be '1w'; write it as 30m, 12h or 7d"),
        ("[promotion]\nmax_age = 3", "p:2: max_age can't be 3"),
        ("[promotion]\nmax_changed_steps = true", "p:2: max_changed_steps can't be True"),
        ("[promotion]\nmin_success = 90", "p:2: min_success can't be 90; it is a share above 0, 1 at most"),
        ("[promotion]\nlast = 3", "p:2: last says how many replays min_success looks at"),
        ("[promotion]\nmin_success = 1\nlast = 0", "p:3: last can't be 0"),
        ('[promotion]\nmax_risk = "none"', "p:2: max_risk can't be 'none'"),
        ('[promotion]\noverride = "no"', "p:2: override can't be 'no'; it is true or false"),
        ("auto_promote = true", "p:1: auto_promote is a table"),
        ("[auto_promote]", "p:1: auto_promote needs a condition"),
        ("[auto_promote]\noverride = true", "p:2: there is no key 'override' in auto_promote"),
        (
            '[promotion]\nmax_risk = "low"\n[[where]]\nplaybook = "a"\n[where.promotion]\nmax_risk = 1',
            "p:6: max_risk can't be 1",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_policy(text, source="p")
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("gates", "evidence", "told"),
    [
        (Gates(min_level="L3"), PROVEN, "it was validated at L2"),
        (Gates(max_changed_steps=0), PROVEN, "1 step differ"),
        (Gates(min_success=1.0, last=6), PROVEN, "it was replayed 5 of the 6 times"),
        (
            Gates(min_success=0.9),
            Evidence(replays=(True, True, False, True, True)),
            "4 of its last 5 replays succeeded",
        ),
        (Gates(max_risk=Risk.LOW), Evidence(risk=Risk.MEDIUM), "its risk is medium"),
    ],
)
def test_what_is_not_met_is_told(gates: Gates, evidence: Evidence, told: str) -> None:
    (found,) = unmet(gates, GREEN, evidence)
    assert found.startswith(told)


@pytest.mark.parametrize(
    ("gates", "evidence"),
    [
        (Gates(min_level="L2"), PROVEN),
        (Gates(max_changed_steps=1), PROVEN),
        (Gates(max_changed_steps=0), Evidence(changed_steps=None)),
        (Gates(min_success=0.8), Evidence(replays=(True, True, False, True, True, False))),
        (Gates(max_risk=Risk.MEDIUM), Evidence(risk=Risk.MEDIUM)),
        (Gates(), Evidence(risk=Risk.HIGH)),
    ],
)
def test_what_is_met_is_not_told(gates: Gates, evidence: Evidence) -> None:
    assert list(unmet(gates, GREEN, evidence)) == []


@pytest.mark.parametrize(("age", "words"), [(86400, "1 day"), (172800, "2 days"), (5400, "90 minutes")])
def test_ages_in_words(age: int, words: str) -> None:
    assert age_words(timedelta(seconds=age)) == words


def test_steps_that_differ_are_those_whose_text_or_parameter_does_and_those_that_are_gone() -> None:
    steps = (
        PlaybookStep(run="make"),
        PlaybookStep(run="cp {{src}} out"),
        PlaybookStep(run="ls"),
        PlaybookStep(run="ps"),
    )
    src = Parameter(type=ParameterType.STRING, default="a")
    before = Playbook(name="release", steps=steps, parameters={"src": src})
    after = msgspec.structs.replace(
        before,
        steps=(PlaybookStep(run="make all"), *steps[1:3]),
        parameters={"src": msgspec.structs.replace(src, default="b")},
        goal="another",
    )
    assert changed_steps(before, before) == (frozenset(), 0)
    assert changed_steps(before, after) == (frozenset({1, 2}), 1)
    assert changed_steps(before, msgspec.structs.replace(before, shell="zsh")) == (frozenset({1, 2, 3, 4}), 0)


def test_the_risk_is_the_highest_of_repairs_and_of_the_steps_that_changed() -> None:
    levels = (SafetyLevel.AUTO_OK, SafetyLevel.NEEDS_CONFIRM, SafetyLevel.MANUAL_ONLY)
    playbook = Playbook(name="release", steps=tuple(PlaybookStep(run="x", safety=level) for level in levels))
    assert risk_of(playbook, (), ()) is Risk.LOW
    assert risk_of(playbook, {1, 2}, (Risk.LOW,)) is Risk.MEDIUM
    assert risk_of(playbook, {1}, (Risk.HIGH, Risk.LOW)) is Risk.HIGH
    assert risk_of(playbook, {3}, ()) is Risk.HIGH


def test_what_moved_makes_a_green_validation_an_old_one() -> None:
    version = version_row(status=VersionStatus.SHADOW)
    green = msgspec.structs.replace(GREEN, digest=version.digest, created_at=NOON.isoformat())
    with pytest.raises(RefusedError, match="can't be promoted: make is another program"):
        check_promotion(version, green, override=None, now=NOON, evidence=Evidence(moved="make is another program"))


def test_where_the_policy_takes_no_override_a_reason_does_not_help() -> None:
    never = standard("[promotion]\noverride = false")
    with pytest.raises(RefusedError, match=r"it was never validated; /h/policy\.toml takes no override"):
        check_promotion(version_row(), None, override="now", now=NOON, standard=never)


def test_an_override_is_recorded_with_what_was_missing_and_the_name_that_was_typed(house: House) -> None:
    house.version()
    house.validate(1)
    policy = standard("[promotion]\nmax_risk = 'low'\nmin_level = 'L3'\nmin_success = 1")
    house.promotions.promote("release", 1, actor="ada", override=" now ", evidence=PROVEN, standard=policy)
    assert "override" not in house.audit.entries()[-1].details
    house.version("make all")
    house.validate(2)
    risky = Evidence(risk=Risk.HIGH, replays=(True,) * 5)
    with pytest.raises(RefusedError, match=r"its risk is high, and policy\.toml \[promotion\] allows low; meet"):
        house.promotions.promote("release", 2, actor="ada", evidence=risky, standard=policy)
    row = house.promotions.promote("release", 2, actor="ada", override=" now ", evidence=risky, standard=policy)
    details = house.audit.entries()[-1].details
    assert (row.overridden, details["override"], details["typed"]) == (True, "now", "release@2")
    assert details["lacks"] == "its risk is high, and policy.toml [promotion] allows low"


def test_nothing_promotes_itself_but_what_a_written_policy_names(house: House) -> None:
    house.version()
    house.validate(1)
    silent = standard('[promotion]\nmin_level = "L1"')
    assert by_itself(house, silent) is VersionStatus.SHADOW
    assert by_itself(house, standard(workspace="/home/ada/production")) is VersionStatus.SHADOW
    assert by_itself(house, standard(), PROVEN, risk=Risk.MEDIUM) is VersionStatus.SHADOW
    assert by_itself(house, standard(), PROVEN, moved="the workspace has changed") is VersionStatus.SHADOW
    assert house.actions() == ["validated"]
    policy = standard()
    assert by_itself(house, policy) is VersionStatus.ACTIVE
    entry = house.audit.entries()[-1]
    assert (entry.action, entry.actor) == ("promoted", "policy")
    named = {key: value for key, value in entry.details.items() if key.startswith("policy_")}
    assert named == {"policy_file": "/h/policy.toml", "policy_key": "auto_promote", "policy_digest": policy.digest}


@pytest.mark.parametrize("verdict", [Verdict.RED, Verdict.INCONCLUSIVE, Verdict.UNAVAILABLE])
def test_no_policy_promotes_what_is_not_green(house: House, verdict: Verdict) -> None:
    house.version()
    house.validate(1, verdict)
    assert by_itself(house, standard()) is VersionStatus.DRAFT


def by_itself(house: House, policy: Standard, evidence: Evidence = PROVEN, **changes: object) -> VersionStatus:
    weighed = msgspec.structs.replace(evidence, **changes)
    return house.promotions.promote_by_policy("release", 1, evidence=weighed, standard=policy).status


def test_a_validation_keeps_what_it_rested_upon(house: House) -> None:
    row = house.version()
    found = Found(run_id="run-7", reason="as recorded", rounds=2)
    house.promotions.record_validation("release", 1, digest=row.digest, found=found, actor="ada")
    kept = house.promotions.newest_validation(house.register.row("release", 1))
    assert kept is not None
    assert (kept.run_id, kept.reason, kept.rounds) == ("run-7", "as recorded", 2)
