"""What the screens ask of the core where versions are shared with others, as a Protocol of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from replay.sharing.store.values import FetchedRun, Pushed, StoredRun
    from replay.sharing.values import Fetched, Published


class SharingPort(Protocol):
    """Playbooks through git, recordings through a store; nothing is asked on the terminal, which the screen has."""

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

    def push_runs(
        self,
        runs: Sequence[str],
        *,
        store: str | None = None,
        sign: bool = False,
        key: str | None = None,
        progress: Callable[[str], None] = ...,
    ) -> Sequence[Pushed]:
        """Put closed recordings into a store; what `progress` raises ends it."""
        ...

    def stored_runs(self, *, store: str | None = None) -> Sequence[StoredRun]:
        """What a store holds, newest first."""
        ...

    def fetch_runs(
        self, runs: Sequence[str], *, store: str | None = None, progress: Callable[[str], None] = ...
    ) -> Sequence[FetchedRun]:
        """Take recordings out of a store."""
        ...
