"""Puts versions into a repository that others read, each with a signature beside it; what is there is never changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from capture.errors import BadInputError, RefusedError
from capture.secrets.redaction import Redactor
from replay import document
from replay.governance.audit import Action, Recorder
from replay.library.register import Register
from replay.library.rows import VersionRow
from replay.library.shelf import Shelf
from replay.playbook import ParameterType, VersionStatus
from replay.sharing import beside
from replay.sharing.git.fetching import read_document
from replay.sharing.git.repository import Repository, shown_url
from replay.sharing.git.tree import DOCUMENT, SIGNATURE, offered, path_of
from replay.sharing.signing import Signer, key_of
from replay.sharing.values import Offered, Published, PublishedVersion

TRIES = 5
"""How often others may publish between our look and our push."""


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it is to stand in the repository."""

    row: VersionRow
    theirs: int
    content: bytes
    signature: bytes | None = None
    is_new: bool = False
    """Whether its document or its signature has to be put there."""

    @property
    def files(self) -> dict[str, bytes]:
        """What has to be put there, by path."""
        if not self.is_new:
            return {}
        found = {path_of(self.row.name, self.theirs, DOCUMENT): self.content}
        return found | (
            {path_of(self.row.name, self.theirs, SIGNATURE): self.signature} if self.signature is not None else {}
        )


