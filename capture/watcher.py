"""Notices through watchdog where files seem to change: hints for the effects, and live rows for the screen."""

import logging
import os
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from capture.effects import Hints
from capture.ignore import Ignore

HINT_LIMIT = 20_000
"""Paths kept between two looks; with more, everything is looked at."""
STOP_TIMEOUT_S = 5.0
"""How long the observer's threads get to end."""

_LOGGER = logging.getLogger("watchdog")
_KINDS = frozenset({"created", "modified", "deleted", "moved"})

Touched = Callable[[str, str], None]
"""Called with a path relative to the root and one of `created modified deleted moved`, on the watcher's thread."""

__all__ = ["HINT_LIMIT", "Hints", "Touched", "Watcher"]


class Watcher:
    """Collects the paths that events name, until they are asked for.

    Args:
        ignore: What is left alone.
        on_event: Told of each event at once; None when nobody watches live.
    """

    def __init__(self, ignore: Ignore | None = None, *, on_event: Touched | None = None) -> None:
        self.on_event = on_event
        """Told of each event at once; may be set while it runs."""
        self._ignore = ignore or Ignore()
        self._folders = tuple(Path(os.path.realpath(folder)) for folder in self._ignore.folders)
        self._lock = threading.Lock()
        self._paths: set[str] = set()
        self._overflow = False
        self._root = ""
        self._events: _Events | None = None

    @property
    def running(self) -> bool:
        """Whether events come."""
        return self._events is not None

    def start(self, root: Path) -> None:
        """Begin to watch; where the system refuses (too many watches), every look becomes a full one.

        Args:
            root: The directory, as it is really on disk.
        """
        self._root = os.path.realpath(root)
        events = _Events(self._saw, self._lost)
        try:
            events.begin(self._root)
        except OSError:
            events.end()
            return
        self._events = events

    def drain(self) -> Hints:
        """What was seen since the last call.

        Returns:
            Paths, and whether some may be missing.
        """
        with self._lock:
            hints = Hints(frozenset(self._paths), self._overflow or self._events is None)
            self._paths.clear()
            self._overflow = False
        return hints

    def stop(self) -> None:
        """End the observer's threads; may be called twice."""
        if self._events is not None:
            self._events.end()
            self._events = None

    def _lost(self) -> None:
        with self._lock:
            self._overflow = True

    def _saw(self, kind: str, path: str, *, live: bool) -> None:
        relative = os.path.relpath(path, self._root)
        if relative.startswith("../") or self._ignore.matches(relative) or self._is_ignored_folder(path):
            return
        with self._lock:
            if len(self._paths) < HINT_LIMIT:
                self._paths.add(path)
            else:
                self._overflow = True
        if live and self.on_event is not None and relative != ".":
            self.on_event(relative, kind)

    def _is_ignored_folder(self, path: str) -> bool:
        return any(Path(path).is_relative_to(folder) for folder in self._folders)


class _Events(FileSystemEventHandler):
    """watchdog's observer, its events, and its complaints."""

    def __init__(self, saw: Callable[..., None], lost: Callable[[], None]) -> None:
        super().__init__()
        self._saw = saw
        self._observer = Observer()
        self._complaints = _Complaints(lost)

    def begin(self, root: str) -> None:
        # Directories that vanish while watches are set make watchdog warn, at length, on the user's terminal.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
        _LOGGER.addHandler(self._complaints)
        self._observer.schedule(self, root, recursive=True)
        self._observer.start()

    def end(self) -> None:
        # Stopped even when it never began: watchdog starts a thread of its own before that.
        self._observer.stop()
        if self._observer.is_alive():
            self._observer.join(STOP_TIMEOUT_S)
        _LOGGER.removeHandler(self._complaints)

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _KINDS:
            return
        live = not (event.is_directory and event.event_type == "modified")
        for path in (event.src_path, event.dest_path):
            if path:
                self._saw(event.event_type, os.fsdecode(path), live=live)


class _Complaints(logging.Handler):
    """watchdog tells of lost events only in its log; taking the records also keeps them off the terminal."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._lost = lost

    def emit(self, record: logging.LogRecord) -> None:
        del record
        self._lost()
