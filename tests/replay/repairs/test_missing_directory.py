"""Directories that outputs go to."""

import pytest

from replay.outcome import FailureClass
from replay.repairs.rules.missing_directory import MissingDirectory
from tests.replay.repairs.scene import Scene, patches, step

RULE = MissingDirectory()
MISSING = FailureClass.MISSING_DIRECTORY


@pytest.mark.parametrize(
    ("run", "effect", "subject", "made"),
    [
        ("date > out/today.txt", "created out/today.txt", "out/today.txt", "out"),
        ("date > 'my out/deep/today'", "created my out/deep/today", "my out/deep", "'my out/deep'"),
        ("cp a out/", "created out/a", "out/", "out"),
        ("cd build && date > log", "created build/log", "build", "build"),
        ("tar -xf a.tar -C lib", "created lib/a", "lib", "lib"),
    ],
)
@pytest.mark.parametrize("before_it_runs", [True, False])
def test_the_directory_of_an_output_is_made(
    scene: Scene, run: str, effect: str, subject: str, made: str, *, before_it_runs: bool
) -> None:
    scene.record("echo 1 > a; tar -cf a.tar a", step(run, effects=[effect]))
    evidence = scene.blocked(MISSING, subject) if before_it_runs else scene.failed(MISSING, subject)

    proposals = scene.propose(evidence, RULE)

    assert patches(proposals) == [[{"op": "insert_before", "step_index": 1, "value": f"mkdir -p {made}"}]]
    assert proposals.candidates[0].preselected
    assert scene.works(proposals.candidates[0].candidate.patch)


@pytest.mark.parametrize(
    ("setup", "run", "effects", "subject"),
    [
        ("mkdir src; echo 1 > src/a", "cat src/a > b", ["created b"], "src/a"),
        ("mkdir src; echo 1 > src/Makefile", "cd src && touch done", ["created src/done"], "src"),
        (":", "git clone -q ../gone dep", ["created dep/", "created dep/a"], "../gone"),
        (":", "cp -r gone out", ["created out/", "created out/a"], "gone"),
        (":", "date > /no/such/place", [], "/no/such/place"),
        (":", "cd {{project}}/../gone", [], "gone"),
    ],
    ids=[
        "an input",
        "a directory with sources",
        "a clone's origin",
        "a copied folder",
        "outside",
        "above the workspace",
    ],
)
def test_what_is_no_output_is_never_made(scene: Scene, setup: str, run: str, effects: list[str], subject: str) -> None:
    scene.record(setup, step(run, effects=effects)).drift("rm -rf src")

    proposals = scene.propose(scene.failed(MISSING, subject), RULE)

    assert proposals.candidates == ()
    assert proposals.abstained


def test_no_directory_takes_the_place_of_a_file_that_a_patch_changes(scene: Scene) -> None:
    patch = "--- a/conf/app.ini\n+++ b/conf/app.ini\n@@ -1 +1 @@\n-a\n+b\n"
    scene.record("mkdir conf; echo a > conf/app.ini", step(patch, effects=["modified conf/app.ini"]))
    scene.drift("rm -r conf")

    assert scene.propose(scene.blocked(FailureClass.MISSING_FILE, "conf/app.ini"), RULE).candidates == ()
