"""zsh: a private ZDOTDIR installs hooks that tell of each command over an append-only file, and by a mark."""

import re
import shlex
import time
from collections.abc import Mapping
from pathlib import Path

from capture.shells import CommandBegan, CommandEnded
from capture.shells.channel import UNCHANGED, SideChannel, pairs, write_private

KEY = b"\x1b[5200~"
"""Bound in every mode to a widget of ours: what users bind to a paste or to enter may alter what is typed."""

_VARIABLE = re.compile(
    r"""^(?P<how>typeset\ -g|export)\ (?:-\w+\ )*(?P<name>[A-Za-z_]\w*)
        (?:=(?:'[^']*'|\$'(?:[^'\\]|\\.)*'|\\.|[^\n'\\])*)?\n""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_SHELLS_OWN = re.compile(
    r"""_|COLUMNS|LINES|E?[GU]ID|PPID|EPOCH\w+|HIST\w+|LINENO|(?:OLD)?PWD|pipestatus|P(?:ROMPT|S)\d?|R?P(?:ROMPT|S)\d?
        |RANDOM|SECONDS|SHLVL|TTYIDLE|USERNAME|ZSH_\w+|dirstack|prompt|func\w+|pre(?:cmd|exec)_functions|status""",
    re.VERBOSE,
)
"""Variables that it keeps itself."""


class Zsh(SideChannel):
    """A zsh with hooks; the user's own startup files, prompt, widgets, history and traps keep working.

    Args:
        folder: The session's private folder.
        typed: Whether a person types at it; otherwise it remembers no history and expands none.
    """

    def __init__(self, folder: Path, *, typed: bool) -> None:
        super().__init__(folder, typed=typed)
        script = Path(__file__).with_name("zsh.zsh").read_text(encoding="utf-8")
        write_private(folder / ".zshenv", f"__rb_dir={shlex.quote(str(folder))}\n{script}")
        write_private(folder / "hooks", Path(__file__).with_name("zsh_hooks.zsh").read_text(encoding="utf-8"))
        started = f"ZDOTDIR={shlex.quote(str(folder))}; export ZDOTDIR; exec zsh -i"
        self.argv = ("sh", "-c", f'[ -z "${{ZDOTDIR+x}}" ] || export REPLAYBOOK_ZDOTDIR="$ZDOTDIR"; {started}')
        """How to start it: the user's own ZDOTDIR is known only there."""

    def keystrokes(self, command: str, environment: Mapping[str, str]) -> bytes:
        """A key that takes the command from a file, and runs it."""
        self.hand_over(command, environment)
        return KEY

    def read_variables(self, text: str) -> dict[str, str | None]:
        """Take apart what `typeset -p` printed in a function."""
        return {
            match["name"]: None if match["how"] == "export" else match[0].rstrip("\n")
            for match in _VARIABLE.finditer(text)
            if not _SHELLS_OWN.fullmatch(match["name"])
        }

    def read_record(self, fields: list[str]) -> CommandBegan | CommandEnded | None:
        """Take one record apart."""
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
                environment = pairs(lists) or {}
                options = next(lists)
                enabled = None if options == UNCHANGED else _enabled(next(lists))
                return CommandEnded(
                    seq=int(seq),
                    at=_seconds(at),
                    status=int(status),
                    cwd=cwd,
                    environment=environment,
                    options=enabled,
                    aliases=pairs(lists),
                    functions=pairs(lists),
                    partial_line=partial,
                )
            case _:
                return None


def _enabled(text: str) -> dict[str, str]:
    words = text.split()
    return {name: "on" for name, state in zip(words[::2], words[1::2], strict=True) if state == "on"}


def _seconds(text: str) -> float:
    # Its decimal point is the locale's.
    return float(text.replace(",", ".")) if text else time.time()
