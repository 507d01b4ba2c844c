"""What catalog and shelf together say of a version: people edit files, and an edited one must be trusted anew."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import msgspec

from capture.errors import BadInputError, UnknownNameError
from replay import document
from replay.library.catalog import Catalog
from replay.library.ids import stamp
from replay.library.readings import text_digest
from replay.library.rows import VersionRow, version_id
from replay.library.shelf import Shelf
from replay.playbook import Compilation, Playbook, VersionStatus


class Register:
    """Playbook versions with where they stand.

    Args:
        catalog: Where they stand.
        shelf: What they are.
        clock: UTC now.
        numbering: Keeps the number of a new version from everyone else; None: a transaction of the catalog does.
    """

    def __init__(
        self,
        catalog: Catalog,
        shelf: Shelf,
        *,
        clock: Callable[[], datetime],
        numbering: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        self._catalog = catalog
        self._shelf = shelf
        self._clock = clock
        self._numbering = numbering or catalog.transaction

    def add(
        self,
        playbook: Playbook,
        *,
        made_from: tuple[str, ...] = (),
        compilation: Compilation | None = None,
        based_on: int | None = None,
        written: str | None = None,
        at_least: int = 1,
    ) -> tuple[Playbook, VersionRow]:
        """Store a playbook as the next version of its name, as a draft.

        Args:
            playbook: Its own `version` doesn't count.
            made_from: Run ids, repair ids, or `NAME@V`.
            compilation: The decisions that led to it, or to what a person made it of.
            based_on: The version whose comments, order and layout its document keeps.
            written: The document as a person wrote it.
            at_least: Numbers below are left free.

        Returns:
            The playbook as it was numbered, and its row.
        """
        with self._numbering():
            numbered, text = self._shelf.add(
                playbook, compilation=compilation, based_on=based_on, written=written, at_least=at_least
            )
            row = self._fresh(numbered, text, made_from)
            self._catalog.put(row)
            return numbered, row

    def row(self, name: str, version: int) -> VersionRow:
        """Where a version stands now, its file read again when it changed.

        Raises:
            UnknownNameError: There is no such version.
            BadInputError: Its file was edited into something that is no playbook.
        """
        text = self._shelf.text(name, version)
        known = self._catalog.get(VersionRow, version_id(name, version))
        if known is not None and known.text_sha256 == text_digest(text):
            return known
        return self._reread(name, version)

    def load(self, name: str, version: int) -> tuple[Playbook, str, VersionRow]:
        """A version: its playbook, its text, and where it stands.

        Raises:
            UnknownNameError: There is no such version.
            BadInputError: Its file was edited into something that is no playbook.
        """
        row = self.row(name, version)
        playbook, text = self._shelf.load(name, version, digest=row.digest)
        return playbook, text, row

    def rows(self, name: str | None = None) -> tuple[VersionRow, ...]:
        """All versions, by name and number; one whose file can't be read is a draft with a `problem`."""
        names = self._shelf.names() if name is None else (name,)
        return tuple(self._row_or_problem(each, version) for each in names for version in self._shelf.versions(each))

    def active(self, name: str) -> VersionRow | None:
        """The active version of a playbook."""
        return next((row for row in self.rows(name) if row.status is VersionStatus.ACTIVE), None)

    def wanted(self, ref: str) -> VersionRow:
        """The version that `NAME[@V]` means: the one given, else the active one, else the newest that is not disabled.

        Raises:
            UnknownNameError: There is no such playbook or version.
            BadInputError: Its file is no playbook.
        """
        name, version = self._shelf.resolve(ref)
        if version is not None:
            return self.row(name, version)
        rows = self.rows(name)
        active = [row for row in rows if row.status is VersionStatus.ACTIVE]
        enabled = [row for row in rows if row.status is not VersionStatus.DISABLED]
        chosen = (active or enabled or list(rows))[-1]
        return self.row(name, chosen.version)

    def digest(self, name: str, version: int) -> str | None:
        """A version's digest as its file is now; None when there is no such version or it can't be read."""
        try:
            return self.row(name, version).digest
        except (UnknownNameError, BadInputError):
            return None

    def _reread(self, name: str, version: int) -> VersionRow:
        with self._catalog.transaction():
            playbook, text = self._shelf.load(name, version)
            known = self._catalog.get(VersionRow, version_id(name, version))
            row = self._fresh(playbook, text, ()) if known is None else _edited(known, playbook, text)
            self._catalog.put(row)
            return row

    def _row_or_problem(self, name: str, version: int) -> VersionRow:
        try:
            return self.row(name, version)
        except BadInputError as error:
            known = self._catalog.get(VersionRow, version_id(name, version))
            status = VersionStatus.DISABLED if known and known.status is VersionStatus.DISABLED else VersionStatus.DRAFT
            return VersionRow(
                id=version_id(name, version),
                name=name,
                version=version,
                digest="",
                text_sha256="",
                status=status,
                created_at=known.created_at if known else "",
                problem=str(error),
            )

    def _fresh(self, playbook: Playbook, text: str, made_from: tuple[str, ...]) -> VersionRow:
        return VersionRow(
            id=version_id(playbook.name, playbook.version),
            name=playbook.name,
            version=playbook.version,
            digest=document.digest(playbook),
            text_sha256=text_digest(text),
            status=VersionStatus.DRAFT,
            created_at=stamp(self._clock()),
            made_from=made_from or playbook.source_runs,
            goal=playbook.goal,
            steps=len(playbook.steps),
        )


def _edited(known: VersionRow, playbook: Playbook, text: str) -> VersionRow:
    """The row of a version whose file has another text: a draft again, unless only comments or layout changed."""
    digest = document.digest(playbook)
    seen = msgspec.structs.replace(known, text_sha256=text_digest(text))
    if digest == known.digest:
        return seen
    disabled = known.status is VersionStatus.DISABLED
    return msgspec.structs.replace(
        seen,
        digest=digest,
        status=VersionStatus.DISABLED if disabled else VersionStatus.DRAFT,
        promoted=None,
        overridden=False,
        goal=playbook.goal,
        steps=len(playbook.steps),
    )
