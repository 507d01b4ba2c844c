"""The patch of a `file` step: a unified diff, with what a diff can't say behind a tab in its `+++` lines.

    --- app.ini
    +++ app.ini<TAB>whole, crlf, parents, mode 755
    @@ -1,2 +1,2 @@
     [app]
    -debug = no
    +debug = yes

`whole`: the lines without `+` are all of the recorded file, the base of a three-way merge.
`crlf`: every line ends in CR LF. `parents`: the directories above it are made where they are missing.
`mode`: permission bits, octal. `replaces sha256:…`: what the file held before is known by its digest alone.

Where nobody knows the line, as in patches that models write, it is 0 and the text behind the second `@@` helps:

    @@ -0,2 +0,2 @@ def main():
    @@ -0,1 +0,2 @@ *** End of File

The first place counts at which the old lines stand, behind the hunks before and behind that line; in the second form
the end of the file.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

import msgspec

from capture.errors import BadInputError

NOWHERE = "/dev/null"
"""Stands for a file that is not there."""
CONTEXT = 3
"""Unchanged lines around a change of a file that is not carried whole."""
NO_END = "\\ No newline at end of file"
AT_END = "*** End of File"
"""The heading of a hunk whose lines are the last ones of the file."""
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@(?: (.*))?")
_COUNTS = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_MODE = re.compile(r"mode ([0-7]{3,4})")
_REPLACES = re.compile(r"replaces (sha256:[0-9a-f]{64})")


class Hunk(msgspec.Struct, frozen=True):
    """Lines that belong together, each a sign (`+`, `-` or a blank) and its text with its line end."""

    start: int
    """The line of the old file that it begins with, counted from 1; 0: nobody knows it."""
    lines: tuple[tuple[str, str], ...]
    heading: str = ""
    """A line that stands somewhere above, or `AT_END`; looked for only where `start` is 0."""

    @property
    def old(self) -> list[str]:
        """What stands there before."""
        return [text for sign, text in self.lines if sign != "+"]

    @property
    def new(self) -> list[str]:
        """What stands there after."""
        return [text for sign, text in self.lines if sign != "-"]


class FileEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one file; at least one of `old` and `new` is set."""

    old: str | None
    """Its path before; None: it is made. Relative to the workspace, or absolute."""
    new: str | None
    """Its path after; None: it is deleted."""
    hunks: tuple[Hunk, ...] = ()
    whole: bool = False
    crlf: bool = False
    parents: bool = False
    """Whether missing directories above it are made."""
    mode: int | None = None
    replaces: str | None = None

    @property
    def path(self) -> str:
        """What the file is called by."""
        return self.new or self.old or ""


def is_patch(text: str) -> bool:
    """Whether a step's text is a patch; no shell text begins so."""
    return text.startswith("--- ")


