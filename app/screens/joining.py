"""Makes one recording of several, in the order in which they were marked."""

from collections.abc import Sequence

from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.workers.tasks import in_thread
from app.workers.telling import RunsJoined


def ask_join(screen: BookScreen, runs: Sequence[str]) -> None:
    """Ask for a name; the screen hears `RunsJoined`.

    Args:
        screen: Who asks.
        runs: At least two, by their ids.
    """
    core = screen.core

    def join(name: str | None) -> None:
        if name:
            in_thread(screen, lambda: RunsJoined(core.join(runs, name=name).run.run_id), group="join")

    screen.app.push_screen(AskText(f"Join {len(runs)} recordings", "A name for the new recording."), join)
