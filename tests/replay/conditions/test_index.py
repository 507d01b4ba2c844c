"""What a repository's own files tell of its index, beside what git says."""

import subprocess
from pathlib import Path

import pytest

from replay.conditions.index import is_as_committed, tree_of_index
from replay.conditions.refs import find_repository
from replay.conditions.world import RealMachine
from tests.replay.looking import REPOSITORY, prepare

NESTED = f"{REPOSITORY}; mkdir -p b/c; echo 1 > b/c/d; echo 2 > b/long-name-é; git add .; git commit -qm two"


def _index(work: Path) -> bytes:
    return (work / ".git" / "index").read_bytes()


def _clean(work: Path) -> bool:
    machine = RealMachine()
    repository = find_repository(machine, str(work))
    assert repository is not None
    return is_as_committed(machine, repository)


def _asked(work: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(work), *words], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "then",
    [
        "true",
        "echo x > a; echo y > untracked",
        "git checkout -qb other; git checkout -q -",
        "echo x > a; git add a; git commit -qm three",
        "git update-index --index-version 3; git add -N a; git reset -q --hard",
    ],
)
def test_nothing_is_staged(tmp_path: Path, then: str) -> None:
    prepare(tmp_path, f"{NESTED}; {then}")
    assert _asked(tmp_path, "diff", "--cached", "--name-only") == ""
    assert tree_of_index(_index(tmp_path)) == _asked(tmp_path, "write-tree")
    assert _clean(tmp_path)


@pytest.mark.parametrize(
    "then",
    [
        "echo x > a; git add a",
        "echo x > b/new; git add b/new",
        "git rm -q --cached b/c/d",
        "git mv a moved",
        "echo x > new; git add -N new",
        "echo x > a; git add a; git write-tree",
        "git checkout -q --orphan other",
        "git symbolic-ref HEAD refs/heads/unborn",
    ],
)
def test_something_is_staged(tmp_path: Path, then: str) -> None:
    prepare(tmp_path, f"{NESTED}; {then}")
    assert not _clean(tmp_path)


@pytest.mark.parametrize("then", ["git gc -q", "git update-index --index-version 4", "git update-index --split-index"])
def test_what_these_files_do_not_tell_is_left_to_git(tmp_path: Path, then: str) -> None:
    prepare(tmp_path, f"{NESTED}; {then}")
    assert _asked(tmp_path, "diff", "--cached", "--name-only") == ""
    assert not _clean(tmp_path)


def test_half_an_index_tells_nothing(tmp_path: Path) -> None:
    prepare(tmp_path, NESTED)
    whole = _index(tmp_path)
    assert {tree_of_index(whole[:size]) for size in range(len(whole))} <= {None, tree_of_index(whole)}
    assert tree_of_index(b"DIRC" + b"\xff" * 100) is None
