from pathlib import Path

import pytest

from capture.home import Home
from capture.ignore import Ignore, load_ignore


@pytest.mark.parametrize(
    "path",
    [
        ".git",
        "sub/.git/index",
        "pkg/__pycache__/a.cpython-311.pyc",
        "a/b/.mypy_cache/x",
        "node_modules/.cache/x",
        "packages/web/node_modules/.cache",
        ".main.c.swp",
        "notes.txt~",
        "#notes.txt#",
        ".DS_Store",
    ],
)
def test_leftovers_are_ignored(path: str) -> None:
    assert Ignore().matches(path)


@pytest.mark.parametrize("path", [".gitignore", "node_modules/x/index.js", "src/cache.py", "a.git", "swp", "x/~y"])
def test_work_is_not_ignored(path: str) -> None:
    assert not Ignore().matches(path)


@pytest.mark.parametrize(
    ("pattern", "hit", "miss"),
    [
        ("*.log", "a/b.log", "a/b.logs"),
        ("/top", "top/x", "sub/top"),
        ("a/b", "a/b/c", "x/a/b"),
        ("**/deep", "x/y/deep", "deeper"),
        ("doc/**", "doc/x/y", "doc"),
        ("a?c", "abc", "a/c"),
        ("[ab].txt", "b.txt", "c.txt"),
        ("[!ab].txt", "c.txt", "a.txt"),
        ("a+b(c)", "a+b(c)", "aab(c)"),
        ("\\#x", "#x", "x"),
    ],
)
def test_patterns_are_those_of_gitignore(pattern: str, hit: str, miss: str) -> None:
    ignore = Ignore((pattern,))
    assert ignore.matches(hit)
    assert not ignore.matches(miss)


def test_the_last_pattern_that_matches_wins() -> None:
    ignore = Ignore(("*.log", "!keep.log", "/old/keep.log"))
    assert ignore.matches("x.log")
    assert not ignore.matches("a/keep.log")
    assert ignore.matches("old/keep.log")


def test_a_trailing_slash_means_directories_only() -> None:
    ignore = Ignore(("build/",))
    assert ignore.matches("build", directory=True)
    assert ignore.matches("build/x")
    assert not ignore.matches("build")


def test_the_users_own_file_replaces_the_defaults(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    assert load_ignore(home).matches(".git")
    home.ignore.write_text("# mine\n\nout\n")
    assert load_ignore(home).matches("out")
    assert not load_ignore(home).matches(".git")
    assert load_ignore(home).folders == (home.path,)
