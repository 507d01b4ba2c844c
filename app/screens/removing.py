"""Deleting a recording, as Home and Trace both do it: after a question, in a thread."""

from app.screens.base import BookScreen
from app.workers.facts import RunRemoved
from app.workers.tasks import in_thread
from capture.trace import Run


def ask_removal(screen: BookScreen, run: Run) -> None:
    """Ask; after a `y` the screen hears `RunRemoved`.

    Args:
        screen: Who asks.
        run: What would be deleted.
    """
    core = screen.core

    def remove() -> RunRemoved:
        core.remove(run.run_id)
        return RunRemoved()

    question = f"Delete the recording {run.name!r}? Playbooks made from it stay."
    screen.confirm("Delete recording", question, lambda: in_thread(screen, remove, group="remove"))
