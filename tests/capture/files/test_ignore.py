import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.files.ignore import Ignore, load_ignore
from capture.home import Home


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


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", root], check=True, env={"PATH": os.environ["PATH"], "HOME": str(root)})
    return root


def made(root: Path, paths: list[str]) -> dict[str, bool]:
    """Make the paths, those that end in a slash as directories; what came of it, and whether it is a directory."""
    for old in root.iterdir():
        if old.is_dir() and old.name != ".git":
            shutil.rmtree(old)
        elif old.name != ".git":
            old.unlink()
    for path in paths:
        with contextlib.suppress(OSError):  # something else has the name already
            (root / path if path.endswith("/") else (root / path).parent).mkdir(parents=True, exist_ok=True)
            (root / path).touch()
    return {str(path.relative_to(root)): path.is_dir() for path in root.glob("**/*") if ".git" not in path.parts}


def git_ignores(root: Path, patterns: list[str], paths: Iterable[str]) -> set[str]:
    """What git itself says."""
    (root / ".git" / "info" / "exclude").write_text("\n".join(patterns) + "\n")
    said = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=root,
        input="\0".join(paths),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"},
    )
    assert said.returncode in (0, 1), said.stderr
    return set(said.stdout.split("\0")) - {""}


PIECES = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        ".x",
        "*",
        "**",
        "?",
        "[ab]",
        "[!a]",
        "[a-c]",
        "*.b",
        "a*",
        "*b",
        "a?",
        "\\*",
        "a b",
        "[]a]",
        "**b",
    ]
)
PATTERNS = st.builds(
    lambda back, lead, parts, tail: back + lead + "/".join(parts) + tail,
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(PIECES, min_size=1, max_size=3),
    st.sampled_from(["", "", "/", "  ", "/**"]),
)
PATHS = st.builds(
    lambda parts, tail: "/".join(parts) + tail,
    st.lists(st.sampled_from(["a", "b", "ab", "c", ".x", "a b", "x.b", "*", "aab", "]"]), min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(patterns=st.lists(PATTERNS, min_size=1, max_size=5), paths=st.lists(PATHS, min_size=1, max_size=30, unique=True))
def test_what_is_ignored_is_what_git_ignores(repository: Path, patterns: list[str], paths: list[str]) -> None:
    there = made(repository, paths)
    ours = {path for path, directory in there.items() if Ignore(patterns).matches(path, directory=directory)}
    assert ours == git_ignores(repository, patterns, there)


@given(patterns=st.lists(PATTERNS, min_size=1, max_size=5), path=PATHS)
def test_the_rule_that_is_named_is_the_one_that_decides(patterns: list[str], path: str) -> None:
    ignore = Ignore(patterns)
    name, directory = path.removesuffix("/"), path.endswith("/")
    rule = ignore.rule_for(name, directory=directory)
    assert (rule is not None and not rule.takes_back) == ignore.matches(name, directory=directory)
