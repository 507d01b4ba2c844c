"""What can be copied to what: a home, or a team's database."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from capture.errors import BadInputError, HostError, RefusedError
from capture.home import Home
from replay.governance.audit import Action, AuditLog
from replay.governance.chain import AuditHead, AuditVerdict, head_line, read_line
from replay.governance.rebuild import open_catalog
from replay.library.durable import content_of, replace_file
from replay.library.rows import ROW_TYPES, MarkRow, Row
from replay.team.connection import Statement
from replay.team.copying import Copied, copy, key_of
from replay.team.merging import PLAYBOOKS, REPAIRS, REPLAYS, is_shared
from replay.team.server import Team

PATIENCE_S = 1.0
"""A person waits to be told that a server is not there."""
Clock = Callable[[], datetime]
_OWNS = "SELECT replaybook.owns()"
_FILES = "SELECT path, sha256 FROM replaybook.documents"
_COPYING = "SELECT set_config('replaybook.copying', 'on', true)"
_RULE = "UPDATE replaybook.rules SET others = %s WHERE name = %s"
_MAKER = "SELECT set_config('replaybook.recorded_by', %s, true)"
_MADE = " UNION ALL ".join(
    f"SELECT '{kind.TABLE}/' || id, recorded_by FROM replaybook.{kind.TABLE} WHERE recorded_by IS NOT NULL"  # noqa: S608 - names of ours
    for kind in ROW_TYPES
    if kind is not MarkRow
)


class MakerRow(Row, frozen=True, kw_only=True):
    """Who made a row that was copied into a home; a home of its own asks nobody."""

    TABLE: ClassVar[str] = "makers"

    person: str
    """As the database named them that it comes from."""


class HomeSide:
    """A home; its recordings are no part of it."""

    def __init__(self, home: Home, clock: Clock) -> None:
        """Look at nothing yet.

        Args:
            home: Prepared.
            clock: UTC now.
        """
        self.name = str(home.path)
        self._home = home
        self._audit = AuditLog(home.audit, clock=clock)
        self._catalog = open_catalog(home, self._audit, clock=clock, tell=lambda _: None)
        if not home.catalog.exists():
            # Without one, what an interrupted copy leaves would make one of itself.
            with self._catalog.transaction():
                pass

    def alone(self) -> AbstractContextManager[None]:
        """See `Side.alone`; what was decided and is not in the catalog yet comes into it first."""
        return self._catalog.transaction()

    def rows(self) -> Iterator[Row]:
        """See `Side.rows`."""
        for kind in ROW_TYPES:
            yield from self._catalog.find(kind)

    def log(self) -> bytes:
        """See `Side.log`."""
        return content_of(self._home.audit) or b""

    def verify(self) -> AuditVerdict:
        """See `Side.verify`."""
        return self._audit.verify()

    def files(self) -> Mapping[str, str]:
        """See `Side.files`."""
        found = {}
        for pattern in (f"{PLAYBOOKS}/*/*", f"{REPAIRS}/*", f"{REPLAYS}/*"):
            for path in sorted(self._home.path.glob(pattern)):
                relative = path.relative_to(self._home.path).as_posix()
                if is_shared(relative) and path.is_file():
                    found[relative] = sha256(path.read_bytes()).hexdigest()
        return found

    def content(self, path: str) -> bytes:
        """See `Side.content`."""
        return (self._home.path / path).read_bytes()

    def people(self) -> Mapping[str, str]:
        """See `Side.people`."""
        return {one.id: one.person for one in self._catalog.find(MakerRow)}

    def take(
        self, *, log: bytes, rows: Iterable[Row], files: Iterable[tuple[str, bytes]], people: Mapping[str, str]
    ) -> None:
        """See `Side.take`; files first, so that a row is there only with its file."""
        for path, content in files:
            if not is_shared(path):
                raise BadInputError(f"{path!r} is no file of a playbook, a repair or a replay; it is not taken")
            replace_file(self._home.path / path, content)
        if log:
            last = read_line(log.splitlines()[-1])
            if last is None:
                raise BadInputError("the last line of the log that is copied is damaged; nothing is taken of it")
            head = AuditHead(entries=last.seq, hash=last.hash, size=len(log))
            # A log without its head could not be gone on with; a head that announces nothing can.
            replace_file(self._home.audit.with_suffix(".head"), head_line(head))
            replace_file(self._home.audit, log)
        self._catalog.put(*(row for row in rows if not isinstance(row, MarkRow)))
        self._catalog.put(*(MakerRow(id=key, person=person) for key, person in people.items()))


class TeamSide:
    """A team's database."""

    def __init__(self, team: Team) -> None:
        """Connect to nothing yet."""
        self.name = team.connections.where
        self._team = team

    def check(self, *, new: bool) -> None:
        """See whether it is there, and whether it may be copied into.

        Args:
            new: It shall be.

        Raises:
            ServerAwayError: It is not there.
            RefusedError: This is not the role that the schema belongs to.
        """
        people = self._team.people
        if not self._team.connections.read(Statement(_OWNS))[0][0] and new:
            raise RefusedError(
                f"{people.me().role} can't copy into {self.name}: what is copied was decided elsewhere, so only its "
                f"owner may; log in as {people.owner()}"
            )

    def alone(self) -> AbstractContextManager[None]:
        """See `Side.alone`."""
        return self._team.connections.transaction()

    def rows(self) -> Iterator[Row]:
        """See `Side.rows`."""
        for kind in ROW_TYPES:
            yield from self._team.catalog.find(kind)

    def log(self) -> bytes:
        """See `Side.log`."""
        return self._team.audit.files()[0]

    def verify(self) -> AuditVerdict:
        """See `Side.verify`."""
        return self._team.audit.verify()

    def files(self) -> Mapping[str, str]:
        """See `Side.files`."""
        return dict(self._team.connections.read(Statement(_FILES)))

    def content(self, path: str) -> bytes:
        """See `Side.content`."""
        found = self._team.documents.content(path)
        if found is None:
            raise HostError(f"{path} is not in {self.name} any more; copy again")
        return found

    def people(self) -> Mapping[str, str]:
        """See `Side.people`."""
        return dict(self._team.connections.read(Statement(_MADE)))

    def take(
        self, *, log: bytes, rows: Iterable[Row], files: Iterable[tuple[str, bytes]], people: Mapping[str, str]
    ) -> None:
        """See `Side.take`; all of it is kept, or nothing."""
        connections = self._team.connections
        connections.read(Statement(_COPYING))
        if log:
            self._team.audit.take(log)
            for rule, others in _rules(log):
                connections.write(Statement(_RULE, (others, rule)))
        for maker, made in _by_maker(rows, people).items():
            connections.read(Statement(_MAKER, (maker,)))
            self._team.catalog.put(*made)
        for path, content in files:
            self._team.documents.keep(path, content)


