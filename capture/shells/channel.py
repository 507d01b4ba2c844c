"""What every recorded shell has: a secret for its marks, a file that it tells on, and a fifo that it waits at."""

import os
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path

from capture.home import PRIVATE_FILE
from capture.shells import CommandBegan, CommandEnded

UNCHANGED = "="
"""In place of what is as before."""
BEFORE = "before"
"""The file of what a shell runs behind its startup files, in the session's folder."""
FIRST, KEPT = "kept", "kept"
"""The files in which a shell that commands are handed to says its variables: behind its startup files, and behind each
command, the last two by turns (a number follows)."""
_FULL = 1 << 20
_OWN = ("__rb_", "zsh-newuser-install")


class SideChannel(ABC):
    """The host's ends of it; a shell's own class says how it is started and what its records hold.

    Args:
        folder: The session's private folder.
        typed: Whether a person types at it.
    """

    prelude: re.Pattern[bytes] | None = None
    """What the shell itself prints between the mark of a beginning and the first byte of the command."""

    veil = ""
    """What its own `read` shows for a secret's characters; empty where the terminal tells that echo is off."""

    def __init__(self, folder: Path, *, typed: bool) -> None:
        self.nonce = secrets.token_hex(16)
        """The secret that its marks carry."""
        self._separator = secrets.token_hex(8).encode() + b"\0"
        self._folder = folder
        self._unread = b""
        token = self._separator[:-1].decode()
        write_private(folder / "nonce", f"{self.nonce}\n{token}\n{'typed' if typed else 'handed'}\n")
        write_private(folder / "side", "")
        os.mkfifo(folder / "go", PRIVATE_FILE)
        self._side = os.open(folder / "side", os.O_RDONLY)
        # Open for both, so that neither end ever waits for the other to open it.
        self._go = os.open(folder / "go", os.O_RDWR)

    @abstractmethod
    def read_record(self, fields: list[str]) -> CommandBegan | CommandEnded | None:
        """Take one record apart.

        Args:
            fields: What stands between its NULs; the last one is empty when it is whole.

        Returns:
            None when it is torn.

        Raises:
            ValueError: The same.
            StopIteration: The same.
        """

    @abstractmethod
    def read_variables(self, text: str) -> dict[str, str | None]:
        """Take apart what it has said of all its variables.

        Args:
            text: As its own command lists them.

        Returns:
            Name to the shell text that sets it so; None for an exported one.
        """

    def unset(self, name: str) -> str:
        """The shell text that unsets a variable."""
        return f"unset -v {name}"

    def kept(self, seq: int) -> dict[str, str]:
        """Variables that are not exported and not as the startup files left them."""
        first, now = (self._variables(name) for name in (FIRST, f"{KEPT}{seq & 1}"))
        return set_since(first, now, self.unset)

    def _variables(self, file: str) -> dict[str, str | None]:
        try:
            text = (self._folder / file).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return {}
        return self.read_variables(text)

    def told(self) -> tuple[CommandBegan | CommandEnded, ...]:
        """What it has told since the last call."""
        while piece := os.read(self._side, 1 << 16):
            self._unread += piece
        # A record may have begun to come: a piece of its separator is no part of the record before.
        begun = shared_end(self._unread, self._separator)
        pieces = self._unread.removesuffix(begun).split(self._separator)[1:]
        records = [self._record(piece) for piece in pieces]
        # The last one may still be on its way; one that a ctrl-C has torn is followed by the next.
        self._unread = (self._separator + pieces[-1] if records and records[-1] is None else b"") + begun
        return tuple(record for record in records if record is not None)

    def release(self, seq: int) -> None:
        """Let it show the prompt after command `seq`."""
        # The shell waits: nothing else writes now, and what was written was read.
        if not self._unread and os.lseek(self._side, 0, os.SEEK_CUR) > _FULL:
            os.truncate(self._folder / "side", 0)
            os.lseek(self._side, 0, os.SEEK_SET)
        os.write(self._go, f"{seq}\n".encode())

    def hand_over(self, command: str, environment: Mapping[str, str]) -> None:
        """Lay a command where a key of its own makes the shell look, and the variables that it is lent."""
        fields = (command, *chain.from_iterable(environment.items()))
        write_private(self._folder / "typed", "".join(f"{field}\0" for field in fields))

    def close(self) -> None:
        """Close the side channel."""
        os.close(self._side)
        os.close(self._go)

    def _record(self, piece: bytes) -> CommandBegan | CommandEnded | None:
        try:
            return self.read_record([field.decode(errors="replace") for field in piece.split(b"\0")])
        except (ValueError, StopIteration):
            return None


def shared_end(text: bytes, separator: bytes) -> bytes:
    """The longest end of a text that a separator begins with, and is longer than."""
    ends = (separator[:length] for length in range(len(separator) - 1, 0, -1))
    return next((end for end in ends if text.endswith(end)), b"")


def set_since(
    first: Mapping[str, str | None], now: Mapping[str, str | None], unset: Callable[[str], str]
) -> dict[str, str]:
    """Variables that are not as the startup files left them.

    Args:
        first: Behind the startup files: name to the shell text that sets it so; None for an exported one.
        now: The same, now.
        unset: The shell text that unsets a variable.

    Returns:
        Name to the shell text that sets it so again, or unsets it; ours left out.
    """
    set_ = {name: text for name, text in now.items() if text is not None and first.get(name) != text}
    gone = {name: unset(name) for name, text in first.items() if text is not None and name not in now}
    return {name: text for name, text in (set_ | gone).items() if not name.startswith(_OWN)}


def pairs(fields: Iterator[str]) -> dict[str, str] | None:
    """A counted list of names and values.

    Args:
        fields: Its count comes next; what belongs to it is taken.

    Returns:
        Name to value, ours left out; None when it is said to be as before.

    Raises:
        ValueError: It is torn.
    """
    count = next(fields)
    if count == UNCHANGED:
        return None
    taken = list(islice(fields, int(count)))
    if len(taken) < int(count):
        raise ValueError
    found = zip(taken[::2], taken[1::2], strict=True)
    return {name: value for name, value in found if not name.startswith(_OWN)}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads.

    Args:
        path: Where; what was there is gone.
        text: Bytes that are no UTF-8 stand in it as surrogates.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
