"""Lends the terminal to the user's editor for a file of theirs, and comes back."""

import os
from pathlib import Path

from textual.app import SuspendNotSupported

from app.editor import edit
from app.screens.base import BookScreen


def edit_file(screen: BookScreen, path: Path, *, otherwise: str) -> None:
    """Have a file edited; what goes wrong is said.

    Args:
        screen: Who asks.
        path: The file.
        otherwise: The command that opens it where this terminal can't be lent.
    """
    try:
        with screen.app.suspend():
            problem = edit(path, os.environ)
    except SuspendNotSupported:
        problem = f"this terminal can't be lent to an editor; run {otherwise}"
    if problem:
        screen.say(problem, severity="error")
