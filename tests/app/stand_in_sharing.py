"""The sharing of the core that tests stand in for: what was asked of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
