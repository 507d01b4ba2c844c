"""Writers of a team's log in processes of their own, forked off one that is small, and killed at random moments."""

import json
import os
import random
import select
import signal
import sys
from pathlib import Path

from replay.team.server import Team
from tests.replay.library.samples import run_row

LONGEST_S = 0.05
"""From the first decision on to the kill; one takes some milliseconds."""


def writer(address: str, home: Path, name: str) -> tuple[int, int]:
    """Fork one that decides, each decision with a row; it acknowledges each in a pipe.

    Returns:
        Its process id, and the end of the pipe to read.
    """
    told, say = os.pipe()
    if pid := os.fork():
        os.close(say)
        return pid, told
    team = Team(address, home=home)
    number = 0
    while True:
        number += 1
        subject = f"{name}.{number}"
        with team.catalog.transaction():
            entry = team.audit.append(actor="owner", action="frozen", subject=subject)
            team.catalog.put(run_row(id=subject, name=str(entry.seq)))
        os.write(say, f"{entry.seq} {subject}\n".encode())


def killed(address: str, home: Path, seed: int) -> list[str]:
    """Let two write at once, kill one and then the other; returns what they acknowledged, whole lines."""
    chance = random.Random(seed)  # noqa: S311 - a kill is no secret
    both = [writer(address, home, f"{seed}{name}") for name in "ab"]
    said = []
    for pid, told in both:
        text = os.read(told, 1 << 16)
        select.select([], [], [], chance.uniform(0, LONGEST_S))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        while more := os.read(told, 1 << 16):
            text += more
        os.close(told)
        said += [line.decode() for line in text.splitlines(keepends=True) if line.endswith(b"\n")]
    return [line.strip() for line in said]


def main() -> None:
    address, home, first, times = sys.argv[1:]
    said = [line for seed in range(int(first), int(first) + int(times)) for line in killed(address, Path(home), seed)]
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
