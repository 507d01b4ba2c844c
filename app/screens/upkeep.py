"""Asks after the health of the library, and before something of it goes, is copied or comes back."""

import shlex
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.dialogs import AskText
from app.screens.endings import ending_of
from app.screens.typed_path import typed_path
from app.teaming import told, typed_wish
from app.upkeep import copied_lines, figure_lines, retention_lines
from app.widgets.prose import rows
from app.workers.tasks import in_thread
from app.workers.telling import Answered, RetentionFound
from capture.errors import ReplaybookError, StoppedError
from capture.printable import printable
from replay.governance.wanted import moment
from replay.operations.retention import Retention
from replay.operations.vacancy import occupied


def show_figures(screen: BookScreen) -> None:
    """Count; the screen hears `Answered`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def work() -> Answered:
        return _answered("Figures", figure_lines(core.figures()))

    in_thread(screen, work, group="figures")


def ask_purge(screen: BookScreen) -> None:
    """Ask which recordings are old; the screen hears `RetentionFound`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def named(given: str | None) -> None:
        if given is not None:
            before = moment(given, now=datetime.now(UTC))
            in_thread(screen, lambda: RetentionFound(core.retention(before)), group="retention")

    question = "Recordings older than: a date, or a span as 90d. What would go is shown first."
    value = core.settings().settings.retention.older_than or "90d"
    screen.app.push_screen(AskText("Purge", question, value=value, problem=_no_moment), named)


def confirm_purge(screen: BookScreen, found: Retention) -> None:
    """Show what would go, and do it after a yes; the screen hears `Answered`.

    Args:
        screen: Who asks.
        found: What would go.
    """
    core = screen.core
    said = "\n".join(retention_lines(found))
    if not found.goes:
        screen.post_message(Answered("Purge", rows(said)))
        return

    def start() -> None:
        def work(errand: Errand) -> Answered:
            def go_on(said: str) -> None:
                if errand.stopped:
                    raise StoppedError(f"deleting was stopped; {said} and stay so")
                errand.report(said)

            gone = core.purge(found, progress=go_on)
            return _answered("Purged", retention_lines(gone))

        screen.book.send_out(Errand("deleting old recordings", work, ending=ending_of), to=screen)

    screen.confirm("Purge", f"Delete these recordings for good? Every decision stays in the log.\n{said}", start)


def ask_team(screen: BookScreen) -> None:
    """Ask what is to be done with the team; the screen hears `Answered`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def named(given: str | None) -> None:
        wanted = None if given is None else typed_wish(given)
        if callable(wanted):
            in_thread(
                screen,
                lambda: _answered("Team", told(wanted(core))),
                group="team",
            )

    def problem(typed: str) -> str | None:
        found = typed_wish(typed)
        return found if isinstance(found, str) else None

    question = "who · admit ROLE --as PERSON [--admin] · dismiss ROLE · require promotion|review N"
    screen.app.push_screen(AskText("Team", question, value="who", optional=True, problem=problem), named)


def ask_backup(screen: BookScreen) -> None:
    """Ask for a file, and copy the home to it; the screen hears `Answered`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def copied(path: Path, errand: Errand) -> Answered:
        return _answered("Backup", copied_lines(path, core.back_up(path, progress=errand.go_on)))

    question = AskText("Backup", "The file to copy the whole home to.", value=_backup_file())
    _ask_file(screen, question, "copying the home to", copied)


def ask_verify_backup(screen: BookScreen) -> None:
    """Ask for a backup, and hold it against its own list; the screen hears `Answered`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def verified(path: Path, errand: Errand) -> Answered:
        found = core.check_backup(path, progress=errand.go_on)
        return _answered("Backup", ("every file in it is as it was copied", *copied_lines(path, found)))

    question = AskText("Verify a backup", "Which file? Nothing is written.", value=_backup_file())
    _ask_file(screen, question, "reading", verified)


def ask_restore(screen: BookScreen) -> None:
    """Ask for a backup and for a folder, and make a home of them after a yes; the screen hears `Answered`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def start(file: Path, folder: Path) -> None:
        def work(errand: Errand) -> Answered:
            made = core.restore(file, folder, progress=errand.go_on)
            said = (*copied_lines(folder, made), f"replaybook --home {shlex.quote(str(folder))} opens it")
            return _answered("Restored", said)

        screen.book.send_out(Errand(f"making a home of {file.name}", work, ending=ending_of), to=screen)

    def sure(file: Path, folder: Path) -> None:
        said = (
            f"Make a home of {printable(str(file))} in {printable(str(folder))}?\n"
            f"That folder holds nothing, so nothing is replaced. {printable(str(core.home.path))}, which is open now, "
            "stays as it is."
        )
        screen.confirm("Restore", said, lambda: start(file, folder))

    def named(given: str | None) -> None:
        if given is None:
            return
        file = typed_path(given)
        asked = AskText(
            "Restore",
            "To which folder? It must be empty, or not there yet.",
            value=f"{core.home.path}-restored",
            problem=lambda typed: occupied(typed_path(typed)),
        )
        screen.app.push_screen(asked, lambda folder: None if folder is None else sure(file, typed_path(folder)))

    asked = AskText("Restore", "The backup to make a home of.", value=_backup_file(), problem=_no_file)
    screen.app.push_screen(asked, named)


def ask_catalog_copy(screen: BookScreen) -> None:
    """Ask from where, then to where, and copy; the screen hears `Answered`.

    Args:
        screen: Who asks.
    """
    core = screen.core
    place = "a home's folder, or postgresql://USER@HOST/DATABASE."

    def start(source: str, target: str) -> None:
        def work(errand: Errand) -> Answered:
            done = core.copy_catalog(source, target, progress=errand.go_on)
            return _answered("Copied", done.lines())

        screen.book.send_out(Errand("copying the catalog", work, ending=ending_of), to=screen)

    def named(source: str | None) -> None:
        if source is not None:
            question = f"To where: {place} It must be empty."
            screen.app.push_screen(
                AskText("Copy the catalog", question),
                lambda target: None if target is None else start(_typed_side(source), _typed_side(target)),
            )

    asked = AskText("Copy the catalog", f"From where: {place}", value=str(core.home.path))
    screen.app.push_screen(asked, named)


def _backup_file() -> str:
    return str(Path.home() / f"replaybook-{datetime.now(UTC):%Y%m%d}.tar.gz")


def _no_file(typed: str) -> str | None:
    path = typed_path(typed)
    return None if path.is_file() else f"{path} is no file that is there; give another one"


def _typed_side(given: str) -> str:
    return given if "://" in given else str(typed_path(given))


def _no_moment(typed: str) -> str | None:
    try:
        moment(typed, now=datetime.now(UTC))
    except ReplaybookError as error:
        return str(error)
    return None


def _answered(title: str, said: Iterable[str]) -> Answered:
    return Answered(title, [line for one in said for line in rows(one)])


def _ask_file(screen: BookScreen, question: AskText, doing: str, work: Callable[[Path, Errand], Answered]) -> None:
    """Ask for a file, and work on it in the background.

    Args:
        screen: Who asks, and hears what came of it.
        question: Which file.
        doing: What goes on then, before the file's name.
        work: Does it.
    """

    def named(given: str | None) -> None:
        if given is not None:
            path = typed_path(given)
            errand = Errand(f"{doing} {path.name}", partial(work, path), ending=ending_of)
            screen.book.send_out(errand, to=screen)

    screen.app.push_screen(question, named)
