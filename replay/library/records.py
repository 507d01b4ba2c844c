"""Documents that are too large for the catalog: a JSON file each, replaced whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from capture.errors import BadInputError, UnknownNameError
from capture.home import Home
from replay.library.durable import replace_file
from replay.library.naming import pick
from replay.outcome import Replay
from replay.repairs.proposal import Repair

SUFFIX = ".json"
T = TypeVar("T", bound=msgspec.Struct)


class Records(Generic[T]):
    """A folder of documents of one kind, by id."""

    def __init__(self, folder: Path, kind: type[T], *, what: str, fresh: Callable[[], None] = lambda: None) -> None:
        self._folder = folder
        self._kind = kind
        self._what = what
        self._fresh = fresh

    def ids(self) -> tuple[str, ...]:
        """All ids, oldest first."""
        self._fresh()
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.name.removesuffix(SUFFIX) for path in self._folder.glob(f"*{SUFFIX}")))

    def resolve(self, given: str) -> str:
        """The id that is meant by it or by an unambiguous prefix.

        Raises:
            UnknownNameError: None, or more than one.
        """
        return pick(given, self.ids(), what=self._what)

    def has(self, record_id: str) -> bool:
        """Whether there is a document with exactly that id."""
        self._fresh()
        return self._path(record_id).exists()

    def write(self, record_id: str, record: T) -> None:
        """Keep a document; one of that id is replaced.

        Raises:
            HostError: The disk said no; the old one is still there.
        """
        replace_file(self._path(record_id), msgspec.json.encode(record) + b"\n")

    def read(self, record_id: str) -> T:
        """The document with exactly that id.

        Raises:
            UnknownNameError: There is none.
            BadInputError: The file is damaged.
        """
        self._fresh()
        path = self._path(record_id)
        try:
            return msgspec.json.decode(path.read_bytes(), type=self._kind)
        except FileNotFoundError:
            raise UnknownNameError(f"there is no {self._what} {record_id!r}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInputError(f"{path} is damaged ({error}); move it away to go on without it") from error

    def readable(self) -> tuple[T, ...]:
        """All documents that can be read, oldest first."""
        found: list[T] = []
        for record_id in self.ids():
            try:
                found.append(self.read(record_id))
            except (BadInputError, UnknownNameError):
                # A damaged one, or one that another process has just removed, hides no other.
                continue
        return tuple(found)

    def remove(self, record_id: str) -> None:
        """Forget a document; nothing happens when there is none."""
        self._path(record_id).unlink(missing_ok=True)

    def _path(self, record_id: str) -> Path:
        return self._folder / f"{Path(record_id).name}{SUFFIX}"


def replay_records(home: Home, *, fresh: Callable[[], None] = lambda: None) -> Records[Replay]:
    """The replays of a home, in `replays/`; `fresh` is as for `Shelf`."""
    return Records(home.replays, Replay, what="replay", fresh=fresh)


def repair_records(home: Home, *, fresh: Callable[[], None] = lambda: None) -> Records[Repair]:
    """What the repairs of a home propose, in `repairs/`; `fresh` is as for `Shelf`."""
    return Records(home.path / "repairs", Repair, what="repair", fresh=fresh)
