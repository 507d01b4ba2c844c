"""What Claude Code's file tools did to a file, by what the agent itself keeps of a call: as contents and as a patch."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from capture.importers.told import Changed
from capture.patches import CONTEXT, FileEdit, Hunk, changed, patch_text, split
from capture.trace import EffectOp

WRITERS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
"""The tools that change one file and nothing else."""
_LONGEST_MIDDLE = 2000
"""Lines that are compared one by one; of more, all are taken for changed."""
_UNFIT = {chr(code) for code in (*range(0x20), 0x7F)}
"""What no line of a patch can name a file with."""


class Edited(msgspec.Struct, frozen=True):
    """A change of one file."""

    patch: str
    changed: Changed


def edited(name: str, given: Mapping[str, Any], outcome: Any, text: str, workspace: str) -> Edited | None:
    """The change that a call made which did not fail.

    Args:
        name: One of `WRITERS`.
        given: What the tool was given.
        outcome: What the agent keeps of the result; None where it keeps nothing.
        text: What the model was told.
        workspace: To which paths are relative.

    Returns:
        None when the record does not say enough to make the change again.
    """
    kept = outcome if isinstance(outcome, dict) else {}
    path = _first(str, given.get("file_path"), given.get("notebook_path"), kept.get("filePath"))
    if not path or _UNFIT & {*path}:
        return None
    path = relative(path, workspace)
    if name == "Write":
        return _written(path, given, kept, text)
    before = _first(str, kept.get("originalFile"), kept.get("originalFileContents"), kept.get("original_file"))
    after = _after(name, given, kept, before)
    if after is not None and (before is not None or _makes(given, kept)):
        return _made_of(path, before, after)
    hunks = _structured(kept.get("structuredPatch"))
    if not hunks:
        return None
    return Edited(patch_text([FileEdit(old=path, new=path, hunks=hunks)]), Changed(path=path))


def relative(path: str, workspace: str) -> str:
    """A path as a run names it."""
    inside = f"{workspace.rstrip('/')}/"
    return path.removeprefix(inside) if workspace and path.startswith(inside) and path != inside else path


def _written(path: str, given: Mapping[str, Any], kept: Mapping[str, Any], text: str) -> Edited | None:
    # A person may have changed what was to be written before letting it be.
    after = _first(str, kept.get("content"), given.get("content"))
    if after is None:
        return None
    before = _first(str, kept.get("originalFile"))
    made = kept.get("type") == "create" or (before is None and "created successfully" in text)
    if before is None and not made:
        edit = Changed(path=path, op=EffectOp.MODIFIED, after=_bytes(after))
        return Edited(_patch(path, None, after), edit)
    return _made_of(path, None if made else before, after)


def _after(name: str, given: Mapping[str, Any], kept: Mapping[str, Any], before: str | None) -> str | None:
    if name == "NotebookEdit":
        return _first(str, kept.get("updated_file"))
    edits = given.get("edits") if name == "MultiEdit" else None
    if edits is None:
        edits = [
            {
                "old_string": _first(str, kept.get("oldString"), given.get("old_string")),
                "new_string": _first(str, kept.get("newString"), given.get("new_string")),
                "replace_all": given.get("replace_all"),
            }
        ]
    return _replaced(before or "", edits)


def _replaced(text: str, edits: object) -> str | None:
    """A text after one edit after the other; None when one of them finds nothing to replace."""
    for edit in edits if isinstance(edits, list) else [None]:
        told = edit if isinstance(edit, dict) else {}
        old, new = told.get("old_string"), told.get("new_string")
        if not isinstance(old, str) or not isinstance(new, str) or (old not in text if old else text):
            return None
        text = text.replace(old, new, -1 if told.get("replace_all") else 1) if old else new
    return text


def _makes(given: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Whether an edit is of a file that was not there: what it replaces is nothing."""
    edits = given.get("edits")
    first = edits[0] if isinstance(edits, list) and edits and isinstance(edits[0], dict) else given
    return first.get("old_string") == "" and not kept.get("structuredPatch")


