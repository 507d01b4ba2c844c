"""What simulate says before a step runs, on a real folder: certain things fail, ordinary things don't."""

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from capture.trace import EffectOp, EnvEffects, Step, StepStatus
from replay.conditions import check_step
from replay.expected import ExpectedWorld
from replay.outcome import Check, CheckState, FailureClass
from replay.playbook import Expectation, ExpectedEffect, PlaybookStep, Requirement
from replay.world import RealMachine

C = FailureClass


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def world_of(work: Path, environment: Mapping[str, str] | None = None) -> ExpectedWorld:
    plain = {"PATH": os.environ["PATH"], "HOME": str(work.parent), "LC_ALL": "C"}
    return ExpectedWorld(
        RealMachine(), workspace=str(work), cwd=str(work), environment={**plain, **(environment or {})}
    )


def step(run: str, **fields: object) -> PlaybookStep:
    return PlaybookStep(run=run, expect=Expectation(effects=()), **fields)  # type: ignore[arg-type]


def made(*paths: str, op: EffectOp = EffectOp.CREATED, directory: bool = False) -> Expectation:
    return Expectation(effects=tuple(ExpectedEffect(op=op, path=path, directory=directory) for path in paths))


def looked(work: Path, *steps: PlaybookStep | str, environment: Mapping[str, str] | None = None) -> tuple[Check, ...]:
    """The checks of the last step, the ones before it assumed done."""
    world = world_of(work, environment)
    playbook = [one if isinstance(one, PlaybookStep) else step(one) for one in steps]
    for one in playbook[:-1]:
        world.assume(one, one.run, {})
    return check_step(playbook[-1], playbook[-1].run, world)


def bad(checks: Sequence[Check]) -> list[tuple[FailureClass | None, str]]:
    return [(check.failure_class, check.subject) for check in checks if check.state is CheckState.FAIL]


def states(checks: Sequence[Check]) -> set[CheckState]:
    return {check.state for check in checks}


def prepare(work: Path, setup: str) -> None:
    environment = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b"}
    environment |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    subprocess.run(["bash", "-ec", setup], cwd=work, check=True, capture_output=True, env=environment)


