"""Runs a piece of code in a process of its own that kills itself at a change of the file system.

What the code imports is imported once: each run is a fork of that.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

KILLED = -signal.SIGKILL
"""How one ends that came so far."""
_FORKING = """
import os, signal, sys, traceback

def count(event, arguments):
    global left
    if event in ("os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

for line in sys.stdin:
    changes, _, folder = line.rstrip("\\n").partition(" ")
    if (pid := os.fork()) == 0:
        os.dup2(2, 1)
        left, sys.argv[1:] = int(changes), [folder]
        sys.addaudithook(count)
        try:
            exec(CODE)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@contextmanager
def dying(code: str) -> Iterator[Callable[[Path, int], int]]:
    """Run code again and again, each time until it has made so many changes.

    Args:
        code: Python; its `sys.argv[1]` is the folder.

    Yields:
        Takes the folder where it works, and how many renames, links, unlinks and folders made or removed it lives for;
        tells how it ended: `KILLED`, or 0 when it made no more.
    """
    imports = "\n".join(line for line in code.splitlines() if "import" in line)
    rest = "\n".join(line for line in code.splitlines() if "import" not in line)
    argv = [sys.executable, "-c", f"{imports}\nCODE = {rest!r}\n{_FORKING}"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forking:
        asked, told = forking.stdin, forking.stdout
        assert asked is not None
        assert told is not None

        def run(folder: Path, changes: int) -> int:
            asked.write(f"{changes} {folder}\n")
            asked.flush()
            return int(told.readline())

        yield run
