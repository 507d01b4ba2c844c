"""Python modules that lie in the workspace."""

import shutil

import pytest

from replay.outcome import FailureClass
from replay.repairs.proposal import Trust
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


@pytest.mark.parametrize(("variable", "value"), [("PYTHONPATH", "../site"), ("VIRTUAL_ENV", "../envs/e1")])
def test_what_the_recording_had_goes_before_what_lies_about(scene: Scene, variable: str, value: str) -> None:
    library = "../envs/e1/lib/python3.11/site-packages"
    scene.recorded_environment = {variable: str((scene.work / value).resolve())}
    scene.record(
        f"mkdir -p lib ../site ../envs/e1/bin {library}; touch lib/helpx.py ../site/helpx.py {library}/helpx.py;"
        " ln -s $(type -P true) ../envs/e1/bin/python; echo import helpx > run.py",
        step("python3 run.py"),
        step("python3 other.py"),
        step("python3 run.py again"),
    )

    first, *_ = scene.propose(scene.diagnosed(), RULE).candidates

    assert first.preselected
    assert first.candidate.trust is Trust.DATAFLOW
    assert [entry.step_index for entry in first.candidate.patch if "other" not in str(entry.value)] == [1, 3]


def test_a_module_of_node_that_lies_in_the_workspace(scene: Scene) -> None:
    if not shutil.which("node"):
        pytest.skip("no node here")
    scene.record("mkdir -p libs/helpy; echo > libs/helpy/index.js", step("node -e 'require(\"helpy\")'"))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert only.candidate.patch[0].value == {"name": "NODE_PATH", "value": "{{project}}/libs"}
    assert scene.works(only.candidate.patch)


def test_a_search_path_in_the_command_s_own_words_grows_there(scene: Scene) -> None:
    made = "mkdir -p lib 'a b'; echo > 'a b/helpy.py'; echo 'import helpy' > run.py"
    scene.record(made, step("PYTHONPATH=lib python3 run.py"))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    (entry,) = only.candidate.patch
    assert str(entry.value).endswith(":lib python3 run.py")
    assert scene.works(only.candidate.patch)


def test_a_module_of_perl_that_lies_in_the_workspace(scene: Scene) -> None:
    scene.record("mkdir -p libs/My; echo '1;' > libs/My/Helper.pm", step("perl -e 'use My::Helper'"))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert only.candidate.patch[0].value == {"name": "PERL5LIB", "value": "{{project}}/libs"}
    assert scene.works(only.candidate.patch)
