"""What a home has of the playbooks that a repository offers, each of its files read once a fetch, however many come."""

from collections.abc import Iterable
from typing import NamedTuple

from replay.library.register import Register
from replay.library.rows import ELSEWHERE, VersionRow
from replay.library.shelf import Shelf
from replay.sharing import beside


class Unsigned(NamedTuple):
    """A version that came from elsewhere, and no signature with it."""

    row: VersionRow
    content: bytes
    """Its document as it was published."""


class Here:
    """What is here of each playbook; read where it is first asked for.

    Args:
        register: Says where versions stand.
        shelf: Holds their files.
    """

    def __init__(self, register: Register, shelf: Shelf) -> None:
        self._register = register
        self._shelf = shelf
        self._objects: dict[tuple[str, int], frozenset[str]] = {}
        self._digests: dict[str, dict[int, str]] = {}
        self._unsigned: dict[tuple[str, int], dict[str, Unsigned]] = {}

    def holds(self, name: str, document: str) -> bool:
        """Whether a document was here when its playbook was first asked for.

        Args:
            name: The playbook's.
            document: Its object id.
        """
        key = name, len(document)
        if key not in self._objects:
            self._objects[key] = frozenset(self._ids(name, document))
        return document in self._objects[key]

    def number(self, name: str, digest: str) -> int | None:
        """The number that a playbook's next version gets; None: a version says the same already.

        Asked inside a transaction, so that only what others have added since is read again.
        """
        known, ask = self._digests.get(name, {}), self._register.digest
        versions = self._shelf.versions(name)
        self._digests[name] = {one: known[one] if one in known else ask(name, one) or "" for one in versions}
        return None if digest in self._digests[name].values() else max(versions, default=0) + 1

    def unsigned(self, name: str, document: str) -> Unsigned | None:
        """The version that came as that document, without a signature; given once.

        Args:
            name: The playbook's.
            document: Its object id.
        """
        key = name, len(document)
        if key not in self._unsigned:
            self._unsigned[key] = {
                beside.object_id(one.content, document): one for one in reversed([*self._bare(name)])
            }
        return self._unsigned[key].pop(document, None)

    def _ids(self, name: str, like: str) -> Iterable[str]:
        for version in self._shelf.versions(name):
            for content in beside.contents(self._shelf.path(name, version)):
                yield beside.object_id(content, like)

    def _bare(self, name: str) -> Iterable[Unsigned]:
        for row in self._register.rows(name):
            if row.problem is None and any(come.startswith(ELSEWHERE) for come in row.made_from):
                content, signature = beside.published(self._shelf.path(row.name, row.version))
                if signature is None:
                    yield Unsigned(row, content)
