"""C headers that lie in the workspace."""

from replay.outcome import FailureClass
from replay.repairs.rules.missing_header import MissingHeader
from tests.replay.repairs.scene import Scene, patches, step

RULE = MissingHeader()
MISSING = FailureClass.MISSING_HEADER


def test_the_folder_that_has_it_is_shown_to_the_compiler(scene: Scene) -> None:
    scene.record("mkdir 'my include'; touch 'my include/util.h'", step("cc -c main.c"), step("cc -o main main.o"))

    proposals = scene.propose(scene.blocked(MISSING, "util.h"), RULE)

    assert patches(proposals)[0][:1] == [{"op": "replace", "step_index": 1, "value": "cc -I'my include' -c main.c"}]


def test_two_places_are_both_offered_and_none_is_installed(scene: Scene) -> None:
    scene.record("mkdir a b; touch a/util.h b/util.h", step("cc -c main.c"))

    both = scene.propose(scene.blocked(MISSING, "util.h"), RULE)
    none = scene.propose(scene.blocked(MISSING, "gone.h"), RULE)

    assert [ranked.preselected for ranked in both.candidates] == [False, False]
    assert none.candidates == ()
    assert none.abstained


def test_a_library_of_the_workspace_is_shown_to_the_linker(scene: Scene) -> None:
    scene.record(
        "mkdir vendor; echo 'int two(void){return 2;}' > two.c; gcc -c two.c; ar rcs vendor/libtwo.a two.o; "
        "echo 'int two(void);int main(void){return two()-2;}' > m.c",
        step("gcc -o m m.c -ltwo"),
    )
    found = scene.propose(scene.diagnosed(), MissingHeader())
    (patch,) = [ranked.candidate.patch for ranked in found.candidates]
    assert scene.works(patch)
