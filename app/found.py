"""What searching the recordings came to: the values of the `search` document."""

from collections.abc import Iterable

import msgspec

from capture.tape.searching import IN_COMMAND, Hit
from capture.trace import Run

MOST_IN_ALL, MOST_IN_ONE = 500, 10_000
"""Lines that are told of one run, when all runs are searched and when only one is."""


class FoundIn(msgspec.Struct, frozen=True, kw_only=True):
    """The hits in one run."""

    run_id: str
    name: str
    started_at: str
    """ISO 8601, UTC."""
    hits: tuple[Hit, ...]
    """In order."""
    complete: bool
    """False when there are more that are not told."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The hits in all runs that were searched."""

    query: str
    searched: int
    """How many runs."""
    runs: tuple[FoundIn, ...]
    """Those with a hit, newest first."""

    @property
    def words(self) -> str:
        """How much was found, in words."""
        lines = sum(len(one.hits) for one in self.runs)
        more = "" if all(one.complete for one in self.runs) else " or more"
        if not lines:
            return f"nothing in {self.searched} recording{'s' * (self.searched != 1)}"
        return f"{lines}{more} line{'s' * (lines != 1)} in {len(self.runs)} of {self.searched} recordings"


def found_in(run: Run, hits: Iterable[Hit], *, most: int) -> FoundIn | None:
    """The first hits in a run; None without one."""
    told: list[Hit] = []
    complete = True
    for hit in hits:
        if len(told) == most:
            complete = False
            break
        told.append(hit)
    if not told:
        return None
    began = run.started_at.isoformat().replace("+00:00", "Z")
    return FoundIn(run_id=run.run_id, name=run.name, started_at=began, hits=tuple(told), complete=complete)


def place_of(hit: Hit) -> str:
    """Where of its step a hit is, in words."""
    if hit.note:
        return "said"
    return "command" if hit.line == IN_COMMAND else f"line {hit.line}"
