"""zsh: a private ZDOTDIR installs hooks that tell of each command over an append-only file, and by a mark."""

import os
import secrets
import shlex
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from capture.home import PRIVATE_FILE
from capture.shells import CommandBegan, CommandEnded

PASTE_BEGIN, PASTE_END = "\x1b[5200~", "\x1b[201~"
"""The first is bound to a paste of our own: what users bind to the usual one may alter what is pasted."""
_UNCHANGED = "="
_OWN = ("__rb_", "zsh-newuser-install")


class Zsh:
    """A zsh with hooks; the user's own startup files, prompt, widgets, history and traps keep working.

    Args:
        folder: The session's private folder.
        typed: Whether a person types at it; otherwise it remembers no history and expands none.
    """

    def __init__(self, folder: Path, *, typed: bool) -> None:
        self.nonce = secrets.token_hex(16)
        """The secret that its marks carry."""
        self._token = secrets.token_hex(8).encode()
        self._folder = folder
        self._unread = b""
        _write(folder / "nonce", f"{self.nonce}\n{self._token.decode()}\n{'typed' if typed else 'handed'}\n")
        script = Path(__file__).with_name("zsh.zsh").read_text(encoding="utf-8")
        _write(folder / ".zshenv", f"__rb_dir={shlex.quote(str(folder))}\n{script}")
        _write(folder / "side", "")
        os.mkfifo(folder / "go", PRIVATE_FILE)
        self._side = os.open(folder / "side", os.O_RDONLY)
        # Open for both, so that neither end ever waits for the other to open it.
        self._go = os.open(folder / "go", os.O_RDWR)
        started = f"ZDOTDIR={shlex.quote(str(folder))}; export ZDOTDIR; exec zsh -i"
        self.argv = ("sh", "-c", f'[ -z "${{ZDOTDIR+x}}" ] || export REPLAYBOOK_ZDOTDIR="$ZDOTDIR"; {started}')
        """How to start it: the user's own ZDOTDIR is known only there."""

    def told(self) -> tuple[CommandBegan | CommandEnded, ...]:
        """What it has told since the last call."""
        while piece := os.read(self._side, 1 << 16):
            self._unread += piece
        separator = self._token + b"\0"
        pieces = self._unread.split(separator)[1:]
        records = [_record(piece.split(b"\0")) for piece in pieces]
        # The last one may still be on its way; one that a ctrl-C has torn is followed by the next.
        self._unread = separator + pieces[-1] if records and records[-1] is None else b""
        return tuple(record for record in records if record is not None)

    def release(self, seq: int, environment: Mapping[str, str]) -> None:
        """Let it show the prompt after command `seq`."""
        if environment:
            _write(self._folder / "lent", "".join(f"{name}\0{value}\0" for name, value in environment.items()))
        os.write(self._go, f"{seq}{' lent' if environment else ''}\n".encode())

    def keystrokes(self, command: str) -> bytes:
        """The command as a paste, which runs at once."""
        return f"{PASTE_BEGIN}{command}{PASTE_END}".encode(errors="surrogateescape")

    def close(self) -> None:
        """Close the side channel."""
        os.close(self._side)
        os.close(self._go)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)


def _record(fields: list[bytes]) -> CommandBegan | CommandEnded | None:
    """One record, or None when it is torn."""
    try:
        return _read_record([field.decode(errors="replace") for field in fields])
    except (ValueError, StopIteration):
        return None


def _read_record(fields: list[str]) -> CommandBegan | CommandEnded | None:
    match fields:
        case ["C", seq, at, status, cwd, entry, line, ""]:
            return CommandBegan(
                seq=int(seq),
                at=_seconds(at),
                status=int(status),
                cwd=cwd,
                command=line.rstrip("\n") or None,
                entry=int(entry),
            )
        case ["D", seq, at, status, cwd, partial, *rest, ""]:
            lists = iter(rest)
            environment = _pairs(lists) or {}
            options = next(lists)
            enabled = None if options == _UNCHANGED else _enabled(next(lists))
            return CommandEnded(
                seq=int(seq),
                at=_seconds(at),
                status=int(status),
                cwd=cwd,
                environment=environment,
                options=enabled,
                aliases=_pairs(lists),
                functions=_pairs(lists),
                partial_line=partial,
            )
        case _:
            return None


def _pairs(fields: Iterator[str]) -> dict[str, str] | None:
    """A counted list of names and values; None when it is said to be as before."""
    count = next(fields)
    if count == _UNCHANGED:
        return None
    taken = list(islice(fields, int(count)))
    if len(taken) < int(count):
        raise ValueError
    found = zip(taken[::2], taken[1::2], strict=True)
    return {name: value for name, value in found if not name.startswith(_OWN)}


def _enabled(text: str) -> dict[str, str]:
    words = text.split()
    return {name: "on" for name, state in zip(words[::2], words[1::2], strict=True) if state == "on"}


def _seconds(text: str) -> float:
    # Its decimal point is the locale's.
    return float(text.replace(",", ".")) if text else time.time()
