"""Variables without a value."""

import pytest

from replay.outcome import FailureClass
from replay.playbook import Parameter
from replay.repairs.proposal import Risk
from replay.repairs.rules.missing_env import MissingEnv
from tests.replay.repairs.scene import Scene, patches, step

RULE = MissingEnv()
MISSING = FailureClass.MISSING_ENV
RUN = 'echo "${STAGE:?must be set}"'


def test_the_recorded_value_for_every_step_that_reads_it(scene: Scene) -> None:
    scene.recorded_environment = {"STAGE": "blue"}
    scene.record(":", step(RUN), step("true"), step("echo $STAGE"))

    proposals = scene.propose(scene.failed(MISSING, "STAGE"), RULE)

    value = {"name": "STAGE", "value": "blue"}
    assert patches(proposals) == [
        [{"op": "set_env", "step_index": 1, "value": value}, {"op": "set_env", "step_index": 3, "value": value}]
    ]
    assert proposals.candidates[0].candidate.risk is Risk.MEDIUM
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_a_recorded_place_in_the_workspace_follows_the_workspace(scene: Scene) -> None:
    scene.recorded_environment = {"STAGE": "/then/out"}
    scene.parameters = {"project": Parameter(default="{{cwd}}", recorded="/then")}
    scene.record(":", step(RUN))

    (only,) = scene.propose(scene.blocked(MISSING, "STAGE"), RULE).candidates

    assert only.candidate.patch[0].value == {"name": "STAGE", "value": "{{project}}/out"}


def test_the_project_s_own_file(scene: Scene) -> None:
    scene.record("echo 'export STAGE=\"green\" # here' > .env", step(RUN))

    (only,) = scene.propose(scene.failed(MISSING, "STAGE"), RULE).candidates

    assert only.candidate.patch[0].value == {"name": "STAGE", "value": "green"}


def test_the_file_beside_the_step_goes_before_the_one_above(scene: Scene) -> None:
    scene.record("mkdir api; echo STAGE=outer > .env; echo STAGE=inner > api/.env", step(RUN))

    (only,) = scene.propose(scene.blocked(MISSING, "STAGE", cwd="api"), RULE).candidates

    assert only.candidate.patch[0].value == {"name": "STAGE", "value": "inner"}


def test_an_example_is_offered_and_not_chosen(scene: Scene) -> None:
    scene.record("echo STAGE=demo > .env.example", step(RUN))

    (only,) = scene.propose(scene.failed(MISSING, "STAGE"), RULE).candidates

    assert not only.preselected


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("API_TOKEN", {"API_TOKEN": "abc"}),
        ("DB_PASSWORD", {"DB_PASSWORD": "abc"}),
        ("STAGE", {"STAGE": "[masked:aws-key]"}),
        ("STAGE", {"STAGE": "https://ada:hunter2-and-more@db.example.org/x"}),
        ("STAGE", {"STAGE": ""}),
        ("STAGE", {}),
        ("PATH", {"PATH": "/evil"}),
        ("LD_PRELOAD", {"LD_PRELOAD": "/evil.so"}),
    ],
)
def test_secrets_masks_and_unknown_values_are_asked_for(scene: Scene, name: str, environment: dict[str, str]) -> None:
    scene.recorded_environment = environment
    scene.record("echo 'STAGE=$(id)' > .env", step(f"echo ${name}"))

    proposals = scene.propose(scene.blocked(MISSING, name), RULE)

    assert proposals.candidates == ()
    assert f"variable {name} has no value" in (proposals.abstained or "")
