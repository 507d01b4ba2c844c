"""The files of a home that its team shares: brought in where the team changed them, sent where they are new here."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, NamedTuple

from capture.home import Home
from replay.library.catalog import TinyCatalog
from replay.library.durable import content_of, replace_file
from replay.library.rows import RepairRow, ReplayRow, Row, VersionRow
from replay.sharing.beside import ORIGINAL, SIGNATURE
from replay.team.listing import Listing, Stat
from replay.team.merging import PLAYBOOKS, REPAIRS, REPLAYS, Move, beside, is_shared, move
from replay.team.upstream import ChangedFile, Upstream

KEPT_SUFFIX = ".kept"
"""Ends the name of a file that was changed here while the team had another one, where both can't stay."""


class Paper(NamedTuple):
    """A shared file as it is here."""

    path: str
    """Relative to the home."""
    sha256: str
    """Hexadecimal."""


class PaperRow(Row, frozen=True, kw_only=True):
    """A file as it was when home and team had last the same."""

    TABLE: ClassVar[str] = "papers"

    sha256: str
    """Hexadecimal."""
    stat: Stat
    """While it is the same, the file is not read."""


class Papers:
    """The shared files of a home; what is known of them is kept in a catalog, whose transaction is open in each call.

    Args:
        home: Theirs.
        known: Where `PaperRow`s are kept.
    """

    def __init__(self, home: Home, known: TinyCatalog) -> None:
        self._home = home
        self._known = known
        self._looked = False
        self._listing = Listing(home.path, is_shared)

    def take(self, changed: Iterable[ChangedFile], upstream: Upstream) -> tuple[str, ...]:
        """Bring in what the team has changed.

        Args:
            changed: What.
            upstream: Gives the contents.

        Returns:
            The paths of versions that were edited here and changed by the team as well: what was here is a new
            version now, with the next number.
        """
        return tuple(filter(None, [self._take(one, upstream) for one in changed if is_shared(one.path)]))

    def send(self, paths: Iterable[str], upstream: Upstream) -> tuple[Paper, ...]:
        """Give the team what is different here.

        Args:
            paths: Of the files that may be.
            upstream: Takes them.

        Returns:
            What was given, to be noted once the server has kept it.
        """
        sent: list[Paper] = []
        for path in dict.fromkeys(paths):
            content, known = content_of(self._home.path / path), self._known.get(PaperRow, path)
            edited = known is not None and known.sha256 != _digest(content or b"")
            if content is not None and (known is None or (edited and not _is_version(path))):
                upstream.keep(path, content)
                sent.append(Paper(path, _digest(content)))
        return tuple(sent)

    def note(self, papers: Iterable[Paper]) -> None:
        """These are the same in home and team now."""
        for path, digest in papers:
            self._note(path, digest)

    def look(self, upstream: Upstream) -> tuple[str, ...]:
        """See what was changed here by hand: in a team a version's document stays, and an edit is a new version.

        What a killed process had no time to send is found as well, and what is missing here is fetched again.

        Args:
            upstream: Gives contents.

        Returns:
            The paths of what is new here.
        """
        # What is not a playbook is changed by no hand; a killed process is found out about once.
        folders: tuple[str, ...] = (PLAYBOOKS,) if self._looked else (PLAYBOOKS, REPAIRS, REPLAYS)
        self._looked = True
        here = dict(self._stats(folders))
        # As they are stored: a row for each takes longer than to look at its file.
        stored = self._known.storage.documents(PaperRow.TABLE)
        known = {one["id"]: tuple(one["stat"]) for one in stored if one["id"].startswith(folders)}
        for path in known.keys() - here.keys():
            self._fetch(path, upstream)
        new = [path for path in here if path not in known]
        for path, found in here.items():
            if path in known and found != known[path]:
                new += self._edited(path, upstream)
        return tuple(sorted(new))

    def _edited(self, path: str, upstream: Upstream) -> list[str]:
        content, known = content_of(self._home.path / path), self._known.get(PaperRow, path)
        if known is None:
            return [path]
        if content is None or _digest(content) == known.sha256:
            self._note(path, known.sha256)
            return []
        if not _is_version(path):
            return [path]
        moved = self._put_beside(path, content)
        self._fetch(path, upstream)
        return [moved]

    def _fetch(self, path: str, upstream: Upstream) -> None:
        content = upstream.content(path)
        if content is not None:
            replace_file(self._home.path / path, content)
            self._note(path, _digest(content))

    def here(self) -> Iterator[Paper]:
        """All shared files that there are."""
        for path, _ in self._stats((PLAYBOOKS, REPAIRS, REPLAYS)):
            yield Paper(path, _digest(content_of(self._home.path / path) or b""))

    def _take(self, changed: ChangedFile, upstream: Upstream) -> str | None:
        path, known = self._home.path / changed.path, self._known.get(PaperRow, changed.path)
        content = content_of(path)
        here = None if content is None else _digest(content)
        what = move(known=known.sha256 if known else None, here=here, there=changed.sha256)
        moved = self._put_beside(changed.path, content) if what is Move.BOTH and content is not None else None
        if what is not Move.NOTE:
            theirs = upstream.content(changed.path) if changed.sha256 else None
            if theirs is None:
                path.unlink(missing_ok=True)
            else:
                replace_file(path, theirs)
        self._note(changed.path, changed.sha256)
        return moved

    def _put_beside(self, path: str, content: bytes) -> str:
        """Keep what a person made of a file: a version becomes the next one, anything else a file beside it."""
        if _is_version(path):
            numbers = [int(one.stem) for one in (self._home.path / path).parent.glob("*.yaml") if one.stem.isdigit()]
            place = beside(path, numbers)
        else:
            place = f"{path}.{_digest(content)[:8]}{KEPT_SUFFIX}"
        replace_file(self._home.path / place, content)
        return place

    def _stats(self, folders: Iterable[str]) -> Iterator[tuple[str, Stat]]:
        """All shared files in these folders."""
        for folder in folders:
            yield from self._listing.files(folder, deep=folder == PLAYBOOKS)

    def _note(self, path: str, digest: str | None) -> None:
        if digest is None:
            self._known.remove(PaperRow, path)
        else:
            self._known.put(PaperRow(id=path, sha256=digest, stat=_stat(self._home.path / path)))


def paths_of(row: Row) -> tuple[str, ...]:
    """The files that a row is about, where there are any."""
    match row:
        case VersionRow():
            place = f"{PLAYBOOKS}/{row.name}/{row.version}"
            return tuple(f"{place}{suffix}" for suffix in (".yaml", SIGNATURE, ORIGINAL, ".compile.json"))
        case RepairRow():
            return (f"{REPAIRS}/{row.id}.json",)
        case ReplayRow():
            return (f"{REPLAYS}/{row.id}.json",)
    return ()


def _is_version(path: str) -> bool:
    return path.startswith(f"{PLAYBOOKS}/") and path.endswith(".yaml")


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _stat(path: Path) -> Stat:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
