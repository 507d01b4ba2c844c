"""Patches that an agent applied as changes of files: with the contents, wherever its record lets them be known."""

import re
from collections.abc import Mapping
from itertools import groupby
from posixpath import isabs, join, normpath
from shlex import quote
from typing import Any

import msgspec

from capture.apply_patch import Deleted, fitted, read_apply_patch
from capture.errors import BadInputError
from capture.importers.told import Changed
from capture.patches import FileEdit, Hunk, changed, patch_text, read_patch
from capture.trace import EffectOp

WHOLE_LINES, WHOLE_BYTES = 200, 16 * 1024
"""A file up to this is carried whole, as the base of a three-way merge; of a longer one, lines around the change."""
MOST_KNOWN = 16 << 20
"""Characters of contents that are kept in mind."""
_READS = frozenset({"cat", "head", "tail", "ls", "pwd", "rg", "grep", "wc", "nl", "stat", "file", "true", "echo"})
_SHOWN = re.compile(
    r"\s*sed -n ['\"]?\d+(?:,\d+)?p['\"]?(?: [\w./-]+)*\s*|\s*git (?:status|diff|log|show)(?: [\w./-]+)*\s*"
)
_PARTS = re.compile(r"\|\||&&|[|;\n]")
NOT_APPLIED = "the patch could not be applied"
"""Why a change of files is a dead end."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")
"""What no line of a patch can name a file with."""


class FileStep(msgspec.Struct, frozen=True):
    """One step that a patch comes to."""

    command: str
    """A patch in the form of `capture.patches`, or shell text."""
    changed: tuple[Changed, ...]


class Contents:
    """What files hold, as far as patches told, until something runs that may have changed them.

    Args:
        workspace: Paths are relative to it where they are inside.
    """

    def __init__(self, workspace: str) -> None:
        self._workspace = workspace
        self._held: dict[str, str] = {}
        self._size = 0

    def get(self, path: str) -> str | None:
        """A file's text; None: not known."""
        return self._held.get(path)

    def put(self, path: str, content: str | None) -> None:
        """It holds this now; None: gone, or not known any more."""
        self._size -= len(self._held.pop(path, ""))
        if content is not None:
            self._held[path] = content
            self._size += len(content)
        if self._size > MOST_KNOWN:
            self.forget()

    def forget(self) -> None:
        """Anything may have changed."""
        self._held.clear()
        self._size = 0

    def ran(self, command: str) -> None:
        """A command ran; all is forgotten unless it plainly only reads."""
        if self._held and not _only_reads(command):
            self.forget()

    def place(self, path: str, cwd: str) -> str:
        """A path of a patch as a run names it."""
        whole = normpath(join(cwd, path))
        inside = self._workspace.rstrip("/") + "/"
        return whole.removeprefix(inside) if self._workspace and isabs(whole) else whole


def file_steps(patch: str, cwd: str, contents: Contents, told: Mapping[str, Any]) -> tuple[FileStep, ...]:
    """What a patch that was applied comes to.

    Args:
        patch: As the model wrote it.
        cwd: What its paths are relative to.
        contents: What is known before; afterwards, what is known then.
        told: What the agent's record says that it changed, by path, as Codex tells it; may be empty.

    Returns:
        Mostly one step; more where a file was deleted that nobody knows the content of.

    Raises:
        BadInputError: It can't be read as a patch.
    """
    known = {contents.place(path, cwd): change for path, change in told.items() if isinstance(change, dict)}
    found = [_placed(one, cwd, contents) for one in read_apply_patch(patch)]
    if not found:
        raise BadInputError("the patch changes no file")
    made = [_change(one, contents, known) for one in found]
    steps: list[FileStep] = []
    for is_edit, group in groupby(made, lambda one: isinstance(one[0], FileEdit)):
        members = list(group)
        if is_edit:
            edits = [edit for edit, _ in members if isinstance(edit, FileEdit)]
            steps.append(FileStep(patch_text(edits), tuple(change for _, change in members)))
        else:
            steps += [FileStep(f"rm -- {quote(edit.path)}", (change,)) for edit, change in members]
    return tuple(steps)


def written_step(path: str, content: str, cwd: str, contents: Contents) -> FileStep:
    """A file that was written whole.

    Raises:
        BadInputError: The path is none.
    """
    hunks = changed("", content, whole=True)
    placed = _placed(FileEdit(old=None, new=path, hunks=hunks, whole=True, parents=True), cwd, contents)
    edit, change = _change(placed, contents, {})
    return FileStep(patch_text([edit] if isinstance(edit, FileEdit) else []), (change,))


def refused_step(patch: str, cwd: str, contents: Contents) -> FileStep:
    """A patch that could not be applied, or not whole.

    Raises:
        BadInputError: It can't be read as a patch.
    """
    found = [_placed(one, cwd, contents) for one in read_apply_patch(patch)]
    for one in found:
        contents.put(one.path, None)
    edits = [one for one in found if isinstance(one, FileEdit)]
    text = patch_text(edits) if edits else "\n".join(f"rm -- {quote(one.path)}" for one in found)
    if not text:
        raise BadInputError("the patch changes no file")
    return FileStep(text, ())


