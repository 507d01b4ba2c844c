"""What the screens ask of the core where versions are shared with others, as a Protocol of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.sharing.values import Fetched, Published


class SharingPort(Protocol):
    """Playbooks through a git repository; nothing is asked on the terminal, which the screen has."""

    def publish(
        self,
        refs: Sequence[str] = (),
        *,
        to: str | None = None,
        here: bool = False,
        branch: str | None = None,
        key: str | None = None,
        unsigned: bool = False,
    ) -> Published:
        """Put versions into a repository; without any every active one."""
        ...

    def fetch(
        self, wanted: Sequence[str] = (), *, source: str | None = None, here: bool = False, branch: str | None = None
    ) -> Fetched:
        """Take what a repository holds and this home does not, as drafts."""
        ...
