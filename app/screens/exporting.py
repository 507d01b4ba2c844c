"""Writing a run or a playbook to a file that the person names; nothing is replaced without a question."""

from collections.abc import Callable, Iterable
from pathlib import Path

from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.screens.endings import ending_of
from app.screens.typed_path import typed_path
from app.workers.facts import Exported

RUN_FORMS = {
    ".v2.cast": "asciicast-v2",
    ".cast": "asciicast-v3",
    ".txt": "text",
    ".anim.svg": "svg-animated",
    ".svg": "svg",
    ".tape": "vhs",
}
"""The endings that choose a run's format, the longest first."""
RUN_QUESTION = (
    "To which file? .cast makes asciicast v3, .v2.cast asciicast v2, .txt text, .svg the last screen, "
    ".anim.svg the whole session as it moved, .tape a tape for VHS."
)
PLAYBOOK_FORMS = {
    ".workflow.yml": "github-actions",
    ".ansible.yml": "ansible",
    ".sh": "bash",
    ".md": "markdown",
    "justfile": "justfile",
    ".yaml": "yaml",
    ".yml": "yaml",
}
"""The endings that choose a playbook's format, the longest first."""
PLAYBOOK_QUESTION = (
    "To which file? .yaml makes the document, .sh a bash script, .md Markdown, justfile a justfile, "
    ".workflow.yml a GitHub Actions workflow, .ansible.yml an Ansible playbook."
)

AUDIT_FORMS = {".jsonl": "in-toto"}
"""The ending that chooses the log's format."""
AUDIT_QUESTION = "To which file? One in-toto statement a line, of every decision that is listed."


def audit_form(path: str) -> str | None:
    """The format that a file name chooses for the log; None when its ending is none of ours."""
    return next((form for ending, form in AUDIT_FORMS.items() if path.endswith(ending)), None)


def run_form(path: str) -> str | None:
    """The format that a file name chooses for a run; None when its ending is none of ours."""
    return next((form for ending, form in RUN_FORMS.items() if path.endswith(ending)), None)


def playbook_form(path: str) -> str | None:
    """The format that a file name chooses for a playbook; None when its ending is none of ours."""
    return next((form for ending, form in PLAYBOOK_FORMS.items() if path.endswith(ending)), None)


Write = Callable[[Path, str, Callable[[str], None]], None]
"""Writes to a file, in a format, and tells how far it is; what that raises leaves what was there before."""


def of_stored(screen: BookScreen, name: str) -> Write:
    """Writes a run or a playbook.

    Args:
        screen: Whose core.
        name: A run's id, or NAME@V.
    """
    core = screen.core
    return lambda path, form, progress: core.export_to(path, name, form, progress=progress)


def ask_export(
    screen: BookScreen,
    write: Write,
    *,
    question: str,
    value: str,
    form_of: Callable[[str], str | None],
    endings: Iterable[str],
) -> None:
    """Ask for a file; the screen hears `Exported` when it is written.

    Args:
        screen: Who asks.
        write: Writes what is exported.
        question: What the dialog says.
        value: The file name to begin with.
        form_of: The format that a file name chooses; None when it chooses none.
        endings: Those that choose one.
    """

    def named(given: str | None) -> None:
        if given is None:
            return
        form = form_of(given.strip())
        if form is None:
            screen.say(f"{given} has none of the endings {', '.join(endings)}; give another", severity="error")
            return
        path = typed_path(given)

        def work(errand: Errand) -> Exported:
            write(path, form, errand.go_on)
            return Exported(path)

        def start() -> None:
            screen.book.send_out(Errand(f"writing {path.name}", work, ending=ending_of))

        if path.exists():
            screen.confirm("Export", f"{path} is there already. Replace it?", start)
        else:
            start()

    screen.app.push_screen(AskText("Export", question, value=value), named)
