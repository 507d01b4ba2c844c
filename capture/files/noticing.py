"""Notices where files change while a step runs: by the kernel's own queue, and by watchdog where there is none."""

import contextlib
import os
import selectors
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from capture.files.effects import Hints
from capture.files.ignore import Ignore
from capture.files.inotify import KernelEvents

if TYPE_CHECKING:
    from capture.files.watcher import Watcher

TOUCHED_LIMIT = 500
"""Files that are told of while a step runs."""


class Notices:
    """Hints for the look at a step's end, and each file once for who looks on.

    Args:
        root: The workspace, as it is on disk.
        ignore: What is left alone.
        watch: Paths elsewhere that are watched too, absolute.
        live: Told of each file that changes, path and kind; None when nobody looks on.
        ring: Wakes the loop, from any thread; `told` is wanted then.
        selector: Woken by the kernel's queue.
    """

    def __init__(
        self,
        root: str,
        ignore: Ignore,
        *,
        watch: Sequence[str],
        live: Callable[[str, str], None] | None,
        ring: Callable[[], None],
        selector: selectors.BaseSelector,
    ) -> None:
        self._ignore = ignore
        self._watch = tuple(watch)
        self._live = live
        self._ring = ring
        self._seen: set[str] = set()
        self._from_thread: deque[tuple[str, str]] = deque()
        self._watcher: Watcher | None = None
        self._kernel: KernelEvents | None = None
        try:
            self._kernel = KernelEvents(root, on_event=self._changed if live else None)
        except OSError:
            if live:
                self._begin_watching(root)
        else:
            self._look_for_files_elsewhere(self._kernel)
            selector.register(self._kernel, selectors.EVENT_READ, self._readable)

    @property
    def enter(self) -> Callable[[str, int], None]:
        """To be told of each directory that is looked at, with its device."""
        return self._kernel.enter if self._kernel else lambda _path, _device: None

    def hints(self) -> Hints:
        """Where something has happened since the last call; files are told of anew from here on."""
        self._seen.clear()
        return self._kernel.drain() if self._kernel else Hints(overflow=True)

    def told(self) -> None:
        """Pass on what another thread has noticed."""
        while self._from_thread:
            self._tell(*self._from_thread.popleft())

    def close(self) -> None:
        """Notice nothing more."""
        if self._watcher is not None:
            self._watcher.stop()
        if self._kernel is not None:
            self._kernel.close()

    def _readable(self, _events: int) -> None:
        if self._kernel is not None:
            self._kernel.read()

    def _changed(self, path: str, kind: str) -> None:
        inside = not path.startswith("/") or path.startswith(self._watch)
        if inside and path not in self._seen and not self._ignore.matches(path):
            self._tell(path, kind)

    def _tell(self, path: str, kind: str) -> None:
        if self._live and path not in self._seen and len(self._seen) < TOUCHED_LIMIT:
            self._seen.add(path)
            self._live(path, kind)

    def _begin_watching(self, root: str) -> None:
        from capture.files.watcher import Watcher  # noqa: PLC0415 - its threads must not start before the shell is forked

        def touched(path: str, kind: str) -> None:
            """Called on the watcher's thread."""
            self._from_thread.append((path, kind))
            self._ring()

        self._watcher = Watcher(self._ignore, touched)
        self._watcher.start(Path(root))

    def _look_for_files_elsewhere(self, kernel: KernelEvents) -> None:
        """A file that is watched by itself changes in its directory, or comes and goes there."""
        for folder in {os.path.dirname(path) for path in self._watch}:  # noqa: PTH120 - text, as all names here
            with contextlib.suppress(OSError):
                kernel.enter(folder, os.stat(folder).st_dev)  # noqa: PTH116 - as above
