"""What a home asks of its team's server: what has changed, and to take what was changed here."""

from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from replay.library.changes import Document
from replay.library.rows import Row


class ChangedRow(NamedTuple):
    """A row that was put or removed since."""

    table: str
    """A `Row.TABLE`."""
    row_id: str
    body: Document | None
    """As the catalog stores it; None: it is gone."""


class ChangedFile(NamedTuple):
    """A file that was put or removed since."""

    path: str
    """Relative to the home, as `playbooks/site/1.yaml`."""
    sha256: str | None
    """Of its content, hexadecimal; None: it is gone."""


class News(NamedTuple):
    """All that has changed since."""

    top: int
    """The number of the newest change; each has a higher one than those before it."""
    rows: tuple[ChangedRow, ...] = ()
    files: tuple[ChangedFile, ...] = ()


class Upstream(Protocol):
    """The server; every call may raise `HostError`, as one that can't be reached does."""

    def transaction(self) -> AbstractContextManager[None]:
        """Keep all other writers out; what is put inside is taken whole, or not at all."""
        ...

    def identity(self) -> str:
        """Which database it is."""
        ...

    def person(self) -> str:
        """Who we are to it, as decisions name us."""
        ...

    def top(self) -> int:
        """The number of the newest change."""
        ...

    def since(self, seq: int) -> News:
        """What has changed beyond a number; inside a transaction it leaves nothing out."""
        ...

    def row(self, table: str, row_id: str) -> Document | None:
        """A row as the catalog stores it."""
        ...

    def content(self, path: str) -> bytes | None:
        """A file."""
        ...

    def put(self, *rows: Row) -> None:
        """Take rows, each in the place of the one with its id."""
        ...

    def remove(self, kind: type[Row], row_id: str) -> None:
        """Forget a row."""
        ...

    def keep(self, path: str, content: bytes) -> None:
        """Take a file, in the place of the one of that path."""
        ...

    def drop(self, path: str) -> None:
        """Forget a file."""
        ...

    def tell(self) -> None:
        """Let everyone who listens know that something has changed."""
        ...
