"""Where a run lies until all of it has come: held by one process at a time, cleared of what cut fetches left."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from capture.errors import HostError
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER, Home
from capture.tape import reader

FOLDER = "arriving"
"""In the home; below it one folder a run."""
LOCK = "lock"
"""In the folder of a run, held while somebody fetches it."""
KEPT_S = 86400.0
"""For so long a cut fetch can be gone on with."""


@contextmanager
def held(home: Home, run_id: str) -> Iterator[Path]:
    """The folder in which a run's objects gather, for one process alone.

    Raises:
        HostError: Another process fetches that run.
        OSError: The disk said no.
    """
    place = home.path / FOLDER / run_id
    descriptor = None
    while descriptor is None:
        place.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        descriptor = _locked(place)
    try:
        yield place
    finally:
        os.close(descriptor)


def clean_up(home: Home, *, now: float) -> None:
    """Remove what cut fetches left: of runs that are here by now, or for too long; never what a living one holds.

    Args:
        home: Whose.
        now: Seconds since 1970.
    """
    with suppress(OSError):
        for place in sorted((home.path / FOLDER).iterdir()):
            with suppress(OSError, HostError):
                _clean(home, place, now)


def _clean(home: Home, place: Path, now: float) -> None:
    if not reader.is_run(home, place.name) and now - place.stat().st_mtime < KEPT_S:
        return
    descriptor = _locked(place)
    if descriptor is not None:
        shutil.rmtree(place)
        os.close(descriptor)


def _locked(place: Path) -> int | None:
    """A descriptor of the lock of a folder; None: somebody has removed the folder meanwhile.

    Raises:
        HostError: Another process holds it.
    """
    try:
        descriptor = os.open(place / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it before may have removed it: another process would lock another file.
        if os.path.samestat(os.fstat(descriptor), (place / LOCK).stat()):
            return descriptor
    except BlockingIOError as error:
        os.close(descriptor)
        raise HostError(f"run {place.name} is being fetched by another process; look again once it has come") from error
    except FileNotFoundError:
        pass
    os.close(descriptor)
    return None
