"""A tape that a thread brings onto the disk: nobody waits for it, and nothing that went wrong is hidden."""

import threading
from datetime import UTC, datetime

import pytest

from capture.events import Event, RunEnded
from capture.tape.followed import FollowedTape
from capture.trace import RunStatus

PATIENCE_S = 30
ENDED = RunEnded(status=RunStatus.SUCCESS, at=datetime(2026, 1, 1, tzinfo=UTC))


class SlowDisk:
    """A tape whose disk waits for `go`, and may fail."""

    def __init__(self, error: OSError | None = None) -> None:
        self.go, self.began = threading.Event(), threading.Event()
        self.error, self.synced, self.offset = error, 0, 0

    def write(self, data: bytes, at_us: int) -> None:
        del at_us
        self.offset += len(data)

    def resize(self, columns: int, rows: int, at_us: int) -> None:
        del columns, rows, at_us

    def event(self, event: Event) -> None:
        del event

    def sync(self) -> None:
        self.began.set()
        assert self.go.wait(PATIENCE_S)
        if self.error:
            raise self.error
        self.synced = self.offset


def test_a_step_does_not_wait_and_the_end_of_the_run_does() -> None:
    disk = SlowDisk()
    tape = FollowedTape(disk)
    for _ in range(5):
        tape.write(b"line", 0)
        tape.sync()
    assert disk.began.wait(PATIENCE_S)
    assert disk.synced == 0
    disk.go.set()
    tape.event(ENDED)
    tape.sync()
    assert disk.synced == 20


def test_a_disk_that_fails_is_told_of_at_the_latest_at_the_end() -> None:
    disk = SlowDisk(OSError(5, "Input/output error"))
    tape = FollowedTape(disk)
    tape.sync()
    disk.go.set()
    tape.event(ENDED)
    with pytest.raises(OSError, match="Input/output"):
        tape.sync()
