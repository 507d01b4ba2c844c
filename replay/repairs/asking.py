"""Asks a tool for its `--help`, where that does nothing else: bounded, with nothing to read, in an empty folder."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

SYSTEM = ("/usr/bin/", "/bin/", "/usr/local/bin/", "/opt/")
"""Where a machine's packages put programs, all of which know `--help` or refuse it."""
MENTIONS = (b"--help", b"argparse", b"optparse", b"OptionParser", b"import click", b"commander", b"docopt")
"""What a script holds that knows `--help`."""
SHELLS_OUT = frozenset({"reboot", "shutdown", "halt", "poweroff", "yes", "kill", "init", "telinit", "sudo", "su"})
SECONDS = 5
LONGEST = 65536


def help_of(path: str, environment: Mapping[str, str]) -> str | None:
    """What a program prints for `--help`.

    Args:
        path: The executable, absolute.
        environment: Whose PATH its interpreter is looked for in.

    Returns:
        The beginning of its output; None where it is not known to be harmless to ask, or nothing came in time.
    """
    if not _is_harmless(Path(path)):
        return None
    with TemporaryDirectory(prefix="help-") as nowhere:
        world = {"PATH": environment.get("PATH", ""), "HOME": nowhere, "TMPDIR": nowhere, "LC_ALL": "C", "TERM": "dumb"}
        return _printed((path, "--help"), nowhere, world)


def _is_harmless(path: Path) -> bool:
    """A program of the machine's packages, or a script that says that it knows the option."""
    try:
        with path.open("rb") as file:
            head = file.read(LONGEST)
    except OSError:
        return False
    if head.startswith(b"#!"):
        return any(sign in head for sign in MENTIONS)
    real = str(path.resolve())
    return real.startswith(SYSTEM) and path.name not in SHELLS_OUT


def _printed(command: tuple[str, ...], where: str, world: Mapping[str, str]) -> str | None:
    try:
        asked = subprocess.Popen(
            command,
            cwd=where,
            env=dict(world),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        said, _ = asked.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(asked.pid, signal.SIGKILL)
        asked.communicate()
        return None
    return said[:LONGEST].decode(errors="replace") or None
