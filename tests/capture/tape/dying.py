"""Runs a piece of code in a process of its own that kills itself at a change of the file system."""

import signal
import subprocess
import sys
from pathlib import Path

KILLED = -signal.SIGKILL
"""How one ends that came so far."""
_HOOK = """
import os, signal, sys

left = int(sys.argv[2])

def count(event, arguments):
    global left
    if event in ("os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

"""


def run_and_die(code: str, folder: Path, changes: int) -> int:
    """Run it until it has made so many changes.

    Args:
        code: Python; its `sys.argv[1]` is the folder.
        folder: Where it works.
        changes: Renames, links, unlinks and folders made or removed that it lives for.

    Returns:
        How it ended: `KILLED`, or 0 when it made no more.
    """
    imports = "\n".join(line for line in code.splitlines() if "import" in line)
    rest = "\n".join(line for line in code.splitlines() if "import" not in line)
    whole = f"{imports}\n{_HOOK}\nsys.addaudithook(count)\n{rest}"
    return subprocess.run([sys.executable, "-c", whole, folder, str(changes)], check=False).returncode
