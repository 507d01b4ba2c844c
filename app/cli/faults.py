"""Keeps the traceback of an internal error: the user is told of it in one line, and whoever mends it needs the rest."""

import os
import traceback
from datetime import UTC, datetime

from capture.home import PRIVATE_FILE, Home

_KEPT = "_replaybook_kept"
"""The attribute of an error that says where its traceback is."""


def keep_fault(error: Exception, home: Home) -> None:
    """Write an error's traceback into the home, in the place of the one before; without one nothing is kept.

    Args:
        error: What nobody foresaw.
        home: Of the command that failed.
    """
    told = "".join(traceback.format_exception(error))
    try:
        descriptor = os.open(home.fault, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')}\n{told}")
    except OSError:
        return
    setattr(error, _KEPT, home.fault)


def where_kept(error: BaseException) -> str:
    """What the user is to do about an internal error, in words."""
    kept = getattr(error, _KEPT, None)
    with_it = f"with {kept}, which tells where it happened" if kept else "with the command that you ran"
    return f"please report it {with_it}"
