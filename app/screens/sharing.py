"""Publishing and fetching playbooks: which repository, which branch, which key; what it came to is read in peace."""

from collections.abc import Sequence

from app.errands import Errand
from app.screens.base import BookScreen
from app.screens.choosing import Field, Form, Given
from app.screens.endings import ending_of
from app.sharing_told import fetched_lines, published_lines
from app.workers.sharing import VersionsFetched, VersionsPublished

REPOSITORY, BRANCH, KEY, NAMES = "repository", "branch", "key", "playbooks"
"""The lines of the forms."""
HERE, NONE = "here", "none"
"""What is typed for this home's own repository, and for no key."""
_ADDRESS = f"a path, or an address of https or ssh; {HERE}: this home's own"


def ask_publish(screen: BookScreen, refs: Sequence[str]) -> None:
    """Ask where to; the screen hears `VersionsPublished`.

    Args:
        screen: Who asks.
        refs: NAME@V each; none: every active version.
    """
    core, what = screen.core, ", ".join(refs) or "every active version"

    def given(answers: Given | None) -> None:
        if answers is None:
            return
        to, key = answers.get(REPOSITORY), answers.get(KEY)

        def work(errand: Errand) -> VersionsPublished:
            del errand
            done = core.publish(
                refs,
                to=None if to == HERE else to,
                here=to == HERE,
                branch=answers.get(BRANCH),
                key=None if key == NONE else key,
                unsigned=key == NONE,
            )
            return VersionsPublished(done, tuple(published_lines(done)))

        screen.book.send_out(Errand(f"publishing {what}", work, ending=ending_of), to=screen)

    fields = [
        field(REPOSITORY, _ADDRESS, hint="the one that is known"),
        field(BRANCH, "of it, as for a review", hint="the one that it calls its own"),
        field(KEY, f"an SSH key that signs; {NONE}: nothing is signed", hint="as in the settings, or as git signs"),
    ]
    screen.app.push_screen(Form(f"Publish {what}", fields), given)


def ask_fetch(screen: BookScreen) -> None:
    """Ask where from; the screen hears `VersionsFetched`.

    Args:
        screen: Who asks.
    """
    core = screen.core

    def given(answers: Given | None) -> None:
        if answers is None:
            return
        source = answers.get(REPOSITORY)

        def work(errand: Errand) -> VersionsFetched:
            del errand
            done = core.fetch(
                answers.get(NAMES, "").split(),
                source=None if source == HERE else source,
                here=source == HERE,
                branch=answers.get(BRANCH),
            )
            return VersionsFetched(done, tuple(fetched_lines(done)))

        screen.book.send_out(Errand("fetching playbooks", work, ending=ending_of), to=screen)

    fields = [
        field(REPOSITORY, _ADDRESS, hint="the one that is known"),
        field(BRANCH, "of it", hint="the one that it calls its own"),
        field(NAMES, "NAME or NAME@V as they are there, spaces between them", hint="all"),
    ]
    screen.app.push_screen(Form("Fetch playbooks", fields), given)


def field(name: str, about: str, *, hint: str) -> Field:
    """A line of a form that takes anything, and nothing as well.

    Args:
        name: Of what is wanted.
        about: What may stand there.
        hint: What holds where nothing does.
    """
    return Field(name, about, "", hint, secret=False, problem=lambda _: None)
