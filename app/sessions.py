"""What the screens ask of a session that is being recorded, and of whoever begins one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capture.tape.presence import Presence
    from capture.trace import RunStatus
    from capture.wire import Message


class LiveSession(Protocol):
    """A session that is being recorded."""

    recorded: int
    """Bytes of its recording that were there before this front end came."""

    def fileno(self) -> int:
        """Readable when `receive` has something."""
        ...

    def send_keys(self, data: bytes) -> None:
        """Type."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Give its terminal another size."""
        ...

    def redraw(self) -> None:
        """Ask the program that has the screen to draw it again."""
        ...

    def end(self, status: RunStatus | None = None) -> None:
        """End it in order."""
        ...

    def unmask(self, secrets: Sequence[int]) -> None:
        """Say that these were no secrets."""
        ...

    def note(self, text: str) -> None:
        """Keep a note, or a bookmark where the text is empty."""
        ...

    def pause(self, *, on: bool) -> None:
        """Record nothing from the next prompt on, or record again."""
        ...

    def receive(self, timeout: float | None = None) -> Message | None:
        """The next message, or None when there is none in time."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Sessions(Protocol):
    """Who begins them, and goes on with those that were left running; each call may block."""

    def new_session(  # noqa: PLR0913 - each is one thing that a person says of a recording
        self,
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        columns: int = 80,
        rows: int = 24,
        watch: Sequence[str] = (),
        keep_on_detach: bool = False,
        terminal: Mapping[str, str] | None = None,
    ) -> LiveSession:
        """Begin to record, in a terminal that the shell is told of by these variables."""
        ...

    def live(self) -> Mapping[str, Presence]:
        """The sessions that run now, by run."""
        ...

    def attach(self, run: str | None, *, take_over: bool = False) -> LiveSession:
        """Go on with one that was left running."""
        ...

    def screen(self, run_id: str, recorded: int, columns: int, rows: int) -> bytes:
        """What its terminal showed, for a cleared terminal of that size."""
        ...
