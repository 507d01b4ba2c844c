"""Copies of a whole home: made while it is used, held against their own list of digests, put back into an empty one.

A copy is a gzipped tar of the files as they stand in the home, with `MANIFEST.json` as its last member.
"""

import errno
import hashlib
import io
import os
import shutil
import stat
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn

import msgspec

from capture.errors import BadInputError, HostError
from capture.home import GOING, PRIVATE_FILE, PRIVATE_FOLDER, STAGED, Home
from capture.tape import text_index
from replay.library.catalog import Catalog
from replay.library.durable import sync_folder
from replay.operations.vacancy import occupied

MANIFEST = "MANIFEST.json"
FORMAT = 1
"""Version of the backup's form; its manifest says it."""
_LEVEL = 3
"""Of gzip: recordings shrink little more at a higher one, and it takes twice the time."""
_LEFT_OUT = (".lock", ".sock", STAGED, GOING, text_index.FILE, f"{text_index.FILE}-journal")
"""So end the names of files that only mean something to processes that run now, or are made again by a search."""
_LARGEST_MANIFEST = 256 << 20


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a copy."""

    path: str
    """Relative to the home."""
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy holds."""

    format: int
    made_at: str
    """ISO 8601 UTC."""
    home: str
    files: tuple[Held, ...]
    team: str | None = None
    """The team's database that the home has its playbooks from, of which nothing is in the copy; None: it has none."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


class _Hashing(io.RawIOBase):
    """Passes a file on, and knows the digest of what went through."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        return data


