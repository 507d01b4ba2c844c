"""What the screens ask of the core where a recording is made without a person who types, as a Protocol of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from capture.trace import Step, Trace


class Making(Protocol):
    """Scripts typed into a real shell, and what was done just now."""

    def record_script(  # noqa: PLR0913 - each is one thing that a person says of a recording
        self,
        script: Path,
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        watch: Sequence[str] = (),
        told: Callable[[Step], None] = ...,
        running: Callable[[Callable[[], None]], None] = ...,
    ) -> Trace:
        """Type a script; `told` hears of each step that has ended, `running` of what ends the whole of it."""
        ...

    def record_last(
        self, count: int, *, environment: Mapping[str, str], session: str | None = None, name: str | None = None
    ) -> Trace:
        """Make a run of the last commands of the recording that is always on; there may be fewer."""
        ...
