import hashlib
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from replay.governance.audit import AuditLog
from replay.governance.chain import AuditEntry, AuditHead, ProblemKind, check_chain, hash_of, line_of

MUTATIONS = 40
"""Of each of the five kinds: 200 in all."""
ACTIONS = ("approved", "promoted", "validated", "rolled-back")

Mutation = Callable[[random.Random, list[bytes]], int]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, AuditHead]:
    path = tmp_path_factory.mktemp("audit") / "audit.ndjson"
    log = AuditLog(path, clock=lambda: datetime(2026, 11, 22, tzinfo=UTC))
    for number in range(9):
        log.append(
            actor="ada",
            action=ACTIONS[number % len(ACTIONS)],
            subject=f"site@{number // 2}",
            details={"digest": f"sha256:{number // 3}", "note": 'é"\\\x7f'},
        )
    head = msgspec.json.decode(path.with_name("audit.head").read_bytes(), type=AuditHead)
    return path.read_bytes(), head


def edit(rng: random.Random, lines: list[bytes]) -> int:
    """Change a field, with the hash left as it was, made right again, or the line made none."""
    place = rng.randrange(len(lines))
    entry = msgspec.json.decode(lines[place], type=AuditEntry)
    field = rng.choice(["actor", "action", "at", "subject", "details", "seq", "prev", "hash"])
    value = {"details": {"digest": "sha256:other"}, "seq": entry.seq + rng.choice([-1, 1, 40])}.get(field, "f" * 64)
    entry = msgspec.structs.replace(entry, **{field: value})
    if rng.random() < 0.5 and field != "hash":
        entry = msgspec.structs.replace(entry, hash=hash_of(entry))
    lines[place] = rng.choice([line_of(entry), line_of(entry), b"gibberish\n", lines[place].replace(b":", b": ", 1)])
    return place + 1


def insert(rng: random.Random, lines: list[bytes]) -> int:
    """Put in a forged entry that follows the one before, a copy of another one, or anything."""
    place = rng.randrange(len(lines) + 1)
    before = msgspec.json.decode(lines[place - 1], type=AuditEntry) if place else None
    forged = AuditEntry(
        seq=place + 1,
        at="2026-11-22T00:00:00Z",
        actor="eve",
        action="promoted",
        subject="site@9",
        prev=before.hash if before else "0" * 64,
        hash="",
    )
    forged = msgspec.structs.replace(forged, hash=hash_of(forged))
    copies = [line for line in lines if line not in lines[max(place - 1, 0) : place + 1]]
    lines.insert(place, rng.choice([line_of(forged), rng.choice(copies), b"\n", b"gibberish\n"]))
    return place + 1


def delete(rng: random.Random, lines: list[bytes]) -> int:
    """Take out one or more entries, not the last."""
    place = rng.randrange(len(lines) - 1)
    del lines[place : rng.randrange(place + 1, len(lines))]
    return place + 1


def reorder(rng: random.Random, lines: list[bytes]) -> int:
    """Swap two entries, or move one."""
    first, second = sorted(rng.sample(range(len(lines)), 2))
    if rng.random() < 0.5:
        lines[first], lines[second] = lines[second], lines[first]
    elif rng.random() < 0.5:
        lines.insert(second, lines.pop(first))
    else:
        lines.insert(first, lines.pop(second))
    return first + 1


def truncate(rng: random.Random, lines: list[bytes]) -> int:
    """Cut the tail, at the end of a line or within one."""
    place = rng.randrange(len(lines))
    cut = lines[place][: rng.choice([0, 0, 1, 50, -1])]
    lines[place:] = [cut]
    return place + 1


MUTATE: dict[ProblemKind, Mutation] = {
    ProblemKind.EDITED: edit,
    ProblemKind.INSERTED: insert,
    ProblemKind.DELETED: delete,
    ProblemKind.REORDERED: reorder,
    ProblemKind.TRUNCATED: truncate,
}


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_every_change_is_seen_named_and_located(whole: tuple[bytes, AuditHead], kind: ProblemKind) -> None:
    log, head = whole
    for seed in range(MUTATIONS):
        lines = log.splitlines(keepends=True)
        seq = MUTATE[kind](random.Random(f"{kind}-{seed}"), lines)  # noqa: S311 - the same changes each time
        problem = check_chain(b"".join(lines), head).problem
        assert problem is not None, (kind, seed)
        assert (problem.kind, problem.seq) == (kind, seq), (kind, seed)


def test_the_unchanged_log_is_whole(whole: tuple[bytes, AuditHead]) -> None:
    log, head = whole
    assert check_chain(log, head).ok


def test_an_entry_that_was_not_announced_is_not_taken_for_a_crash(whole: tuple[bytes, AuditHead]) -> None:
    log, head = whole
    last = msgspec.json.decode(log.splitlines()[-1], type=AuditEntry)
    forged = msgspec.structs.replace(last, seq=10, prev=last.hash)
    forged = msgspec.structs.replace(forged, hash=hash_of(forged))
    longer = log + line_of(forged)
    problem = check_chain(longer, head).problem
    assert problem is not None
    assert (problem.seq, problem.kind) == (10, ProblemKind.INSERTED)
    assert check_chain(longer, msgspec.structs.replace(head, next=forged.hash)).ok
    assert not check_chain(longer + line_of(forged), msgspec.structs.replace(head, next=forged.hash)).ok


def by_the_description_alone(folder: Path) -> bool:
    """What a stranger would write from the docstring of `chain`: nothing of ours is imported here."""
    head = json.loads((folder / "audit.head").read_text())
    log = (folder / "audit.ndjson").read_bytes()
    *lines, rest = log.split(b"\n")
    prev, seen = "0" * 64, []
    for seq, line in enumerate(lines, start=1):
        entry = json.loads(line)
        if json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() != line:
            return False
        claimed = entry.pop("hash")
        canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        right = hashlib.sha256(canonical.encode()).hexdigest()
        if claimed != right or entry["prev"] != prev or entry["seq"] != seq:
            return False
        prev = right
        seen.append(prev)
    if seen[head["entries"] :] == [head["next"]]:
        seen.pop()
    elif rest and not head["next"]:
        return False
    last = seen[-1] if seen else "0" * 64
    return [len(seen), last] == [head["entries"], head["hash"]]


def test_a_stranger_can_verify_it(tmp_path: Path, whole: tuple[bytes, AuditHead]) -> None:
    log, head = whole
    (tmp_path / "audit.head").write_bytes(msgspec.json.encode(head))
    (tmp_path / "audit.ndjson").write_bytes(log)
    assert by_the_description_alone(tmp_path)
    (tmp_path / "audit.ndjson").write_bytes(log.replace(b"sha256:1", b"sha256:7"))
    assert not by_the_description_alone(tmp_path)
    (tmp_path / "audit.ndjson").write_bytes(b"".join(log.splitlines(keepends=True)[:-1]))
    assert not by_the_description_alone(tmp_path)


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_a_stranger_sees_every_change_too(tmp_path: Path, whole: tuple[bytes, AuditHead], kind: ProblemKind) -> None:
    log, head = whole
    (tmp_path / "audit.head").write_bytes(msgspec.json.encode(head))
    for seed in range(MUTATIONS):
        lines = log.splitlines(keepends=True)
        MUTATE[kind](random.Random(f"{kind}-{seed}"), lines)  # noqa: S311 - the same changes each time
        (tmp_path / "audit.ndjson").write_bytes(b"".join(lines))
        try:
            seen = not by_the_description_alone(tmp_path)
        except (ValueError, TypeError):
            seen = True
        assert seen, (kind, seed)
