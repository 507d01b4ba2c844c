"""What is called a change of the real workspace is one."""

import os
import subprocess
from pathlib import Path

import pytest

from replay.shadow import Changes, RealWorkspace


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "kept").write_text("real\n")
    (tmp_path / "link").symlink_to("kept")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        ("touch kept", []),
        ("echo real >kept", []),
        ("cp kept new; mv new kept", []),
        ("touch sub/passing; rm sub/passing", []),
        ("echo also >kept; echo real >kept", []),
        ("echo fake >kept; touch -d @1000 kept", ["kept"]),
        ("echo longer >kept", ["kept"]),
        ("chmod 600 kept", ["kept"]),
        ("ln -sfn gone link", ["link"]),
        ("rm kept; mkdir sub/new", ["kept", "sub/new"]),
        ("rm kept; ln -s sub kept", ["kept"]),
    ],
)
def test_another_content_is_a_change_and_the_same_is_none(work: Path, command: str, changed: list[str]) -> None:
    real = RealWorkspace(work)
    subprocess.run(["bash", "-euc", command], cwd=work, check=True)
    assert real.changes() == Changes(tuple(str(work / path) for path in changed))


def test_what_was_too_much_to_read_is_in_doubt_and_says_so(work: Path) -> None:
    (work / "late").write_text("late\n")
    os.utime(work / "kept", (1000, 1000))
    real = RealWorkspace(work, most_files=1)
    subprocess.run(["touch", "kept", "late"], cwd=work, check=True)
    found = real.changes()
    assert found == Changes((), (str(work / "kept"),))
    assert found.doubt is not None
    assert str(work / "kept") in found.doubt


def test_nothing_at_all_leaves_no_doubt(work: Path) -> None:
    assert RealWorkspace(work, most_files=0).changes() == Changes()
    assert Changes().doubt is None