def split(text: str) -> list[str]:
    """A text's lines with their ends, cut at line feeds only."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def changed(before: str, after: str, *, whole: bool) -> tuple[Hunk, ...]:
    """The hunks that make one text of another.

    Args:
        before: The old text.
        after: The new one.
        whole: All lines in one hunk, instead of a few around each change.

    Returns:
        None at all when nothing differs.
    """
    old, new = split(before), split(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    context = max(len(old), CONTEXT) if whole else CONTEXT
    return tuple(_hunk(old, new, group) for group in matcher.get_grouped_opcodes(context))


def patch_text(edits: Sequence[FileEdit]) -> str:
    """Edits as a patch; `read_patch` makes the same edits of it."""
    return "".join(f"{line}\n" for edit in edits for line in _told(edit))


def read_patch(text: str) -> tuple[FileEdit, ...]:
    """Read a patch; the counts in its `@@` lines need not be right, as people edit it.

    Args:
        text: As `patch_text` writes it, or any unified diff.

    Returns:
        Its edits, in order.

    Raises:
        BadInputError: It is none; the message says which line.
    """
    lines = text.removesuffix("\n").split("\n")
    heads = list(_heads(lines))
    if not heads or heads[0] != 0:
        raise BadInputError("line 1 of the patch: it must begin with `--- FILE` and `+++ FILE`")
    return tuple(_edit(lines, at, end) for at, end in zip(heads, [*heads[1:], len(lines)], strict=True))


def lifted(patch: str, replace: Callable[[str], str]) -> str:
    """A patch with something replaced in its file names and in the lines that it adds.

    What it finds there is left as it was recorded: it is what is looked for.
    """
    lines = patch.split("\n")
    heads = set(_heads(lines))
    return "\n".join(replace(line) if at in heads or line.startswith("+") else line for at, line in enumerate(lines))


def added(patch: str) -> str:
    """The lines that a patch adds, without their signs."""
    lines = (line for edit in read_patch(patch) for hunk in edit.hunks for line in hunk.lines)
    return "".join(text for sign, text in lines if sign == "+")


def is_loose(hunk: Hunk) -> bool:
    """Whether nobody knows the line that it begins with."""
    return not hunk.start or hunk.heading == AT_END


def loose_places(hunk: Hunk, now: list[str], done: int) -> list[int]:
    """Where a hunk goes whose line nobody knows: one place, or none."""
    old = hunk.old
    if hunk.heading == AT_END:
        at = len(now) - len(old)
        return [at] if at >= done and now[at:] == old else []
    if hunk.heading:
        above = (at for at in range(done, len(now)) if now[at].strip() == hunk.heading.strip())
        done = next(above, len(now)) + 1
    return [at for at in places(old, now) if at >= done][:1]


def places(block: list[str], lines: list[str]) -> Iterator[int]:
    """Where the block stands, as an index; an empty block only in an empty text."""
    if not block:
        yield from (0,) if not lines else ()
        return
    for at in range(len(lines) - len(block) + 1):
        if lines[at] == block[0] and lines[at : at + len(block)] == block:
            yield at


def _hunk(old: list[str], new: list[str], group: Sequence[tuple[str, int, int, int, int]]) -> Hunk:
    lines: list[tuple[str, str]] = []
    for tag, old_from, old_to, new_from, new_to in group:
        if tag == "equal":
            lines += [(" ", line) for line in old[old_from:old_to]]
            continue
        lines += [("-", line) for line in old[old_from:old_to]]
        lines += [("+", line) for line in new[new_from:new_to]]
    return Hunk(group[0][1] + 1, tuple(lines))


def _told(edit: FileEdit) -> Iterator[str]:
    words = ["whole"] * edit.whole + ["crlf"] * edit.crlf + ["parents"] * edit.parents
    words += [] if edit.mode is None else [f"mode {edit.mode:o}"]
    words += [] if edit.replaces is None else [f"replaces {edit.replaces}"]
    yield f"--- {edit.old or NOWHERE}"
    yield f"+++ {edit.new or NOWHERE}" + (f"\t{', '.join(words)}" if words else "")
    grown = 0
    for hunk in edit.hunks:
        old, new = len(hunk.old), len(hunk.new)
        moved = hunk.start + grown if hunk.start else 0
        yield f"@@ -{_place(hunk.start, old)} +{_place(moved, new)} @@" + (f" {hunk.heading}" if hunk.heading else "")
        for sign, text in hunk.lines:
            yield sign + text.removesuffix("\n")
            if not text.endswith("\n"):
                yield NO_END
        grown += new - old


def _place(start: int, count: int) -> str:
    return f"{start if count else max(0, start - 1)},{count}"


def _heads(lines: Sequence[str]) -> Iterator[int]:
    """Where files begin; what lies within a hunk whose counts are right is none."""
    at = 0
    while at < len(lines) - 1:
        if _is_head(lines, at):
            yield at
        at = _counted(lines, at) if lines[at].startswith("@@ -") else at + 1


def _counted(lines: Sequence[str], at: int) -> int:
    """The line behind a hunk as its head counts them; the line behind its head where the counts can't be right."""
    counts = _COUNTS.match(lines[at])
    old, new = (int(one or 1) for one in counts.groups()) if counts else (0, 0)
    end = at + 1
    while end < len(lines) and (old > 0 or new > 0 or lines[end] == NO_END):
        sign = lines[end][:1]
        old -= sign in ("-", " ", "")
        new -= sign in ("+", " ", "")
        end += 1
    behind = lines[end : end + 1]
    fits = old == new == 0 and (behind in ([], [""]) or behind[0].startswith(("@@ -", "--- ")))
    return end if fits else at + 1


def _is_head(lines: Sequence[str], at: int) -> bool:
    """Whether a file begins here, and not a removed line that starts with dashes."""
    pair = lines[at].startswith("--- ") and lines[at + 1].startswith("+++ ")
    rest = lines[at + 2 : at + 3]
    return pair and (not rest or rest[0].startswith(("@@ -", "--- ")) or rest == [""])


def _edit(lines: Sequence[str], at: int, end: int) -> FileEdit:
    old = lines[at][4:].partition("\t")[0]
    new, _, words = lines[at + 1][4:].partition("\t")
    if old == new == NOWHERE:
        raise BadInputError(f"line {at + 1} of the patch: it names no file")
    mode, replaces = _MODE.search(words), _REPLACES.search(words)
    told = {word.strip() for word in words.split(",")}
    return FileEdit(
        old=None if old == NOWHERE else old,
        new=None if new == NOWHERE else new,
        hunks=tuple(_hunks(lines, at + 2, end)),
        whole="whole" in told,
        crlf="crlf" in told,
        parents="parents" in told,
        mode=int(mode[1], 8) if mode else None,
        replaces=replaces[1] if replaces else None,
    )


def _hunks(lines: Sequence[str], at: int, end: int) -> Iterator[Hunk]:
    while at < end:
        begun = _HUNK.match(lines[at])
        if not begun:
            raise BadInputError(f"line {at + 1} of the patch: `@@ -LINE,COUNT +LINE,COUNT @@` is wanted here")
        body = list(takewhile(lambda line: not line.startswith("@@ -"), lines[at + 1 : end]))
        yield Hunk(_first(begun[0], int(begun[1])), tuple(_signed(body, at + 2)), begun[2] or "")
        at += 1 + len(body)


def _first(head: str, start: int) -> int:
    """An insertion says behind which line it stands."""
    return start + 1 if re.match(r"@@ -\d+,0 ", head) else start


def _signed(body: Sequence[str], number: int) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(body):
        if line == NO_END:
            continue
        sign = line[:1] or " "
        if sign not in "+- ":
            raise BadInputError(f"line {number + at} of the patch: it begins with neither `+`, `-` nor a blank")
        yield sign, line[1:] + ("" if body[at + 1 : at + 2] == [NO_END] else "\n")
