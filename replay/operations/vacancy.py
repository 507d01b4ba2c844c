"""Whether a home may be made in a folder: asked before anything is read, and again by what makes it."""

from pathlib import Path


def occupied(folder: Path) -> str | None:
    """Why no home can be made there, and what to do; None: it is empty, or not there.

    Args:
        folder: Where it would be.
    """
    try:
        free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    except OSError as error:
        return f"{folder} can't be looked into: {error.strerror}; name another folder"
    return None if free else f"{folder} is not empty; name another folder, or move it away first"
