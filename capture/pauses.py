"""A stretch of a session that a person had nothing recorded of: that it was, and never what was done in it."""

from collections.abc import Iterator
from datetime import datetime

import msgspec


class Unrecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A pause that a person made: that something was done, never what; files are in `Trace.between`."""

    after_step: int
    """The step that had ended last; 0 before the first."""
    at: datetime
    """When it began, UTC."""
    duration_ms: float | None = None
    """Milliseconds; None while it goes on, or when its host died in it."""
    commands: int | None = None
    """How many command lines were run; None where nobody has counted."""
    set: tuple[str, ...] = ()
    """Exported variables that have another value behind it, sorted; the values are kept nowhere."""
    unset: tuple[str, ...] = ()
    """Variables that are exported no more."""
    options: tuple[str, ...] = ()
    """Shell options that are the opposite."""
    defined: tuple[str, ...] = ()
    """Aliases and functions that are others."""
    cwd_after: str | None = None
    """Where the shell stood behind it, where that is another directory; secrets masked."""

    @property
    def words(self) -> str:
        """As it is shown; not yet made printable."""
        return " · ".join(
            ("‖ recording paused" if self.duration_ms is None else f"‖ paused {self._lasted}", *self._told())
        )

    @property
    def done(self) -> str:
        """What was done in it, as far as that is known; empty where nothing was."""
        return ", ".join(self._told())

    @property
    def _lasted(self) -> str:
        seconds = round((self.duration_ms or 0.0) / 1000)
        minutes, hours = seconds // 60, seconds // 3600
        return f"{hours}:{minutes % 60:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"

    def _told(self) -> Iterator[str]:
        if self.commands:
            yield f"{self.commands} command{'s' * (self.commands > 1)} unrecorded"
        told = (("set", self.set), ("unset", self.unset), ("option", self.options), ("defined", self.defined))
        yield from (f"{done} {' '.join(names)}" for done, names in told if names)
        if self.cwd_after is not None:
            yield f"went to {self.cwd_after}"