def _made_of(path: str, before: str | None, after: str) -> Edited:
    return Edited(
        _patch(path, before, after),
        Changed(
            path=path,
            op=EffectOp.CREATED if before is None else EffectOp.MODIFIED,
            before=None if before is None else _bytes(before),
            after=_bytes(after),
        ),
    )


def _patch(path: str, before: str | None, after: str) -> str:
    crlf = _is_crlf(after) and (before is None or _is_crlf(before))
    old, new = ((text or "").replace("\r\n", "\n") if crlf else text or "" for text in (before, after))
    if before is None:
        whole = (Hunk(1, tuple(("+", line) for line in split(new))),) if new else ()
        return patch_text([FileEdit(old=None, new=path, hunks=whole, crlf=crlf, parents=True)])
    return patch_text([FileEdit(old=path, new=path, hunks=hunks(old, new), crlf=crlf)])


def hunks(before: str, after: str) -> tuple[Hunk, ...]:
    """The hunks that make one text of another, quick where most of both is the same.

    Args:
        before: The old text.
        after: The new one.
    """
    if before == after:
        return ()
    head = before.rfind("\n", 0, _alike(before, after)) + 1
    tail = _tail(before, after, head)
    for _ in range(CONTEXT):
        head = before.rfind("\n", 0, max(0, head - 1)) + 1
    for _ in range(CONTEXT):
        tail = before.find("\n", tail) + 1 or len(before)
    middle, instead = before[head:tail], after[head : len(after) - (len(before) - tail)]
    first = before.count("\n", 0, head)
    old, new = split(middle), split(instead)
    if max(len(old), len(new)) > _LONGEST_MIDDLE:
        lines = (*(("-", line) for line in old), *(("+", line) for line in new))
        return (Hunk(first + 1, lines),)
    return tuple(Hunk(hunk.start + first, hunk.lines) for hunk in changed(middle, instead, whole=False))


def _tail(before: str, after: str, head: int) -> int:
    """Where in the old text the whole lines begin that both end with, behind the first `head` characters of both."""
    most = min(len(before), len(after)) - head
    same = min(_alike(before[::-1], after[::-1]), most)
    at = len(before) - same
    begins = all(begin == head or text[begin - 1] == "\n" for text, begin in ((before, at), (after, len(after) - same)))
    return at if begins else before.find("\n", at) + 1 or len(before)


def _alike(one: str, other: str) -> int:
    """How many characters both begin with; whole stretches are compared at once."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _structured(given: object) -> tuple[Hunk, ...]:
    """The hunks of a `structuredPatch`; nothing when one of them can't be read."""
    found: list[Hunk] = []
    for hunk in given if isinstance(given, list) else []:
        start, lines = (hunk.get("oldStart"), hunk.get("lines")) if isinstance(hunk, dict) else (None, None)
        if not isinstance(start, int) or start < 0 or not isinstance(lines, list):
            return ()
        signed = _signed([line for line in lines if isinstance(line, str)])
        if not signed or len(signed) < sum(1 for line in lines if line[:1] != "\\"):
            return ()
        found.append(Hunk(max(start, 1), tuple(signed)))
    return tuple(found)


def _signed(lines: Sequence[str]) -> list[tuple[str, str]]:
    behind = (*lines[1:], "")
    return [
        (line[0], line[1:] + ("" if after[:1] == "\\" else "\n"))
        for line, after in zip(lines, behind, strict=False)
        if line[:1] in ("+", "-", " ") and "\n" not in line
    ]


def _is_crlf(text: str) -> bool:
    return "\r\n" in text and text.count("\n") == text.count("\r\n")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _first(type_: type[str], *values: object) -> str | None:
    return next((value for value in values if isinstance(value, type_)), None)
