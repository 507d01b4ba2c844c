"""Operations on files as tools: `file/write`, `file/patch`, `file/move`, `file/delete`, all by `replay.edits`."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE, S_ISREG
from typing import Annotated

import msgspec
from msgspec import Meta

from capture.errors import BadInputError
from capture.patches import split
from replay.edits import Already, Change, FileEdit, Hunk, Refused, changed, plan, read_patch
from replay.library.durable import write_all
from replay.outcome import FailureClass
from replay.tools.answers import SAID_ERROR, Answer, answered, not_done
from replay.tools.executing import Around, NotDoneError

PREFIX = "file/"
"""So begin their names."""
Digest = Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]
_LARGEST = 16 << 20


class Write(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`file/write`: what a file holds afterwards."""

    path: str
    content: str
    base: str | None = None
    """What it held when it was recorded: what has changed since then is merged three ways."""
    replaces: Digest | None = None
    """Digest of what it held; None, and no base: there is no such file yet."""
    mode: Annotated[str, Meta(pattern="^[0-7]{3,4}$")] | None = None
    """Permission bits, octal."""


class Patch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`file/patch`: changes of one or more files."""

    patch: str
    """As `replay.edits.unified` reads it."""


class Move(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`file/move`: a file gets another name; nothing may stand there."""

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")


class Delete(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`file/delete`: a file goes, as long as it holds what was recorded."""

    path: str
    sha256: Digest


Operation = Write | Patch | Move | Delete
OPERATIONS: Mapping[str, type[Operation]] = {"write": Write, "patch": Patch, "move": Move, "delete": Delete}
"""By what stands behind `PREFIX`."""
WORDS: Mapping[str, str] = {
    "write": "Write a file, merged with what has changed since it was recorded.",
    "patch": "Apply a unified diff.",
    "move": "Give a file another name; nothing may stand there.",
    "delete": "Delete a file that holds what was recorded.",
}
"""What each does, by the same, for people."""


class Workspace:
    """The files that a call may touch: those of the replay's workspace, whatever links lead out of it.

    Args:
        around: Where the call is made from; paths are relative to its directory.
    """

    def __init__(self, around: Around) -> None:
        self._root = Path(around.workspace).resolve()
        self._cwd = Path(around.cwd)

    def place(self, path: str) -> Path:
        """Where a path leads.

        Raises:
            NotDoneError: Out of the workspace.
        """
        if not path or "\0" in path:
            raise NotDoneError("a path is empty, or holds a NUL")
        named = self._cwd / path
        if named.is_symlink():
            raise NotDoneError(f"{path} is a link; name what it leads to")
        found = named.resolve()
        if not found.is_relative_to(self._root) or found == self._root:
            raise NotDoneError(f"{path} leads out of the workspace {self._root}; nothing was changed")
        return found

    @contextmanager
    def folder_of(self, place: Path) -> Iterator[int]:
        """A descriptor of the folder that a place is in.

        The place was resolved: whatever takes the place of one of its folders as a link meanwhile is not followed.

        Args:
            place: As `place` tells it.
        """
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for name in place.parent.relative_to(self._root).parts:
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    def content(self, path: str) -> bytes | None:
        """What a file holds; None when it is not there."""
        place = self.place(path)
        try:
            status = place.stat()
        except OSError:
            return None
        if not S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise NotDoneError(f"{path} is no file, or has more than {_LARGEST} bytes; nothing was changed")
        return place.read_bytes()

    def mode(self, path: str) -> int | None:
        """Its permission bits; None when it is not there."""
        try:
            return S_IMODE(self.place(path).stat().st_mode)
        except OSError:
            return None


class FileTools:
    """Carries them out; nothing is changed where one of several changes does not fit."""

    async def call(self, tool: str, given: object, around: Around) -> Answer:
        """Do one operation."""
        name = tool.removeprefix(PREFIX)
        kind = OPERATIONS.get(name)
        if kind is None:
            raise NotDoneError(f"there is no {tool}; there are {', '.join(PREFIX + one for one in OPERATIONS)}")
        try:
            operation = msgspec.convert(given, kind)
            edits = edits_of(operation)
        except (msgspec.ValidationError, BadInputError) as error:
            raise NotDoneError(f"its input is wrong: {error}") from None
        return carried_out(tool, operation, edits, Workspace(around))

    async def close(self) -> None:
        """Nothing is open."""


def edits_of(operation: Operation) -> tuple[FileEdit, ...]:
    """An operation as edits of files.

    Raises:
        BadInputError: Its patch is none.
    """
    match operation:
        case Patch(patch=patch):
            return read_patch(patch)
        case Move(source=source, target=target):
            return (FileEdit(old=source, new=target),)
        case Delete(path=path):
            return (FileEdit(old=path, new=None),)
        case Write(path=path, content=content, base=base):
            mode = int(operation.mode, 8) if operation.mode else None
            if base is not None:
                hunks = changed(base, content, whole=True)
                return (FileEdit(old=path, new=path, hunks=hunks, whole=True, mode=mode),)
            lines = tuple(("+", line) for line in split(content))
            hunks = (Hunk(1, lines),) if lines else ()
            return (FileEdit(old=None, new=path, hunks=hunks, mode=mode, replaces=operation.replaces),)


def carried_out(tool: str, operation: Operation, edits: Sequence[FileEdit], files: Workspace) -> Answer:
    """Do it, or say what stands in the way."""
    planned = [planned_one(operation, edit, files) for edit in edits]
    for one in planned:
        if isinstance(one, Refused):
            return not_done(tool, one.message, SAID_ERROR)
    try:
        for one in planned:
            if isinstance(one, Change):
                _do(one, files)
    except OSError as error:
        return not_done(tool, f"{error.filename}: {error.strerror}")
    done = sorted(one.path for one in planned if isinstance(one, Change))
    return answered({"changed": done, "already": sorted(one.path for one in planned if isinstance(one, Already))})


def planned_one(operation: Operation, edit: FileEdit, files: Workspace) -> Change | Already | Refused:
    """What one edit comes to; of a deletion the digest decides."""
    for path in filter(None, (edit.old, edit.new)):
        files.place(path)
    if not isinstance(operation, Delete):
        return plan(edit, files)
    now = files.content(operation.path)
    if now is None:
        return Already(operation.path)
    if f"sha256:{sha256(now).hexdigest()}" == operation.sha256:
        return Change(path=operation.path, deleted=True)
    told = f"{operation.path} is to be deleted, and holds something else than in the recording"
    return Refused(path=operation.path, failure_class=FailureClass.EFFECTS_CHANGED, message=told)


def _do(change: Change, files: Workspace) -> None:
    place = files.place(change.path)
    with files.folder_of(place) as folder:
        if change.deleted:
            os.unlink(place.name, dir_fd=folder)
            return
        if change.moved_from is not None:
            source = files.place(change.moved_from)
            with files.folder_of(source) as before:
                os.rename(source.name, place.name, src_dir_fd=before, dst_dir_fd=folder)
        if change.content is None and change.mode is None:
            return
        flags = os.O_RDONLY if change.content is None else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        descriptor = os.open(place.name, flags | os.O_NOFOLLOW, 0o666, dir_fd=folder)
        try:
            write_all(descriptor, change.content or b"")
            if change.mode is not None:
                os.fchmod(descriptor, change.mode)
        finally:
            os.close(descriptor)
