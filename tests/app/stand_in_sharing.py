"""The sharing of the core that tests stand in for: what was asked of it is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from replay.sharing.store.values import FetchedRun, Pushed, StoredRun
from replay.sharing.values import Fetched, FetchedVersion, LeftOut, Published, PublishedVersion, Signature, Standing


@dataclass
class StandInSharing:
    """A repository that holds one version more."""

    shared: list[tuple[Any, ...]] = field(default_factory=list)

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
        self.shared.append(("publish", tuple(refs), to, here, branch, key, unsigned))
        one = PublishedVersion(playbook="release", version=1, theirs=2, digest="sha256:x", key="SHA256:k", new=True)
        return Published(target=to, branch=branch or "main", commit="9f1c2ab77e00", versions=(one,))

    def fetch(
        self, wanted: Sequence[str] = (), *, source: str | None = None, here: bool = False, branch: str | None = None
    ) -> Fetched:
        self.shared.append(("fetch", tuple(wanted), source, here, branch))
        signature = Signature(standing=Standing.SIGNED, signer="ann@example.org")
        one = FetchedVersion(playbook="release", version=3, theirs=1, digest="sha256:x", signature=signature)
        left = LeftOut(what="site/1.yaml", why="it is larger than 4096 KiB")
        return Fetched(source="r.git", branch="main", commit="9f1c2ab77e00", versions=(one,), left_out=(left,))

    def push_runs(
        self,
        runs: Sequence[str],
        *,
        store: str | None = None,
        sign: bool = False,
        key: str | None = None,
        progress: Callable[[str], None] = print,
    ) -> tuple[Pushed, ...]:
        self.shared.append(("push", tuple(runs), store, sign, key))
        progress("object 1 of 5")
        return tuple(
            Pushed(run_id=run, store="s3://r", manifest="x", objects=5, sent=2, sent_bytes=2048, masked=1, left_out=1)
            for run in runs
        )

    def stored_runs(self, *, store: str | None = None) -> tuple[StoredRun, ...]:
        self.shared.append(("stored", store))
        began = "2026-03-01T09:30:00Z"
        one = StoredRun(
            run_id="20260301-093000-ab12",
            name="nightly",
            goal=None,
            status="success",
            started_at=began,
            steps=4,
            size=2048,
            signed=True,
            here=True,
        )
        return (one,)

    def fetch_runs(
        self, runs: Sequence[str], *, store: str | None = None, progress: Callable[[str], None] = print
    ) -> tuple[FetchedRun, ...]:
        self.shared.append(("fetch run", tuple(runs), store))
        progress("object 1 of 5")
        signature = Signature(standing=Standing.SIGNED, signer="ann@example.org")
        return tuple(
            FetchedRun(run_id=run, store="s3://r", objects=5, received=5, new=True, signature=signature) for run in runs
        )
