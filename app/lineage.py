"""One version of a playbook among the others: a value that both front ends show."""

import msgspec

from replay.playbook import VersionStatus


class Descent(msgspec.Struct, frozen=True, kw_only=True):
    """How a version came to be."""

    version: int
    status: VersionStatus
    created_at: str
    """ISO 8601 UTC; empty where nobody knows."""
    how: str
    """In a few words: `compiled`, `edit of v3`, `repair of v1`."""
    base: int | None
    """The version that it is held against: what it was made of, else the one before; None: the first."""
    steps: int
    problem: str | None = None
    """Why its file can't be read at the moment."""
