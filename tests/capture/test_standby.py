"""Hosts that are forked from a process that stands by: the same sessions, sooner."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from capture.home import Home
from capture.launching import expect_replays
from capture.standby import LEAVING, kept, standing_by
from capture.trace import RunStatus
from capture.wire import HostFailed, SessionMode
from tests.capture.driving import Driver, spec_for

pytestmark = [
    pytest.mark.usefixtures("own_hosts"),
    pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="hosts are forked on Linux only"),
]


@pytest.fixture
def beside() -> Iterator[None]:
    with standing_by():
        yield


def driven(folder: Path, mode: SessionMode = SessionMode.HANDED) -> Driver:
    folder.mkdir()
    return Driver(spec_for(folder, mode))


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.usefixtures("beside")
def test_sessions_one_after_the_other_and_side_by_side_are_forked_from_one_process(tmp_path: Path) -> None:
    # It is there before the first session asks for it.
    expect_replays()
    standby = kept()
    assert standby is not None
    assert standby._child is not None
    begun = standby._child.pid
    first, second = driven(tmp_path / "a"), driven(tmp_path / "b")
    with first.session, second.session:
        assert parent(first.host_pid) == parent(second.host_pid) == begun
        assert first.run("x=1; echo $x > made").file_effects[0].path == "made"
        assert second.run("echo ${x-unset}; sh -c 'exit 7'").exit_code == 7
        assert first.end(RunStatus.SUCCESS) is RunStatus.SUCCESS
        assert second.end(RunStatus.FAILED) is RunStatus.FAILED
    assert [step.command for step in first.trace.steps] == ["x=1; echo $x > made"]


BEGUN = """
import os, sys
from pathlib import Path
from capture.home import Home
from capture.launching import expect_replays
from capture.standby import Copy, kept, standing_by
from tests.capture.test_standby import driven, parent

with standing_by():
    expect_replays(fresh=True)
    copy = kept()._child
    assert isinstance(copy, Copy), copy
    driver = driven(Path(sys.argv[1]))
    with driver.session:
        assert parent(driver.host_pid) == copy.pid
        assert Path(f"/proc/{driver.host_pid}/comm").read_text() == "recording-host\\n"
        found = driver.run("echo on; readlink /proc/$PPID/fd/0").output
        assert found == f"on\\n{os.devnull}\\n", found
"""


def test_where_a_process_has_just_begun_it_is_a_copy(tmp_path: Path) -> None:
    # Threads that libraries keep for good may run in this one.
    ended = subprocess.run([sys.executable, "-c", BEGUN, tmp_path / "a"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.usefixtures("beside")
def test_a_host_that_is_killed_is_told_as_dead_and_the_next_one_is_forked(tmp_path: Path) -> None:
    broken = driven(tmp_path / "a")
    with broken.session:
        broken.run("true")
        os.kill(broken.host_pid, signal.SIGKILL)
        assert "recording host died" in broken.wait_for(HostFailed).message
    again = driven(tmp_path / "b")
    with again.session:
        assert again.run("echo on").output == "on\n"


@pytest.mark.usefixtures("beside")
def test_a_process_that_is_gone_is_started_again(tmp_path: Path) -> None:
    first = driven(tmp_path / "a")
    with first.session:
        os.kill(parent(first.host_pid), signal.SIGKILL)
        # The host that it forked goes on without it.
        assert first.run("echo alone").output == "alone\n"
    again = driven(tmp_path / "b")
    with again.session:
        assert again.run("echo on").output == "on\n"


@pytest.mark.usefixtures("beside")
def test_what_a_person_types_at_has_a_host_of_its_own(tmp_path: Path) -> None:
    typed = driven(tmp_path / "a", SessionMode.TYPED)
    with typed.session:
        assert parent(typed.host_pid) == os.getpid()


def test_hosts_that_nobody_waited_for_are_gone_when_nothing_stands_by_any_more(tmp_path: Path) -> None:
    pids = []
    with standing_by():
        for number in range(LEAVING + 2):
            driver = driven(tmp_path / str(number))
            with driver.session:
                pids.append(driver.host_pid)
                assert driver.end(RunStatus.SUCCESS) is RunStatus.SUCCESS
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_nothing_stands_by_unasked_or_twice() -> None:
    assert kept() is None
    with standing_by():
        one = kept()
        with standing_by():
            assert kept() is one
        assert kept() is one
    assert kept() is None


@pytest.mark.usefixtures("beside")
def test_hosts_are_forked_from_what_has_read_the_rules_of_their_home(tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.mkdir()
    spec = msgspec.structs.replace(spec_for(place, SessionMode.HANDED), expected=("echo a-123", "echo \x1b[ü'"))
    secrets = Home(Path(spec.home)).prepare().secrets
    secrets.write_text('[[rules]]\nid = "acme"\nregex = "a-[0-9]+"\n', encoding="utf-8")
    masked = Driver(spec)
    with masked.session:
        assert masked.run("echo a-123").output == "[masked:acme]\n"
        masked.end(RunStatus.SUCCESS)
    secrets.write_text("[[rules", encoding="utf-8")
    broken = Driver(msgspec.structs.replace(spec, run_id=f"{spec.run_id}x"))
    with broken.session:
        while not isinstance(told := broken.session.receive(30), HostFailed):
            assert told is not None
    assert "secrets.toml" in told.message
