"""Everything that can be done to the two files of an audit log, at random by seed, and what must be said of it."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from replay.governance.audit import AuditLog
from replay.governance.chain import AuditEntry, AuditHead, ProblemKind, hash_of, head_line, line_of

ACTIONS = ("approved", "promoted", "validated", "rolled-back")
ENTRIES = 23


@dataclass
class Files:
    """Both files of a log while they are changed.

    Attributes:
        lines: Of the log, with their line ends; None when it is missing.
        head: All of it; None when it is missing.
    """

    lines: list[bytes] | None
    head: bytes | None

    @property
    def log(self) -> bytes:
        """All of it."""
        return b"".join(self.lines or [])

    def write(self, folder: Path) -> None:
        """Put them into a folder of their own."""
        folder.mkdir()
        if self.lines is not None:
            (folder / "audit.ndjson").write_bytes(self.log)
        if self.head is not None:
            (folder / "audit.head").write_bytes(self.head)


Told = list[tuple[ProblemKind, int]]
"""What must be reported: kinds and places."""
Change = Callable[[random.Random, list[bytes], int], tuple[ProblemKind, int]]
"""Changes a log near one entry (from 0)."""


def written(path: Path, entries: int = ENTRIES) -> Files:
    """A log as the program writes it."""
    log = AuditLog(path, clock=lambda: datetime(2026, 11, 22, tzinfo=UTC))
    for number in range(entries):
        log.append(
            actor="ada",
            action=ACTIONS[number % len(ACTIONS)],
            subject=f"site@{number // 2}",
            details={"digest": f"sha256:{number // 3}", "note": 'é"\\\x7f\U0001f512', "seq": "1"},
        )
    return Files(path.read_bytes().splitlines(keepends=True), path.with_name("audit.head").read_bytes())


def edit(rng: random.Random, lines: list[bytes], at: int) -> tuple[ProblemKind, int]:
    """Change a field, with the hash left as it was or made right again; or the form alone; or the line altogether."""
    line = lines[at]
    entry = msgspec.json.decode(line, type=AuditEntry)
    field = rng.choice(["actor", "action", "at", "subject", "details", "seq", "prev", "hash"])
    value = {"details": {"digest": "sha256:other"}, "seq": entry.seq + rng.choice([-1, 1, 40])}.get(field, "f" * 64)
    entry = msgspec.structs.replace(entry, **{field: value})
    if rng.random() < 0.5 and field != "hash":
        entry = msgspec.structs.replace(entry, hash=hash_of(entry))
    lines[at] = rng.choice([line_of(entry), line_of(entry), b"gibberish\n", disguised(rng, line)])
    return ProblemKind.EDITED, at + 1


def disguised(rng: random.Random, line: bytes) -> bytes:
    """The same entry to any JSON parser, in other bytes."""
    fields = json.loads(line)
    number = b'"seq":%d,' % fields["seq"]
    return rng.choice(
        [
            b"\xef\xbb\xbf" + line,
            line.replace(b"\n", b"\r\n"),
            line.replace(b"\n", b" \n"),
            line.replace(b":", b": ", 1),
            line.replace(b'"actor":"a', b'"actor":"\\u0061', 1),
            line.replace(b"\\u00e9", "é".encode()),
            line.replace(b"\\u00e9", b"\\u00E9"),
            line.replace(number, number.replace(b",", b".0,")),
            line.replace(number, b'"seq":%de0,' % fields["seq"]),
            line.replace(number, number * 2),
            json.dumps(dict(reversed(fields.items())), separators=(",", ":")).encode() + b"\n",
        ]
    )


def insert(rng: random.Random, lines: list[bytes], at: int) -> tuple[ProblemKind, int]:
    """Put in a forged entry that follows the one before, a copy of another one, or anything."""
    before = msgspec.json.decode(lines[at - 1], type=AuditEntry) if at else None
    forged = AuditEntry(
        seq=at + 1,
        at="2026-11-22T00:00:00Z",
        actor="eve",
        action="promoted",
        subject="site@9",
        prev=before.hash if before else "0" * 64,
        hash="",
    )
    forged = msgspec.structs.replace(forged, hash=hash_of(forged))
    lines.insert(at, rng.choice([line_of(forged), b"\n", b"gibberish\n", b"{}\n", disguised(rng, line_of(forged))]))
    return ProblemKind.INSERTED, at + 1


def copy(rng: random.Random, lines: list[bytes], at: int) -> tuple[ProblemKind, int]:
    """Put in a copy of an entry from elsewhere."""
    near = lines[max(at - 1, 0) : at + 1]
    lines.insert(at, rng.choice([line for line in lines if line not in near]))
    return ProblemKind.INSERTED, at + 1


def delete(rng: random.Random, lines: list[bytes], at: int) -> tuple[ProblemKind, int]:
    """Take out an entry or two, not the last."""
    at = min(at, len(lines) - 2)
    del lines[at : min(at + rng.choice([1, 1, 2]), len(lines) - 1)]
    return ProblemKind.DELETED, at + 1


def reorder(rng: random.Random, lines: list[bytes], at: int) -> tuple[ProblemKind, int]:
    """Swap two entries, move one, or turn some round."""
    first, second = sorted((at, rng.choice([other for other in range(len(lines)) if other != at])))
    match rng.randrange(4):
        case 0:
            lines[first], lines[second] = lines[second], lines[first]
        case 1:
            lines.insert(second, lines.pop(first))
        case 2:
            lines.insert(first, lines.pop(second))
        case _:
            lines[first : second + 1] = reversed(lines[first : second + 1])
    return ProblemKind.REORDERED, first + 1


def truncate(rng: random.Random, lines: list[bytes], at: int) -> tuple[ProblemKind, int]:
    """Cut the tail, at the end of a line or within one."""
    lines[at:] = [lines[at][: rng.choice([0, 0, 1, 50, -1])]]
    return ProblemKind.TRUNCATED, at + 1


SINGLE: tuple[Change, ...] = (edit, insert, copy, delete, reorder, truncate)
LOCAL: dict[Change, ProblemKind] = {
    edit: ProblemKind.EDITED,
    insert: ProblemKind.INSERTED,
    delete: ProblemKind.DELETED,
}
"""Those that leave the rest of the log alone, so that several can be told apart."""
APART = 4
"""Entries between two changes."""


def changed_once(rng: random.Random, files: Files) -> Told:
    """One change, each place as likely as another: the ends too."""
    lines = files.lines or []
    change = rng.choice(SINGLE)
    places = len(lines) + (change in {insert, copy})
    return [change(rng, lines, rng.choice([0, places - 1, rng.randrange(places)]))]


def changed_often(rng: random.Random, files: Files) -> Told:
    """Two or three changes, the last one first, so that each finds its place."""
    lines = files.lines or []
    places = [rng.randrange(APART) + number * 2 * APART for number in range(rng.choice([2, 3]))]
    done: list[tuple[Change, int, int]] = []
    for at in reversed(places):
        change, before = rng.choice(list(LOCAL)), len(lines)
        change(rng, lines, at)
        done.append((change, at, len(lines) - before))
    told, shift = [], 0
    for change, at, grown in reversed(done):
        kind = LOCAL[change]
        told.append((kind, at + 1 + (shift if change is insert else 0)))
        shift += grown
    return told


def changed_head(rng: random.Random, files: Files) -> Told:  # noqa: PLR0911 - one a case
    """The head alone: gone, cut, edited, written otherwise, or put back as it was earlier."""
    lines, content = files.lines or [], files.head or b""
    head = msgspec.json.decode(content, type=AuditHead)
    behind = head.entries + 1
    match rng.randrange(8):
        case 0:
            files.head = rng.choice([None, b"", content[:-1], content[: rng.randrange(len(content))]])
            return [(ProblemKind.TRUNCATED, behind)]
        case 1:
            files.head = rng.choice(
                [
                    b"\xef\xbb\xbf" + content,
                    content.replace(b"\n", b"\r\n"),
                    content + b"\n",
                    content.replace(b":", b": ", 1),
                    content.replace(b',"hash"', b'.0,"hash"', 1),
                    content.replace(b'"next":null', b'"next":null,"next":null'),
                    b"{}\n",
                    b"gibberish\n",
                    content.upper(),
                ]
            )
            return [(ProblemKind.EDITED, behind)]
        case 2:
            other = rng.choice([0, head.entries - 1, head.entries + 1, 10**12])
            files.head = head_line(msgspec.structs.replace(head, entries=other))
            return [(ProblemKind.EDITED, behind)]
        case 3:
            other = rng.choice([0, head.size - 1, head.size + 1, 10**12])
            files.head = head_line(msgspec.structs.replace(head, size=other))
            return [(ProblemKind.EDITED, behind)]
        case 4:
            # The last entry and the head disagree: nothing says which of both was edited.
            files.head = head_line(msgspec.structs.replace(head, hash=rng.choice(["f" * 64, "0" * 64])))
            return [(ProblemKind.EDITED, head.entries)]
        case 5:
            entry = msgspec.json.decode(lines[rng.randrange(len(lines) - 1)], type=AuditEntry)
            files.head = head_line(msgspec.structs.replace(head, hash=entry.hash))
            return [(ProblemKind.INSERTED, entry.seq + 1), (ProblemKind.EDITED, behind)]
        case 6:
            entry = msgspec.json.decode(lines[rng.randrange(len(lines) - 1)], type=AuditEntry)
            size = sum(map(len, lines[: entry.seq]))
            files.head = head_line(AuditHead(entries=entry.seq, hash=entry.hash, size=size))
            return [(ProblemKind.INSERTED, entry.seq + 1)]
        case _:
            files.head = head_line(AuditHead())
            return [(ProblemKind.INSERTED, 1)]


def changed_whole(rng: random.Random, files: Files) -> Told:
    """The log altogether: gone, empty, other line ends, a line too many, or all hashes made right again."""
    lines = files.lines or []
    match rng.randrange(6):
        case 0:
            files.lines = rng.choice([None, []])
            return [(ProblemKind.TRUNCATED, 1)]
        case 1:
            files.lines = [line.replace(b"\n", b"\r\n") for line in lines]
            return [(ProblemKind.EDITED, 1)]
        case 2:
            files.lines = [*lines, rng.choice([b"\n", b" \n", b"\0\n", b"x"])]
            return [(ProblemKind.INSERTED, len(lines) + 1)]
        case 3:
            files.lines = [b"\xef\xbb\xbf" + lines[0], *lines[1:]]
            return [(ProblemKind.EDITED, 1)]
        case 4:
            # Both gone wrong at once: the tail with the head.
            del lines[rng.randrange(1, len(lines)) :]
            files.head = None
            return [(ProblemKind.TRUNCATED, len(lines) + 1)]
        case _:
            # What is before the entry that the head names is at its own word then.
            files.lines = [line_of(entry) for entry in rewritten(lines, rng.randrange(len(lines)))]
            return [(ProblemKind.EDITED, len(lines))]


def rewritten(lines: list[bytes], at: int) -> Iterator[AuditEntry]:
    """The log with one decision changed, and every hash behind it made right again."""
    prev = "0" * 64
    for number, line in enumerate(lines):
        entry = msgspec.structs.replace(msgspec.json.decode(line, type=AuditEntry), prev=prev)
        entry = msgspec.structs.replace(entry, actor="eve") if number == at else entry
        entry = msgspec.structs.replace(entry, hash=hash_of(entry))
        prev = entry.hash
        yield entry


WAYS = (changed_once, changed_once, changed_once, changed_often, changed_head, changed_whole)
"""Half of them one change of the log."""


def mutated(whole: Files, seed: int) -> tuple[Files, Told, str]:
    """One mutation: the files after it, what must be said of them, and a name for the failure's message."""
    rng = random.Random(seed)  # noqa: S311 - the same changes each time
    way = WAYS[seed % len(WAYS)]
    files = Files(list(whole.lines or []), whole.head)
    told = way(rng, files)
    return files, told, f"{way.__name__} by seed {seed}"
