"""Large transcripts of agents in the shapes that theirs have: much is output, and reasoning that is encrypted."""

import json
import random
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from tests.capture.importers.codex.rollouts import (
    answer,
    assistant,
    call,
    event,
    item,
    new,
    patch,
    patched,
    stamped,
    tokens,
)
from tests.capture.importers.mapped.logs import called, log, result

_RANDOM = random.Random(7)  # noqa: S311 - words, no secrets
_WORDS = ["".join(_RANDOM.choices("abcdefghijklmnopqrstuvwxyz", k=_RANDOM.randint(2, 9))) for _ in range(500)]
_SEALED = "gAAAAAB" + "".join(_RANDOM.choices("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789-_", k=3000))


def prose(lines: int) -> str:
    """Lines as files and programs have them."""
    return "".join(" ".join(_RANDOM.choices(_WORDS, k=9)) + "\n" for _ in range(lines))


def codex() -> Iterator[bytes]:
    """A rollout, turn by turn."""
    yield new(event("user_message", message="Go"))
    for number in count(1):
        output = f"Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n{prose(120)}"
        thought = {"type": "reasoning", "summary": [], "encrypted_content": _SEALED}
        body = f"*** Update File: src/{number % 9}.py\n@@\n-{_WORDS[number % 500]}\n+{prose(1).rstrip()}"
        records = [
            *[item(thought)] * 2,
            event("agent_message", message=prose(2)),
            item(assistant(prose(2))),
            item(call(f"c{number}", "exec_command", {"cmd": f"sed -n '1,120p' src/{number}.py"})),
            tokens(number * 100, 100),
            item(answer(f"c{number}", output)),
            item(patch(f"p{number}", body)),
            item(patched(f"p{number}")),
        ]
        yield b"".join(json.dumps(one).encode() + b"\n" for one in stamped(records))


def mapped() -> Iterator[bytes]:
    """A log of a made-up agent."""
    for number in count(1):
        yield log(
            {"type": "message", "from": "assistant", "text": prose(3), "ts": 1.7e9 + number},
            called(f"{number}", "bash", 1.7e9 + number, cmd=f"cat src/{number}.py"),
            result(f"{number}", prose(120), 0, 1.7e9 + number + 0.5),
            called(f"t{number}", "search", 1.7e9 + number, query=prose(1)),
            result(f"t{number}", {"hits": prose(20).splitlines()}, None, 1.7e9 + number + 0.5),
        )


def write(path: Path, pieces: Callable[[], Iterator[bytes]], size: int) -> None:
    """Fill a file with pieces until it is that large, in bytes."""
    left = size
    with path.open("wb") as file:
        for piece in pieces():
            file.write(piece)
            left -= len(piece)
            if left <= 0:
                return
