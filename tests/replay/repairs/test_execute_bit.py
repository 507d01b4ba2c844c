"""Files that lost their execute bit."""

import pytest

from replay.outcome import FailureClass
from replay.repairs.commands import shebang
from replay.repairs.rules.execute_bit import ExecuteBit
from tests.replay.repairs.scene import Scene, patches, step

RULE = ExecuteBit()
SCRIPT = "mkdir -p 'my tools'; printf '#!/bin/sh\\necho made > made\\n' > 'my tools/gen'; chmod 755 'my tools/gen'"


@pytest.mark.parametrize("run", ["'my tools/gen'", "env A=1 'my tools/gen'", "'my tools/gen' now && cat made"])
@pytest.mark.parametrize("failure_class", [FailureClass.NOT_EXECUTABLE, FailureClass.PERMISSION_DENIED])
def test_the_bit_comes_first_and_the_interpreter_second(scene: Scene, run: str, failure_class: FailureClass) -> None:
    scene.record(SCRIPT, step(run, effects=["created made"])).drift("chmod 600 'my tools/gen'")

    proposals = scene.propose(scene.failed(failure_class, "my tools/gen"), RULE)

    assert patches(proposals) == [
        [{"op": "insert_before", "step_index": 1, "value": "chmod +x 'my tools/gen'"}],
        [{"op": "replace", "step_index": 1, "value": run.replace("'my tools/gen'", "sh 'my tools/gen'")}],
    ]
    assert [ranked.preselected for ranked in proposals.candidates] == [True, False]
    assert scene.works(proposals.candidates[1].candidate.patch)
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_a_program_that_a_script_runs_gets_its_bit_too(scene: Scene) -> None:
    scene.record(SCRIPT + "; echo '\"my tools/gen\"' > job", step("bash job")).drift("chmod a-x 'my tools/gen'")

    proposals = scene.propose(scene.failed(FailureClass.NOT_EXECUTABLE, "my tools/gen"), RULE)

    assert patches(proposals)[0] == [{"op": "insert_before", "step_index": 1, "value": "chmod +x 'my tools/gen'"}]


@pytest.mark.parametrize(
    ("setup", "run", "subject"),
    [
        ("mkdir tools", "./tools", "./tools"),
        ("echo x > notes; chmod 444 notes", "cat notes >> /proc/version", "/proc/version"),
        (":", "/etc/hostname", "/etc/hostname"),
    ],
    ids=["a directory", "an output", "outside the workspace"],
)
def test_nothing_else_gets_one(scene: Scene, setup: str, run: str, subject: str) -> None:
    scene.record(setup, step(run))

    proposals = scene.propose(scene.failed(FailureClass.PERMISSION_DENIED, subject), RULE)

    assert proposals.candidates == ()
    assert proposals.abstained


def test_shebangs_are_read_through_env() -> None:
    assert shebang("#!/usr/bin/env -S python3 -u\nprint(1)") == ("python3", "-u")
    assert shebang("#!/bin/bash\r\necho") == ("bash",)
    assert shebang("echo") == shebang(None) == ()


def test_a_script_of_others_is_called_by_its_interpreter_alone(scene: Scene) -> None:
    scene.record("printf '#!/bin/sh\\n' > ../gen; chmod 644 ../gen", step("../gen"))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert only.candidate.patch[0].value == "sh ../gen"
