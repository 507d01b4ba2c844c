"""How old a shell may be to be recorded, and how old the one is that would be started."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

OLDEST = {"bash": (4, 4), "fish": (3, 4)}
"""The first bash with PS0; the first fish whose line editor tells whether a text is whole."""
_VERSION = re.compile(r"version (\d+)\.(\d+)")


def version_of(name: str, environment: Mapping[str, str]) -> tuple[int, int] | None:
    """Major and minor version of the shell that an environment finds.

    Args:
        name: Of the shell.
        environment: Whose PATH counts.

    Returns:
        None when there is none, or it does not say.
    """
    shell = shutil.which(name, path=environment.get("PATH"))
    if shell is None:
        return None
    try:
        status = Path(shell).stat()
    except OSError:
        return None
    return _said(shell, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=16)
def _said(shell: str, _identity: tuple[int, ...]) -> tuple[int, int] | None:
    """What a program says of itself; asked once as long as it is the same file."""
    told = subprocess.run(
        [shell, "--version"], stdin=subprocess.DEVNULL, capture_output=True, env={"LC_ALL": "C"}, check=False
    ).stdout.decode(errors="replace")
    found = _VERSION.search(told)
    return (int(found[1]), int(found[2])) if found else None


def too_old(name: str, environment: Mapping[str, str]) -> str | None:
    """What is wrong with the shell that an environment finds.

    Args:
        name: Of the shell.
        environment: Whose PATH counts.

    Returns:
        As `bash 3.2 is too old to be recorded; put 4.4 or newer first on PATH`; None when it can be recorded.
    """
    oldest = OLDEST.get(name)
    version = version_of(name, environment) if oldest else None
    if oldest is None or version is None or version >= oldest:
        return None
    wanted, found = (".".join(map(str, number)) for number in (oldest, version))
    return f"{name} {found} is too old to be recorded; put {wanted} or newer first on PATH"
