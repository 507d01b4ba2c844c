"""Warnings of what will surely surprise, each beside a start in which there is nothing to be warned of."""

import fcntl
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from capture.commits import refs_in
from capture.trace import EffectOp
from replay.conditions.checks import check_step
from replay.conditions.surprises import Days, day_of
from replay.outcome import Check, CheckState, FailureClass
from replay.playbook import Expectation, ExpectedEffect, PlaybookStep, Requirement
from tests.replay.looking import REPOSITORY, bad, looked, made, prepare, world_of

THEN = date(2026, 1, 5)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def said(checks: tuple[Check, ...], state: CheckState = CheckState.WARN) -> list[tuple[str, str]]:
    return [(check.kind, check.subject) for check in checks if check.state is state]


@pytest.mark.parametrize("command", ["cp a backup-2026-01-05", "cp a backup-20260105.tar", "echo 2026/01/05"])
def test_a_date_that_was_the_recordings_day(work: Path, command: str) -> None:
    (work / "a").touch()

    def told(today: date) -> list[tuple[str, str]]:
        days = Days(recorded=THEN, today=today)
        one = PlaybookStep(run=command, expect=Expectation(effects=()))
        return said(check_step(one, command, world_of(work), days=days))

    assert [kind for kind, _ in told(date(2026, 1, 6))] == ["date_is_today"]
    assert told(THEN) == []


def test_another_date_is_only_a_date(work: Path) -> None:
    one = PlaybookStep(run="echo 2025-12-31 1020260105", expect=Expectation(effects=()))
    days = Days(recorded=THEN, today=date(2026, 1, 6))
    assert said(check_step(one, one.run, world_of(work), days=days)) == []


def test_the_day_of_a_run_is_read_from_its_id() -> None:
    assert day_of("20260105-205800123-x7k2") == THEN
    assert day_of("imported") is None


def test_foreign_files_in_the_index_before_a_commit(work: Path) -> None:
    prepare(work, f"{REPOSITORY}; echo b > a")
    steps = ("echo c > a", "git add a", "git commit -qm two")
    assert said(looked(work, *steps)) == []
    prepare(work, "echo x > foreign; git add foreign")
    assert said(looked(work, *steps)) == [("index_clean", "foreign")]
    assert said(looked(work, "git commit -qm staged-before-as-well")) == []


def test_a_directory_that_is_there_already(work: Path) -> None:
    one = PlaybookStep(run="mkdir -p out/in && touch out/in/a", expect=made("out", "out/in", directory=True))
    assert said(check_step(one, one.run, world_of(work))) == []
    prepare(work, "mkdir -p out/in")
    assert said(check_step(one, one.run, world_of(work))) == [("not_there_yet", "out")]


def test_a_database_that_another_program_writes(work: Path) -> None:
    (work / "shop.db").write_bytes(b"x")
    command = "sqlite3 shop.db 'insert into t values (1)'"
    with (work / "shop.db").open("r+b") as held:
        assert said(looked(work, command), CheckState.UNKNOWN) == []
        fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0x40000000)
        assert said(looked(work, command), CheckState.UNKNOWN) == [("lock_free", "shop.db")]
    assert said(looked(work, command), CheckState.UNKNOWN) == []


@pytest.mark.parametrize("command", ["cp a b", 'for f in ./a; do cp "$f" b; done', "mkdir -p in && cp a in/"])
def test_a_copy_takes_along_another_mode(work: Path, command: str) -> None:
    (work / "a").touch(0o644)
    effect = ExpectedEffect(op=EffectOp.CREATED, path="b", mode="644")
    one = PlaybookStep(run=command, expect=Expectation(effects=(effect,)))
    assert said(check_step(one, command, world_of(work))) == []
    (work / "a").chmod(0o444)
    assert [kind for kind, _ in said(check_step(one, command, world_of(work)))] == ["same_mode"]