def copied(source: str, target: str, *, clock: Clock, progress: Callable[[str], None]) -> Copied:
    """Copy what a home or a database holds into another.

    Args:
        source: The folder of a home, or `postgresql://…`.
        target: Another one, empty; a home is made where there is none.
        clock: UTC now.
        progress: Is told what is done.

    Raises:
        BadInputError: One of them is none, or both are the same.
        RefusedError: The target holds something else, or the role there may not.
    """
    with opened(source, clock=clock, new=False) as theirs, opened(target, clock=clock, new=True) as ours:
        if theirs.name == ours.name:
            raise BadInputError(f"{ours.name} can't be copied into itself; name another home or database")
        return copy(theirs, ours, progress)


def is_address(given: str) -> bool:
    """Whether that names a database, and not a folder."""
    return given.startswith(("postgresql://", "postgres://"))


@contextmanager
def opened(given: str, *, clock: Clock, new: bool) -> Iterator[HomeSide | TeamSide]:
    """One side of a copy.

    Args:
        given: The folder of a home, or the address of a database.
        clock: UTC now.
        new: Whether a home may be made.

    Raises:
        BadInputError: It is no home.
    """
    if is_address(given):
        team = Team(given, clock=clock, patience_s=PATIENCE_S)
        try:
            side = TeamSide(team)
            side.check(new=new)
            yield side
        finally:
            team.close()
        return
    folder = Path(given).expanduser().absolute()
    if not new and not (folder / "catalog.json").exists():
        raise BadInputError(f"{folder} is no home that holds anything: it has no catalog.json; name another folder")
    yield HomeSide(Home(folder).prepare(), clock)


def _by_maker(rows: Iterable[Row], people: Mapping[str, str]) -> dict[str, list[Row]]:
    """Rows by who made them; empty: whoever copies."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if not isinstance(row, MarkRow):
            found.setdefault(people.get(key_of(row), ""), []).append(row)
    return found


def _rules(log: bytes) -> list[tuple[str, int]]:
    """What the log says last of how many others each rule asks for."""
    asked: dict[str, int] = {}
    for entry in filter(None, map(read_line, log.splitlines())):
        if entry.action == Action.REQUIRED:
            asked[entry.subject] = int(entry.details.get("others", "0"))
    return list(asked.items())
