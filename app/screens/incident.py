"""Writing a report of a replay or recording: how, then where to; nothing is replaced without a question."""

from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.choosing import Choose
from app.screens.dialogs import AskText
from app.screens.endings import ending_of
from app.screens.typed_path import typed_path
from app.widgets.prose import Tone, piece
from app.widgets.shelf import Shelf
from app.workers.facts import Exported

TITLE = "Incident"
QUESTION = "One page on it to attach to a report: it plays in a browser, and loads and sends nothing."
WHERE = "To which file? .html makes one page, any other name a folder with the page and its parts."
WAYS = {
    "": ("as it is", "secrets are masked, long outputs shortened"),
    "anonymize": ("anonymized", "stand-ins for home directories, users and hosts, too"),
    "full": ("in full", "nothing is shortened"),
    "anonymize full": ("anonymized, in full", "both"),
}
"""What a person chooses from: options of the core's `incident`, a name for them, and what they do."""


def ask_incident(screen: BookScreen, ref: str) -> None:
    """Ask how and where to; the screen hears `Exported` when it is written.

    Args:
        screen: Who asks.
        ref: A run or a replay, its whole id.
    """
    core = screen.core

    def chosen(ways: str | None) -> None:
        if ways is not None:
            value = f"incident-{ref}.html"
            screen.app.push_screen(AskText(TITLE, WHERE, value=value), lambda path: named(path, ways.split()))

    def named(given: str | None, ways: list[str]) -> None:
        if given is None:
            return
        path = typed_path(given)

        def write(errand: Errand) -> Exported:
            core.incident(
                ref,
                path=path,
                folder=path.suffix != ".html",
                anonymize="anonymize" in ways,
                full="full" in ways,
                progress=errand.go_on,
            )
            return Exported(path)

        def start() -> None:
            screen.book.send_out(Errand(f"writing {path.name}", write, ending=ending_of))

        if path.exists():
            screen.confirm(TITLE, f"{path} is there already. Replace it?", start)
        else:
            start()

    shelf = Shelf("how", "what it does", empty="")
    rows = [(ways, [piece(""), piece(name), piece(does, Tone.DIM)]) for ways, (name, does) in WAYS.items()]
    screen.app.push_screen(Choose(TITLE, QUESTION, shelf, rows), chosen)