FAILING: list[tuple[str, str, FailureClass, str]] = [
    ("mkdir data", "wc -l < data/input.csv > n", C.MISSING_FILE, "data/input.csv"),
    ("", "sort data/input.csv > sorted.csv", C.MISSING_FILE, "data/input.csv"),
    ("", "cp in.csv out.csv", C.MISSING_FILE, "in.csv"),
    ("", "mv in.csv out.csv", C.MISSING_FILE, "in.csv"),
    ("", "rm in.csv", C.MISSING_FILE, "in.csv"),
    ("", "python3 tool.py", C.MISSING_FILE, "tool.py"),
    ("", "bash tool.sh", C.MISSING_FILE, "tool.sh"),
    ("", "cat *.csv", C.MISSING_FILE, "*.csv"),
    ("", "mkdir -p a && cp gone a/", C.MISSING_FILE, "gone"),
    ("mkdir sub; touch x", "cd sub && cat x", C.MISSING_FILE, "x"),
    ("", "F=gone.txt; cat $F", C.MISSING_FILE, "gone.txt"),
    ("", "while read l; do echo $l; done < list", C.MISSING_FILE, "list"),
    ("", "bash -c 'cat gone'", C.MISSING_FILE, "gone"),
    ("ln -s nowhere x", "cat x", C.MISSING_FILE, "x"),
    ("", "cat gone | wc -l", C.MISSING_FILE, "gone"),
    ("", "echo $(cat gone)", C.MISSING_FILE, "gone"),
    ("mkdir tools; echo '#!/bin/sh' > tools/gen; chmod 600 tools/gen", "tools/gen", C.NOT_EXECUTABLE, "tools/gen"),
    ("mkdir tools", "./tools", C.NOT_EXECUTABLE, "./tools"),
    ("", "tools/gen", C.MISSING_FILE, "tools/gen"),
    ("", "rm -rf $STAGE/out/*", C.UNSAFE, "STAGE"),
    ("", "rm -rf ${STAGE}/out", C.UNSAFE, "STAGE"),
    ("", 'mv "$STAGE"/x y', C.UNSAFE, "STAGE"),
    ("", "STAGE=; rm -rf $STAGE/out", C.UNSAFE, "STAGE"),
    ("", "find $STAGE -delete", C.UNSAFE, "STAGE"),
    ("mkdir x", "[ -d x ] && rm -rf $STAGE/x", C.UNSAFE, "STAGE"),
    ("", "sudo_like || rm -rf $STAGE/x", C.UNSAFE, "STAGE"),
    ("", "no-such-tool a", C.MISSING_COMMAND, "no-such-tool"),
    ("", "env A=1 no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "echo a | xargs -n 1 no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "time no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "echo a | no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "timeout 5 no-such-tool", C.MISSING_COMMAND, "no-such-tool"),
    ("", "find . -exec no-such-tool {} +", C.MISSING_COMMAND, "no-such-tool"),
    ("", "echo ${TOKEN:?}", C.MISSING_ENV, "TOKEN"),
    ("", 'curl -H "auth: ${TOKEN:?set it}" file:///', C.MISSING_ENV, "TOKEN"),
    ("", "set -u; echo $TOKEN", C.MISSING_ENV, "TOKEN"),
    ("", "cd build", C.MISSING_DIRECTORY, "build"),
    ("", "cd build && make", C.MISSING_DIRECTORY, "build"),
    ("", "(cd build; ls)", C.MISSING_DIRECTORY, "build"),
    ("", "echo x > build/out.txt", C.MISSING_DIRECTORY, "build"),
    ("touch a", "cp a build/", C.MISSING_DIRECTORY, "build/"),
    ("", "make -C build", C.MISSING_DIRECTORY, "build"),
    ("", "mkdir a/b", C.MISSING_DIRECTORY, "a"),
    ("printf '#!/no/such/shell\\n' > x; chmod +x x", "./x", C.BAD_INTERPRETER, "./x"),
    ("printf '#!/bin/sh\\r\\n' > x; chmod +x x", "./x", C.BAD_INTERPRETER, "./x"),
    ("printf '#!/usr/bin/env no-such-python\\n' > x; chmod +x x", "./x", C.BAD_INTERPRETER, "./x"),
    ("mkdir there", "mkdir there", C.ALREADY_EXISTS, "there"),
    ("touch a b", "ln -s a b", C.ALREADY_EXISTS, "b"),
    ("printf 'all: a b\\n\\techo\\nclean:\\n' > Makefile", "make tarqet", C.UNKNOWN_TARGET, "tarqet"),
    ("", "make", C.MISSING_FILE, "Makefile"),
    ("echo '{\"scripts\": {\"build\": \"true\"}}' > package.json", "npm run bundle", C.UNKNOWN_TARGET, "bundle"),
    ("echo '{}' > package.json", "npm test", C.UNKNOWN_TARGET, "test"),
    ("", "npm run build", C.MISSING_FILE, "package.json"),
]  # fmt: skip
FINE: list[tuple[str, str]] = [
    ("", "rm -f gone"),
    ("", "cat gone || true"),
    ("", "[ -f gone ]; echo $?"),
    ("", "[ -f gone ] && cat gone"),
    ("", "test -e gone && cat gone"),
    ("", "if [ -f gone ]; then cat gone; fi"),
    ("", "for f in *.csv; do wc -l $f; done"),
    ("", "grep x gone || echo none"),
    ("", "cat gone 2>/dev/null; echo done"),
    ("", "command -v no-such-tool || echo none"),
    ("", "mkdir -p a/b/c; touch a/b/c/d"),
    ("mkdir there", "mkdir -p there"),
    ("", "mkdir build && cd build && echo x > y && cat y"),
    ("touch x", "(mkdir s; cd s; touch y; cat y); cat x"),
    ("echo 'print()' > s.py", "python3 s.py"),
    ("", "python3 -c 'print(1)' > out"),
    ("printf 'all:\\n\\techo\\n' > Makefile", "make"),
    ("printf 'all:\\n\\techo\\n' > Makefile", "make -j 2 all CC=gcc"),
    ("printf '%%.o: %%.in\\n\\techo\\n' > Makefile; touch x.in", "make x.o"),
    ("printf 'include more.mk\\n' > Makefile; printf 'anything:\\n' > more.mk", "make anything"),
    ("printf 'int main(void){return 0;}' > app.c", "make app"),
    ("echo '{\"scripts\": {\"build\": \"true\"}}' > package.json; mkdir sub", "cd sub && npm run build"),
    ("", "f() { date; }; f"),
    ("", "alias up=date; up"),
    ("", "greet() { echo hi; }\ngreet"),
    ("", "echo $NOT_SET ${ALSO_NOT:-x}"),
    ("", "rm -rf ${STAGE:-stage}/x"),
    ("", 'd=$(mktemp -d); rm -rf "$d"'),
    ("", "for d in a b; do rm -rf $d; done"),
    ("", "STAGE=stage; rm -rf $STAGE/out"),
    ("", "cat <<EOF > a.txt\nhi $USERX\nEOF"),
    ("touch a.csv b.csv", "cat *.csv > all"),
    ("echo 1 > node.js", "node node"),
    ("", "echo hi | tee a b | wc -c"),
    ("", "true && { echo a; echo b; } > out"),
    ("", "diff <(echo a) <(echo b) || true"),
    ("", "printf '%s\\n' a b | sort -u | while read x; do echo $x; done"),
    ("mkdir -p src; touch src/a", "tar czf src.tgz src && tar tzf src.tgz"),
    ("touch a", "cp a b; mv b c; rm c"),
    ("touch a", "gzip a && gunzip a.gz && cat a"),
    ("", "curl -s file:///etc/hostname -o host || true"),
    ("", "export A=1; env | grep A"),
]  # fmt: skip


