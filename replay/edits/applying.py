"""Says what an edit would make of a file as it is today; nothing is written here."""

from collections.abc import Sequence
from difflib import get_close_matches
from hashlib import sha256
from typing import Protocol

import msgspec

from capture.patches import AT_END, FileEdit, Hunk, is_loose, loose_places, places, split
from replay.edits.merging import Conflict, merge
from replay.outcome import FailureClass

LARGEST_MERGE = 5000
"""Lines of a file that is merged three ways."""
_WIDTH = 60


class Files(Protocol):
    """The files as the step finds them, by the paths of its patch."""

    def content(self, path: str) -> bytes | None:
        """What a file holds; None when it is not there."""
        ...

    def mode(self, path: str) -> int | None:
        """Its permission bits; None when it is not there."""
        ...


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done to one file."""

    path: str
    moved_from: str | None = None
    """The file is moved here first."""
    content: bytes | None = None
    """What it holds then; None: it is left as it is."""
    deleted: bool = False
    mode: int | None = None
    """Permission bits to set; None: left as they are."""
    parents: bool = False
    """Missing directories above it are made first."""


class Already(msgspec.Struct, frozen=True):
    """The file is as the edit would make it."""

    path: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The edit does not fit the file."""

    path: str
    failure_class: FailureClass
    message: str


def plan(edit: FileEdit, files: Files) -> Change | Already | Refused:
    """What an edit comes to now.

    Args:
        edit: Its paths and lines literal.
        files: As they are.

    Returns:
        What to do, or why there is nothing to do.
    """
    if edit.old is None:
        return _made(edit, files)
    now = files.content(edit.old)
    if edit.new is None:
        return _deleted(edit, now)
    if edit.new != edit.old:
        return _moved(edit, now, files)
    if now is None:
        return _refused(edit, FailureClass.MISSING_FILE, f"{edit.path} is not there, and is to be changed")
    return _changed(edit, now, files)


def _made(edit: FileEdit, files: Files) -> Change | Already | Refused:
    now, wanted = files.content(edit.path), _bytes(edit, [line for hunk in edit.hunks for line in hunk.new])
    if now == wanted:
        return Already(edit.path)
    if edit.replaces is None and now is not None:
        told = f"{edit.path} is to be made, and is there already with another content"
        return _refused(edit, FailureClass.ALREADY_EXISTS, told)
    if edit.replaces is not None and now is None:
        return _refused(edit, FailureClass.MISSING_FILE, f"{edit.path} is not there, and is to be replaced")
    if edit.replaces is not None and now is not None and edit.replaces != f"sha256:{sha256(now).hexdigest()}":
        told = f"{edit.path} is to be replaced, and holds something else than in the recording"
        return _refused(edit, FailureClass.EFFECTS_CHANGED, told)
    return Change(path=edit.path, content=wanted, mode=edit.mode, parents=edit.parents)


def _deleted(edit: FileEdit, now: bytes | None) -> Change | Already | Refused:
    if now is None:
        return Already(edit.path)
    if now != _bytes(edit, [line for hunk in edit.hunks for line in hunk.old]):
        told = f"{edit.path} is to be deleted, and holds something else than in the recording"
        return _refused(edit, FailureClass.EFFECTS_CHANGED, told)
    return Change(path=edit.path, deleted=True)


def _moved(edit: FileEdit, now: bytes | None, files: Files) -> Change | Already | Refused:
    there = files.content(edit.path) is not None
    if now is None and there:
        return Already(edit.path)
    if now is None:
        return _refused(edit, FailureClass.MISSING_FILE, f"{edit.old} is not there, and is to be moved to {edit.new}")
    if there:
        told = f"{edit.new} is there already, and {edit.old} is to be moved there"
        return _refused(edit, FailureClass.ALREADY_EXISTS, told)
    found = _text(edit, now) if edit.hunks else None
    if isinstance(found, Refused):
        return found
    content = found if isinstance(found, bytes) else None
    return Change(path=edit.path, moved_from=edit.old, content=content, mode=edit.mode, parents=edit.parents)


def _changed(edit: FileEdit, now: bytes, files: Files) -> Change | Already | Refused:
    found = _text(edit, now) if edit.hunks else Already(edit.path)
    if isinstance(found, Refused):
        return found
    mode = None if edit.mode == files.mode(edit.path) else edit.mode
    if isinstance(found, bytes):
        return Change(path=edit.path, content=found, mode=mode)
    # Half of it done already is no state that was recorded.
    if mode is None:
        return found
    if edit.hunks:
        told = f"the text of {edit.path} is changed already, and its mode is not {mode:o}"
        return _refused(edit, FailureClass.EFFECTS_CHANGED, told)
    return Change(path=edit.path, mode=mode)


