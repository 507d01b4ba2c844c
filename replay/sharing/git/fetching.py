"""Takes versions out of a repository into the home, each as the next draft: what is there already stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from capture.errors import BadInputError
from capture.printable import printable
from replay import document
from replay.governance.audit import Action, Recorder
from replay.library.catalog import Catalog
from replay.library.naming import split_ref
from replay.library.register import Register
from replay.library.rows import fetched_from
from replay.library.shelf import Shelf
from replay.playbook import Playbook
from replay.sharing import beside
from replay.sharing.git.here import Here
from replay.sharing.git.repository import Repository, shown_url
from replay.sharing.git.tree import offered, path_of
from replay.sharing.signing import Trust, judged
from replay.sharing.values import Fetched, FetchedVersion, LeftOut, Offered, Signature, told_of

_AT_ONCE = 10
"""Documents that are read from the repository by one call."""


@dataclass(frozen=True)
class Fetching:
    """One fetch into one home.

    Attributes:
        repository: The home's own.
        catalog: Its index.
        register: Where versions are added.
        shelf: Their files.
        audit: Is told of each.
        trust: Whose signatures count.
        actor: Who fetches.
    """

    repository: Repository
    catalog: Catalog
    register: Register
    shelf: Shelf
    audit: Recorder
    trust: Trust
    actor: str

    def fetch(self, url: str | None, branch: str | None, wanted: Sequence[str]) -> Fetched:
        """Take what a repository holds and this home does not.

        Args:
            url: The repository; None: the home's own, which others have pushed to.
            branch: Its branch; None: the one that it calls its own.
            wanted: NAME or NAME@V as they are there; none: all.

        Raises:
            BadInputError: A reference can't be one.
            GitError: The repository can't be read.
        """
        picked = [split_ref(ref) for ref in wanted]
        with self.repository.held():
            if url is None:
                branch = branch or self.repository.own_branch()
                commit, source = self.repository.commit(f"refs/heads/{branch}"), str(self.repository.folder)
            else:
                (branch, commit), source = self.repository.take(url, branch), shown_url(url)
            if commit is None:
                return Fetched(source=source, branch=branch, commit=None)
            listed, left_out = offered(self.repository.listing(commit))
            chosen = [one for one in listed if not picked or _is_picked(one, picked)]
            here = Here(self.register, self.shelf)
            new = [one for one in chosen if not here.holds(one.name, one.document)]
            old = [one for one in chosen if one.signature and here.holds(one.name, one.document)]
            taken, refused = self._take_all(new, here, source, commit)
            signed = [made for one in old if (made := self._sign(one, here, source, commit))]
            return Fetched(
                source=source,
                branch=branch,
                commit=commit,
                versions=tuple(taken),
                signed=tuple(signed),
                known=len(chosen) - len(taken) - len(refused),
                left_out=(*left_out, *refused),
            )

    def _take_all(
        self, new: Sequence[Offered], here: Here, source: str, commit: str
    ) -> tuple[list[FetchedVersion], list[LeftOut]]:
        taken: list[FetchedVersion] = []
        refused: list[LeftOut] = []
        rest = iter(new)
        while batch := list(islice(rest, _AT_ONCE)):
            ids = [found for one in batch for found in (one.document, one.signature) if found]
            contents = self.repository.blobs(ids)
            for one in batch:
                try:
                    made = self._take(one, contents, here, source, commit)
                except BadInputError as error:
                    path = path_of(one.name, one.version)
                    refused.append(LeftOut(what=path, why=printable(str(error)).removeprefix(f"{path}:").strip()))
                    continue
                taken += [made] if made else []
        return taken, refused

    def _take(
        self, one: Offered, contents: Mapping[str, bytes], here: Here, source: str, commit: str
    ) -> FetchedVersion | None:
        """Add a version; None: one that says the same is here already.

        Raises:
            BadInputError: It is no playbook, or another one's.
        """
        content, signature = contents[one.document], contents[one.signature] if one.signature else None
        playbook = read_document(one, content)
        digest = document.digest(playbook)
        found = judged(content, signature, self.trust)
        with self.catalog.transaction():
            number = here.number(one.name, digest)
            if number is None:
                return None
            version = max(number, one.version)
            details = _details(one, digest, source, commit, found)
            # The log comes first: a version whose file is there was never made here, whenever a process is killed.
            self.audit.append(actor=self.actor, action=Action.FETCHED, subject=f"{one.name}@{version}", details=details)
            _, row = self.register.add(
                playbook,
                made_from=(fetched_from(source, one.ref),),
                written=content.decode(),
                at_least=version,
            )
            if row.version != version:
                self.audit.append(actor=self.actor, action=Action.FETCHED, subject=row.ref, details=details)
            beside.keep(self.shelf.path(row.name, row.version), content, signature)
        return FetchedVersion(
            playbook=one.name, version=row.version, theirs=one.version, digest=digest, signature=found
        )

    def _sign(self, one: Offered, here: Here, source: str, commit: str) -> FetchedVersion | None:
        """Take the signature of a version that came before there was one; None: there is none such here."""
        bare = here.unsigned(one.name, one.document)
        if bare is None or one.signature is None:
            return None
        row, content = bare
        signature = self.repository.blobs([one.signature])[one.signature]
        found = judged(content, signature, self.trust)
        with self.catalog.transaction():
            details = _details(one, document.digest(read_document(one, content)), source, commit, found)
            self.audit.append(actor=self.actor, action=Action.FETCHED, subject=row.ref, details=details)
            beside.keep(self.shelf.path(row.name, row.version), content, signature)
        return FetchedVersion(
            playbook=row.name, version=row.version, theirs=one.version, digest=row.digest, signature=found
        )


def read_document(one: Offered, content: bytes) -> Playbook:
    """The playbook of a document that came from elsewhere.

    Raises:
        BadInputError: It is none, or it says that it is another one than its path does.
    """
    path = path_of(one.name, one.version)
    try:
        playbook = document.load(content.decode(), where=path)
    except UnicodeDecodeError as error:
        raise BadInputError(f"it is no UTF-8 text ({error.reason})") from error
    if (playbook.name, playbook.version) != (one.name, one.version):
        raise BadInputError(f"it says it is {playbook.name}@{playbook.version}, its path says {one.ref}")
    return playbook


def _is_picked(one: Offered, picked: Sequence[tuple[str, int | None]]) -> bool:
    return any(name == one.name and version in (None, one.version) for name, version in picked)


def _details(one: Offered, digest: str, source: str, commit: str, found: Signature) -> dict[str, str]:
    return {"digest": digest, "from": source, "commit": commit, "as": one.ref, **told_of(found)}
