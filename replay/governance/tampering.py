"""Finds what was done to an audit log: which entries are still there, and what became of the others.

`audit_format` tells the same on paper, for whoever doubts this.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from capture.errors import BadInputError
from replay.governance.chain import (
    GENESIS,
    HEAD_NAME,
    AuditEntry,
    AuditHead,
    AuditProblem,
    AuditVerdict,
    ProblemKind,
    head_line,
    read_head,
    read_line,
)

Entries = Sequence[AuditEntry | None]
"""One a line; None where a line is no entry, or not as it was written."""


def check_chain(log: bytes, head: bytes | None) -> AuditVerdict:
    """Whether a log is whole, and if not, where it was changed and how.

    Args:
        log: All of `audit.ndjson`.
        head: All of `audit.head`; None when it is missing.

    Returns:
        The verdict.
    """
    *lines, rest = log.split(b"\n")
    entries = [read_line(line) for line in lines]
    said = read_head(head) if head is not None else None
    trusted = _corrected(entries, said or _assumed(entries))
    places, proved = _places(entries, trusted)
    problems = [
        *_done(entries, places, trusted, torn=bool(rest)),
        *_head_problems(len(lines), head, said, trusted),
    ]
    if not problems and trusted.size != sum(len(lines[line]) + 1 for line in places.values()):
        problems = [_in_head(len(lines), ProblemKind.EDITED)]
    first = problems[0] if problems else None
    return AuditVerdict(
        entries=len(lines),
        ok=first is None,
        problem=first,
        problems=tuple(problems),
        proved=proved if said == trusted else 0,
        head=said.hash if said else None,
    )


def check_copy(log: bytes, copy: bytes, verdict: AuditVerdict) -> AuditVerdict:
    """Whether a log still holds what a head vouched for that was copied when the log was as long or shorter.

    Args:
        log: All of `audit.ndjson`.
        copy: All of what was copied.
        verdict: What is known of the log without it.

    Returns:
        The verdict, with what the copy shows first: whoever rewrites the log and its head leaves both whole.

    Raises:
        BadInputError: The copy is none.
    """
    then = read_head(copy)
    if then is None:
        raise BadInputError(f"that is no copy of {HEAD_NAME}, or it was changed; copy the file as it is")
    *lines, _ = log.split(b"\n")
    part = b"".join(line + b"\n" for line in lines[: then.entries])
    shown = check_chain(part, head_line(msgspec.structs.replace(then, next=None))).problems
    problems = (*shown, *(problem for problem in verdict.problems if problem not in shown))
    first = problems[0] if problems else None
    return msgspec.structs.replace(verdict, ok=first is None, problem=first, problems=problems)


def vouched(entries: Iterable[AuditEntry], head: str | None) -> frozenset[str]:
    """Hashes of the entries that a head vouches for: the last one by its hash, each other by the one behind it."""
    behind = {entry.hash: entry.prev for entry in entries}
    found: set[str] = set()
    while head in behind:
        found.add(head)
        head = behind[head]
    return frozenset(found)


def _corrected(entries: Entries, head: AuditHead) -> AuditHead:
    """The head with the number of the entry that its hash names: an entry can't lie about that, a head can."""
    named = next((entry for entry in entries if entry and entry.hash == head.hash), None)
    return msgspec.structs.replace(head, entries=named.seq) if named else head


def _assumed(entries: Entries) -> AuditHead:
    """What the head would say if the log were whole; nothing proves that."""
    last = next((entry for entry in reversed(entries) if entry), None)
    return AuditHead(entries=last.seq, hash=last.hash) if last else AuditHead()


def _places(entries: Entries, head: AuditHead) -> tuple[dict[int, int], int]:
    """Where each entry stands: lines from 0 by number; and how many the head vouches for.

    Followed backwards, each entry by the hash that the one behind it names: whatever stands around them, those are
    genuine. Before one that is missing, entries are taken at their own word.
    """
    by_hash: dict[str, list[int]] = {}
    by_seq: dict[int, list[int]] = {}
    for line, entry in enumerate(entries):
        if entry is not None:
            by_hash.setdefault(entry.hash, []).append(line)
            by_seq.setdefault(entry.seq, []).append(line)
    numbers = [0, *sorted(number for number in by_seq if number > 0)]
    places: dict[int, int] = {}
    wanted: str | None = head.hash
    above, proved = len(entries), 0
    seq = head.entries
    while seq > 0:
        if wanted is None:
            seq = numbers[bisect_right(numbers, seq) - 1]
            found = _linked(entries, by_hash, by_seq.get(seq, []))
        else:
            found = [line for line in by_hash.get(wanted, []) if _number(entries, line) == seq]
        if found:
            # Of several copies, the one in order is taken; the others were inserted.
            above = max((line for line in found if line < above), default=found[-1])
            places[seq] = above
            entry = entries[above]
            wanted = entry.prev if entry else None
            proved += proved == head.entries - seq
        else:
            wanted = None
        seq -= 1
    return places, proved


