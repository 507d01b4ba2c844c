import logging
import threading
import warnings
from pathlib import Path

from capture.effects import Hints
from capture.ignore import Ignore
from capture.watcher import Watcher

PATIENCE_S = 10


class Seen:
    """Live events, and a way to wait for one."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self._news = threading.Condition()

    def __call__(self, path: str, kind: str) -> None:
        with self._news:
            self.events.append((path, kind))
            self._news.notify_all()

    def wait_for(self, path: str, kind: str) -> bool:
        with self._news:
            return self._news.wait_for(lambda: (path, kind) in self.events, PATIENCE_S)


def test_what_happens_is_seen_live_and_drained_once(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    seen = Seen()
    watcher = Watcher(on_event=seen)
    watcher.start(root)
    try:
        (root / "new").write_text("x")
        assert seen.wait_for("new", "created")
        (root / "new").rename(root / "old")
        assert seen.wait_for("old", "moved")
        hints = watcher.drain()
        assert {str(root / "new"), str(root / "old")} <= hints.paths
        assert not hints.overflow
    finally:
        watcher.stop()
    assert not watcher.running


def test_ignored_paths_raise_no_hint(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    seen = Seen()
    watcher = Watcher(Ignore(("*.tmp",), folders=(home,)), on_event=seen)
    watcher.start(tmp_path)
    try:
        (tmp_path / "a.tmp").write_text("x")
        (home / "catalog.json").write_text("x")
        (tmp_path / "last").write_text("x")
        assert seen.wait_for("last", "created")
        assert {path for path, _ in seen.events} == {"last"}
    finally:
        watcher.stop()


def test_without_events_every_look_is_a_full_one(tmp_path: Path) -> None:
    watcher = Watcher()
    watcher.start(tmp_path / "missing")
    assert not watcher.running
    assert watcher.drain() == Hints(overflow=True)
    watcher.stop()


def test_lost_events_are_told(tmp_path: Path) -> None:
    watcher = Watcher()
    watcher.start(tmp_path)
    try:
        logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; events were lost")
        assert watcher.drain().overflow
        assert not watcher.drain().overflow
    finally:
        watcher.stop()
    assert not logging.getLogger("watchdog").handlers


def test_directories_that_vanish_raise_no_warning(tmp_path: Path) -> None:
    seen = Seen()
    watcher = Watcher(on_event=seen)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watcher.start(tmp_path)
        try:
            for number in range(200):
                (tmp_path / f"d{number}" / "e").mkdir(parents=True)
                (tmp_path / f"d{number}" / "e").rmdir()
                (tmp_path / f"d{number}").rmdir()
            (tmp_path / "last").write_text("x")
            assert seen.wait_for("last", "created")
        finally:
            watcher.stop()
