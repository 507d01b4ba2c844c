"""What a person says of a recording before it begins: its name, what it is for, which files elsewhere count."""

import re
import shlex
from pathlib import Path

from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.watched import watched
from capture.errors import BadInputError

TITLE = "Record"
NAME_QUESTION = "A name for the recording."
GOAL_QUESTION = "What is the work for? Empty: no goal is kept."
PLAYBOOK_QUESTION = "A name for the playbook; an existing one gets a new version."
WATCH_QUESTION = (
    "Files and directories outside of this one to watch too, spaces between them; quote one that holds spaces. "
    "Empty: none."
)


def ask_recording(screen: BookScreen) -> None:
    """Ask for all three, then record; nothing begins when one question is left.

    Args:
        screen: Who asks.
    """

    def named(name: str | None) -> None:
        if name is not None:
            asked = AskText(TITLE, GOAL_QUESTION, optional=True)
            screen.app.push_screen(asked, lambda goal: aimed(name.strip(), goal))

    def aimed(name: str, goal: str | None) -> None:
        if goal is not None:
            asked = AskText(TITLE, WATCH_QUESTION, optional=True, problem=problem_of)
            screen.app.push_screen(asked, lambda watch: begin(name, goal.strip() or None, watch))

    def begin(name: str, goal: str | None, watch: str | None) -> None:
        if watch is not None:
            screen.book.open_record(name=name, goal=goal, watch=paths_of(watch))

    screen.app.push_screen(AskText(TITLE, NAME_QUESTION, value=Path.cwd().name), named)


def paths_of(text: str) -> tuple[str, ...]:
    """The paths in a line, split as a shell does.

    Args:
        text: As typed; `problem_of` finds none in it.
    """
    return tuple(shlex.split(text))


def problem_of(text: str) -> str | None:
    """What is wrong with a line of paths and what to do about it; None when it can be taken."""
    try:
        for path in paths_of(text):
            watched(path, str(Path.cwd()))
    except BadInputError as error:
        return str(error)
    except ValueError:
        return r"A quote is not closed, or a backslash ends the line: close it, or write \' for the character itself."
    return None


def slug(text: str) -> str:
    """A name that a file may have."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "playbook"
