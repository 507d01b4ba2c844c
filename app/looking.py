"""What the screens that only look at recordings ask of the core, and what a person marks in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.file_diffs import FileDiff
    from app.found import Found, FoundIn
    from capture.tape.glance import Glance
    from capture.trace import Step
    from replay.history.comparing import Aligned
    from replay.history.comparison import Comparison


class Looker(Protocol):
    """Opens, searches and reads recordings; changes none."""

    def glance(self, run: str) -> Glance:
        """A run with all of its steps; what they printed is read when it is asked for."""
        ...

    def written(self, step: Step) -> tuple[FileDiff, ...]:
        """What a recorded step wrote into files."""
        ...

    def side_by_side(self, one: str, two: str) -> tuple[Comparison, Aligned]:
        """Two runs or replays, step by step, and both to be looked at."""
        ...

    def search(
        self,
        text: str,
        run: str | None = None,
        *,
        told: Callable[[FoundIn], object] = ...,
        stopped: Callable[[], bool] = ...,
        progress: Callable[[str], None] = ...,
    ) -> Found:
        """Find a text in the commands and outputs of one run, or of all, newest first."""
        ...


class Marked(NamedTuple):
    """What a person says of steps before a recording is compiled."""

    keep: frozenset[int] = frozenset()
    """Stay, whatever the compiler thinks."""
    drop: frozenset[int] = frozenset()
    """Are left out."""

    def kept(self, step: int) -> Marked:
        """With a step kept, or left to the compiler again."""
        return Marked(self.keep ^ {step}, self.drop - {step})

    def dropped(self, step: int) -> Marked:
        """With a step dropped, or left to the compiler again."""
        return Marked(self.keep - {step}, self.drop ^ {step})

    def sign(self, step: int) -> str:
        """What stands before it in a list."""
        return KEPT if step in self.keep else DROPPED if step in self.drop else ""

    @property
    def words(self) -> str:
        """How many are marked how; empty when none is."""
        said = [f"{KEPT} {len(self.keep)} kept"] if self.keep else []
        said += [f"{DROPPED} {len(self.drop)} dropped"] if self.drop else []
        return " · ".join(said)


KEPT, DROPPED = "+", "-"
"""Stand before a step that compiling must not leave out, and before one that it must."""
