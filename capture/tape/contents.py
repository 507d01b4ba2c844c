"""Which stored contents a run names, and how those that nothing else names are deleted while others are recorded."""

import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from capture.errors import BadInputError, HostError
from capture.home import GOING, STAGED, Home
from capture.tape.reader import read_trace
from capture.tape.writer import INDEX, RAW, TRACE
from capture.trace import Trace

_PREFIX = "sha256:"
_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
"""With or without its prefix: playbooks name files without."""
_OUTPUT = frozenset({RAW, INDEX})
"""Files that hold what programs printed: it refers to nothing."""


def contents_of(trace: Trace) -> frozenset[str]:
    """The digests of what its steps, and what ran between them, found and left, as `sha256:…`."""
    changed = (*(step.file_effects for step in trace.steps), *(late.file_effects for late in trace.between))
    effects = [effect for one in changed for effect in one]
    return frozenset(digest for effect in effects for digest in (effect.before, effect.after) if digest is not None)


def named_by_run(home: Home, run_id: str) -> frozenset[str]:
    """Every digest that any state of a run names, as `sha256:…`; also of one that can't be read as a trace."""
    return frozenset(f"{_PREFIX}{digest.decode()}" for digest in _named_in(home.runs / run_id))


class Keeping:
    """Contents that are stored while this is held are safe from `drop_contents` until it is let go.

    Who stores a content lets go once a trace on disk names it. Safe to hold twice: once is enough.

    Args:
        home: Whose contents.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._held: int | None = None

    def hold(self) -> None:
        """Hold on; waits as long as it takes someone else to look whether anybody holds."""
        if self._held is None:
            self._held = _locked(self._home.blobs, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go; nothing is done when it was not held."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def store(self, content: bytes) -> str:
        """Hold on and store a content.

        Args:
            content: Already known to hold no secret.

        Returns:
            `sha256:…`.
        """
        self.hold()
        return self._home.keep_blob(content)

    def __enter__(self) -> Self:
        self.hold()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


@contextlib.contextmanager
def removing(home: Home, *run_ids: str) -> Iterator[None]:
    """Be the only one who removes: what only two runs name that go at once would be spared for each other's sake.

    Args:
        home: Whose contents.
        run_ids: The runs that go, or that lose something.

    Raises:
        HostError: Something can't be read or deleted.
    """
    try:
        with _holding(home.runs, fcntl.LOCK_EX):
            yield
    except OSError as error:
        what = f"run {run_ids[0]} holds" if len(run_ids) == 1 else f"{len(run_ids)} runs hold"
        raise HostError(
            f"what {what} can't be deleted: {error.strerror}: {error.filename}; fix its permissions, then try again"
        ) from error


def drop_contents(home: Home, digests: Iterable[str], *, but: Collection[str]) -> frozenset[str]:
    """Delete stored contents for good, save those that anything but some runs refers to. Call it within `removing`.

    A content is put aside first: whoever wants it stored from then on stores it anew. Then those are waited for who
    found it in its place and have not yet written down why; only then is it decided.

    Args:
        home: Whose contents.
        digests: As `sha256:…`.
        but: The runs that do not count.

    Returns:
        Those that are gone.

    Raises:
        OSError: A file can't be read: what it refers to is not known, and nothing is deleted.
    """
    wanted = {digest.removeprefix(_PREFIX).encode() for digest in digests}
    # What a process left that died here is decided with the others.
    aside = {path.name.removesuffix(GOING).encode() for path in home.blobs.glob(f"*{GOING}")}
    there = {digest for digest in wanted if _place(home, digest).exists()}
    for digest in there - _named_elsewhere(home, there, but) if there else there:
        with contextlib.suppress(FileNotFoundError):
            _place(home, digest).rename(_aside(home, digest))
            aside.add(digest)
    if not aside:
        return frozenset()
    with _holding(home.blobs, fcntl.LOCK_EX):
        for left in home.blobs.glob(f"*{STAGED}"):
            left.unlink(missing_ok=True)
    own = {digest for run_id in but for digest in _named_in(home.runs / run_id)}
    needed = _named_elsewhere(home, aside, but) | (own & (aside - wanted))
    for digest in aside:
        if digest in needed:
            _aside(home, digest).replace(_place(home, digest))
        else:
            _aside(home, digest).unlink()
    return frozenset(f"{_PREFIX}{digest.decode()}" for digest in (aside & wanted) - needed)


def _place(home: Home, digest: bytes) -> Path:
    return home.blobs / digest.decode()


def _aside(home: Home, digest: bytes) -> Path:
    return home.blobs / f"{digest.decode()}{GOING}"


def _named_elsewhere(home: Home, wanted: set[bytes], but: Collection[str]) -> set[bytes]:
    """Those that another run in any of its states, the recording that is always on, or any document names."""
    apart, uncounted = {home.blobs, home.runs, home.always}, {home.runs / run_id for run_id in but}
    places = [path for path in home.path.iterdir() if path not in apart]
    places += [path for folder in (home.runs, home.always) for path in folder.iterdir() if path not in uncounted]
    return {digest for place in places for digest in _named_in(place) & wanted}


def _named_in(place: Path) -> set[bytes]:
    """Every digest in a file, or in the files of a folder."""
    while place.exists():
        # What is gone has made room for another state, which this look may have come too early for.
        with contextlib.suppress(FileNotFoundError):
            return {digest for path in _files(place) for digest in _digests_in(path)}
    return set()


def _files(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    for folder, _, names in os.walk(place, onerror=_raised):
        yield from (Path(folder, name) for name in names if name not in _OUTPUT)


def _raised(error: OSError) -> None:
    raise error


def _digests_in(path: Path) -> set[bytes]:
    if not stat.S_ISREG(path.lstat().st_mode):
        return set()
    if path.name == TRACE:
        # What a run only found there when it began, or printed, it has not stored.
        with contextlib.suppress(BadInputError):
            return {digest.removeprefix(_PREFIX).encode() for digest in contents_of(read_trace(path.parent))}
    return set(_DIGEST.findall(path.read_bytes()))


def _locked(folder: Path, how: int) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def _holding(folder: Path, how: int) -> Iterator[None]:
    descriptor = _locked(folder, how)
    try:
        yield
    finally:
        os.close(descriptor)