@dataclass(frozen=True)
class Publishing:
    """One publishing out of one home.

    Attributes:
        repository: The home's own.
        register: Its versions.
        shelf: Their files.
        audit: Is told of each version.
        redactor: Knows what no document may hold.
        lack: Why nobody who is trusted stands behind a version.
        signer: Signs; None: nothing is signed.
        actor: Who publishes.
        author: As `NAME <ADDRESS>`.
        clock: For the commit.
    """

    repository: Repository
    register: Register
    shelf: Shelf
    audit: Recorder
    redactor: Redactor
    lack: Callable[[VersionRow], str | None]
    signer: Signer | None
    actor: str
    author: str
    clock: Callable[[], datetime]

    def publish(self, rows: Sequence[VersionRow], url: str | None, branch: str | None) -> Published:
        """Put versions there, in one commit upon what is there.

        Args:
            rows: Which.
            url: The repository; None: the home's own alone.
            branch: Its branch; None: the one that it calls its own.

        Raises:
            BadInputError: A document can't be read.
            RefusedError: A version may not leave, or others publish faster than this.
            GitError: The repository can't be read or written.
        """
        for row in rows:
            self._check(row)
        with self.repository.held():
            for _ in range(TRIES):
                done = self._publish(rows, url, branch)
                if done is not None:
                    return done
        raise RefusedError(f"others published {TRIES} times meanwhile, so nothing was; try again")

    def _publish(self, rows: Sequence[VersionRow], url: str | None, branch: str | None) -> Published | None:
        """One try; None: somebody published meanwhile."""
        own = branch or self.repository.own_branch()
        if url is None:
            branch, base = own, self.repository.commit(f"refs/heads/{own}")
        else:
            branch, base = self.repository.take(url, branch)
        placed = self._placed(rows, base)
        files = {path: content for one in placed for path, content in one.files.items()}
        commit = base
        if files:
            at = int(self.clock().timestamp())
            commit = self.repository.put(base, files, message=_message(placed), author=self.author, at=at)
            if url is not None and not self.repository.push(url, commit, branch, base):
                return None
        if commit is not None and not self.repository.settle(branch, commit) and url is None:
            return None
        target = None if url is None else shown_url(url)
        versions = tuple(self._noted(one, target, branch, commit) for one in placed)
        return Published(target=target, branch=branch, commit=commit, versions=versions)

    def _check(self, row: VersionRow) -> None:
        """Whether a version may leave.

        Raises:
            RefusedError: It may not.
        """
        if row.problem is not None:
            raise BadInputError(f"{row.ref} can't be published: {row.problem}; correct its document first")
        if row.status is VersionStatus.DISABLED:
            raise RefusedError(f"{row.ref} is disabled and never runs; publish another version")
        found = self.redactor.text(self.shelf.text(row.name, row.version))[1]
        if found:
            raise RefusedError(
                f"{row.ref} holds a secret ({found[0].rule}, {found[0].where}) and is not published; "
                "make it a parameter of type secret"
            )
        playbook = self.register.load(row.name, row.version)[0]
        kept = [name for name, one in playbook.parameters.items() if one.type is ParameterType.SECRET and one.default]
        if kept:
            raise RefusedError(f"{row.ref} says what its secret {kept[0]} is by default; take that out of its document")
        why = self.lack(row) if self.signer is not None and row.status is not VersionStatus.ACTIVE else None
        if why is not None:
            raise RefusedError(f"{row.ref} is not signed in your name: {why}; promote it first, or give --unsigned")

    def _placed(self, rows: Sequence[VersionRow], base: str | None) -> list[Placed]:
        there = offered(self.repository.listing(base))[0] if base else ()
        taken = {(one.name, one.version) for one in there}
        placed: list[Placed] = []
        for row in rows:
            same = self._same(row, [one for one in there if one.name == row.name])
            if same is not None:
                placed.append(self._there(row, same))
                continue
            number = row.version
            if (row.name, number) in taken:
                number = max(version for name, version in taken if name == row.name) + 1
            taken.add((row.name, number))
            content = self._content(row, number)
            placed.append(Placed(row=row, theirs=number, content=content, signature=self._signed(content), is_new=True))
        return placed

    def _same(self, row: VersionRow, there: Sequence[Offered]) -> Offered | None:
        """The version there that says the same."""
        content = self.shelf.text(row.name, row.version).encode()
        known = next((one for one in there if one.document == beside.object_id(content, one.document)), None)
        return known or next((one for one in there if self._says_the_same(one, row)), None)

    def _says_the_same(self, one: Offered, row: VersionRow) -> bool:
        content = self.repository.blobs([one.document])[one.document]
        try:
            playbook = read_document(one, content)
        except BadInputError:
            return False
        return document.digest(playbook) == row.digest

    def _there(self, row: VersionRow, same: Offered) -> Placed:
        """A version that is there already; where nobody has signed it, it may be signed now."""
        content = self.repository.blobs([same.document])[same.document]
        if same.signature is not None:
            signature: bytes | None = self.repository.blobs([same.signature])[same.signature]
            return Placed(row=row, theirs=same.version, content=content, signature=signature)
        signature = self._signed(content)
        return Placed(row=row, theirs=same.version, content=content, signature=signature, is_new=signature is not None)

    def _content(self, row: VersionRow, number: int) -> bytes:
        """A version's document under the number that it gets there."""
        text = self.shelf.text(row.name, row.version)
        said = document.load(text, where=row.ref)
        numbered = msgspec.structs.replace(said, version=number)
        return (text if said == numbered else document.revise(text, said, numbered)).encode()

    def _signed(self, content: bytes) -> bytes | None:
        return None if self.signer is None else self.signer.sign(content)

    def _noted(self, one: Placed, target: str | None, branch: str, commit: str | None) -> PublishedVersion:
        """Keep the signature beside the version, and say in the log that it went out."""
        row = one.row
        key = key_of(one.signature, one.content) if one.signature else None
        # A process that was killed behind its push has noted nothing of it.
        if one.is_new or (one.signature is not None and beside.published(self._path(row))[1] is None):
            beside.keep(self._path(row), one.content, one.signature)
            details = {"digest": row.digest, "to": target or "this home", "branch": branch, "commit": commit or ""}
            details |= {"as": f"{row.name}@{one.theirs}", "key": key or "none"}
            self.audit.append(actor=self.actor, action=Action.PUBLISHED, subject=row.ref, details=details)
        return PublishedVersion(
            playbook=row.name,
            version=row.version,
            theirs=one.theirs,
            digest=row.digest,
            key=key,
            new=one.is_new,
        )

    def _path(self, row: VersionRow) -> Path:
        return self.shelf.path(row.name, row.version)


def _message(placed: Sequence[Placed]) -> str:
    refs = [f"{one.row.name}@{one.theirs}" for one in placed if one.is_new]
    return f"Publish {', '.join(refs)}\n" if len(refs) == 1 else f"Publish {len(refs)} versions\n\n" + "\n".join(refs)