@pytest.mark.parametrize(("setup", "command", "kind", "subject"), FAILING, ids=[case[1] for case in FAILING])
def test_what_would_certainly_fail(setup: str, command: str, kind: FailureClass, subject: str, work: Path) -> None:
    prepare(work, setup)
    checks = looked(work, command)
    assert (kind, subject) in bad(checks), checks
    assert {found for found, _ in bad(checks)} == {kind}


@pytest.mark.parametrize(("setup", "command"), FINE, ids=[case[1] for case in FINE])
def test_ordinary_commands_are_ready(setup: str, command: str, work: Path) -> None:
    prepare(work, setup)
    checks = looked(work, command)
    assert states(checks) <= {CheckState.PASS}, [check for check in checks if check.state is not CheckState.PASS]


@pytest.mark.parametrize(("setup", "command"), FINE, ids=[case[1] for case in FINE])
def test_ordinary_commands_really_run(setup: str, command: str, work: Path) -> None:
    """The table above holds no command that fails in a real shell."""
    if command.startswith(("for f", "[ -f gone ] &&", "test -e")):
        pytest.skip("ends with 1, or is here for its guard alone")
    prepare(work, setup)
    done = subprocess.run(["bash", "-O", "expand_aliases", "-c", command], cwd=work, capture_output=True, check=False)
    assert done.returncode == 0 or "alias" in command, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "$CMD a",
        "cat $(cat name)",
        "source $(cat name)",
        "cd $(cat name) && ls",
        "eval $(cat name)",
        "cat < $(cat name)",
    ],
)
def test_what_only_a_run_can_tell_is_unknown(command: str, work: Path) -> None:
    (work / "name").write_text("x")
    checks = looked(work, command)
    assert CheckState.UNKNOWN in states(checks)
    assert CheckState.FAIL not in states(checks)
    assert all(check.hint for check in checks if check.state is CheckState.UNKNOWN)


def test_what_failed_in_the_recording_needs_nothing(work: Path) -> None:
    one = PlaybookStep(run="cat gone; no-such-tool", expect=Expectation(exit=127))
    assert check_step(one, one.run, world_of(work)) == ()
    unsafe = PlaybookStep(run="rm -rf $STAGE/x; false", expect=Expectation(exit=1))
    assert bad(check_step(unsafe, unsafe.run, world_of(work))) == [(C.UNSAFE, "STAGE")]


def test_variables_of_the_environment_count(work: Path) -> None:
    (work / "data").mkdir()
    (work / "data" / "x").touch()
    environment = {"STAGE": str(work / "data"), "TOKEN": "t"}
    for command in (
        "rm -rf $STAGE/out/*",
        "echo ${TOKEN:?}",
        "set -u; echo $TOKEN",
        "cat $STAGE/x",
        'cat "${STAGE}/x"',
    ):
        assert states(looked(work, command, environment=environment)) <= {CheckState.PASS}
    assert bad(looked(work, "cat $STAGE/y", environment=environment)) == [(C.MISSING_FILE, f"{work}/data/y")]
    assert bad(looked(work, "rm -rf $STAGE/x", environment={"STAGE": ""})) == [(C.UNSAFE, "STAGE")]