def _only_reads(command: str) -> bool:
    if re.search(r"[>`&]|\$\(", command.replace("&&", ";")):
        return False
    parts = [part.strip() for part in _PARTS.split(command)]
    return all(not part or part.split()[0] in _READS or _SHOWN.fullmatch(part) is not None for part in parts)


def _placed(edit: FileEdit | Deleted, cwd: str, contents: Contents) -> FileEdit | Deleted:
    names = [edit.path] if isinstance(edit, Deleted) else [name for name in (edit.old, edit.new) if name is not None]
    if any(not name or _UNFIT.search(name) for name in names):
        raise BadInputError("the patch names a file with characters that no name has")
    if isinstance(edit, Deleted):
        return Deleted(contents.place(edit.path, cwd))
    old = None if edit.old is None else contents.place(edit.old, cwd)
    return msgspec.structs.replace(edit, old=old, new=contents.place(edit.path, cwd))


def _change(
    edit: FileEdit | Deleted, contents: Contents, told: Mapping[str, Mapping[str, Any]]
) -> tuple[FileEdit | Deleted, Changed]:
    if isinstance(edit, Deleted):
        return _deleted(edit, contents, told)
    if edit.old is None:
        return _added(edit, contents)
    return _updated(edit, edit.old, contents, told)


def _deleted(
    edit: Deleted, contents: Contents, told: Mapping[str, Mapping[str, Any]]
) -> tuple[FileEdit | Deleted, Changed]:
    before = contents.get(edit.path)
    if before is None:
        before = _content_told(told.get(edit.path, {}), "delete")
    contents.put(edit.path, None)
    held = None if before is None else before.encode("utf-8", "replace")
    change = Changed(path=edit.path, op=EffectOp.DELETED, before=held)
    if before is None:
        return edit, change
    return FileEdit(old=edit.path, new=None, hunks=changed(before, "", whole=True)), change


def _added(edit: FileEdit, contents: Contents) -> tuple[FileEdit, Changed]:
    before = contents.get(edit.path)
    after = "".join(line for hunk in edit.hunks for line in hunk.new)
    contents.put(edit.path, after)
    if before is None:
        return edit, Changed(path=edit.path, op=EffectOp.CREATED, after=after.encode("utf-8", "replace"))
    return _between(edit, before, after)


def _updated(
    edit: FileEdit, old: str, contents: Contents, told: Mapping[str, Mapping[str, Any]]
) -> tuple[FileEdit, Changed]:
    before = contents.get(old)
    after = None if before is None else fitted(edit, before)
    contents.put(old, None)
    contents.put(edit.path, after)
    if before is not None and after is not None:
        return _between(edit, before, after)
    hunks = _hunks_told(told.get(old, {}))
    op, moved = (EffectOp.MODIFIED, None) if old == edit.path else (EffectOp.MOVED, old)
    placed = msgspec.structs.replace(edit, hunks=hunks) if hunks else edit
    return placed, Changed(path=edit.path, op=op, moved_from=moved)


def _between(edit: FileEdit, before: str, after: str) -> tuple[FileEdit, Changed]:
    """An edit of a file that is known before and after it."""
    old = edit.old or edit.path
    moved = None if old == edit.path else old
    short = before.count("\n") <= WHOLE_LINES and len(before.encode("utf-8", "replace")) <= WHOLE_BYTES
    hunks = changed(before, after, whole=short)
    change = Changed(
        path=edit.path,
        op=EffectOp.MOVED if moved else EffectOp.MODIFIED,
        before=before.encode("utf-8", "replace"),
        after=after.encode("utf-8", "replace"),
        moved_from=moved,
    )
    return FileEdit(old=old, new=edit.path, hunks=hunks, whole=short and bool(hunks), parents=bool(moved)), change


def _content_told(change: Mapping[str, Any], kind: str) -> str | None:
    """A content in `{"type": KIND, "content": …}` or `{KIND: {"content": …}}`."""
    body = change.get(kind) if isinstance(change.get(kind), dict) else change if change.get("type") == kind else {}
    content = body.get("content") if isinstance(body, dict) else None
    return content if isinstance(content, str) and content else None


def _hunks_told(change: Mapping[str, Any]) -> tuple[Hunk, ...]:
    """The changed lines with their numbers, where they are told."""
    body = change.get("update") if isinstance(change.get("update"), dict) else change
    diff = body.get("unified_diff") if isinstance(body, dict) else None
    begin = diff.find("@@ -") if isinstance(diff, str) else -1
    if begin < 0 or not isinstance(diff, str):
        return ()
    try:
        return read_patch(f"--- f\n+++ f\n{diff[begin:]}")[0].hunks
    except BadInputError:
        return ()
