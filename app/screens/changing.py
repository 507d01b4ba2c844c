"""What changed between two versions, as rows that speak in steps: old above new, only what differs lit (pure)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import SequenceMatcher
from itertools import groupby

import msgspec

from app.widgets.prose import Piece, Row, Tone, piece, row
from replay.document import Change
from replay.document.changes import ChangeKind

TONES = {
    ChangeKind.ADDED: Tone.GOOD,
    ChangeKind.REMOVED: Tone.BAD,
    ChangeKind.MOVED: Tone.HEAD,
    ChangeKind.CHANGED: Tone.WARN,
}
SAME = "They do the same: only words or layout differ."
_WORDS = re.compile(r"\s+|[\w.-]+|.", re.DOTALL)
_LONGEST = 2000
"""Characters of a line in which the difference is looked for; a longer one is told as a whole."""
_LINES = 400
"""Lines of a value that are held against each other."""


def change_rows(found: Sequence[Change]) -> list[Row]:
    """Each change by the step that it happened to, with what was and what is.

    Args:
        found: In the order of the document.
    """
    if not found:
        return [row(SAME, Tone.DIM)]
    shown: list[Row] = []
    for _, together in groupby(found, key=lambda one: (one.subject, one.step_index, one.name)):
        shown += [()] if shown else []
        for change in together:
            shown += _change_rows(change)
    return shown


def change_summary(found: Sequence[Change]) -> str:
    """All of them in one line, the signs first."""
    return ", ".join(f"{change.sign} {change.words}" for change in found) or "the same"


def _change_rows(change: Change) -> Iterator[Row]:
    yield row(f"{change.sign} {change.words}", TONES[change.kind])
    if change.field == "skip":
        return
    before, after = (_lines(value) for value in (change.before, change.after))
    if change.kind is ChangeKind.MOVED:
        before = []
        yield from (_side(" ", (piece(line),)) for line in after[:1])
        return
    yield from _held_against(before, after)


def _lines(value: str | None) -> list[str]:
    """A value as lines: lists and mappings by their items."""
    if value is None or value in ("[]", "{}"):
        return []
    if value[:1] in ("[", "{"):
        with suppress(msgspec.DecodeError, UnicodeEncodeError):
            return [*_items(msgspec.json.decode(value))]
    return value.removesuffix("\n").split("\n") if value else [""]


def _items(value: object) -> Iterable[str]:
    if isinstance(value, Mapping):
        return (f"{name}={_said(item)}" for name, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return map(_said, value)
    return [_said(value)]


def _said(value: object) -> str:
    """One item as people write it: `command npm`, `created site.js, content sha256:…`."""
    if isinstance(value, Mapping):
        fields = {name: item for name, item in value.items() if item not in (False, None)}
        if "op" in fields and "path" in fields:
            fields = {str(fields.pop("op")): fields.pop("path"), **fields}
        return ", ".join(str(name) if item is True else f"{name} {_said(item)}" for name, item in fields.items())
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _held_against(before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    if len(before) > _LINES or len(after) > _LINES:
        yield _side(" ", row(f"{len(before)} lines became {len(after)}", Tone.DIM))
        return
    for verb, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if verb == "equal":
            continue
        if j - i == m - k:
            for old, new in zip(before[i:j], after[k:m], strict=True):
                yield from _apart(old, new)
            continue
        yield from (_side("-", (piece(line, Tone.BAD),)) for line in before[i:j])
        yield from (_side("+", (piece(line, Tone.GOOD),)) for line in after[k:m])


def _apart(old: str, new: str) -> Iterator[Row]:
    """A line and what became of it; only the words that differ are lit."""
    one, two = _WORDS.findall(old[:_LONGEST]), _WORDS.findall(new[:_LONGEST])
    codes = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    parts = [(verb == "equal", "".join(one[i:j]), "".join(two[k:m])) for verb, i, j, k, m in codes]
    for sign, tone, at, rest in (("-", Tone.BAD, 1, old[_LONGEST:]), ("+", Tone.GOOD, 2, new[_LONGEST:])):
        pieces = [piece(str(part[at]), tone if part[0] else Tone.LIT) for part in parts if part[at]]
        yield _side(sign, (*pieces, piece(rest, tone)))


def _side(sign: str, line: Row) -> Row:
    tone = {"-": Tone.BAD, "+": Tone.GOOD}.get(sign, Tone.DIM)
    return (Piece("  "), Piece(f"{sign} ", tone), *line)
