"""C headers that lie in the workspace."""

import shutil

import pytest

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


HEADER = "echo '#define A 0' > {0}/foo.h; printf '#include <foo.h>\\nint main(void){{return A;}}\\n' > m.c"


def test_the_search_path_of_the_recording(scene: Scene) -> None:
    scene.recorded_environment = {"CPATH": "/gone:../opt/inc"}
    scene.record("mkdir -p ../opt/inc; " + HEADER.format("../opt/inc"), step("cc -o m m.c"), step("cc -c m.c"))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    value = {"name": "CPATH", "value": "/gone:../opt/inc"}
    assert [(entry.step_index, entry.value) for entry in only.candidate.patch] == [(1, value), (2, value)]
    assert scene.works(only.candidate.patch)


def test_where_pkg_config_says_that_it_is(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("pkg-config"):
        pytest.skip("no pkg-config here")
    packages, include = scene.root / "pc", scene.root / "opt/foo/include"
    packages.mkdir()
    include.mkdir(parents=True)
    (packages / "libfoo.pc").write_text(f"Name: foo\nDescription: d\nVersion: 1\nCflags: -I{include}\n")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(packages))
    scene.record(HEADER.format(include), step("cc -o m m.c"))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert only.candidate.patch[0].value == f"cc -I{include} -o m m.c"
    assert scene.works(only.candidate.patch)


def test_what_make_compiles_is_told_by_a_variable(scene: Scene) -> None:
    scene.record(
        "mkdir inc; " + HEADER.format("inc") + "; printf 'm: m.c\\n\\tcc -o m m.c\\n' > Makefile", step("make")
    )

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert only.candidate.patch[0].value == {"name": "CPATH", "value": "{{project}}/inc"}
    assert scene.works(only.candidate.patch)
