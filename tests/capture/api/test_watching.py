import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import capture
from capture.files import effects
from capture.files.snapshot import Scanner, Tree
from capture.home import Home
from capture.tape.reader import load_trace, run_ids
from capture.trace import Trace


@pytest.fixture
def home(own_world: Path) -> Home:
    return Home(own_world / "replaybook")


@pytest.fixture
def whole_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A workspace of any size is a huge one; gives whoever looks at all of it, by process."""
    monkeypatch.setattr(effects, "RESCAN_LIMIT", 0)
    # After what other tests mount meanwhile all of it is looked at.
    monkeypatch.setattr("capture.files.mounts.TABLE", tmp_path.parent / "no-mounts")
    looks: list[int] = []
    everything = Scanner.everything

    def noted(self: Scanner, *, before: Tree) -> Tree:
        looks.append(os.getpid())
        return everything(self, before=before)

    monkeypatch.setattr(Scanner, "everything", noted)
    return looks


def _hold(lock: "threading.RLock", held: threading.Event, forked: threading.Event) -> None:
    """Holds a lock while this process is forked: the child has no such thread."""
    with lock:
        held.set()
        forked.wait()


def told(trace: Trace) -> list[list[str]]:
    return [[one.path for one in step.file_effects] for step in trace.steps]


def test_a_huge_workspace_is_looked_at_where_something_happened(
    home: Home, tmp_path: Path, whole_looks: list[int]
) -> None:
    (tmp_path / "deep").mkdir()
    with capture.record(workspace=tmp_path) as run:
        del whole_looks[:]
        run.shell("echo 1 > deep/a; mkdir new")
        run.shell("echo 2 > new/b")
        (tmp_path / "deep" / "between").touch()
        run.shell("true")
        assert not whole_looks
    (run_id,) = run_ids(home)
    trace = load_trace(home, run_id)
    assert told(trace) == [["deep/a", "new"], ["new/b"], []]
    assert [one.path for one in trace.late(2)] == ["deep/between"]


def test_a_forked_child_looks_for_itself_and_takes_nothing_from_its_parent(
    home: Home, tmp_path: Path, whole_looks: list[int]
) -> None:
    with capture.record(workspace=tmp_path) as run:
        del whole_looks[:]
        assert run._watched is not None
        held, forked = threading.Event(), threading.Event()
        with ThreadPoolExecutor() as threads:
            threads.submit(_hold, run._watched._lock, held, forked)
            held.wait()
            pid = os.fork()
            forked.set()
        if pid == 0:
            code = 1
            # A lock that nobody there can let go of would be waited for without end.
            signal.alarm(60)
            try:
                run.shell("echo x > child")
                code = 0 if whole_looks else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        run.shell("echo x > parent")
        assert not whole_looks
    (run_id,) = run_ids(home)
    trace = load_trace(home, run_id)
    assert told(trace) == [["child"], ["parent"]]
    assert [one.path for one in trace.late(1)] == ["child"]