def _linked(entries: Entries, by_hash: Mapping[str, Sequence[int]], lines: Sequence[int]) -> Sequence[int]:
    """Of several that say they are the same entry, those that follow one of the number before."""

    def follows(line: int) -> bool:
        entry = entries[line]
        if entry is None or entry.seq == 1:
            return entry is not None and entry.prev == GENESIS
        return any(_number(entries, before) == entry.seq - 1 for before in by_hash.get(entry.prev, ()))

    return [line for line in lines if follows(line)] or lines


def _number(entries: Entries, line: int) -> int:
    entry = entries[line]
    return entry.seq if entry else 0


def _done(entries: Entries, places: Mapping[int, int], head: AuditHead, *, torn: bool) -> list[AuditProblem]:
    """What was done, in the order of the file: one problem for what happened to several entries in a row."""
    found = list(_walk(entries, places, head))
    if torn and not any(one.kind is ProblemKind.TRUNCATED for one in found):
        expected = head.next is not None and not (entries and _announced(entries, len(entries) - 1, head))
        found += [] if expected else [_problem(len(entries) + 1, ProblemKind.INSERTED, len(entries))]
    merged: list[AuditProblem] = []
    moved = False
    for one in found:
        last = merged[-1] if merged else None
        if last and last.kind is one.kind and last.seq + last.entries == one.seq:
            merged[-1] = msgspec.structs.replace(last, entries=last.entries + one.entries)
        elif one.kind is not ProblemKind.REORDERED or not moved:
            # Whatever was moved left one gap and made another: that is one thing done.
            merged.append(one)
        moved = moved or one.kind is ProblemKind.REORDERED
    return merged


def _walk(entries: Entries, places: Mapping[int, int], head: AuditHead) -> Iterator[AuditProblem]:
    """Hold the lines against the entries that should stand there, one after the other."""
    owners = {line: seq for seq, line in places.items()}
    there = [*sorted(places), head.entries + 1]
    seq, line = 1, 0
    while seq <= head.entries or line < len(entries):
        owner = owners.get(line)
        if owner is None and line < len(entries):
            if seq <= head.entries and seq not in places:
                yield _problem(seq, ProblemKind.EDITED, line)
                seq += 1
            elif not _announced(entries, line, head):
                yield _problem(line + 1, ProblemKind.INSERTED, line)
            line += 1
        elif seq in places:
            if owner != seq:
                yield _problem(line + 1, ProblemKind.REORDERED, line)
            seq, line = seq + 1, line + 1
        else:
            behind = there[bisect_right(there, seq)]
            kind = ProblemKind.DELETED if owner else ProblemKind.TRUNCATED
            yield _problem(seq, kind, line, entries=behind - seq)
            seq = behind


def _announced(entries: Entries, line: int, head: AuditHead) -> bool:
    """Whether this is the entry that was being appended when the writer was killed."""
    entry = entries[line]
    place = (head.hash, head.entries + 1, head.next)
    return entry is not None and line == len(entries) - 1 and (entry.prev, entry.seq, entry.hash) == place


def _problem(seq: int, kind: ProblemKind, line: int, *, entries: int = 1) -> AuditProblem:
    return AuditProblem(seq=seq, kind=kind, line=line + 1, entries=entries)


def _head_problems(
    lines: int, content: bytes | None, said: AuditHead | None, trusted: AuditHead
) -> Iterator[AuditProblem]:
    """What was done to the head itself; with an empty log there need be none."""
    if content is None:
        if lines:
            yield _in_head(lines, ProblemKind.TRUNCATED)
    elif not content.endswith(b"\n"):
        yield _in_head(lines, ProblemKind.TRUNCATED)
    elif said != trusted:
        yield _in_head(lines, ProblemKind.EDITED)


def _in_head(lines: int, kind: ProblemKind) -> AuditProblem:
    return AuditProblem(seq=lines + 1, kind=kind, line=1, file=HEAD_NAME)
