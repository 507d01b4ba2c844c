"""A long record is read by a second process, and becomes the very same run; whatever goes wrong there is heard here."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from capture.errors import BadInputError, HostError, StoppedError
from capture.home import Home
from capture.importers import ahead
from capture.importers.agents import import_agent_record
from capture.importers.claude.reading import ClaudeRecord
from capture.importers.told import Hearer
from capture.provenance import AgentUse, Speaker
from tests.capture.importers.claude.sessions import Written
from tests.capture.importers.importing import NOW, home_in

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
"""Where the tests run side by side they run beside a thread that waits for the next one."""


@pytest.fixture(autouse=True)
def everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "LONG", 0)
    monkeypatch.setattr(ahead, "_GATHERED", 1000)
    monkeypatch.setattr("threading.active_count", lambda: 1)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})


def session() -> bytes:
    written = Written()
    written.prompt("go")
    for number in range(30):
        written.bash(f"make part{number}", f"{number}: caf\u00e9\n" * 50)
        written.edit("a.txt", "one", f"two{number}", "one\n" * 200)
        written.raw(f"no record {number}")
        written.bash(f"export TOKEN=hunter-{number:08}-abcdef")
    written.says("done")
    return written.text()


def imported(home: Home, data: bytes, run_id: str, progress: Callable[[int], None] | None = None) -> dict[str, bytes]:
    """The files of the run, and the stored contents."""
    path = home.path.parent / "session.jsonl"
    path.write_bytes(data)
    import_agent_record(home, "claude", str(path), run_id=run_id, now=NOW, progress=progress)
    stored = {one.name: one.read_bytes() for one in home.blobs.iterdir()}
    return {one.name: one.read_bytes() for one in home.run_folder(run_id).iterdir()} | stored


def test_two_processes_make_the_same_run_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_two = imported(home_in(tmp_path / "two"), session(), "r")
    monkeypatch.setattr(ahead, "_by_two", None)
    monkeypatch.setattr(ahead, "LONG", 1 << 40)
    assert imported(home_in(tmp_path / "one"), session(), "r") == by_two
    assert any(b"lines that are no record are left out (30, the first: line" in one for one in by_two.values())


def telling_of(said: Callable[[ClaudeRecord, Hearer], AgentUse], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClaudeRecord, "tell", said)


def test_what_reading_raises_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(record: ClaudeRecord, _: Hearer) -> AgentUse:
        raise BadInputError(f"{record.head.format} line 3 is wrong")

    def bug(_: ClaudeRecord, __: Hearer) -> AgentUse:
        raise KeyError("x")

    home = home_in(tmp_path)
    telling_of(wrong, monkeypatch)
    with pytest.raises(BadInputError, match="claude line 3 is wrong"):
        imported(home, session(), "r")
    telling_of(bug, monkeypatch)
    with pytest.raises(KeyError) as found:
        imported(home, session(), "r")
    assert "in bug" in found.value.__notes__[0]
    assert not list(home.runs.iterdir())


@pytest.mark.parametrize("before", [0, 20])
def test_a_reader_that_is_killed_ends_the_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    def killed(record: ClaudeRecord, telling: Hearer) -> AgentUse:
        for _ in range(before):
            record.left_out.note("x" * 100)
        telling.cut()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    home = home_in(tmp_path)
    telling_of(killed, monkeypatch)
    with pytest.raises(HostError, match="the process that reads the record was killed; import it again"):
        imported(home, session(), "r")
    assert not list(home.runs.iterdir())


def test_who_stops_the_import_stops_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_: ClaudeRecord, telling: Hearer) -> AgentUse:
        while True:
            telling.said(Speaker.USER, "and on")

    def stop(_: int) -> None:
        raise StoppedError("enough")

    home = home_in(tmp_path)
    telling_of(endless, monkeypatch)
    with pytest.raises(StoppedError):
        imported(home, session(), "r", progress=stop)
    assert not list(home.runs.iterdir())
