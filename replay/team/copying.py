"""Copies all that a catalog holds to another one, and holds both against each other before it says so (pure)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Protocol

import msgspec

from capture.errors import HostError, RefusedError
from replay.governance.chain import AuditVerdict
from replay.library.rows import MarkRow, Row

LOG = "audit"
"""The key of the log of decisions in an inventory."""
FILES = "files"
"""What the keys of files begin with; a row's key begins with its table."""
SHOWN = 3
"""Keys that a refusal names; of more it says how many."""
Inventory = dict[str, str]
"""All that a catalog holds: `TABLE/ID`, `files/PATH` and `audit`, each with the SHA-256 of it."""


class Side(Protocol):
    """A catalog with what belongs to it: the log of decisions, and the files that rows are about."""

    name: str
    """For a person."""

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else writes meanwhile; what is taken inside is kept at its end."""
        ...

    def rows(self) -> Iterable[Row]:
        """All of every kind."""
        ...

    def log(self) -> bytes:
        """What `audit.ndjson` holds, or would."""
        ...

    def verify(self) -> AuditVerdict:
        """Whether the log is whole."""
        ...

    def files(self) -> Mapping[str, str]:
        """The paths relative to a home, with the SHA-256 of each, hexadecimal."""
        ...

    def content(self, path: str) -> bytes:
        """All of a file."""
        ...

    def people(self) -> Mapping[str, str]:
        """Who made each row, by its key; those of whom nobody knows are left out."""
        ...

    def take(
        self, *, log: bytes, rows: Iterable[Row], files: Iterable[tuple[str, bytes]], people: Mapping[str, str]
    ) -> None:
        """Put all of it here.

        Args:
            log: Empty: what is here already stays.
            rows: Each in the place of the one with its id.
            files: Path and content.
            people: Who made the rows, by their keys.
        """
        ...


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What was copied, the same on both sides."""

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    rows: dict[str, int]
    """By table."""
    files: int
    decisions: int
    """Entries of the log."""
    digest: str
    """`sha256:…` of all that there is on either side."""
    new: int
    """What the target did not have before."""

    def lines(self) -> Iterator[str]:
        """For a person."""
        counted = [*self.rows.items(), ("files", self.files), ("decisions", self.decisions)]
        yield f"{self.source} → {self.target}: {', '.join(f'{number} {what}' for what, number in counted)}"
        yield f"{self.new} of them were new there; both sides are {self.digest}"


def copy(source: Side, target: Side, progress: Callable[[str], None] = lambda _: None) -> Copied:
    """Have one catalog hold what another does; one that was interrupted is gone on with.

    Args:
        source: Stays as it is.
        target: Empty, or with nothing in it that the source does not have as well.
        progress: Is told what is done; what it raises ends it with nothing half done in a team's database.

    Raises:
        RefusedError: The target has something of its own, or the log of one is not whole.
        HostError: What can be read of the copy afterwards is not what was copied.
    """
    with source.alone():
        _check_log(source)
        progress(f"reading {source.name}")
        theirs, makers = inventory(source), source.people()
        with target.alone():
            before = inventory(target)
            _check_empty(before, theirs, source, target)
            missing = theirs.keys() - before.keys()
            progress(f"copying {len(missing)} things")
            target.take(
                log=source.log() if LOG in missing else b"",
                rows=[row for row in source.rows() if key_of(row) in missing],
                files=_files(source, missing, progress),
                people=makers,
            )
        progress(f"reading {target.name}")
        after = inventory(target)
        _check_same(theirs, after, source, target)
        _check_people(makers, target.people(), target)
        _check_log(target)
        return _told(source, target, theirs, new=len(missing))


def inventory(side: Side) -> Inventory:
    """All that is on a side; how far the log is in the catalog is no part of it."""
    held = {key_of(row): _digest(row) for row in side.rows() if not isinstance(row, MarkRow)}
    held |= {f"{FILES}/{path}": digest for path, digest in side.files().items()}
    log = side.log()
    return held | ({LOG: sha256(log).hexdigest()} if log else {})


def key_of(row: Row) -> str:
    """A row's key in an inventory."""
    return f"{row.TABLE}/{row.id}"


def _digest(row: Row) -> str:
    return sha256(msgspec.json.encode(row, order="deterministic")).hexdigest()


def _files(source: Side, missing: Iterable[str], progress: Callable[[str], None]) -> Iterator[tuple[str, bytes]]:
    for key in sorted(missing):
        folder, _, path = key.partition("/")
        if folder == FILES:
            progress(path)
            yield path, source.content(path)


def _check_log(side: Side) -> None:
    verdict = side.verify()
    if not verdict.ok:
        raise RefusedError(f"the audit log of {side.name} is not whole: {verdict.words}; nothing is copied of it")


def _check_empty(before: Inventory, theirs: Inventory, source: Side, target: Side) -> None:
    own = sorted(key for key, digest in before.items() if theirs.get(key) != digest)
    if own:
        raise RefusedError(
            f"{target.name} has {_some(own)}, which {source.name} has not, or otherwise; "
            "copy into a home or a database that is empty"
        )


def _check_same(theirs: Inventory, after: Inventory, source: Side, target: Side) -> None:
    wrong = sorted(key for key in theirs.keys() | after.keys() if theirs.get(key) != after.get(key))
    if wrong:
        raise HostError(f"the copy is not what {source.name} holds: {_some(wrong)} in {target.name}; copy again")


def _check_people(makers: Mapping[str, str], kept: Mapping[str, str], target: Side) -> None:
    wrong = sorted(key for key, person in makers.items() if kept.get(key) != person)
    if wrong:
        raise HostError(f"{target.name} does not say who made {_some(wrong)}; copy again into an empty one")


def _some(keys: list[str]) -> str:
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return ", ".join(keys[:SHOWN]) + more


def _told(source: Side, target: Side, held: Inventory, *, new: int) -> Copied:
    counted = Counter(key.partition("/")[0] for key in held)
    lines = "".join(f"{key} {held[key]}\n" for key in sorted(held))
    return Copied(
        source=source.name,
        target=target.name,
        rows={table: number for table, number in sorted(counted.items()) if table not in (FILES, LOG)},
        files=counted[FILES],
        decisions=source.log().count(b"\n"),
        digest=f"sha256:{sha256(lines.encode()).hexdigest()}",
        new=new,
    )
