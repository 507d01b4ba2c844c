"""Taking over a recording of another tool: which file, and for a typescript also where its times are."""

from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.screens.endings import ending_of
from app.screens.typed_path import typed_path
from app.workers.facts import MarkdownImported, RunImported
from capture.errors import BadInputError
from capture.importers.agents import AGENT, MAPPED, recognised

FILE_QUESTION = (
    "Which file? .cast is an asciicast, .md a document whose shell blocks become a draft playbook, .jsonl or a folder "
    "what an agent recorded of itself; any other is taken for a typescript of script."
)
TIMING_QUESTION = "Which timing file did script write beside it (--log-timing)? Empty: there is none."

MAP_QUESTION = "Nothing tells which agent wrote it. Which mapping file (TOML) says where everything stands in it?"


def ask_import(screen: BookScreen) -> None:
    """Ask for a file; the screen hears `RunImported` when it is a run, `MarkdownImported` when it is a playbook.

    Args:
        screen: Who asks.
    """
    screen.app.push_screen(AskText("Import", FILE_QUESTION), lambda given: _named(screen, given))


def _named(screen: BookScreen, given: str | None) -> None:
    """A file was given: import it, or ask for the one that is needed beside it."""
    if given is None:
        return
    path = _path(given)
    if path.endswith(".cast"):
        _start(screen, "asciicast", path)
    elif path.endswith(".md"):
        _send(screen, path, lambda _: MarkdownImported(screen.core.import_markdown(path)))
    elif Path(path).is_dir() or (path.endswith(".jsonl") and (not Path(path).is_file() or _is_known(path))):
        _start(screen, AGENT, path)
    elif path.endswith(".jsonl"):
        _also(screen, MAP_QUESTION, lambda also: _start(screen, MAPPED, path, mapping=_path(also)) if also else None)
    else:
        _also(
            screen,
            TIMING_QUESTION,
            lambda also: _start(screen, "typescript", path, timing=_path(also) if also else None),
        )


def _also(screen: BookScreen, question: str, answered: Callable[[str], None]) -> None:
    """Ask for a second file; nothing is heard when the person goes back."""
    asked = AskText("Import", question, optional=True)
    screen.app.push_screen(asked, lambda given: None if given is None else answered(given.strip()))


def _start(screen: BookScreen, form: str, path: str, *, timing: str | None = None, mapping: str | None = None) -> None:
    def work(errand: Errand) -> Message:
        trace = screen.core.import_run(form, path, timing=timing, mapping=mapping, progress=errand.go_on)
        return RunImported(trace.run)

    _send(screen, path, work)


def _send(screen: BookScreen, path: str, work: Callable[[Errand], Message]) -> None:
    screen.book.send_out(Errand(f"importing {Path(path).name}", work, ending=ending_of), to=screen)


def _is_known(path: str) -> bool:
    """Whether a file looks like the record of an agent that is known."""
    try:
        return bool(recognised(path))
    except BadInputError:
        return False


def _path(given: str) -> str:
    return str(typed_path(given))
