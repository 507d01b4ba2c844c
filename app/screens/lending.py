"""Lends the terminal to the user's editor for a file of theirs, and comes back."""

import os
from collections.abc import Callable
from pathlib import Path

from textual.app import SuspendNotSupported

from app.editor import edit
from app.screens.base import BookScreen


def edit_file(screen: BookScreen, find: Callable[[], Path], *, otherwise: str) -> None:
    """Have a file edited; what goes wrong is said.

    Args:
        screen: Who asks.
        find: The file, made where there is none yet.
        otherwise: The command that opens it where this terminal can't be lent.
    """
    try:
        path = find()
        with screen.app.suspend():
            problem = edit(path, os.environ)
    except OSError as error:
        problem = f"{error.filename} can't be made: {error.strerror}"
    except SuspendNotSupported:
        problem = f"this terminal can't be lent to an editor; run {otherwise}"
    if problem:
        screen.say(problem, severity="error")
