"""Notices through watchdog where files seem to change: live rows for the screen where the kernel offers no inotify."""

import logging
import os
import warnings
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from capture.files.ignore import Ignore
from capture.files.roots import on_disk

STOP_TIMEOUT_S = 5.0
"""How long the observer's threads get to end."""

_LOGGER = logging.getLogger("watchdog")
_KINDS = frozenset({"created", "modified", "deleted", "moved"})

Touched = Callable[[str, str], None]
"""Called with a path relative to the root and one of `created modified deleted moved`, on the watcher's thread."""


class Watcher:
    """Tells of events as they come; nothing that counts rests on them, for they come late or not at all.

    Args:
        ignore: What is left alone.
        on_event: Told of each event at once.
    """

    def __init__(self, ignore: Ignore, on_event: Touched) -> None:
        self._ignore = ignore
        self._on_event = on_event
        self._folders = tuple(Path(os.path.realpath(folder)) for folder in self._ignore.folders)
        self._root = ""
        self._events: _Events | None = None

    @property
    def running(self) -> bool:
        """Whether events come."""
        return self._events is not None

    def start(self, root: Path) -> None:
        """Begin to watch, unless the system refuses (too many watches).

        Args:
            root: The directory, as it is really on disk.
        """
        self._root = on_disk(root)
        events = _Events(self._saw)
        try:
            events.begin(self._root)
        except OSError:
            events.end()
            return
        self._events = events

    def stop(self) -> None:
        """End the observer's threads; may be called twice."""
        if self._events is not None:
            self._events.end()
            self._events = None

    def _saw(self, kind: str, path: str) -> None:
        relative = os.path.relpath(path, self._root)
        if relative == "." or relative.startswith("../") or self._ignore.matches(relative):
            return
        if not any(Path(path).is_relative_to(folder) for folder in self._folders):
            self._on_event(relative, kind)


class _Events(FileSystemEventHandler):
    """watchdog's observer, its events, and its complaints."""

    def __init__(self, saw: Touched) -> None:
        super().__init__()
        self._saw = saw
        self._observer = Observer()
        # watchdog complains of lost events in its log, which would end up on the terminal.
        self._complaints = logging.NullHandler()

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
        if event.is_directory and event.event_type == "modified":
            return
        for path in (event.src_path, event.dest_path):
            if path:
                self._saw(event.event_type, os.fsdecode(path))
