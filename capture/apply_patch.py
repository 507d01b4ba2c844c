"""The patches that OpenAI's models write, as edits of files (pure).

    *** Begin Patch
    *** Update File: src/app.py
    *** Move to: src/main.py
    @@ def main():
     import sys
    -    return 0
    +    return 1
    *** End of File
    *** Add File: notes.txt
    +One line.
    *** Delete File: old.txt
    *** End Patch

The grammar is that of Codex' `apply_patch` tool. No line has a number: a change goes where its old lines stand first,
behind the changes before it and behind the line that `@@` names; one without old lines goes to the end of the file.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import msgspec

from capture.errors import BadInputError
from capture.patches import AT_END, FileEdit, Hunk, loose_places, split

BEGIN, END = "*** Begin Patch", "*** End Patch"
_ADD, _DELETE, _UPDATE, _MOVE = "*** Add File: ", "*** Delete File: ", "*** Update File: ", "*** Move to: "


class Deleted(msgspec.Struct, frozen=True):
    """A file that is deleted whatever it holds."""

    path: str


def read_apply_patch(text: str) -> tuple[FileEdit | Deleted, ...]:
    """Read such a patch.

    Args:
        text: From its first line to its last; blanks around it don't count.

    Returns:
        Its edits, in order; hunks have no line numbers (`Hunk.start` is 0).

    Raises:
        BadInputError: It is none; the message says which line.
    """
    lines = text.strip().replace("\r\n", "\n").split("\n")
    if lines[0].strip() != BEGIN:
        raise BadInputError(f"line 1 of the patch: it must begin with `{BEGIN}`")
    if lines[-1].strip() != END or len(lines) == 1:
        raise BadInputError(f"line {len(lines)} of the patch: it must end with `{END}`")
    return tuple(_edits(lines[:-1]))


def _edits(lines: Sequence[str]) -> Iterator[FileEdit | Deleted]:
    at = 1
    while at < len(lines):
        head = lines[at].strip()
        body = list(takewhile(lambda line: not _is_head(line), lines[at + 1 :]))
        if head.startswith(_ADD):
            yield _added(head.removeprefix(_ADD), body, at + 2)
        elif head.startswith(_DELETE):
            _nothing(body, at + 2)
            yield Deleted(head.removeprefix(_DELETE))
        elif head.startswith(_UPDATE):
            yield _updated(head.removeprefix(_UPDATE), body, at + 2)
        elif head:
            raise BadInputError(f"line {at + 1} of the patch: `{_UPDATE}`, `{_ADD}` or `{_DELETE}` is wanted here")
        at += 1 + len(body)


def _is_head(line: str) -> bool:
    return line.startswith((_ADD, _DELETE, _UPDATE))


def _nothing(body: Sequence[str], number: int) -> None:
    for at, line in enumerate(body):
        if line.strip():
            raise BadInputError(f"line {number + at} of the patch: nothing is wanted below a deleted file")


def _added(path: str, body: Sequence[str], number: int) -> FileEdit:
    lines = list(takewhile(lambda line: line.startswith("+"), body))
    _nothing(body[len(lines) :], number + len(lines))
    hunk = Hunk(1, tuple(("+", f"{line[1:]}\n") for line in lines))
    return FileEdit(old=None, new=path, hunks=(hunk,) if lines else (), whole=True, parents=True)


def _updated(path: str, body: list[str], number: int) -> FileEdit:
    moved = body[:1] and body[0].startswith(_MOVE)
    new = body[0].removeprefix(_MOVE).strip() if moved else path
    hunks = tuple(_hunks(body[1:] if moved else body, number + bool(moved)))
    if not hunks and not moved:
        raise BadInputError(f"line {number - 1} of the patch: nothing is changed in {path}")
    return FileEdit(old=path, new=new, hunks=hunks, parents=new != path)


def _hunks(body: Sequence[str], number: int) -> Iterator[Hunk]:
    at = 0
    while at < len(body):
        first = at == 0
        if not body[at].strip() and not first:
            at += 1
            continue
        headed = body[at] == "@@" or body[at].startswith("@@ ")
        if not headed and not first:
            raise BadInputError(f"line {number + at} of the patch: `@@` is wanted here")
        lines = list(takewhile(lambda line: not line.startswith(("@@", "***")), body[at + headed :]))
        end = body[at + headed + len(lines) : at + headed + len(lines) + 1] == [AT_END]
        yield _hunk(body[at][3:] if headed else "", _signed(lines, number + at + headed), at_end=end)
        at += headed + len(lines) + end


def _hunk(heading: str, lines: tuple[tuple[str, str], ...], *, at_end: bool) -> Hunk:
    only_new = all(sign == "+" for sign, _ in lines)
    return Hunk(1 if only_new else 0, lines, AT_END if at_end or only_new else heading)


def _signed(lines: Sequence[str], number: int) -> tuple[tuple[str, str], ...]:
    body = list(lines)
    for at, line in enumerate(body):
        if line[:1] not in ("", "+", "-", " "):
            raise BadInputError(f"line {number + at} of the patch: it begins with neither `+`, `-` nor a blank")
    if not body:
        raise BadInputError(f"line {number} of the patch: lines to change are wanted here")
    return tuple((line[:1] or " ", f"{line[1:]}\n") for line in body)


def fitted(edit: FileEdit, text: str) -> str | None:
    """What a text becomes by an edit whose hunks have no line numbers.

    Args:
        edit: As `read_apply_patch` gives it.
        text: Of the file before.

    Returns:
        None when a hunk has no place in it.
    """
    lines = [line if line.endswith("\n") else f"{line}\n" for line in split(text)]
    result: list[str] = []
    done = 0
    for hunk in edit.hunks:
        places = loose_places(hunk, lines, done)
        if not places:
            return None
        result += [*lines[done : places[0]], *hunk.new]
        done = places[0] + len(hunk.old)
    return "".join([*result, *lines[done:]]) if edit.hunks else text
