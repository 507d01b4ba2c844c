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
from capture.importers.agents import AGENT

FILE_QUESTION = (
    "Which file? .cast is an asciicast, .md a document whose shell blocks become a draft playbook, .jsonl or a folder "
    "what an agent recorded of itself; any other is taken for a typescript of script."
)
TIMING_QUESTION = "Which timing file did script write beside it (--log-timing)? Empty: there is none."


def ask_import(screen: BookScreen) -> None:
    """Ask for a file; the screen hears `RunImported` when it is a run, `MarkdownImported` when it is a playbook.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def named(given: str | None) -> None:
        if given is None:
            return
        path = _path(given)
        if path.endswith(".cast"):
            start("asciicast", path, None)
        elif path.endswith(".jsonl") or Path(path).is_dir():
            start(AGENT, path, None)
        elif path.endswith(".md"):
            send(path, lambda _: MarkdownImported(core.import_markdown(path)))
        else:
            timed = AskText("Import", TIMING_QUESTION, optional=True)
            screen.app.push_screen(timed, lambda times: timed_by(path, times))

    def timed_by(path: str, times: str | None) -> None:
        if times is not None:
            start("typescript", path, _path(times) if times.strip() else None)

    def start(form: str, path: str, timing: str | None) -> None:
        send(
            path,
            lambda errand: RunImported(core.import_run(form, path, timing=timing, progress=errand.go_on).run),
        )

    def send(path: str, work: Callable[[Errand], Message]) -> None:
        screen.book.send_out(Errand(f"importing {Path(path).name}", work, ending=ending_of), to=screen)

    screen.app.push_screen(AskText("Import", FILE_QUESTION), named)


def _path(given: str) -> str:
    return str(typed_path(given))
