"""The secrets that a playbook wants: where each comes from, and how it is put into the keyring or taken out."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from app.screens.base import BookScreen
from app.screens.dialog import Dialog
from app.screens.dialogs import FRAME, AskText
from app.stored import Known
from app.widgets.prose import Piece, Tone, content, piece
from app.widgets.shelf import Shelf
from app.workers.tasks import in_thread
from app.workers.telling import SecretsRead

EMPTY = "It wants no secret."


class Chosen(NamedTuple):
    """What is to be done with a secret."""

    secret: Known
    forget: bool
    """Taken out of the keyring, and not put into it."""


class SecretList(Dialog[Chosen | None]):
    """Closes with what a person wants to do with one of them, or with None."""

    DEFAULT_CSS = f"""
    SecretList {{ {FRAME}
        #frame {{ width: 94%; max-width: 110; }}
        #frame > Shelf {{ height: auto; max-height: 14; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "close"),
        Binding("enter", "take", "store"),
        Binding("d,delete", "forget", "forget"),
    ]

    def __init__(self, ref: str, secrets: Sequence[Known]) -> None:
        """Show them.

        Args:
            ref: NAME@V.
            secrets: What it wants.
        """
        super().__init__()
        self._ref, self._secrets = ref, {one.name: one for one in secrets}
        self.shelf = Shelf("secret", "for", "comes from", empty=EMPTY, spare="for")
        """All of them."""

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(id="frame") as frame:
            frame.border_title = content([piece(f"Secrets of {self._ref}")])
            keys = "enter puts it into the keyring · d takes it out · " if self._secrets else ""
            frame.border_subtitle = content([piece(f"{keys}esc closes")])
            yield self.shelf

    def on_mount(self) -> None:
        """Fill it."""
        self.shelf.show([(name, _cells(one)) for name, one in self._secrets.items()])
        self.shelf.focus()

    @on(Shelf.Chosen)
    def choose(self, event: Shelf.Chosen) -> None:
        """A click does as enter does."""
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Put the one under the cursor into the keyring."""
        self._close(forget=False)

    def action_forget(self) -> None:
        """Take it out."""
        self._close(forget=True)

    def _close(self, *, forget: bool) -> None:
        secret = self._secrets.get(self.shelf.key or "")
        if secret is not None:
            self.dismiss(Chosen(secret, forget))

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)


def read_secrets(screen: BookScreen, ref: str) -> None:
    """Find out what a version wants; the screen hears `SecretsRead`.

    Args:
        screen: Who asks.
        ref: NAME@V.
    """
    core = screen.core
    in_thread(screen, lambda: SecretsRead(ref, core.secrets_wanted(ref)), group="secrets")


def show_secrets(screen: BookScreen, event: SecretsRead) -> None:
    """List them over the screen, until nothing more is to be done with any.

    Args:
        screen: Hears `SecretsRead` again after each change.
        event: What was read.
    """
    if event.said:
        screen.say(event.said)

    def chosen(done: Chosen | None) -> None:
        if done is None:
            return
        if done.forget:
            _change(screen, event.ref, done.secret, None)
            return
        question = f"{done.secret.question[:1].upper()}{done.secret.question[1:]}; it goes into the keyring alone."
        asked = AskText(done.secret.name, question, secret=True)
        screen.app.push_screen(asked, lambda value: _change(screen, event.ref, done.secret, value) if value else None)

    # A keyring may ask before it opens: the person may have gone elsewhere.
    screen.when_shown(lambda: screen.app.push_screen(SecretList(event.ref, event.secrets), chosen))


def _change(screen: BookScreen, ref: str, secret: Known, value: str | None) -> None:
    """Store it, or forget it without a value."""
    core = screen.core

    def work() -> SecretsRead:
        if value is not None:
            core.store_secret(f"{ref}/{secret.name}", lambda: value)
            said = f"✓ {secret.entry} is in the keyring"
        else:
            was = core.forget_secret(secret.entry)
            said = f"✓ {secret.entry} is out of the keyring" if was else f"there was no {secret.entry} in the keyring"
        return SecretsRead(ref, core.secrets_wanted(ref), said)

    in_thread(screen, work, group="secrets")


def _cells(one: Known) -> list[Piece]:
    sign = Piece("✓", Tone.GOOD) if one.source else Piece("?", Tone.WARN)
    source = one.source or f"asked; or set {one.variable}"
    return [sign, piece(one.name, Tone.STRONG), piece(one.question, Tone.DIM), piece(source)]
