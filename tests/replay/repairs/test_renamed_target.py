"""Targets of make, scripts of npm, recipes of just."""

import json

import pytest

from replay.outcome import FailureClass
from replay.repairs import patching
from replay.repairs.rules.renamed_target import RenamedTarget
from replay.repairs.rules.tool_hint import ToolHint
from tests.replay.repairs.scene import Scene, step

RULE = RenamedTarget()
UNKNOWN = FailureClass.UNKNOWN_TARGET


def makefile(*targets: str) -> str:
    text = "".join(f"{target}:\\n\\t@echo {target}\\n" for target in targets)
    return f"printf 'VAR := 1\\n.PHONY: {' '.join(targets)}\\n{text}' > Makefile"


@pytest.mark.parametrize(
    ("targets", "run", "subject", "found"),
    [
        (("build-site", "test"), "make -s build", "build", "make -s build-site"),
        (("build", "test"), "make buidl 2>&1", "buidl", "make build 2>&1"),
        (("docs_html", "clean-docs"), "make docs && true", "docs", "make docs_html && true"),
    ],
)
@pytest.mark.parametrize("before_it_runs", [True, False])
def test_make(
    scene: Scene, targets: tuple[str, ...], run: str, subject: str, found: str, *, before_it_runs: bool
) -> None:
    scene.record(makefile(*targets), step(run), step(f"echo {subject}"))

    evidence = scene.blocked(UNKNOWN, subject) if before_it_runs else scene.failed(UNKNOWN, subject)
    (only,) = scene.propose(evidence, RULE).candidates

    assert only.preselected
    assert patching.apply(scene.playbook, only.candidate.patch).steps[0].run == found
    assert scene.works(only.candidate.patch)


def test_another_makefile_in_another_directory(scene: Scene) -> None:
    scene.record("mkdir sub; cd sub; printf 'all-docs:\\n\\t@true\\n' > docs.mk", step("make -C sub -f docs.mk docs"))

    (only,) = scene.propose(scene.failed(UNKNOWN, "docs"), RULE).candidates

    assert only.candidate.patch[0].value == "make -C sub -f docs.mk all-docs"


def test_npm_s_scripts_of_the_nearest_package(scene: Scene) -> None:
    package = json.dumps({"name": "a", "version": "1.0.0", "scripts": {"bundle:prod": "true", "test": "true"}})
    scene.record(
        f"echo '{package}' > package.json; mkdir src", step("npm run bundle", output="\n> a@1.0.0 bundle\n> true\n\n")
    )

    proposals = scene.propose(scene.failed(UNKNOWN, "bundle", cwd="src"), ToolHint(), RULE)

    (only,) = proposals.candidates
    patched = patching.apply(scene.playbook, only.candidate.patch)
    assert patched.steps[0].run == "npm run bundle:prod"
    assert patched.steps[0].expect.output == "\n> a@1.0.0 bundle:prod\n> true\n\n"


@pytest.mark.parametrize(
    ("script", "run", "wanted"),
    [
        ("tests", "npm test", "npm run tests"),
        ("test:unit", "npm run unit", "npm run test:unit"),
    ],
)
def test_npm_runs_scripts_and_nothing_that_it_lists_beside_them(
    scene: Scene, script: str, run: str, wanted: str
) -> None:
    package = json.dumps({"name": "a", "version": "1.0.0", "scripts": {script: "true"}})
    scene.record(f"echo '{package}' > package.json", step(run))

    (only,) = scene.propose(scene.diagnosed(), ToolHint(), RULE).candidates

    assert patching.apply(scene.playbook, only.candidate.patch).steps[0].run == wanted


def test_a_target_of_an_included_file(scene: Scene) -> None:
    scene.record("printf 'include rules.mk\n' > Makefile; printf 'pack-site:\n\t@true\n' > rules.mk", step("make pack"))

    (only,) = scene.propose(scene.diagnosed(), RULE).candidates

    assert scene.works(only.candidate.patch)


def test_equal_ones_are_all_offered(scene: Scene) -> None:
    scene.record(makefile("build-web", "build-app"), step("make build"))

    proposals = scene.propose(scene.failed(UNKNOWN, "build"), RULE)

    assert len(proposals.candidates) == 2
    assert not any(ranked.preselected for ranked in proposals.candidates)


@pytest.mark.parametrize(
    ("targets", "run", "subject"),
    [
        (("clean-build", "distclean"), "make build", "build"),
        (("publish-docs",), "make docs", "docs"),
        (("unlike",), "make build", "build"),
        (("install-app",), "make app", "app"),
        (("build-docs",), "make -f docs.mk", "docs.mk"),
    ],
)
def test_never_one_that_deletes_publishes_or_is_unlike(
    scene: Scene, targets: tuple[str, ...], run: str, subject: str
) -> None:
    scene.record(makefile(*targets), step(run))

    proposals = scene.propose(scene.failed(UNKNOWN, subject), RULE)

    assert proposals.candidates == ()
    assert subject in (proposals.abstained or "")


def test_a_target_of_cmake_is_looked_for_where_the_build_comes_from(scene: Scene) -> None:
    scene.record(
        "printf 'add_custom_target(reports)\nadd_executable(app a.c)\n' > CMakeLists.txt; mkdir out; "
        "echo CMAKE_HOME_DIRECTORY:INTERNAL=$PWD > out/CMakeCache.txt",
        step("cmake --build out --target report"),
    )

    (only,) = scene.propose(scene.failed(UNKNOWN, "report"), RULE).candidates

    assert only.candidate.patch[0].value == "cmake --build out --target reports"
