"""What simulate says before a step runs, on a real folder: certain things fail, ordinary things don't."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.trace import EffectOp
from replay.conditions.checks import check_step
from replay.outcome import Check, CheckState, FailureClass
from replay.playbook import Expectation, ExpectedEffect, PlaybookStep, Requirement
from tests.replay.looking import REPOSITORY, bad, looked, made, prepare, states, step, world_of

C = FailureClass


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


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
    ("", "(cd build && ls)", C.MISSING_DIRECTORY, "build"),
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


# The others end with 1, or are there for their guard alone.
RUNNABLE = [case for case in FINE if not case[1].startswith(("for f", "[ -f gone ] &&", "test -e"))]


@pytest.mark.parametrize(("setup", "command"), RUNNABLE, ids=[case[1] for case in RUNNABLE])
def test_ordinary_commands_really_run(setup: str, command: str, work: Path) -> None:
    """The table above holds no command that fails in a real shell."""
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


@pytest.mark.parametrize(
    "command", ["cat gone; true", "no-such-tool; true", "cat gone | wc -l", "echo $(cat gone)", "no-such-tool &"]
)
def test_a_failure_that_may_not_show_fails_only_when_it_is_required(command: str, work: Path) -> None:
    """The recording may have had the same harmless failure."""
    assert states(looked(work, command)) & {CheckState.FAIL, CheckState.UNKNOWN} == {CheckState.UNKNOWN}
    requires = (Requirement(file="gone"), Requirement(command="no-such-tool"))
    assert len(bad(looked(work, step(command, requires=requires)))) == len(requires)


def test_a_directory_that_was_there_in_the_recording_too(work: Path) -> None:
    (work / "out").mkdir()
    assert not bad(looked(work, "mkdir out; true"))
    new = PlaybookStep(run="mkdir out; true", expect=made("out", directory=True))
    assert CheckState.UNKNOWN in states(looked(work, new))


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


def test_a_link_that_is_there_already_would_be_made_inside_its_target(work: Path) -> None:
    (work / "releases").mkdir()
    step = PlaybookStep(run="ln -s releases current", expect=made("current"))
    assert bad(check_step(step, step.run, world_of(work))) == []
    (work / "current").symlink_to("releases")
    assert bad(check_step(step, step.run, world_of(work))) == [(C.ALREADY_EXISTS, "current")]


def test_a_patch_that_was_applied_is_told_before_it_runs(work: Path) -> None:
    (work / "f").write_text("one\n2\n")
    (work / "p").write_text("--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n")
    for run in ("patch -p1 < p", "git init -q . && git apply p"):
        assert bad(check_step(PlaybookStep(run=run), run, world_of(work))) == [(C.ALREADY_APPLIED, "p")]
    (work / "f").write_text("one\ntwo\n")
    assert bad(check_step(PlaybookStep(run="patch -p1 < p"), "patch -p1 < p", world_of(work))) == []


def test_a_file_that_would_be_overwritten_is_a_warning(work: Path) -> None:
    one = PlaybookStep(run="echo a > out", expect=made("out"))
    assert states(check_step(one, one.run, world_of(work))) == {CheckState.PASS}
    (work / "out").write_text("precious")
    checks = check_step(one, one.run, world_of(work))
    assert [check.kind for check in checks if check.state is CheckState.WARN] == ["overwrites"]
    assert (work / "out").read_text() == "precious"


@pytest.mark.parametrize("run", ["cp a sub", 'for f in a; do cp "$f" "sub/$f"; done'])
def test_a_file_that_the_command_does_not_name_and_would_overwrite_is_a_warning(work: Path, run: str) -> None:
    prepare(work, "touch a; mkdir sub")
    one = PlaybookStep(run=run, expect=made("sub/a"))

    def warned() -> list[tuple[str, str]]:
        return [(found.kind, found.subject) for found in check_step(one, run, world_of(work)) if is_warning(found)]

    assert warned() == []
    (work / "sub" / "a").write_text("precious")
    assert warned() == [("overwrites", "sub/a")]


def is_warning(found: Check) -> bool:
    return found.state is CheckState.WARN


@pytest.mark.parametrize("run", ["zip -q all.zip a", "tar -rf all.zip a"])
def test_an_archive_that_was_new_and_would_be_added_to_is_there_already(work: Path, run: str) -> None:
    prepare(work, "touch a")
    one = PlaybookStep(run=run, expect=made("all.zip"))
    assert bad(check_step(one, run, world_of(work))) == []
    (work / "all.zip").write_text("other entries")
    assert bad(check_step(one, run, world_of(work))) == [(C.ALREADY_EXISTS, "all.zip")]
    grown = PlaybookStep(run=run, expect=made("all.zip", op=EffectOp.MODIFIED))
    assert bad(check_step(grown, run, world_of(work))) == []


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
    (work.parent / "bin").mkdir()
    prepare(work.parent, "echo '#!/bin/sh' > bin/own; chmod +x bin/own")
    lines = ("alias ll='ls -l'", 'mkcd() { mkdir "$1"; }', 'export PATH="$HOME/bin:$PATH" STAGE=stage')
    (work.parent / ".bashrc").write_text("\n".join(lines))
    assert not bad(looked(work, "ll && mkcd x && own && rm -rf $STAGE/x"))
    assert bad(looked(work, "no-such-tool")) == [(C.MISSING_COMMAND, "no-such-tool")]
    (work.parent / ".bashrc").write_text('eval "$(pyenv init -)"')
    assert CheckState.UNKNOWN in states(looked(work, "no-such-tool"))


PIECES = [*"><|;*~é", "cat", "rm -rf", "$X", "${Y:?}", "$(a)", "'b'", "&&", "cd", "git checkout", "make", "npm run"]
PIECES += ["../..", "\ud800", "\0", "x" * 300, "mkdir", "python3 -m http.server", "source", "./t"]


@given(st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_command_makes_it_fail(work: Path, command: str) -> None:
    for check in looked(work, command, command):
        assert check.message


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


def test_a_directory_that_is_made_where_it_was_not_there_is_not_missing(work: Path) -> None:
    command = "cd out 2>/dev/null || mkdir out && cd out"
    expect = Expectation(effects=(ExpectedEffect(op=EffectOp.CREATED, path="out", directory=True),))
    assert not bad(looked(work, PlaybookStep(run=command, expect=expect)))
    assert bad(looked(work, "cd out 2>/dev/null || cd other")) == [] != bad(looked(work, "cd other"))
    prepare(work, "mkdir here")
    assert bad(looked(work, "cd here 2>/dev/null || true; cat gone")) == [(C.MISSING_FILE, "gone")]
