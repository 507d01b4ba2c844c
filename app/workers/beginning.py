"""Opens a session in a thread, for a screen that may be left before it is there."""

import threading
from collections.abc import Sequence

import msgspec

from app.ports import Core
from app.sessions import LiveSession
from app.workers.session_facts import SessionStarted

PANE = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
"""What the pane is, whatever terminal the program itself runs in."""


class Begun(msgspec.Struct, frozen=True):
    """What session is wanted."""

    cwd: str
    """Where the shell begins."""
    name: str | None = None
    """Of the recording; None: the directory's."""
    goal: str | None = None
    """What the work is for."""
    watch: Sequence[str] = ()
    """Paths elsewhere whose files count too."""
    run: str | None = None
    """The session to go on with; None: a new one."""
    take_over: bool = False
    """Send another front end of it away."""


class Opening:
    """A session between the thread that opens it and the screen that may have been left meanwhile.

    Args:
        core: Opens it.
        begun: What is wanted.
    """

    def __init__(self, core: Core, begun: Begun) -> None:
        self._core, self._begun = core, begun
        self._lock = threading.Lock()
        self._left = False
        self._session: LiveSession | None = None

    def open(self, shell: str, columns: int, rows: int) -> SessionStarted:
        """Open it; where nobody wants it any more, it is let go of.

        Args:
            shell: Of a new one.
            columns: Width of its terminal.
            rows: Height of its terminal.

        Raises:
            ReplaybookError: It can't be opened.
        """
        core, run = self._core, self._begun.run
        session = self._opened(shell, columns, rows)
        with self._lock:
            left, self._session = self._left, None if self._left else session
        if left:
            let_go_of(session, end=run is None)
        if run is None or left:
            return SessionStarted(session)
        trace, screen = core.trace(run), core.screen(run, session.recorded, columns, rows)
        return SessionStarted(session, screen=screen, steps=trace.steps, notes=trace.notes)

    def leave(self, *, end: bool) -> None:
        """Let go of it, now or as soon as it is there.

        Args:
            end: A new one is ended as well; one that was gone on with, only if it has been shown.
        """
        with self._lock:
            self._left, session = True, self._session
        if session is not None:
            let_go_of(session, end=end)

    def _opened(self, shell: str, columns: int, rows: int) -> LiveSession:
        begun = self._begun
        if begun.run is not None:
            return self._core.attach(begun.run, take_over=begun.take_over)
        return self._core.new_session(
            name=begun.name,
            goal=begun.goal,
            cwd=begun.cwd,
            shell=shell,
            columns=columns,
            rows=rows,
            watch=begun.watch,
            keep_on_detach=True,
            terminal=PANE,
        )


def let_go_of(session: LiveSession, *, end: bool) -> None:
    """End it in order, or let it run on.

    Args:
        session: Is not used any more afterwards.
        end: Its shell goes, too.
    """
    if end:
        session.end()
    session.close()
