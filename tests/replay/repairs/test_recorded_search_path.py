"""Variables that say where modules and headers lie."""

from replay.outcome import FailureClass
from replay.repairs.rules.recorded_search_path import RecordedSearchPath
from tests.replay.repairs.scene import Scene, patches, step

RULE = RecordedSearchPath()


def test_the_recorded_folder_that_still_has_it_is_looked_in_again(scene: Scene) -> None:
    scene.record("mkdir lib5; echo 'package Tally; sub n { 9 } 1;' > lib5/Tally.pm", step("perl -MTally -e 1"))
    scene.recorded_environment["PERL5LIB"] = str(scene.work / "lib5")

    proposals = scene.propose(scene.diagnosed(), RULE)

    (patch,) = [ranked.candidate.patch for ranked in proposals.candidates]
    assert scene.works(patch)


def test_a_folder_that_lost_it_is_not_named(scene: Scene) -> None:
    scene.record("mkdir gone", step("pkg-config quota"))
    scene.recorded_environment["PKG_CONFIG_PATH"] = f"{scene.work}/gone"

    assert patches(scene.propose(scene.blocked(FailureClass.MISSING_HEADER, "quota"), RULE)) == []