def test_home_is_found(work: Path) -> None:
    (work.parent / "notes").touch()
    assert states(looked(work, "cat ~/notes $HOME/notes")) == {CheckState.PASS}
    assert bad(looked(work, "cat ~/gone")) == [(C.MISSING_FILE, f"{work.parent}/gone")]


# --- what earlier steps make


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


# --- requirements


def test_requirements_are_checked(work: Path) -> None:
    prepare(work, "mkdir d; printf a > same; printf b > other; printf '#!/bin/sh\\n' > run; chmod +x run")
    sha_of_a = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    requires = (
        Requirement(command="git"),
        Requirement(command="./run"),
        Requirement(file="same", sha256=sha_of_a),
        Requirement(directory="d"),
        Requirement(env="HOME"),
    )
    assert states(looked(work, step("true", requires=requires))) == {CheckState.PASS}
    drifted = (Requirement(file="other", sha256=sha_of_a),)
    assert states(looked(work, step("true", requires=drifted))) == {CheckState.PASS, CheckState.WARN}
    missing = (
        Requirement(command="no-such-tool"),
        Requirement(command="./gone"),
        Requirement(file="gone"),
        Requirement(directory="gone"),
        Requirement(env="GONE"),
    )
    assert bad(looked(work, step("true", requires=missing))) == [
        (C.MISSING_COMMAND, "no-such-tool"),
        (C.MISSING_FILE, "./gone"),
        (C.MISSING_FILE, "gone"),
        (C.MISSING_DIRECTORY, "gone"),
        (C.MISSING_ENV, "GONE"),
    ]


def test_a_file_that_would_be_overwritten_is_a_warning(work: Path) -> None:
    one = PlaybookStep(run="echo a > out", expect=made("out"))
    assert states(check_step(one, one.run, world_of(work))) == {CheckState.PASS}
    (work / "out").write_text("precious")
    checks = check_step(one, one.run, world_of(work))
    assert [check.kind for check in checks if check.state is CheckState.WARN] == ["overwrites"]
    assert (work / "out").read_text() == "precious"


# --- git


REPOSITORY = "git init -q -b main .; echo a > a; git add a; git commit -qm one; git branch topic; git tag v1"
GIT_FAILING: list[tuple[str, str, FailureClass, str]] = [
    ("", "git checkout feature/x", C.GIT_REF, "feature/x"),
    ("", "git switch feature/x", C.GIT_REF, "feature/x"),
    ("", "git merge feature/x", C.GIT_REF, "feature/x"),
    ("", "git rebase feature/x", C.GIT_REF, "feature/x"),
    ("", "git push origin main", C.GIT_REMOTE, "origin"),
    ("git remote add origin ../o", "git push origin topicc", C.GIT_REF, "topicc"),
    ("git remote add origin $PWD/gone", "git fetch origin", C.GIT_REMOTE, "origin"),
    ("", "git checkout -b topic", C.ALREADY_EXISTS, "topic"),
    ("", "git branch topic", C.ALREADY_EXISTS, "topic"),
    ("", "git switch -c topic", C.ALREADY_EXISTS, "topic"),
    ("", "git tag v1", C.ALREADY_EXISTS, "v1"),
    ("git remote add origin ../o", "git remote add origin ../p", C.ALREADY_EXISTS, "origin"),
    ("touch .git/index.lock", "git commit -qam two", C.GIT_LOCK, ".git/index.lock"),
    ("mkdir c; touch c/x", "git clone -q . c", C.ALREADY_EXISTS, "c"),
    ("git pack-refs --all", "git checkout feature/x", C.GIT_REF, "feature/x"),
]  # fmt: skip
GIT_FINE = [
    ("", "git checkout topic"),
    ("git pack-refs --all", "git checkout topic && git merge main"),
    ("", "git checkout v1"),
    ("", "git checkout main~0"),
    ("", "git merge topic"),
    ("", "git checkout -b new && git checkout main && git merge new"),
    ("rm a", "git checkout a"),
    ("echo b > a", "git checkout -- a"),
    ("", "git log --oneline main"),
    ("", "git diff main topic"),
    ("", "git branch new topic"),
    ("", "git branch -d topic"),
    ("", "git commit -q --allow-empty -m 'fix: gone/branch'"),
    ("mkdir sub", "cd sub && git checkout topic"),
    ("git worktree add -q ../tree topic; cd ..", "cd ../tree && git merge main"),
    ("", "git checkout $(git rev-parse HEAD) 2>/dev/null || true"),
    ("", "git show HEAD:a"),
    ("git update-ref refs/remotes/origin/far HEAD; git remote add origin .", "git switch far"),
]


