"""What a validation rests upon: moved when something that counts did, and only then."""

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.files.ignore import Ignore
from replay.ground import TICK, ground_of, moved
from replay.playbook import Playbook, PlaybookStep, Requirement
from tests.seat import until

BOOK = Playbook(name="a", steps=(PlaybookStep(run="tool in", requires=(Requirement(command="tool"),)),))


def git(workspace: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(workspace), "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    place = tmp_path / "w"
    (place / "deep").mkdir(parents=True)
    (place / "deep/in").write_text("a")
    (place / "link").symlink_to("deep/in")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tool").write_text("#!/bin/sh\n")
    (tmp_path / "bin/tool").chmod(0o755)
    git(place, "init", "-q", "-b", "main")
    git(place, "commit", "-q", "--allow-empty", "-m", "one")
    return place


def after(workspace: Path, change: Callable[[], object]) -> str | None:
    search = str(workspace.parent / "bin")
    settle(workspace)
    now = datetime.now(UTC).isoformat()
    ground = ground_of(BOOK, str(workspace), at=now, ignore=Ignore(), search_path=search)
    change()
    return moved(ground, ignore=Ignore(), search_path=search)


def settle(workspace: Path) -> None:
    """Wait until what was made for the test lies behind the clock's next tick."""
    newest = max(path.lstat().st_ctime for path in workspace.rglob("*"))
    until(lambda: time.time() - newest > 2 * TICK.total_seconds())


def test_what_changes_nothing_that_counts_moves_nothing(workspace: Path) -> None:
    def looked_at() -> None:
        git(workspace, "status")
        (workspace / "deep/in").write_text("a")
        (workspace / "__pycache__").mkdir()
        (workspace / "__pycache__/x.pyc").write_text("x")

    assert after(workspace, looked_at) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda place: (place / "deep/in").write_text("b"), "(deep/in)"),
        (lambda place: (place / "deep/in").chmod(0o600), "(deep/in)"),
        (lambda place: (place / "deep/in").unlink(), "(deep)"),
        (lambda place: (place / "new").touch(), "(new)"),
        (lambda place: [(place / name).touch() for name in "abcde"], "(a, b, c and 2 more)"),
        (lambda place: git(place, "checkout", "-q", "-b", "other"), ""),
        (lambda place: git(place, "commit", "-q", "--allow-empty", "-m", "two"), ""),
    ],
)
def test_what_moved_is_named(workspace: Path, change: Callable[[Path], object], told: str) -> None:
    expected = f"the workspace {workspace} has changed since its validation{told and f' {told}'}"
    assert after(workspace, lambda: change(workspace)) == expected


def test_a_link_that_leads_elsewhere_moved(workspace: Path) -> None:
    def relinked() -> None:
        (workspace / "link").unlink()
        (workspace / "link").symlink_to("deep")

    assert "(link)" in (after(workspace, relinked) or "")


def test_another_tool_or_none_is_told(workspace: Path) -> None:
    tool = workspace.parent / "bin/tool"
    told = "tool is another program now than when it was validated"
    assert after(workspace, lambda: tool.write_text("#!/bin/sh\nexit 1\n")) == told
    assert after(workspace, tool.unlink) == told


def test_a_workspace_that_is_gone_is_told(workspace: Path) -> None:
    assert "is gone" in (after(workspace, lambda: workspace.rename(workspace.parent / "elsewhere")) or "")
