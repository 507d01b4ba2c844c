"""Commands that this machine has under another name."""

from pathlib import Path

import pytest

from capture.tools import identity
from replay.outcome import FailureClass
from replay.playbook import Tool
from replay.repairs.proposal import Risk
from replay.repairs.rules.other_command_name import OtherCommandName
from tests.replay.repairs.scene import Scene, patches, step

RULE = OtherCommandName()
MISSING = FailureClass.MISSING_COMMAND


def on_path(scene: Scene, *names: str) -> None:
    """Only these commands, and no others."""
    folder = scene.root / "bin"
    folder.mkdir()
    for name in names:
        tool(folder / name)
    scene.path = str(folder)


def tool(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("missing", "available", "found"),
    [
        ("python", ["python3", "perl"], ["python3"]),
        ("nodejs", ["node"], ["node"]),
        ("pip", ["pip3", "zip"], ["pip3"]),
        ("lua", ["lua5.4", "lua5.3"], ["lua5.4", "lua5.3"]),
        ("python9", ["python", "python9.4"], ["python9.4", "python"]),
        ("frob3.11", ["frob3", "frob"], ["frob3", "frob"]),
        ("clang-15", ["clang-14", "clang-17", "clang"], ["clang", "clang-17", "clang-14"]),
        ("mk_report", ["mk-report"], ["mk-report"]),
        ("gendocs", ["gendoc"], ["gendoc"]),
        ("report.sh", ["report"], ["report"]),
        ("gen", ["generate-all"], ["generate-all"]),
        ("site-build", ["build-everything"], ["build-everything"]),
    ],
)
def test_the_name_that_it_has_here(scene: Scene, missing: str, available: list[str], found: list[str]) -> None:
    on_path(scene, *available)
    scene.record(":", step(f"{missing} {missing} >log"), step(f"echo {missing}; {missing} --version"))

    proposals = scene.propose(scene.failed(MISSING, missing), RULE)

    assert [ranked.candidate.patch[0].value for ranked in proposals.candidates] == [
        f"{n} {missing} >log" for n in found
    ]
    assert proposals.candidates[0].candidate.patch[1].value == f"echo {missing}; {found[0]} --version"
    assert proposals.candidates[0].preselected
    assert scene.works(proposals.candidates[0].candidate.patch)


@pytest.mark.parametrize("before", ["env A=1 ", "time ", "! false && ", "x=$(true) ", "timeout 5 ", "nice -n 3 "])
def test_only_the_command_word_changes_behind_wrappers(scene: Scene, before: str) -> None:
    on_path(scene, "python3")
    scene.record(":", step(f"{before}python python.py"))

    (only,) = scene.propose(scene.blocked(MISSING, "python"), RULE).candidates

    assert only.candidate.patch[0].value == f"{before}python3 python.py"


def test_a_project_s_own_tool_is_called_by_its_path(scene: Scene) -> None:
    on_path(scene)
    scene.record(":", step("tsc -p ."), step("cd sub; tsc"))
    tool(scene.work / "node_modules/.bin/tsc")

    proposals = scene.propose(scene.blocked(MISSING, "tsc"), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": "node_modules/.bin/tsc -p ."}]]


def test_a_nearer_folder_of_the_project_goes_before(scene: Scene) -> None:
    on_path(scene)
    scene.record(":", step("lessc a.less"))
    (scene.work / "web/src").mkdir(parents=True)
    tool(scene.work / "node_modules/.bin/lessc")
    tool(scene.work / "web/node_modules/.bin/lessc")

    (only,) = scene.propose(scene.blocked(MISSING, "lessc", cwd="web/src"), RULE).candidates

    assert only.candidate.patch[0].value == "../node_modules/.bin/lessc a.less"


@pytest.mark.parametrize("variable", ["PATH", "VIRTUAL_ENV"])
def test_the_place_that_the_recording_had_it_in(scene: Scene, variable: str) -> None:
    on_path(scene)
    tool(scene.root / "envs/bin/fmt-all")
    place = scene.root / ("envs/bin" if variable == "PATH" else "envs")
    scene.recorded_environment = {variable: f"{place}"}
    scene.record(":", step("fmt-all ."))

    (only,) = scene.propose(scene.blocked(MISSING, "fmt-all"), RULE).candidates

    assert only.candidate.patch[0].value == f"{scene.root}/envs/bin/fmt-all ."


def test_the_very_program_under_another_name(scene: Scene) -> None:
    on_path(scene, "zz-other")
    scene.record(":", step("packer"))
    place = scene.root / "bin/qq"
    tool(place)
    place.write_text("#!/bin/sh\nexit 0 # packs\n")
    size, digest = identity(str(place)) or (0, "")
    scene.tools = {"packer": Tool(size=size, sha256=digest)}

    (only,) = scene.propose(scene.blocked(MISSING, "packer"), RULE).candidates

    assert only.candidate.patch[0].value == "qq"
    assert "the very file that was recorded" in only.candidate.rationale


def test_a_system_s_command_with_a_like_name_must_name_the_missing_one(scene: Scene) -> None:
    scene.record(":", step("lessx a"), step("diffs"))

    assert scene.propose(scene.blocked(MISSING, "lessx"), RULE).candidates == ()


def test_a_version_that_begins_otherwise_is_never_chosen(scene: Scene) -> None:
    on_path(scene, "frob2")
    scene.record(":", step("frob3"))

    (only,) = scene.propose(scene.blocked(MISSING, "frob3"), RULE).candidates

    assert not only.preselected


def test_two_like_names_are_both_offered_as_a_risk_to_weigh(scene: Scene) -> None:
    on_path(scene, "gendoca", "gendocb")
    scene.record(":", step("gendocs"))

    proposals = scene.propose(scene.blocked(MISSING, "gendocs"), RULE)

    assert len(proposals.candidates) == 2
    assert not any(ranked.preselected for ranked in proposals.candidates)
    assert {ranked.candidate.risk for ranked in proposals.candidates} == {Risk.MEDIUM}


def test_pip_keeps_what_it_was_told_to_install(scene: Scene) -> None:
    on_path(scene, "pip3")
    scene.record(":", step("pip install -r requirements.txt"))

    (only,) = scene.propose(scene.blocked(MISSING, "pip"), RULE).candidates

    assert only.candidate.patch[0].value == "pip3 install -r requirements.txt"


@pytest.mark.parametrize(
    ("missing", "available"),
    [
        ("frob", ["grob"]),
        ("trash", ["rm"]),
        ("wgett", ["wget"]),
        ("shred-it", ["shred"]),
        ("mkreport", ["apt-get", "brew"]),
    ],
)
def test_no_unrelated_short_or_dangerous_name(scene: Scene, missing: str, available: list[str]) -> None:
    on_path(scene, *available)
    scene.record(":", step(missing))

    proposals = scene.propose(scene.failed(MISSING, missing), RULE)

    assert proposals.candidates == ()
    assert "nothing is installed unasked" in (proposals.abstained or "")
