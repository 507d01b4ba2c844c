"""What a shell holds that no step tells of, so that another one can stand where it stood."""

from capture.recording.shell_state import KEPT_DEFINITION, ShellState
from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor
from capture.shells import Shell
from capture.wire import Kept

HIDDEN = "_"
"""How functions begin that are no effect of a step; a person's own may begin so too."""


class Keeping:
    """Knows the last two states of a shell, and the first.

    Args:
        shell: Tells its variables.
        redactor: Masks what holds a secret.
    """

    def __init__(self, shell: Shell, redactor: Redactor) -> None:
        self._shell = shell
        self._redactor = redactor
        self._first = self._before = self._now = ShellState()
        self._seq: int | None = None

    def ended(self, seq: int, state: ShellState) -> None:
        """A command has ended; the first one is the startup files.

        Args:
            seq: Its number.
            state: Where the shell stands behind it.
        """
        if self._seq is None:
            self._first = self._now = state
        self._seq, self._before, self._now = seq, self._now, state

    def kept(self, *, before: bool) -> Kept:
        """What it holds.

        Args:
            before: Before the last command, not behind it.
        """
        if self._seq is None:
            return Kept()
        state, first = self._before if before else self._now, _hidden(self._first)
        hidden = _hidden(state)
        told = {name: text for name, text in hidden.items() if first.get(name) != text}
        variables = self._shell.kept(self._seq - before)
        noted = Noted(self._redactor)
        withheld = {name for name, text in variables.items() if _holds_secret(name, text, noted)}
        return Kept(
            variables={name: text[:KEPT_DEFINITION] for name, text in variables.items() if name not in withheld},
            withheld=tuple(sorted(withheld)),
            functions={name: noted.command(text)[0][:KEPT_DEFINITION] for name, text in told.items()},
            functions_unset=tuple(sorted(first.keys() - hidden.keys())),
        )


def _hidden(state: ShellState) -> dict[str, str]:
    return {name: text for name, text in state.functions.items() if name.startswith(HIDDEN)}


def _holds_secret(name: str, text: str, noted: Noted) -> bool:
    """Whether a variable's name or its value says so; fish sets one without an equals sign."""
    _, equals, behind = text.partition("=")
    value = (behind if equals else text.rpartition(f" {name} ")[2]).strip("\"'")
    return noted.environment({name: value})[0][name] != value
