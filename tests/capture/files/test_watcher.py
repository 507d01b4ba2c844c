import logging
import threading
import warnings
from pathlib import Path

from capture.files.ignore import Ignore
from capture.files.watcher import Watcher

PATIENCE_S = 30


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


def test_what_happens_is_seen_live(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    seen = Seen()
    watcher = Watcher(Ignore(), seen)
    watcher.start(root)
    try:
        assert watcher.running
        (root / "new").write_text("x")
        assert seen.wait_for("new", "created")
        (root / "new").rename(root / "old")
        assert seen.wait_for("old", "moved")
    finally:
        watcher.stop()
    assert not watcher.running


def test_ignored_paths_are_not_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    seen = Seen()
    watcher = Watcher(Ignore(("*.tmp",), folders=(home,)), seen)
    watcher.start(tmp_path)
    try:
        (tmp_path / "a.tmp").write_text("x")
        (home / "catalog.json").write_text("x")
        (tmp_path / "last").write_text("x")
        assert seen.wait_for("last", "created")
        assert {path for path, _ in seen.events} == {"last"}
    finally:
        watcher.stop()


def test_what_can_not_be_watched_is_not_watched(tmp_path: Path) -> None:
    watcher = Watcher(Ignore(), Seen())
    watcher.start(tmp_path / "missing")
    assert not watcher.running
    watcher.stop()


def test_complaints_do_not_reach_the_terminal(tmp_path: Path) -> None:
    watcher = Watcher(Ignore(), Seen())
    watcher.start(tmp_path)
    try:
        assert logging.getLogger("watchdog").handlers
    finally:
        watcher.stop()
    assert not logging.getLogger("watchdog").handlers


def test_directories_that_vanish_raise_no_warning(tmp_path: Path) -> None:
    seen = Seen()
    watcher = Watcher(Ignore(), seen)
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
