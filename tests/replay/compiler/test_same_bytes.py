"""The same recordings compile to the same bytes in whatever process: nothing hangs on the order of a set."""

import os
import subprocess
import sys

STEPS = 100
_COMPILE = f"""
import hashlib, msgspec
from replay.compiler import compile_traces
from replay.document import dump
from tests.bench.long_traces import long_trace
long = long_trace({STEPS})
done = compile_traces([long.trace, long.trace], name="long", blobs=long.blobs)
print(hashlib.sha256(msgspec.json.encode(done) + dump(done.playbook).encode()).hexdigest())
"""


def bytes_of_processes(times: int) -> list[str]:
    """What a long recording is compiled to, as a digest, in so many processes, each with another hash seed."""
    return [
        subprocess.run(
            [sys.executable, "-c", _COMPILE],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in range(times)
    ]


def test_other_processes_make_the_same_bytes() -> None:
    came = bytes_of_processes(3)
    assert came[0]
    assert came == came[:1] * 3
