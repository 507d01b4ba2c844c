"""Where a watched directory lies on disk, also when it is another process's view of it."""

import os
import re
from pathlib import Path

_OTHER_VIEW = re.compile(r"/proc/\d+/root/")
"""Resolved as a link, this would lead back to our own view."""


def on_disk(root: str | Path) -> str:
    """A root without links.

    Args:
        root: Absolute or not; or a path in the view of a process with mounts of its own, which stays as it is.
    """
    text = os.fspath(root)
    return text if _OTHER_VIEW.match(text) else os.path.realpath(text)