def test_a_link_where_a_file_was_that_is_written(work: Path) -> None:
    (work / "a").write_text("x")
    effect = ExpectedEffect(op=EffectOp.MODIFIED, path="a")
    needs = (Requirement(file="a", sha256=sha256(b"x").hexdigest()),)
    one = PlaybookStep(run="echo >> a", requires=needs, expect=Expectation(effects=(effect,)))
    assert said(check_step(one, one.run, world_of(work))) == []
    prepare(work, "mv a elsewhere; ln -s elsewhere a")
    assert said(check_step(one, one.run, world_of(work))) == [("same_kind", "a")]
    reads = PlaybookStep(run="unheard-of a", requires=needs, expect=Expectation(effects=()))
    assert said(check_step(reads, reads.run, world_of(work))) == []
    prepare(work, "rm elsewhere")
    gone = check_step(reads, reads.run, world_of(work))
    assert (FailureClass.MISSING_FILE, "a") in bad(gone)


@pytest.mark.parametrize("command", ["git commit -qam two", "git add -A && git commit -qm two"])
def test_a_commit_that_takes_along_what_nobody_named(work: Path, command: str) -> None:
    prepare(work, f"{REPOSITORY}; echo b >> a")
    one = PlaybookStep(run=command, expect=Expectation(committed=("M 100644 a",)))
    assert said(check_step(one, command, world_of(work))) == []
    prepare(work, "echo x > foreign; git add -N foreign; chmod +x a")
    assert said(check_step(one, command, world_of(work))) == [("tree_clean", "a"), ("tree_clean", "foreign")]
    named = PlaybookStep(run="git commit -qm two a", expect=one.expect)
    assert said(check_step(named, named.run, world_of(work))) == []


def test_a_commit_of_a_file_with_another_mode(work: Path) -> None:
    prepare(work, f"{REPOSITORY}; git config core.fileMode true")
    one = PlaybookStep(run="git add a && git commit -qm two", expect=Expectation(committed=("M 100644 a",)))
    added = PlaybookStep(run="echo b >> a", expect=made("a", op=EffectOp.MODIFIED))
    assert said(looked(work, added, one), CheckState.UNKNOWN) == []
    prepare(work, "chmod +x a")
    assert said(looked(work, added, one), CheckState.UNKNOWN) == [("same_mode", "a")]
    for given in ("git add --chmod=-x a", "chmod -x a"):
        effects = made("a", op=EffectOp.CHMOD) if given.startswith("chmod") else made()
        assert said(looked(work, PlaybookStep(run=given, expect=effects), one), CheckState.UNKNOWN) == []
    prepare(work, "git config core.fileMode false")
    assert said(looked(work, added, one), CheckState.UNKNOWN) == []


def test_a_commit_onto_another_branch_than_the_recorded_one(work: Path) -> None:
    prepare(work, f"{REPOSITORY}; echo b > a; git add a")
    one = PlaybookStep(run="git commit -m two", expect=Expectation(output="[main {{hash}}] two\n"))
    assert said(check_step(one, one.run, world_of(work))) == []
    prepare(work, "git checkout -q topic")
    assert said(check_step(one, one.run, world_of(work))) == [("git_branch", "main")]
    moved = PlaybookStep(run="git checkout -q main && git commit -m two", expect=one.expect)
    assert said(check_step(moved, moved.run, world_of(work))) == []


def test_a_ref_that_moved(work: Path) -> None:
    prepare(work, f"{REPOSITORY}; git pack-refs --all; echo b > b; git add b; git commit -qm two")
    meant = refs_in("git merge -q topic v1 gone HEAD", str(work))
    assert [*meant] == ["topic", "v1"]
    one = PlaybookStep(run="git merge topic", requires=(Requirement(revision="topic", commit=meant["topic"]),))
    assert said(check_step(one, one.run, world_of(work))) == []
    prepare(work, "git branch -f topic HEAD")
    assert said(check_step(one, one.run, world_of(work))) == [("same_commit", "topic")]
    prepare(work, "git branch -D topic")
    assert bad(check_step(one, one.run, world_of(work))) == [(FailureClass.GIT_REF, "topic")]
    assert refs_in("make topic", str(work)) == {}
