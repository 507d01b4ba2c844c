"""File operations of a program: what each changes, and the patch that tells it (pure but for `Place`)."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from shlex import quote
from typing import NamedTuple

from capture.errors import BadInputError
from capture.patches import FileEdit, changed, is_loose, loose_places, patch_text, places, split
from capture.trace import EffectOp, FileEffect, FileType

LARGEST = 64 * 1024
"""Bytes of the longest file whose change is told as a patch."""
WHOLE_LINES, WHOLE_BYTES = 200, 16 * 1024
"""A file up to this stands whole in its patch, as the base of a three-way merge."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""What no line of a patch can name a file with."""
_ALONE = re.compile(r"(?<!\r)\n")


class Change(NamedTuple):
    """What becomes of one file."""

    path: str
    """Relative to the workspace where inside it, absolute elsewhere."""
    op: EffectOp
    before: bytes | None = None
    """What it held; None: there was none, or nobody knows."""
    after: bytes | None = None
    """What it holds then; None: it is gone, or nobody knows."""
    moved_from: str | None = None
    mode: int | None = None
    """Permission bits then."""
    parents: bool = False
    """Whether directories above it are made."""

    def effect(self) -> FileEffect:
        """The same as it is recorded."""
        return FileEffect(
            path=self.path,
            op=self.op,
            type=FileType.FILE,
            before=_digest(self.before),
            after=_digest(self.after),
            size=None if self.after is None else len(self.after),
            mode=self.mode,
            moved_from=self.moved_from,
        )

    def command(self) -> str:
        """The step's text: a patch, or, where a patch can't carry the change, shell text that does nothing."""
        edit = None if _UNFIT.search(f"{self.path}{self.moved_from or ''}") else self._edit()
        # No comment, which a compiler takes for nothing: what it did not do must be missed in a replay.
        return f": {self.op} {quote(self.path)}, which no patch can tell" if edit is None else patch_text([edit])

    def _edit(self) -> FileEdit | None:
        old, new = _plain(self.before), _plain(self.after)
        if self.op is EffectOp.MOVED:
            return FileEdit(old=self.moved_from, new=self.path, parents=self.parents)
        if self.op is EffectOp.DELETED:
            return None if old is None else FileEdit(old=self.path, new=None, hunks=changed(old[0], "", whole=True))
        if new is None or (old is None and self.before is not None):
            return None
        text, crlf = new
        if old is None or (old[0] and not text):
            return FileEdit(
                old=None,
                new=self.path,
                hunks=changed("", text, whole=True),
                crlf=crlf,
                parents=self.parents,
                mode=self.mode if self.mode is not None and self.mode & stat.S_IXUSR else None,
                replaces=_digest(self.before),
            )
        if old[1] != crlf:
            old, text, crlf = ((self.before or b"").decode(), False), (self.after or b"").decode(), False
        whole = old[0].count("\n") <= WHOLE_LINES and len(old[0].encode()) <= WHOLE_BYTES
        return FileEdit(old=self.path, new=self.path, hunks=changed(old[0], text, whole=whole), whole=whole, crlf=crlf)


def _plain(content: bytes | None) -> tuple[str, bool] | None:
    """A text with plain line ends, and whether all of them were CR LF; None when no patch can carry it."""
    if content is None or len(content) > LARGEST:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    crlf = "\r\n" in text and _ALONE.search(text) is None
    return (text.replace("\r\n", "\n") if crlf else text), crlf


def _digest(content: bytes | None) -> str | None:
    return None if content is None else f"sha256:{sha256(content).hexdigest()}"


def patched(edit: FileEdit, content: bytes) -> bytes:
    """What a file holds after an edit.

    Args:
        edit: Each of its hunks must stand at its line, or in one place only.
        content: Of the file before.

    Raises:
        BadInputError: It does not fit; nothing is changed.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise BadInputError(f"{edit.path} holds bytes that are no text; write it whole") from error
    now = split(text.replace("\r\n", "\n") if edit.crlf else text)
    result: list[str] = []
    done = shift = 0
    for number, hunk in enumerate(edit.hunks, 1):
        wanted = hunk.start - 1 + shift
        found = loose_places(hunk, now, done) if is_loose(hunk) else [at for at in places(hunk.old, now) if at >= done]
        at = wanted if wanted in found else found[0] if len(found) == 1 else None
        if at is None:
            raise BadInputError(
                f"hunk {number} of {edit.path} fits in {len(found)} places; make the patch anew from the file as it is"
            )
        result += [*now[done:at], *hunk.new]
        done, shift = at + len(hunk.old), shift if is_loose(hunk) else at - hunk.start + 1
    made = "".join([*result, *now[done:]])
    return (made.replace("\n", "\r\n") if edit.crlf else made).encode()


class Place:
    """The files of a workspace, as a program changes them.

    Args:
        workspace: Absolute; where relative paths lie.
    """

    def __init__(self, workspace: str) -> None:
        self._root = workspace

    def name(self, path: str | os.PathLike[str]) -> str:
        """How a run names a path.

        Raises:
            BadInputError: No file can have that name.
        """
        if "\0" in os.fspath(path):
            raise BadInputError(f"no file is called {os.fspath(path)!r}; take the NUL out of it")
        whole = os.path.normpath(os.path.join(self._root, path))  # noqa: PTH118 - no link is followed
        return whole[len(self._root) + 1 :] if whole.startswith(f"{self._root.rstrip('/')}/") else whole

    def content(self, name: str) -> bytes | None:
        """What a file holds; None when there is none.

        Raises:
            OSError: It can't be read.
        """
        try:
            return Path(self._root, name).read_bytes()
        except FileNotFoundError:
            return None

    def mode(self, name: str) -> int | None:
        """A file's permission bits; None when there is none."""
        with suppress(OSError):
            return stat.S_IMODE(Path(self._root, name).stat().st_mode)
        return None

    def lacks_parents(self, name: str) -> bool:
        """Whether the directory is missing in which a path lies."""
        return not Path(self._root, name).parent.is_dir()

    def make(self, change: Change) -> None:
        """Change a file: whole, or not at all.

        Raises:
            OSError: It can't be changed.
        """
        target = Path(self._root, change.path)
        if change.parents:
            target.parent.mkdir(parents=True, exist_ok=True)
        if change.op is EffectOp.DELETED:
            target.unlink()
        elif change.op is EffectOp.MOVED:
            Path(self._root, change.moved_from or "").rename(target)
        else:
            _write(target, change.after or b"", change.mode)


def _write(target: Path, content: bytes, mode: int | None) -> None:
    # What a link points to is written, as any program would.
    place = Path(os.path.realpath(target))
    made = place.with_name(f".{place.name[:40]}.{token_hex(4)}")
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(content)
        if mode is not None:
            made.chmod(mode)
        made.replace(place)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise


def contents_in(changes: tuple[Change, ...]) -> Iterator[bytes]:
    """What files held and hold, as far as it is known."""
    for change in changes:
        yield from (content for content in (change.before, change.after) if content is not None)
