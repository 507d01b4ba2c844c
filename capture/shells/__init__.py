"""What a recorder needs of a shell, so that one file knows each shell and nothing else does."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Protocol

import msgspec

from capture.errors import HostError

RECORDED = ("bash", "zsh", "fish")
"""Shells that can be recorded."""


class CommandBegan(msgspec.Struct, frozen=True, kw_only=True):
    """The shell is about to run a command."""

    seq: int
    """Number of the prompt that it was typed at."""
    at: float
    """Seconds since the epoch."""
    cwd: str
    """Working directory."""
    command: str | None
    """The text as the shell remembers it; None when it remembers none."""
    entry: int | None = None
    """Number of that text in the shell's history."""
    status: int = 0
    """Exit status of the command before."""


class CommandEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The shell is about to show a prompt."""

    seq: int
    """Number of the prompt that the command was typed at."""
    at: float
    """Seconds since the epoch."""
    status: int
    """Exit status."""
    cwd: str
    """Working directory."""
    environment: Mapping[str, str]
    """Exported variables."""
    options: dict[str, str] | None = None
    """Shell options that are on, name to `on`; None: as before, or unknown."""
    aliases: dict[str, str] | None = None
    """Name to text; None: as before, or unknown."""
    functions: dict[str, str] | None = None
    """Name to definition; None: as before, or unknown."""
    partial_line: str | None = None
    """What the shell prints behind output that ends in no newline; blanks to the edge of the screen follow it."""


class Shell(Protocol):
    """One kind of shell, ready to be recorded: its command line, and its side channel."""

    @property
    def nonce(self) -> str:
        """The secret that its marks carry."""
        ...

    @property
    def argv(self) -> tuple[str, ...]:
        """How to start it."""
        ...

    @property
    def prelude(self) -> re.Pattern[bytes] | None:
        """What it prints itself between the mark of a beginning and the first byte of the command."""
        ...

    @property
    def veil(self) -> str:
        """What its own `read` shows for a secret's characters; empty where the terminal tells that echo is off."""
        ...

    def told(self) -> tuple[CommandBegan | CommandEnded, ...]:
        """What it has told since the last call; always ahead of the mark on the terminal."""
        ...

    def release(self, seq: int) -> None:
        """Let it show the prompt after command `seq`.

        Args:
            seq: As in `CommandEnded`.
        """
        ...

    def kept(self, seq: int) -> dict[str, str]:
        """Variables that are not exported and not as the startup files left them (a shell that commands are handed to).

        Args:
            seq: Behind which command: the last one, or the one before it.

        Returns:
            Name to the shell text that sets it so again, or unsets it; our own and the shell's own left out.
        """
        ...

    def keystrokes(self, command: str, environment: Mapping[str, str]) -> bytes:
        """What to type so that the line editor takes a command literally and runs it.

        Args:
            command: Any text without NULs.
            environment: Variables lent to this command alone; none where a person types.
        """
        ...

    def close(self) -> None:
        """Give back what the side channel holds."""
        ...


def own_shell(environment: Mapping[str, str]) -> str:
    """The user's login shell where it can be recorded, otherwise bash.

    Args:
        environment: Its SHELL counts.
    """
    name = PurePath(environment.get("SHELL", "")).name
    return name if name in RECORDED else "bash"


def shell_named(name: str, folder: Path, *, typed: bool) -> Shell:
    """The integration of a shell.

    Args:
        name: `bash`, `zsh` or `fish`.
        folder: The session's private folder, as the shell sees it too.
        typed: Whether a person types: history is kept as they are used to.

    Returns:
        The shell, its side channel open.

    Raises:
        HostError: No integration for it.
    """
    if name == "bash":
        from capture.shells.bash import Bash  # noqa: PLC0415 - only the shell in use is loaded

        return Bash(folder, typed=typed)
    if name == "zsh":
        from capture.shells.zsh import Zsh  # noqa: PLC0415 - only the shell in use is loaded

        return Zsh(folder, typed=typed)
    if name == "fish":
        from capture.shells.fish import Fish  # noqa: PLC0415 - only the shell in use is loaded

        return Fish(folder, typed=typed)
    raise HostError(f"shell {name} can't be recorded; use bash, zsh or fish")
