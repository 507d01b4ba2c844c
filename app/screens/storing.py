"""Recordings in a store: pushed from a list or a trace, listed, fetched and opened."""

from collections.abc import Sequence

from app.amounts import size_words
from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.choosing import Choose, Form, Given
from app.screens.dialogs import AskText
from app.screens.endings import ending_of
from app.screens.sharing import field
from app.sharing_told import run_fetched_line, run_pushed_line
from app.widgets.prose import Tone, piece
from app.widgets.shelf import Shelf
from app.workers.sharing import RunFetched, RunsPushed, StoredListed

STORE_QUESTION = "Which store? A folder, or s3://…, gs://…, az://…. Empty: the one of the settings, sharing.store."
CHOOSE_TEXT = "Which recording? Those that are here already are marked; what comes is held against its hash."
HERE = "✓"
STORE, KEY = "store", "key"
"""The lines of the form."""
OWN = "own"
"""What is typed for the key that is known."""


def ask_push(screen: BookScreen, runs: Sequence[str]) -> None:
    """Ask for a store; the screen hears `RunsPushed`.

    Args:
        screen: Who asks.
        runs: Ids; at least one.
    """
    core = screen.core
    what = runs[0] if len(runs) == 1 else f"{len(runs)} recordings"

    def given(answers: Given | None) -> None:
        if answers is None:
            return
        key = answers.get(KEY)

        def work(errand: Errand) -> RunsPushed:
            done = core.push_runs(
                runs,
                store=answers.get(STORE),
                sign=key is not None,
                key=None if key == OWN else key,
                progress=errand.go_on,
            )
            return RunsPushed(tuple(run_pushed_line(one) for one in done))

        screen.book.send_out(Errand(f"pushing {what}", work, ending=ending_of), to=screen)

    fields = [
        field(STORE, "a folder, or s3://…, gs://…, az://…", hint="that of the settings"),
        field(KEY, f"an SSH key that signs; {OWN}: as in the settings, or as git signs", hint="nothing is signed"),
    ]
    screen.app.push_screen(Form(f"Push {what}", fields), given)


def ask_stored(screen: BookScreen) -> None:
    """Ask for a store; the screen hears `StoredListed`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def named(given: str | None) -> None:
        if given is None:
            return
        store = given.strip() or None
        screen.book.send_out(
            Errand("listing stored recordings", lambda _: StoredListed(core.stored_runs(store=store), store)), to=screen
        )

    screen.app.push_screen(AskText("Stored recordings", STORE_QUESTION, optional=True), named)


def choose_stored(screen: BookScreen, found: StoredListed) -> None:
    """Let one be chosen; the screen hears `RunFetched`.

    Args:
        screen: Who asks.
        found: What the store holds.
    """
    if not found.runs:
        screen.say("the store holds no recording yet", severity="warning")
        return
    core = screen.core

    def chosen(run_id: str | None) -> None:
        if run_id is None:
            return

        def work(errand: Errand) -> RunFetched:
            (done,) = core.fetch_runs([run_id], store=found.store, progress=errand.go_on)
            return RunFetched(done.run_id, run_fetched_line(done))

        screen.book.send_out(Errand(f"fetching {run_id}", work, ending=ending_of), to=screen)

    shelf = Shelf("recording", "began", "steps", "size", empty="")
    rows = [
        (
            one.run_id,
            [
                piece(HERE if one.here else " ", Tone.GOOD),
                piece(one.name),
                piece(one.started_at[:16].replace("T", " "), Tone.DIM),
                piece(str(one.steps)),
                piece(size_words(one.size), Tone.DIM),
            ],
        )
        for one in found.runs
    ]
    screen.app.push_screen(Choose("Stored recordings", CHOOSE_TEXT, shelf, rows), chosen)
