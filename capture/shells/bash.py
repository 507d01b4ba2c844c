"""bash: an init file tells of each command over an append-only file, and by a mark on the terminal."""

import os
import re
import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from capture.home import PRIVATE_FILE
from capture.shells import CommandBegan, CommandEnded
from capture.shells.declarations import parse_declarations

PASTE_BEGIN, PASTE_END = "\x1b[200~", "\x1b[201~"
OLDEST = (4, 4)
"""The first bash with PS0; before 5.1 PROMPT_COMMAND is one string."""
STRINGS = "REPLAYBOOK_BASH_STRINGS"
"""A test sets this to see a new bash recorded as one older than 5.1 is."""
_FULL = 1 << 20
_ALIAS = re.compile(r"^alias (?:-- )?([^=\n]+)='((?:[^']|'\\'')*)'$", re.MULTILINE)
_FUNCTION = re.compile(r"^([^\s()]+) \(\) *\n(\{.*?^\})\n(?=[^\s()]+ \(\) *\n\{|\Z)", re.MULTILINE | re.DOTALL)
_HISTORY_LINE = re.compile(r"\s*(\d+)[* ] (.*?)\n*", re.DOTALL)


class Bash:
    """A bash with marks; user's own startup files, prompt, history and traps keep working.

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
        rc = folder / "rc"
        _write(folder / "nonce", f"{self.nonce}\n{self._token.decode()}\n{'typed' if typed else 'handed'}\n")
        script = Path(__file__).with_name("bash.sh").read_text(encoding="utf-8")
        strings = "__rb_strings=1\n" if os.environ.get(STRINGS) else ""
        _write(rc, f"{strings}__rb_dir={shlex.quote(str(folder))}\n{script}")
        _write(folder / "side", "")
        os.mkfifo(folder / "go", PRIVATE_FILE)
        self._side = os.open(folder / "side", os.O_RDONLY)
        # Open for both, so that neither end ever waits for the other to open it.
        self._go = os.open(folder / "go", os.O_RDWR)
        self.argv = ("bash", "--init-file", str(rc), "-i")
        """How to start it."""

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
        # The shell waits: nothing else writes now, and what was written was read.
        if not self._unread and os.lseek(self._side, 0, os.SEEK_CUR) > _FULL:
            os.truncate(self._folder / "side", 0)
            os.lseek(self._side, 0, os.SEEK_SET)
        if environment:
            _write(self._folder / "lent", "".join(f"{name}\0{value}\0" for name, value in environment.items()))
        os.write(self._go, f"{seq}{' lent' if environment else ''}\n".encode())

    def keystrokes(self, command: str) -> bytes:
        """The command as a bracketed paste, and enter."""
        return f"{PASTE_BEGIN}{command}{PASTE_END}\r".encode(errors="surrogateescape")

    def close(self) -> None:
        """Close the side channel."""
        os.close(self._side)
        os.close(self._go)


def version_of(environment: Mapping[str, str]) -> tuple[int, int] | None:
    """Major and minor version of the bash that an environment finds.

    Args:
        environment: Whose PATH counts.

    Returns:
        None when there is none, or it does not say.
    """
    bash = shutil.which("bash", path=environment.get("PATH"))
    if bash is None:
        return None
    told = subprocess.run(
        [bash, "-c", 'echo "${BASH_VERSINFO[0]} ${BASH_VERSINFO[1]}"'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={},
        check=False,
    ).stdout.split()
    return (int(told[0]), int(told[1])) if len(told) == 2 and all(part.isdigit() for part in told) else None  # noqa: PLR2004 - two parts


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)


def _record(fields: list[bytes]) -> CommandBegan | CommandEnded | None:
    """One record, or None when it is torn."""
    try:
        return _read_record([field.decode(errors="replace") for field in fields])
    except ValueError:
        return None


def _read_record(fields: list[str]) -> CommandBegan | CommandEnded | None:
    match fields:
        case ["C", seq, at, status, cwd, first, line, ""]:
            match = _HISTORY_LINE.fullmatch(line)
            # An older entry is what stays on top when a command never entered the history.
            remembered = match is not None and int(match[1]) >= int(first or 0)
            return CommandBegan(
                seq=int(seq),
                at=_seconds(at),
                status=int(status),
                cwd=cwd,
                command=match[2] if match and remembered else None,
                entry=int(match[1]) if match and remembered else None,
            )
        case ["D", seq, at, status, cwd, declarations, options, aliases, functions, ""]:
            return CommandEnded(
                seq=int(seq),
                at=_seconds(at),
                status=int(status),
                cwd=cwd,
                environment=parse_declarations(declarations),
                options=dict.fromkeys(options.split(":"), "on"),
                aliases=None if aliases == "=" else _aliases(aliases),
                functions=None if functions == "=" else _functions(functions),
            )
        case _:
            return None


@lru_cache(maxsize=1)
def _aliases(text: str) -> dict[str, str]:
    return {name: value.replace("'\\''", "'") for name, value in _ALIAS.findall(text)}


@lru_cache(maxsize=1)
def _functions(text: str) -> dict[str, str]:
    return {name: body for name, body in _FUNCTION.findall(text) if not name.startswith("__rb_")}


def _seconds(text: str) -> float:
    # Its decimal point is the locale's; before bash 5.0 there is no such clock.
    return float(text.replace(",", ".")) if text else time.time()