def back_up(  # noqa: PLR0913 - each is another part of the world
    home: Home,
    target: Path,
    *,
    catalog: Catalog,
    log: Callable[[], Mapping[Path, bytes]],
    now: datetime,
    team: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Copy a home while others may use it; what `progress` raises leaves nothing behind.

    Catalog and log are taken first and together, while nobody decides anything; all that they name is on the disk
    before they name it, so what is read after them completes them.

    Args:
        home: Whose files.
        target: The file to be made; must not be there.
        catalog: Whose writers wait for a moment.
        log: The files of the log of decisions, as they stand at one moment.
        now: For the manifest.
        team: For the manifest, as a person may read it.
        progress: Is told each file.

    Raises:
        BadInputError: The target is there, or lies in the home; or a link in the home leads nowhere, or to itself.
        HostError: Something can't be read or written.
    """
    if target.resolve().is_relative_to(home.path.resolve()):
        raise BadInputError(f"{target} lies in the home that is copied; name a file elsewhere")
    if target.exists():
        raise BadInputError(f"{target} is there already; name another file, or move it away")
    partial = target.with_name(f"{target.name}{STAGED}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL, format=tarfile.PAX_FORMAT) as archive:
                first = _first(home, catalog, log)
                manifest = _fill(archive, home, first, now=now, team=team, progress=progress)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise HostError(
            f"{error.filename or target} can't be copied: {error.strerror or error}; no copy was made"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def check(file: Path, progress: Callable[[str], None] = lambda _: None) -> Manifest:
    """Hold a copy against its own list, and extract nothing.

    Raises:
        BadInputError: It is no copy, is damaged, or holds something else than it says.
    """
    with _opened(file) as archive:
        return _verified(file, archive, lambda _, data: _digest(data), progress)


def restore(file: Path, folder: Path, progress: Callable[[str], None] = lambda _: None) -> Manifest:
    """Make a home of a copy: all of it on the disk when this returns, or nothing.

    Args:
        file: From `back_up`.
        folder: The new home; not there yet, or empty.
        progress: Is told each file; what it raises leaves no home.

    Raises:
        BadInputError: The folder holds something; the file is no copy, is damaged, or holds something else.
        HostError: The disk said no.
    """
    if (why := occupied(folder)) is not None:
        raise BadInputError(why)
    staging = folder.with_name(f"{folder.name}{STAGED}")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        entered = {one.parent for one in (folder, *folder.parents) if not one.exists()} | {folder.parent}
        staging.mkdir(mode=PRIVATE_FOLDER, parents=True)
        with _opened(file) as archive:
            manifest = _verified(file, archive, lambda name, data: _written(staging / name, data), progress)
        for place, _, _ in os.walk(staging, onerror=_raised):
            sync_folder(Path(place))
        with suppress(FileNotFoundError):
            folder.rmdir()
        staging.rename(folder)
        for one in entered:
            sync_folder(one)
    except OSError as error:
        raise HostError(
            f"{error.filename or folder} can't be written: {error.strerror}; nothing was restored"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _first(home: Home, catalog: Catalog, log: Callable[[], Mapping[Path, bytes]]) -> dict[Path, bytes]:
    """Catalog and log as they stand at one moment."""
    rows = (home.catalog, home.catalog.with_suffix(".journal"))
    with catalog.transaction():
        return {**{path: path.read_bytes() for path in rows if path.exists()}, **log()}


def _fill(
    archive: tarfile.TarFile,
    home: Home,
    first: Mapping[Path, bytes],
    *,
    now: datetime,
    team: str | None,
    progress: Callable[[str], None],
) -> Manifest:
    held = [_add(archive, home, path, io.BytesIO(content), len(content)) for path, content in first.items()]
    for path in _files(home):
        if path in first:
            continue
        progress(str(path.relative_to(home.path)))
        # One that is being recorded grows on: what it holds now is whole up to its last event.
        with suppress(FileNotFoundError), path.open("rb") as file:
            held.append(_add(archive, home, path, file, os.fstat(file.fileno()).st_size))
    manifest = Manifest(format=FORMAT, made_at=now.isoformat(), home=str(home.path), files=tuple(held), team=team)
    content = msgspec.json.encode(manifest)
    archive.addfile(_member(MANIFEST, len(content)), io.BytesIO(content))
    return manifest


def _add(archive: tarfile.TarFile, home: Home, path: Path, file: IO[bytes], size: int) -> Held:
    source = _Hashing(file)
    name = path.relative_to(home.path).as_posix()
    archive.addfile(_member(name, size), source)
    return Held(path=name, size=size, sha256=source.digest.hexdigest())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, PRIVATE_FILE
    return member


def _files(home: Home) -> Iterator[Path]:
    """The files of a home, those of running processes left out; what others name comes behind all that may name it.

    What stands there as a link, as settings that are kept elsewhere, is copied as what it points to.

    Raises:
        OSError: A folder can't be read: what is in it would be missing.
        BadInputError: A link leads nowhere, or to a folder that it lies in.
    """
    named = (home.blobs, home.playbooks / ".git" / "objects")
    yield from _below(home.path, home.path, but=named)
    for folder in named:
        yield from _below(folder, home.path)
    # One of a process that died is needed, maybe: the next that deletes decides on it.
    yield from sorted(home.blobs.glob(f"*{GOING}"))


def _below(folder: Path, home: Path, *, but: Collection[Path] = ()) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=_raised, followlinks=True):
        at = Path(place)
        folders[:] = sorted(name for name in folders if at / name not in but)
        for name in folders:
            _check_link(at / name, home)
        yield from (at / name for name in sorted(names) if not name.endswith(_LEFT_OUT) and _is_file(at / name))


def _check_link(folder: Path, home: Path) -> None:
    """Refuse a link to a folder that it lies in: what is in that has no end."""
    if not folder.is_symlink():
        return
    around = (one for one in folder.parents if one.is_relative_to(home))
    if folder.resolve() in {one.resolve() for one in around}:
        raise BadInputError(f"{folder} is a link to a folder that it lies in; remove it, then copy again")


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        if not path.is_symlink():
            return False
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    raise BadInputError(f"{path} is a link that leads nowhere; mend or remove it, then copy again")


def _raised(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _opened(file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(file, mode="r|gz")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise BadInputError(
            f"{file} is no backup that can be read ({error}); name a file of replaybook backup"
        ) from error


def _verified(
    file: Path,
    archive: tarfile.TarFile,
    take: Callable[[str, IO[bytes]], tuple[int, str]],
    progress: Callable[[str], None],
) -> Manifest:
    """Take each member once, then hold what came against the manifest."""
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    try:
        for member in archive:
            data = archive.extractfile(member) if member.isreg() and _is_plain(member.name) else None
            if data is None or member.name in found or manifest is not None:
                _refuse(file, f"it holds {member.name!r}, which no backup does")
            if member.name == MANIFEST:
                manifest = msgspec.json.decode(data.read(_LARGEST_MANIFEST), type=Manifest)
            else:
                progress(member.name)
                found[member.name] = take(member.name, data)
    except (tarfile.TarError, EOFError, msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        _refuse(file, str(error))
    if manifest is None:
        _refuse(file, "its end is missing")
    if manifest.format != FORMAT:
        _refuse(file, f"its format is {manifest.format}, this program reads {FORMAT}")
    listed = {one.path: (one.size, one.sha256) for one in manifest.files}
    wrong = next((path for path in sorted({*listed, *found}) if listed.get(path) != found.get(path)), None)
    if wrong is not None:
        _refuse(file, f"{wrong} is not as it was copied")
    return manifest


def _refuse(file: Path, why: str) -> NoReturn:
    message = f"{file} can't be restored: {why}; take another copy"
    raise BadInputError(message)


def _is_plain(name: str) -> bool:
    """Whether it names a file below the home, as itself."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and str(path) == name


def _digest(data: IO[bytes], into: IO[bytes] | None = None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while piece := data.read(1 << 20):
        digest.update(piece)
        size += len(piece)
        if into is not None:
            into.write(piece)
    return size, digest.hexdigest()


def _written(path: Path, data: IO[bytes]) -> tuple[int, str]:
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        found = _digest(data, file)
        file.flush()
        os.fsync(descriptor)
    return found