@pytest.mark.parametrize(("setup", "command", "kind", "subject"), GIT_FAILING, ids=[case[1] for case in GIT_FAILING])
def test_git_that_would_fail(setup: str, command: str, kind: FailureClass, subject: str, work: Path) -> None:
    prepare(work, f"{REPOSITORY}; {setup}")
    assert bad(looked(work, command)) == [(kind, subject)]


@pytest.mark.parametrize(("setup", "command"), GIT_FINE, ids=[case[1] for case in GIT_FINE])
def test_git_that_would_do(setup: str, command: str, work: Path) -> None:
    prepare(work, f"{REPOSITORY}; {setup}")
    checks = looked(work, command)
    assert not bad(checks)
    assert states(checks) <= {CheckState.PASS}, checks
    prepare(work, command)


def test_refs_that_earlier_steps_make(work: Path) -> None:
    prepare(work, REPOSITORY)
    assert not bad(looked(work, "git checkout -b new", "git checkout main", "git merge new"))
    assert bad(looked(work, "git status", "git merge new")) == [(C.GIT_REF, "new")]
    assert CheckState.UNKNOWN in states(looked(work, "git fetch origin", "git merge new"))
    assert bad(looked(work, "python3 -c 1", "git merge new")) == [(C.GIT_REF, "new")]


def test_outside_a_repository(work: Path) -> None:
    assert bad(looked(work, "git status")) == [(C.GIT_REMOTE, str(work))]
    assert not bad(looked(work, "git init", "git status"))
    assert not bad(looked(work, "git clone https://example.invalid/x y", "cd y", "git checkout z"))


# --- ports


def test_a_port_that_is_taken(work: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert bad(looked(work, f"python3 -m http.server {port} &")) == [(C.PORT_IN_USE, str(port))]
        assert CheckState.UNKNOWN in states(looked(work, "pkill -f server", f"python3 -m http.server {port} &"))
    assert not bad(looked(work, f"python3 -m http.server {port} &"))


# --- what an ordinary user may not do


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is allowed to root")
def test_rights(work: Path) -> None:
    prepare(work, "touch a; chmod 000 a; mkdir d; chmod 500 d")
    assert bad(looked(work, "cat a")) == [(C.PERMISSION_DENIED, "a")]
    assert bad(looked(work, "touch d/x")) == [(C.PERMISSION_DENIED, "d/x")]


def test_a_file_on_path_without_its_execute_bit(work: Path) -> None:
    prepare(work, "mkdir bin; echo '#!/bin/sh' > bin/gen")
    path = f"{work}/bin:{os.environ['PATH']}"
    assert bad(looked(work, "gen", environment={"PATH": path})) == [(C.NOT_EXECUTABLE, f"{work}/bin/gen")]


def test_aliases_and_functions_of_the_startup_file(work: Path) -> None:
    (work.parent / ".bashrc").write_text("alias ll='ls -l'\nmkcd() { mkdir \"$1\"; }\n")
    assert not bad(looked(work, "ll && mkcd x"))


def test_nothing_is_changed_by_looking(work: Path) -> None:
    prepare(work, f"{REPOSITORY}; printf 'all:\\n\\ttouch made\\n' > Makefile")
    before = sorted((str(path), path.lstat().st_mtime_ns) for path in work.rglob("*"))
    for command in (
        "make",
        "git checkout topic",
        "rm -rf a",
        "mkdir x; cp a x",
        "echo a > a",
        "python3 -m http.server 1",
    ):
        looked(work, command, command)
    assert sorted((str(path), path.lstat().st_mtime_ns) for path in work.rglob("*")) == before
    assert shutil.which("git")
