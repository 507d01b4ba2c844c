"""What earlier steps make, remove, set and enter counts before a later one, and no more than that."""

from pathlib import Path

import pytest

from capture.trace import EffectOp, EnvEffects, Step, StepStatus
from replay.conditions.checks import check_step
from replay.outcome import CheckState, FailureClass
from replay.playbook import PlaybookStep
from tests.replay.looking import bad, looked, made, prepare, states, step, world_of

C = FailureClass


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_a_file_of_an_earlier_step_is_not_asked_for(work: Path) -> None:
    first = PlaybookStep(run="python3 -c 'make()'", expect=made("out/data.csv"))
    assert states(looked(work, first, "sort out/data.csv > sorted")) == {CheckState.PASS}
    assert states(looked(work, "echo a > x", "cat x")) == {CheckState.PASS}
    assert states(looked(work, "mkdir build", "cd build", "echo a > x", "cat x ../build/x")) == {CheckState.PASS}


def test_a_file_that_an_earlier_step_removes_is_missed(work: Path) -> None:
    (work / "x").touch()
    gone = PlaybookStep(run="./clean", expect=made("x", op=EffectOp.DELETED))
    assert bad(looked(work, gone, "cat x")) == [(C.MISSING_FILE, "x")]
    assert bad(looked(work, "mv x y", "cat x")) == [(C.MISSING_FILE, "x")]
    assert states(looked(work, "mv x y", "cat y")) == {CheckState.PASS}


def test_a_directory_of_an_earlier_step_does_not_exist_already(work: Path) -> None:
    prepare(work, "mkdir old")
    first = PlaybookStep(run="mkdir out", expect=made("out", directory=True))
    assert not bad(looked(work, first))
    assert bad(looked(work, first, "mkdir out")) == [(C.ALREADY_EXISTS, "out")]
    assert bad(looked(work, "mkdir -p out", "mkdir old")) == [(C.ALREADY_EXISTS, "old")]
    assert not bad(looked(work, "rm -rf old", "mkdir old"))


def test_what_the_step_makes_itself_is_not_asked_for(work: Path) -> None:
    one = PlaybookStep(run="python3 -c 'gen()' && cat out.csv", expect=made("out.csv"))
    assert states(looked(work, one)) == {CheckState.PASS}
    assert CheckState.FAIL not in states(looked(work, "tar xf a.tgz 2>/dev/null; cat a/x"))
    prepare(work, "mkdir src; touch src/x")
    assert not bad(looked(work, "cp -r src dst && cat dst/x"))


def test_a_tree_whose_content_nobody_wrote_down(work: Path) -> None:
    first = PlaybookStep(run="npm ci", expect=made("node_modules/**"))
    assert states(looked(work, first, "cat node_modules/x/y")) == {CheckState.PASS, CheckState.UNKNOWN}


def test_effects_with_names_that_vary(work: Path) -> None:
    first = PlaybookStep(run="./gen", expect=made("out/{{uuid}}/x", "plain"))
    assert CheckState.FAIL not in states(looked(work, first, "cat out/1/x"))
    assert bad(looked(work, first, "cat gone")) == [(C.MISSING_FILE, "gone")]


def test_effects_that_were_not_recorded_leave_it_open(work: Path) -> None:
    first = PlaybookStep(run="./gen")
    assert states(looked(work, first, "cat made")) == {CheckState.PASS, CheckState.UNKNOWN}
    assert states(looked(work, "./gen", "cat /tmp/made-by-nobody-xyz")) == {CheckState.PASS, CheckState.UNKNOWN}


def test_a_tool_that_an_earlier_step_builds(work: Path) -> None:
    build = PlaybookStep(run="make", expect=made("app"))
    assert states(looked(work, build, "./app && cat app")) == {CheckState.PASS}
    assert states(
        looked(work, "mkdir bin", PlaybookStep(run="make", expect=made("bin/own")), "export PATH=$PWD/bin:$PATH", "own")
    ) == {CheckState.PASS}


def test_what_earlier_steps_set_define_and_enter(work: Path) -> None:
    prepare(work, "mkdir sub; touch sub/x; printf 'B=1\\nhi() { :; }\\n' > rc")
    assert states(looked(work, "export STAGE=stage", "rm -rf $STAGE/x")) == {CheckState.PASS}
    assert bad(looked(work, "unset HOME2", "rm -rf $HOME2/x")) == [(C.UNSAFE, "HOME2")]
    assert states(looked(work, "deploy() { :; }", "deploy")) <= {CheckState.PASS}
    assert states(looked(work, "cd sub", "cat x")) == {CheckState.PASS}
    assert states(looked(work, "(cd sub)", "cat sub/x")) == {CheckState.PASS}
    assert states(looked(work, "source rc", "rm -rf $B; hi")) == {CheckState.PASS}
    assert bad(looked(work, "set -u", "echo $GONE")) == [(C.MISSING_ENV, "GONE")]
    assert states(looked(work, "read -r NAME", "rm -rf $NAME")) == {CheckState.PASS}


def test_a_virtual_environment_changes_the_path(work: Path) -> None:
    prepare(work, "mkdir -p venv/bin; printf '#!/bin/sh\\n' > venv/bin/own; chmod +x venv/bin/own")
    lines = (f'VIRTUAL_ENV="{work}/venv"', "export VIRTUAL_ENV", 'PATH="$VIRTUAL_ENV/bin:$PATH"', "export PATH")
    (work / "venv" / "bin" / "activate").write_text("\n".join(lines))
    assert bad(looked(work, "own")) == [(C.MISSING_COMMAND, "own")]
    assert states(looked(work, ". venv/bin/activate", "own")) == {CheckState.PASS}


def test_the_directory_before_is_known(work: Path) -> None:
    prepare(work, "mkdir -p a b; touch a/x b/y")
    assert not bad(looked(work, "cd a", "cd ../b", "cd -", "cat x"))
    assert not bad(looked(work, "cd a; cd ../b; cat y; cd - > /dev/null; cat x; cd -; cat y"))
    assert bad(looked(work, "cd a", "cd ../b", "cd -", "cat y")) == [(C.MISSING_FILE, "y")]


def test_a_recorded_directory_that_is_gone(work: Path) -> None:
    checks = looked(work, step("cat x", cwd=str(work / "sub")))
    assert bad(checks) == [(C.MISSING_DIRECTORY, str(work / "sub"))]


def test_after_a_real_step_the_machine_itself_is_asked(work: Path) -> None:
    world = world_of(work)
    world.assume(step("echo a > x; f() { :; }; SHELL_ONLY=1"), "echo a > x; f() { :; }; SHELL_ONLY=1", {})
    (work / "sub").mkdir()
    happened = Step(
        step_index=1,
        command="cd sub; g() { :; }; SHELL_ONLY=1; export A=1",
        cwd=str(work),
        cwd_after=str(work / "sub"),
        status=StepStatus.SUCCESS,
        exit_code=0,
        started_at="2026-01-01T00:00:00Z",  # type: ignore[arg-type]
        duration_ms=1,
        env_effects=EnvEffects(set={"A": "1"}),
    )
    world.moved_on(happened)
    assert bad(check_step(step("cat ../x"), "cat ../x", world)) == [(C.MISSING_FILE, "../x")]
    assert not bad(check_step(step("g; rm -rf $SHELL_ONLY $A"), "g; rm -rf $SHELL_ONLY $A", world))
