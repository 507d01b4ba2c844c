import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from capture.files.effects import FOUND_LIMIT
from replay.rewinding import rewind
from tests.program import tree
from tests.replay.recording import Machine

WORK = """
echo one > made.txt
mkdir -p out/deep && echo x > out/deep/x
mv keep.txt moved.txt
rm gone.txt
chmod 700 moved.txt
"""


def names(root: Path) -> dict[str, tuple[int, bytes]]:
    return {path: (mode, content) for path, (mode, _, content) in tree(root).items()}


def test_a_copy_is_taken_back_to_where_the_recording_began(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "echo keep > keep.txt; echo gone > gone.txt; mkdir empty; echo stays > stays.txt")
    gone = "sha256:" + hashlib.sha256(b"gone\n").hexdigest()
    before = names(machine.work)
    trace = machine.record(WORK.strip().split("\n"))
    assert names(machine.work) != before
    for path in machine.work.rglob("*"):
        # The recording is said to have been made at another time than now.
        os.utime(path, (0, 0))
    assert rewind(trace, machine.work, blobs={**machine.contents, gone: b"gone\n"}.get) == ()
    assert names(machine.work) == before


def test_what_a_step_wrote_over_or_deleted_was_kept_and_comes_back(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "echo one > changed.txt; printf '\\0\\1' > gone.bin")
    for path in machine.work.rglob("*"):
        os.utime(path, (0, 0))
    before = names(machine.work)
    trace = machine.record(["echo two >> changed.txt", "rm gone.bin", "echo three > changed.txt"])
    assert rewind(trace, machine.work, blobs=machine.blobs) == ()
    assert names(machine.work) == before


def test_what_is_not_kept_and_what_nobody_watched_is_told(tmp_path: Path) -> None:
    machine = Machine(
        tmp_path,
        f"head -c {FOUND_LIMIT + 1} /dev/zero > large.bin; seq 20000 > large.txt; git init -q; echo stays > stays.txt",
    )
    for path in machine.work.rglob("*"):
        os.utime(path, (0, 0))
    trace = machine.record(
        ["echo two >> large.txt", "echo > large.bin", "git tag -f x 2>&1 || echo x > .git/description"]
    )
    os.utime(machine.work / ".git/description", (datetime(2026, 12, 1, tzinfo=UTC).timestamp(),) * 2)
    lost = rewind(trace, machine.work, blobs=machine.blobs)
    assert set(lost) >= {"large.txt", "large.bin", ".git/description"}
    assert "stays.txt" not in lost


def test_what_changed_after_the_recording_is_told(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "echo one > changed.txt; echo two > other.txt")
    for path in machine.work.rglob("*"):
        os.utime(path, (0, 0))
    trace = machine.record(["echo more >> changed.txt"])
    (machine.work / "other.txt").write_text("by somebody else\n")
    os.utime(machine.work / "other.txt", (datetime(2026, 12, 1, tzinfo=UTC).timestamp(),) * 2)
    assert rewind(trace, machine.work, blobs=machine.blobs) == ("other.txt",)
    assert (machine.work / "changed.txt").read_text() == "one\n"