def _text(edit: FileEdit, now: bytes) -> bytes | Already | Refused:
    """What the file holds after its hunks."""
    try:
        lines = split(now.decode())
    except UnicodeDecodeError:
        told = f"{edit.path} holds bytes that are no text, and its text is to be changed"
        return _refused(edit, FailureClass.EFFECTS_CHANGED, told)
    hunks = [_ended(hunk) for hunk in edit.hunks] if edit.crlf else list(edit.hunks)
    if edit.whole and len(hunks) == 1 and len(lines) <= LARGEST_MERGE:
        return _merged(edit, hunks[0], lines)
    if _stands(hunks, lines):
        return Already(edit.path)
    return _patched(edit, hunks, lines)


def _merged(edit: FileEdit, hunk: Hunk, now: list[str]) -> bytes | Already | Refused:
    found = merge(hunk.old, now, hunk.new)
    if not isinstance(found, Conflict):
        return Already(edit.path) if found == now else "".join(found).encode()
    wanted, came = _shown(found.base), _shown(found.ours)
    told = f"the hunk at line {found.line} of {edit.path} does not fit: {wanted} was recorded there, {came} found"
    return _refused(edit, FailureClass.EFFECTS_CHANGED, told)


def _patched(edit: FileEdit, hunks: Sequence[Hunk], now: list[str]) -> bytes | Refused:
    result: list[str] = []
    done = shift = 0
    if now and any(is_loose(hunk) for hunk in hunks):
        # Who writes such hunks counts in lines: the last one has an end afterwards.
        now = [*now[:-1], now[-1].removesuffix("\n") + "\n"]
    for number, hunk in enumerate(hunks, 1):
        old, wanted = hunk.old, hunk.start - 1 + shift
        found = loose_places(hunk, now, done) if is_loose(hunk) else [at for at in places(old, now) if at >= done]
        at = wanted if wanted in found else found[0] if len(found) == 1 else None
        if at is None:
            name = f"hunk {number} ({f'line {hunk.start}' if hunk.start else 'its line unknown'}) of {edit.path}"
            why = f"its lines stand there {len(found)} times" if found else _what_differs(hunk, now, max(0, wanted))
            return _refused(edit, FailureClass.EFFECTS_CHANGED, f"{name} does not fit: {why}")
        result += [*now[done:at], *hunk.new]
        done, shift = at + len(old), shift if is_loose(hunk) else at - hunk.start + 1
    return "".join([*result, *now[done:]]).encode()


def _stands(hunks: Sequence[Hunk], now: list[str]) -> bool:
    """Whether every hunk's new lines stand there; what only drops lines is not done while the old ones stand.

    Of lines that were put behind the last one nobody can tell whether they are those.
    """
    return all(
        bool(hunk.old or hunk.heading != AT_END)
        and any(True for _ in places(hunk.new, now))
        and (len(hunk.new) > len(hunk.old) or not any(True for _ in places(hunk.old, now)))
        for hunk in hunks
    )


def _what_differs(hunk: Hunk, now: list[str], wanted: int) -> str:
    """The first line that the hunk looks for and the file has not, and what is nearest to it."""
    held = set(now)
    lost = next((line for line in hunk.old if line not in held), None)
    if lost is None:
        return "its lines are there, and no more one behind the other"
    region = now[max(0, wanted - len(hunk.old)) : wanted + 2 * len(hunk.old)]
    near = get_close_matches(lost, region, n=1, cutoff=0.5)
    return f"{_shown([lost])} was recorded there, {_shown(near)} found"


def _shown(lines: Sequence[str]) -> str:
    if not lines:
        return "nothing"
    text = lines[0].rstrip("\r\n")
    cut = f"{text[:_WIDTH]}…" if len(text) > _WIDTH else text
    return f"{cut!r}" + (f" and {len(lines) - 1} more" if len(lines) > 1 else "")


def _ended(hunk: Hunk) -> Hunk:
    lines = tuple((sign, text.replace("\n", "\r\n")) for sign, text in hunk.lines)
    return msgspec.structs.replace(hunk, lines=lines)


def _bytes(edit: FileEdit, lines: Sequence[str]) -> bytes:
    text = "".join(lines)
    return (text.replace("\n", "\r\n") if edit.crlf else text).encode()


def _refused(edit: FileEdit, failure_class: FailureClass, message: str) -> Refused:
    return Refused(path=edit.path, failure_class=failure_class, message=message)
