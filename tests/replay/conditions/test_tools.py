"""Refs, remotes, ports and scripts, looked up without running anything."""

import socket
from pathlib import Path

import pytest

from replay.outcome import CheckState, FailureClass
from tests.replay.looking import REPOSITORY, bad, looked, prepare, states

C = FailureClass


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


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
    ("touch c", "git clone -q . c/d", C.MISSING_DIRECTORY, "c"),
    ("touch c", "git worktree add -q c/d/e topic", C.MISSING_DIRECTORY, "c"),
    ("git pack-refs --all", "git checkout feature/x", C.GIT_REF, "feature/x"),
    ("", "git log main..gone", C.GIT_REF, "gone"),
    ("", "git archive -o out.tar gone", C.GIT_REF, "gone"),
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
    ("", "git log main..topic"),
    ("mkdir -p s/b; cp a s/b; cd s", "cd s/b && git diff ../../a"),
    ("", "git archive -o out.tar main a"),
    ("", "git branch new topic"),
    ("", "git branch -d topic"),
    ("", "git commit -q --allow-empty -m 'fix: gone/branch'"),
    ("mkdir sub", "cd sub && git checkout topic"),
    ("git worktree add -q ../tree topic; cd ..", "cd ../tree && git merge main"),
    ("", "git checkout $(git rev-parse HEAD) 2>/dev/null || true"),
    ("", "git clone -q . c/d/e"),
    ("mkdir c", "git worktree add -q c/d/e topic"),
    ("", "git init -q c/d"),
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


def test_a_port_that_is_taken(work: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert bad(looked(work, f"python3 -m http.server {port} &")) == [(C.PORT_IN_USE, str(port))]
        assert CheckState.UNKNOWN in states(looked(work, "pkill -f server", f"python3 -m http.server {port} &"))
    assert not bad(looked(work, f"python3 -m http.server {port} &"))


@pytest.mark.parametrize(
    ("script", "command", "subject"),
    [
        ("import os; print(os.environ['API_URL'])", "python3 s", "API_URL"),
        ("#!/usr/bin/env python3\nimport os; print(os.environ['API_URL'])", "./s", "API_URL"),
        ("#!/bin/sh\nno-such-tool", "./s", "no-such-tool"),
        ("no-such-tool", "bash s", "no-such-tool"),
        ("#!/bin/bash\n: ${TOKEN:?}", "./s", "TOKEN"),
        ("#!/bin/bash\nif make; then rm -rf $STAGE/x; fi", "./s", "STAGE"),
    ],
)
def test_a_script_that_lacks_something_is_a_question(script: str, command: str, subject: str, work: Path) -> None:
    (work / "s").write_text(script)
    (work / "s").chmod(0o755)
    checks = looked(work, command)
    assert [check.subject for check in checks if check.state is CheckState.UNKNOWN] == [subject]
    assert not bad(checks)


@pytest.mark.parametrize(
    ("command", "unsure"),
    [
        ("sh -uc 'echo $NOT_THERE'", True),
        ("bash -euc 'echo $NOT_THERE'", True),
        ("sh -c 'echo $NOT_THERE'", False),
        ("sh -uc 'echo ${NOT_THERE:-no} $1' sh 1", False),
        ("sh -uc 'for f in a b; do echo $f; done'", False),
        ("NOT_THERE=1 sh -uc 'echo $NOT_THERE'", False),
        ("python3 -Bc \"import os; os.environ['NOT_THERE']\"", True),
        ("NOT_THERE=1 python3 -c \"import os; os.environ['NOT_THERE']\"", False),
        ("python3 -c \"import os; os.environ['NOT_THERE'] = '1'\"", False),
    ],
)
def test_an_unset_variable_that_ends_a_given_text_is_a_question(command: str, unsure: bool, work: Path) -> None:  # noqa: FBT001 - a column of the table
    assert (CheckState.UNKNOWN in states(looked(work, command))) is unsure


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("import os; print(os.environ['API_URL'])", "API_URL=1 python3 s"),
        ("import os; os.environ['API_URL'] = '1'; print(os.environ.get('X'))", "python3 s"),
        ("#!/bin/bash\nf() { no-such-tool; }\nSTAGE=$1\nrm -rf $STAGE/x ${OTHER:-y}", "./s"),
        ('#!/bin/bash\nif [ -n "$1" ]; then no-such-tool; fi', "./s"),
    ],
)
def test_a_script_that_lacks_nothing_is_no_question(script: str, command: str, work: Path) -> None:
    (work / "s").write_text(script)
    (work / "s").chmod(0o755)
    assert states(looked(work, command)) == {CheckState.PASS}
