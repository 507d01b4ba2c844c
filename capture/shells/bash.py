"""bash: an init file tells of each command over an append-only file, and by a mark on the terminal."""

import os
import re
import shlex
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from capture.shells import CommandBegan, CommandEnded
from capture.shells.channel import SideChannel, write_private
from capture.shells.declarations import parse_declarations

PASTE_BEGIN, PASTE_END = "\x1b[200~", "\x1b[201~"
TAKE = b"\x1b[5200~\x1b[5201~"
"""Bound in every mode to a function of ours, and to what enter is bound to."""
STRINGS = "REPLAYBOOK_BASH_STRINGS"
"""A test sets this to see a new bash recorded as one older than 5.1 is."""
_ALIAS = re.compile(r"^alias (?:-- )?([^=\n]+)='((?:[^']|'\\'')*)'$", re.MULTILINE)
_FUNCTION = re.compile(r"^([^\s()]+) \(\) *\n(\{.*?^\})\n(?=[^\s()]+ \(\) *\n\{|\Z)", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(
    r"""^declare\ (?P<rest>-(?P<flags>\S+)\ (?P<name>[A-Za-z_]\w*)
        (?:=(?:"[^"\\]*(?:\\.[^"\\]*)*"|\$'[^'\\]*(?:\\.[^'\\]*)*'|[^\n"'])*)?)\n""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_SHELLS_OWN = re.compile(
    r"""_|BASH\w*|COLUMNS|LINES|COMP_\w+|COPROC|DIRSTACK|E?UID|PPID|EPOCH\w+|FUNCNAME|GROUPS|HIST\w+|LINENO
        |(?:OLD)?PWD|PIPESTATUS|PROMPT_COMMAND|PS[0124]|S?RANDOM|READLINE_\w+|SECONDS|SHELLOPTS|SHLVL""",
    re.VERBOSE,
)
"""Variables that it keeps itself."""
_HISTORY_LINE = re.compile(r"\s*(\d+)[* ] (.*?)\n*", re.DOTALL)


class Bash(SideChannel):
    """A bash with marks; user's own startup files, prompt, history and traps keep working.

    Args:
        folder: The session's private folder.
        typed: Whether a person types at it; otherwise it remembers no history and expands none.
    """

    def __init__(self, folder: Path, *, typed: bool) -> None:
        super().__init__(folder, typed=typed)
        self._typed = typed
        self._edits = True
        rc = folder / "rc"
        script = Path(__file__).with_name("bash.sh").read_text(encoding="utf-8")
        strings = "__rb_strings=1\n" if os.environ.get(STRINGS) else ""
        write_private(rc, f"{strings}__rb_dir={shlex.quote(str(folder))}\n{script}")
        self.argv = ("bash", "--init-file", str(rc), "-i")
        """How to start it."""

    def keystrokes(self, command: str, environment: Mapping[str, str]) -> bytes:
        """In a replay a key that takes the command from a file; else a bracketed paste, and enter."""
        if not self._edits and command.isprintable():
            return f"{command}\n".encode(errors="surrogateescape")
        if self._edits and not self._typed:
            self.hand_over(command, environment)
            return TAKE
        return f"{PASTE_BEGIN}{command}{PASTE_END}\r".encode(errors="surrogateescape")

    def read_variables(self, text: str) -> dict[str, str | None]:
        """Take apart what `declare -p` printed."""
        return read_variables(text)

    def read_record(self, fields: list[str]) -> CommandBegan | CommandEnded | None:
        """Take one record apart."""
        record = read_record(fields)
        if isinstance(record, CommandEnded):
            self._edits = not {"emacs", "vi"}.isdisjoint(record.options or ())
        return record


def read_variables(text: str) -> dict[str, str | None]:
    """Take apart what `declare -p` printed.

    Args:
        text: As it came.

    Returns:
        Name to the shell text that sets it so; None for an exported one.
    """
    return {
        match["name"]: None if "x" in match["flags"] else f"declare -g {match['rest']}"
        for match in VARIABLE.finditer(text)
        if not _SHELLS_OWN.fullmatch(match["name"])
    }


def read_record(fields: list[str]) -> CommandBegan | CommandEnded | None:
    """Take one record of the init file apart.

    Args:
        fields: What stands between its NULs; the last one is empty when it is whole.

    Returns:
        None when it is torn.

    Raises:
        ValueError: The same.
    """
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
