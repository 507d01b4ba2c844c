"""What may be done to a recording after the fact, and what came of it: values that both front ends give and get."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from capture.trace import Trace


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done to a recording, in this order; step numbers are those before the edit."""

    trim: str | None = None
    """`FROM..TO`: only these steps stay. Numbers of steps, or times such as `1:30` or `90s` since the run began."""
    cut: tuple[int, ...] = ()
    """Steps that go."""
    idle_s: float | None = None
    """The longest silence that is left, in seconds."""
    redact: tuple[str, ...] = ()
    """Texts that are masked everywhere, in the original too."""
    redact_patterns: tuple[str, ...] = ()
    """Patterns of such texts."""


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit came to."""

    run_id: str
    steps: int
    """How many there are now."""
    edits: tuple[str, ...]
    """Everything that was done to the run so far, in words."""
    original_kept: bool
    """Whether `--undo --all` can give the original back."""
    masked: int = 0
    """Places that a redaction masked."""
    contents_dropped: int = 0
    """Stored contents of files that went with it."""
    contents_kept: tuple[str, ...] = ()
    """Contents that hold a redacted text and stay, because another run needs them."""
    found_in: tuple[str, ...] = ()
    """Other files of the home that hold a redacted text; they are left alone."""


class Reworking(Protocol):
    """What the screens ask of the core where a recording is edited."""

    def edit(self, run: str, edit: Edit) -> Edited:
        """Make the run's new state; the original is kept."""
        ...

    def undo_edit(self, run: str) -> Edited:
        """Take the last edit back."""
        ...

    def undo_edits(self, run: str) -> Edited:
        """Give the original back."""
        ...

    def purge_original(self, run: str) -> Edited:
        """Delete for good what was before the edits."""
        ...

    def join(self, runs: Sequence[str], *, name: str) -> "Trace":
        """Make one run of several, in this order; they stay as they are."""
        ...
