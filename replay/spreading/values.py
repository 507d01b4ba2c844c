"""What is spread, and how each order ends (pure)."""

from collections.abc import Callable

import msgspec

from replay.protocols import Director


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """What carries checks out."""

    jobs: int = 1
    """Processes; with one it is this process."""

    cluster: str = ""
    """The address of a cluster's scheduler, or `local`; empty: processes."""

    def elsewhere(self, orders: int) -> bool:
        """Whether so many checks are carried out by others than this process."""
        return bool(self.cluster) or (self.jobs > 1 and orders > 1)


ALONE = Over()
"""This process checks one after the other."""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """An order that nobody knows the result of; it is not begun again by itself."""

    reason: str
    """A clause for a person, as `its worker was killed by SIGKILL`."""


Work = Callable[[bytes, Director], bytes]
"""Carries one order out, and answers; stops when the director says so."""
Ended = tuple[int, bytes | Lost]
"""The place of an order among all, from 0, and its answer."""
