"""What earlier steps will have made of paths: asked about one path, and about all that lies below one."""

from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache


class Presence(Enum):
    """What earlier steps make of a path."""

    THERE = auto()
    DIRECTORY = auto()
    TREE = auto()
    """A directory of which nobody wrote down what is in it."""
    GONE = auto()


class Foreseen:
    """Absolute paths that earlier steps touch; empty as long as none did."""

    def __init__(self) -> None:
        self._paths: dict[str, Presence] = {}
        self._holds: dict[str, int] = {}
        """How many of the paths that will be there lie below each directory."""

    def __bool__(self) -> bool:
        """Whether anything is touched at all."""
        return bool(self._paths)

    def copy(self) -> "Foreseen":
        """One that goes its own way from here."""
        copy = Foreseen()
        copy._paths, copy._holds = self._paths.copy(), self._holds.copy()
        return copy

    def at(self, path: str) -> Presence | None:
        """What becomes of a path; None when nobody touches it, nor removes a directory above it."""
        found = self._paths.get(path)
        return found or (Presence.GONE if self._above(path)[0] else None)

    def untouched(self, path: str) -> bool:
        """Whether it stays as it is today, for all that is known."""
        known = self._paths
        return path not in known and (known.keys().isdisjoint(parents(path)) or self._above(path) == (False, False))

    def made(self, path: str) -> Presence | None:
        """What becomes of the path itself, whatever becomes of those above it."""
        return self._paths.get(path)

    def in_unwritten_tree(self, path: str) -> bool:
        """Whether it lies below a path that is made, and that may be a directory with anything in it."""
        return self._above(path)[1]

    def _above(self, path: str) -> tuple[bool, bool]:
        """Whether a directory above a path is gone, and whether one may hold anything."""
        known = self._paths
        above = [known[parent] for parent in parents(path) if parent in known] if known else ()
        return Presence.GONE in above, Presence.TREE in above or Presence.THERE in above

    def holds_something(self, path: str) -> bool:
        """Whether something below the path is made."""
        return path in self._holds

    def there(self) -> Iterator[str]:
        """All paths that will be there."""
        return (path for path, now in self._paths.items() if now is not Presence.GONE)

    def put(self, path: str, now: Presence) -> None:
        """A step leaves the path like this; with what is gone goes all below it."""
        for known in self._below(path) if now is Presence.GONE else ():
            self._count(known, Presence.GONE)
            del self._paths[known]
        self._count(path, now)
        self._paths[path] = now

    def _below(self, path: str) -> list[str]:
        inside = path.rstrip("/") + "/"
        return [known for known in self._paths if known.startswith(inside) or known == path]

    def _count(self, path: str, now: Presence) -> None:
        """Keep the numbers right before a path becomes something else."""
        was = self._paths.get(path, Presence.GONE)
        change = (now is not Presence.GONE) - (was is not Presence.GONE)
        for parent in parents(path) if change else ():
            left = self._holds.get(parent, 0) + change
            if left:
                self._holds[parent] = left
            else:
                del self._holds[parent]


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a directory or lies in it; both absolute."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


@lru_cache(maxsize=4096)
def parents(path: str) -> tuple[str, ...]:
    """The directories above an absolute path, nearest first."""
    above = []
    while path not in {"/", ""}:
        path = path.rpartition("/")[0] or "/"
        above.append(path)
    return tuple(above)
