"""Writers of one log in processes of their own, forked off one that is small: together, or killed at random moments."""

import json
import os
import random
import select
import signal
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from replay.governance.audit import AuditLog

LONGEST_S = 0.06
"""From the first entry on to the kill; an append takes some milliseconds."""


def opened(path: Path) -> AuditLog:
    """The log as a process of its own has it."""
    return AuditLog(path, clock=lambda: datetime.now(UTC))


def writer(path: Path, name: str, times: int | None) -> tuple[int, int]:
    """Fork one that appends; it acknowledges each entry in a pipe.

    Returns:
        Its process id, and the pipe.
    """
    come, go = os.pipe()
    pid = os.fork()
    if pid:
        os.close(go)
        return pid, come
    try:
        log = opened(path)
        for number in count() if times is None else range(times):
            entry = log.append(actor=name, action="promoted", subject=f"{name}-{number}")
            os.write(go, f"{entry.seq} {entry.subject}\n".encode())
    finally:
        os._exit(0)


def acknowledged(come: int, until: float | None = None) -> list[str]:
    """Whole lines that a pipe gave until then; all of them when no time is named."""
    got = b""
    while until is None or select.select([come], [], [], max(0.0, until - time.monotonic()))[0]:
        data = os.read(come, 65536)
        got += data
        if not data:
            break
    return got.decode().splitlines()


def together(path: Path, writers: int, each: int) -> dict[str, object]:
    """Several that append at once, to their end."""
    begun = [writer(path, f"w{number}", each) for number in range(writers)]
    lines = [line for _, come in begun for line in acknowledged(come)]
    for pid, _ in begun:
        os.waitpid(pid, 0)
    return judged(path, lines)


def killed(path: Path, seed: int) -> dict[str, object]:
    """One or two that append, killed at a random moment, then the next start."""
    rng = random.Random(seed)  # noqa: S311 - moments, no secrets
    begun = [writer(path, f"k{seed}-{number}", None) for number in range(rng.choice([1, 1, 2]))]
    if rng.random() < 0.9:
        select.select([begun[0][1]], [], [])
    lines = acknowledged(begun[0][1], time.monotonic() + rng.uniform(0, LONGEST_S))
    for pid, _ in begun:
        os.kill(pid, signal.SIGKILL)
    for pid, come in begun:
        os.waitpid(pid, 0)
        lines += acknowledged(come)
    left = judged(path, lines)
    unfinished = b'"next":null' not in path.with_name("audit.head").read_bytes() if path.exists() else False
    opened(path).append(actor="next", action="promoted", subject=f"next-{seed}")
    repaired = judged(path, lines)
    settled = b'"next":null' in path.with_name("audit.head").read_bytes()
    return left | {"repaired": repaired["ok"] and settled and not repaired["lost"], "unfinished": unfinished}


def judged(path: Path, lines: list[str]) -> dict[str, object]:
    """Whether the log is whole and holds all that was acknowledged, each where it was said to be."""
    there = {f"{entry.seq} {entry.subject}" for entry in opened(path).entries()}
    return {
        "ok": opened(path).verify().ok,
        "entries": len(there),
        "acknowledged": len(lines),
        "lost": sorted(set(lines) - there),
    }


def main() -> None:
    how, where, first, second = sys.argv[1:]
    path = Path(where)
    if how == "together":
        found = [together(path, int(first), int(second))]
    else:
        found = [killed(path, seed) for seed in range(int(first), int(first) + int(second))]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
