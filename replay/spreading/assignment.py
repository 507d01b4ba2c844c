"""What is spread, in one value that goes from one process to another (pure)."""

import msgspec

LOCAL = "local"
"""In the place of a cluster's address: one on this machine, as long as it is wanted."""


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be spread."""

    orders: tuple[bytes, ...]
    opened: str
    """`module:function`: called in each worker with what is given, it opens what all orders of that worker need."""
    given: dict[str, str] = {}
    """Its arguments."""
    folder: str
    """Of the guard."""
    cluster: str = ""
    """The address of a scheduler, or `local`; empty: processes."""
    count: int
    """So many workers at the most."""
    ahead: int = 0
    """So many orders wait in a worker for the one before."""
