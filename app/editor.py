"""Opens a file in the editor that the user has chosen, on the terminal that they sit at."""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

LAST_RESORT = "vi"
"""What POSIX says is there."""


def edit(path: Path, environment: Mapping[str, str]) -> str | None:
    """Let the user edit a file; returns when they are done.

    Args:
        path: The file.
        environment: Whose `VISUAL` or `EDITOR` names the editor, with options.

    Returns:
        What went wrong, in words; None when all is well.
    """
    command = environment.get("VISUAL") or environment.get("EDITOR") or LAST_RESORT
    try:
        ended = subprocess.run([*shlex.split(command), str(path)], check=False)
    except (OSError, ValueError) as error:
        return f"the editor {command!r} can't be started ({error}); set EDITOR, or edit {path} yourself"
    return (
        f"the editor {command!r} ended with {ended.returncode}; {path} is as it left it" if ended.returncode else None
    )
