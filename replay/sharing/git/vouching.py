"""Whether somebody who is trusted stands behind a version that came from elsewhere: asked anew at each promotion."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from replay import document
from replay.governance.audit import Action
from replay.governance.chain import AuditEntry
from replay.library.catalog import Catalog
from replay.library.register import Register
from replay.library.rows import ELSEWHERE, RepairRow, VersionRow
from replay.library.shelf import Shelf
from replay.sharing import beside
from replay.sharing.signing import Trust, judged
from replay.sharing.values import Standing

_MADE = frozenset({Action.COMPILED, Action.UPDATED, Action.WRITTEN, Action.IMPORTED, Action.FETCHED})
"""How a version comes to be; the last of them counts."""


@dataclass(frozen=True)
class Vouching:
    """What is known of where versions come from.

    Attributes:
        catalog: The home's index.
        register: Its versions.
        shelf: Their files.
        entries: The audit log's.
        trust: Whose signatures count now.
    """

    catalog: Catalog
    register: Register
    shelf: Shelf
    entries: Callable[[], tuple[AuditEntry, ...]]
    trust: Callable[[], Trust]

    def lack(self, row: VersionRow) -> str | None:
        """Why nobody who is trusted stands behind a version, or what it was made of here, in a clause.

        None: it was made here, by hands that this home's log names, or a signature says who made it.
        """
        log = self.entries()
        if not any(entry.action == Action.FETCHED for entry in log):
            return None
        for one in self._lineage(row):
            entry = next((e for e in reversed(log) if e.subject == one.ref and e.action in _MADE), None)
            if entry is None or entry.action != Action.FETCHED or not _is_of(entry, one):
                continue
            why = self._unsigned(one, entry)
            if why is not None:
                return why if one.id == row.id else f"it was made of {one.ref}: {why}"
        return None

    def _lineage(self, row: VersionRow) -> Iterator[VersionRow]:
        """A version and all that it was made of here, up to those that a person has promoted."""
        seen: set[int] = set()
        pending, rows = [row], {one.version: one for one in self.register.rows(row.name)}
        while pending:
            one = pending.pop()
            if one.version in seen or (one.promoted is not None and one.id != row.id):
                continue
            seen.add(one.version)
            yield one
            pending += [rows[base] for base in self._bases(one) if base in rows]

    def _bases(self, row: VersionRow) -> Iterator[int]:
        for source in row.made_from:
            name, _, number = source.rpartition("@")
            if name == row.name and number.isdecimal():
                yield int(number)
            elif (repair := self.catalog.get(RepairRow, source)) is not None:
                yield repair.base_version

    def _unsigned(self, row: VersionRow, entry: AuditEntry) -> str | None:
        came = f"it came from {entry.details['from']}"
        if entry.details["digest"] != row.digest:
            return f"{came} and was edited since in its own file; save that edit as a version of its own"
        content, signature = beside.published(self.shelf.path(row.name, row.version))
        found = judged(content, signature, self.trust())
        if found.standing is not Standing.SIGNED:
            return f"{came}, and {found.why}"
        said = document.load(content.decode(), where=row.ref)
        return None if document.digest(said) == row.digest else f"{came}, and its signature is of another document"


def _is_of(entry: AuditEntry, row: VersionRow) -> bool:
    """Whether an entry is of that version, and not of one that never came to be under its number."""
    return entry.details.get("digest") == row.digest or any(one.startswith(ELSEWHERE) for one in row.made_from)
