import msgspec
import pytest
from hypothesis import given, settings

from capture.trace import StepKind
from replay import calls
from replay.document import changes, digest
from replay.playbook import Expectation, Parameter, Playbook, PlaybookStep
from tests.replay.document.playbooks import PLAYBOOKS

replace = msgspec.structs.replace
RUNS = ("make", "npm ci", "npm run build", "./release.sh")
BASE = Playbook(
    name="a", steps=tuple(PlaybookStep(run=run) for run in RUNS), parameters={"tag": Parameter(default="v1")}
)


def with_runs(*runs: str) -> Playbook:
    return replace(BASE, steps=tuple(PlaybookStep(run=run) for run in runs))


def test_a_changed_call_is_told_by_its_tool_and_its_fields() -> None:
    def call(tool: str, **given: object) -> Playbook:
        return replace(BASE, steps=(PlaybookStep(kind=StepKind.TOOL, run=calls.written(tool, given)),))

    found = changes(
        call("t/old", size=2, name="a", gone=True), call("t/new", size=calls.Bare("n"), name="a", also=None)
    )
    assert [change.line() for change in found] == [
        "~ step 1's tool changed: t/old → t/new",
        "~ step 1's input.size changed: 2 → {{n}}",
        "~ step 1's input.gone dropped: true",
        "~ step 1's input.also added: null",
    ]


@pytest.mark.parametrize(
    ("playbook", "lines"),
    [
        (BASE, []),
        (replace(BASE, version=2), []),
        (with_runs(*RUNS, "ls"), ["+ step 5 added: ls"]),
        (with_runs("make", "npm ci", "./release.sh"), ["- step 3 dropped: npm run build"]),
        (with_runs("npm ci", "npm run build", "./release.sh", "make"), ["↕ step 4 moved from 1: make"]),
        (with_runs("./release.sh", "make", "npm ci", "npm run build"), ["↕ step 1 moved from 4: ./release.sh"]),
        (
            with_runs("make", "npm ci", "npm run build:prod", "./release.sh"),
            ["~ step 3's command changed: npm run build → npm run build:prod"],
        ),
        (
            with_runs("git status", "make", "npm ci", "npm run build:prod", "./release.sh"),
            ["+ step 1 added: git status", "~ step 4's command changed: npm run build → npm run build:prod"],
        ),
        (with_runs("cargo clippy", *RUNS[1:]), ["~ step 1's command changed: make → cargo clippy"]),
        (
            replace(BASE, steps=(replace(BASE.steps[0], expect=Expectation(exit=2, output="a\nb\n")), *BASE.steps[1:])),
            [
                "~ step 1's expected exit code changed: 0 → 2",
                "~ step 1's expected output added: a ⏎ b",
            ],
        ),
        (
            replace(BASE, steps=(*BASE.steps[:3], replace(BASE.steps[3], timeout="5s", env={"A": "1"}))),
            ['~ step 4\'s variables added: {"A":"1"}', "~ step 4's time limit added: 5s"],
        ),
        (replace(BASE, parameters={}), ["- parameter tag dropped: v1"]),
        (
            replace(BASE, parameters={"tag": Parameter(default="v2"), "port": Parameter(default="80")}),
            ["~ parameter tag's default changed: v1 → v2", "+ parameter port added: 80"],
        ),
        (replace(BASE, goal="release"), ["~ playbook's goal added: release"]),
    ],
)
def test_a_change_is_told_by_its_step_and_field(playbook: Playbook, lines: list[str]) -> None:
    assert [change.line() for change in changes(BASE, playbook)] == lines


@settings(deadline=None)
@given(PLAYBOOKS, PLAYBOOKS)
def test_versions_that_say_different_things_never_show_no_change(a: Playbook, b: Playbook) -> None:
    bare = [
        replace(one, source_runs=(), steps=tuple(replace(step, source_step=None) for step in one.steps))
        for one in (a, b)
    ]
    assert bool(changes(a, b)) == (digest(bare[0]) != digest(bare[1]))
