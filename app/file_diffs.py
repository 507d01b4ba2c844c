"""What a step wrote into files, as diffs of their contents (pure)."""

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

import msgspec

from capture.trace import EffectOp, FileEffect, FileType, Step

Blobs: TypeAlias = Callable[[str], bytes | None]
"""Content by its `sha256:…`; None when it was not kept."""
CONTEXT = 3
"""Lines that stand as they were around each change."""
COMPARED = 4_000
"""Lines that are compared one by one at most; longer ones count as taken out and put in as a whole."""
GAP = "@@"
"""Stands where lines that stayed as they were are left out."""


class FileDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file."""

    path: str
    op: EffectOp
    added: int = 0
    """Lines."""
    removed: int = 0
    """Lines."""
    lines: tuple[str, ...] = ()
    """Each with its sign before it: `+`, `-`, a space; `@@` where some are left out."""
    why_not: str | None = None
    """Why there are no lines, in words; None: there are, or the file is as it was."""


def written(step: Step, blobs: Blobs) -> tuple[FileDiff, ...]:
    """What a step wrote, file by file; directories are left out.

    Args:
        step: Recorded.
        blobs: Contents that were kept.
    """
    return tuple(file_diff(effect, blobs) for effect in step.file_effects if effect.type is not FileType.DIRECTORY)


def file_diff(effect: FileEffect, blobs: Blobs) -> FileDiff:
    """What became of one file, line by line where its contents were kept and are text."""
    why_not = _unchanged(effect)
    if why_not is not None:
        return FileDiff(path=effect.path, op=effect.op, why_not=why_not)
    old = b"" if effect.op is EffectOp.CREATED else _content(effect.before, blobs)
    new = b"" if effect.op is EffectOp.DELETED else _content(effect.after, blobs)
    lines: tuple[str, ...] = ()
    if old is None or new is None:
        why_not = f"what it held {'before' if old is None else 'then'} was not kept"
    elif (one := _text(old)) is None or (two := _text(new)) is None:
        why_not = f"no text: {len(old)} bytes before, {len(new)} then"
    else:
        lines = tuple(_told(one, two))
        why_not = None if lines else "it is empty"
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return FileDiff(path=effect.path, op=effect.op, lines=lines, added=added, removed=removed, why_not=why_not)


def _unchanged(effect: FileEffect) -> str | None:
    """Why no content of a file changed; None: it may have."""
    if effect.type is FileType.OTHER:
        return "no regular file"
    if effect.op is EffectOp.CHMOD:
        return f"its content stayed; its mode is {(effect.mode or 0) & 0o7777:04o} now"
    if effect.op is EffectOp.MOVED:
        return f"came from {effect.moved_from or 'elsewhere'}"
    if effect.op is EffectOp.MODIFIED and effect.before is not None and effect.before == effect.after:
        return "the same content was written again"
    return None


def _content(digest: str | None, blobs: Blobs) -> bytes | None:
    return blobs(digest) if digest else None


def _text(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _told(old: str, new: str) -> Iterator[str]:
    """A unified diff without its heads; what is long is not compared line by line."""
    one, two = old.splitlines(), new.splitlines()
    before = _alike(one, two)
    behind = _alike(one[before:][::-1], two[before:][::-1])
    inner = one[before : len(one) - behind], two[before : len(two) - behind]
    if max(map(len, inner)) > COMPARED:
        yield from _around(one, range(max(before - CONTEXT, 0), before), " ")
        yield from (f"-{line}" for line in inner[0])
        yield from (f"+{line}" for line in inner[1])
        yield from _around(one, range(len(one) - behind, min(len(one) - behind + CONTEXT, len(one))), " ")
        return
    for number, group in enumerate(SequenceMatcher(None, one, two, autojunk=False).get_grouped_opcodes(CONTEXT)):
        if number:
            yield GAP
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from _around(one, range(i1, i2), " ")
                continue
            yield from _around(one, range(i1, i2), "-")
            yield from _around(two, range(j1, j2), "+")


def _around(lines: Sequence[str], which: range, sign: str) -> Iterator[str]:
    return (f"{sign}{lines[at]}" for at in which)


def _alike(one: Sequence[str], two: Sequence[str]) -> int:
    """How many lines are the same from the start on."""
    return next(
        (at for at, (ours, theirs) in enumerate(zip(one, two, strict=False)) if ours != theirs), min(len(one), len(two))
    )
