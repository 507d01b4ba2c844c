"""Python modules that lie in the workspace."""

from replay.outcome import FailureClass
from replay.repairs.rules.missing_module import MissingModule
from tests.replay.repairs.scene import Scene, patches, step

RULE = MissingModule()
MISSING = FailureClass.MISSING_MODULE


def test_the_folder_that_has_it_goes_on_the_path(scene: Scene) -> None:
    scene.record("mkdir -p lib/helpers; touch lib/helpers/__init__.py", step("python3 -c 'import helpers'"))

    proposals = scene.propose(scene.failed(MISSING, "helpers"), RULE)

    value = {"name": "PYTHONPATH", "value": "{{project}}/lib"}
    assert patches(proposals) == [[{"op": "set_env", "step_index": 1, "value": value}]]
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_the_project_s_own_environment_comes_first(scene: Scene) -> None:
    scene.record(
        "mkdir -p .venv/bin .venv/lib/python3.11/site-packages/helpers; ln -s $(type -P true) .venv/bin/python",
        step("python3 -c 'import helpers' now"),
    )

    (only,) = scene.propose(scene.failed(MISSING, "helpers.sub"), RULE).candidates

    assert only.candidate.patch[0].value == ".venv/bin/python -c 'import helpers' now"


def test_nothing_is_installed(scene: Scene) -> None:
    scene.record(":", step("python3 -c 'import nowhere_at_all'"))

    proposals = scene.propose(scene.failed(MISSING, "nowhere_at_all"), RULE)

    assert proposals.candidates == ()
    assert "nothing is installed unasked" in (proposals.abstained or "")
