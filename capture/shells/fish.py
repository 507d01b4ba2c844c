"""fish: handlers of its own events tell of each command over an append-only file, and by a mark on the terminal."""

import re
import time
from collections.abc import Mapping
from pathlib import Path

from capture.shells import CommandBegan, CommandEnded
from capture.shells.channel import UNCHANGED, SideChannel, pairs, write_private
from capture.shells.fish_text import quoted, unquoted

KEY = b"\x1f\x1e\x1d"
"""Bound in every mode to a function of ours; control characters alone are taken alike by every version and locale."""
_ABBREVIATION = re.compile(r"^abbr -a (?:-\S.*? )??-- (\S+) ?(.*)$", re.MULTILINE)
_SHELLS_OWN = re.compile(
    r"_|argv|CMD_DURATION|COLUMNS|LINES|E?UID|PWD|SHLVL|__fish\w*|fish_(?:bind_mode|history|kill\w+|pid|private_mode)"
    r"|history|hostname|pipestatus|status|status_generation|version|FISH_VERSION|umask|dirprev|dirnext"
)
"""Variables that it keeps itself."""
_ORIGIN = re.compile(r"\A(?:# Defined [^\n]*\n)+")


class Fish(SideChannel):
    """A fish with handlers; the user's own startup files, prompt, bindings, history and handlers keep working.

    Args:
        folder: The session's private folder.
        typed: Whether a person types at it; otherwise it remembers no history and expands no abbreviation.
    """

    prelude = re.compile(
        rb"\A(?:\x1b\[\?(?:2004|1004)l|\x1b\[\d? q|\x1b\]133;C;[^\x07\x1b]*(?:\x07|\x1b\\))*"
        rb"(?:\x1b\]0;[^\x07\x1b]*\x07)?(?:\x1b\[30m|\x1b\(B|\x1b\[m|\x0f)*\r?"
    )
    """Paste and focus are told no more, the cursor is a block, the title, colours as they were, back to the edge."""
    veil = "●"

    def __init__(self, folder: Path, *, typed: bool) -> None:
        super().__init__(folder, typed=typed)
        self._began = 0.0
        self._environment: dict[str, str] = {}
        script = Path(__file__).with_name("fish.fish").read_text(encoding="utf-8")
        write_private(folder / "rc", f"set -g __rb_dir {quoted(str(folder))}\n{script}")
        self.argv = ("fish", "-i", "--init-command", f"source {quoted(str(folder / 'rc'))}")
        """How to start it."""

    def keystrokes(self, command: str, environment: Mapping[str, str]) -> bytes:
        """A key that takes the command from a file, and runs it."""
        self.hand_over(command, environment)
        return KEY

    def read_variables(self, text: str) -> dict[str, str | None]:
        """Take apart what `set -guL` printed: an exported one is not among them."""
        pairs = (line.partition(" ") for line in text.splitlines())
        return {name: f"set -g {name} {words}" for name, _, words in pairs if not _SHELLS_OWN.fullmatch(name)}

    def unset(self, name: str) -> str:
        """The shell text that unsets a variable."""
        return f"set -eg {name}"

    def read_record(self, fields: list[str]) -> CommandBegan | CommandEnded | None:
        """Take one record apart; fish has no clock, but counts how long a command took."""
        match fields:
            case ["C", seq, status, cwd, command, ""]:
                self._began = time.time()
                return CommandBegan(seq=int(seq), at=self._began, status=int(status), cwd=cwd, command=command)
            case ["D", seq, status, took, cwd, *rest, ""]:
                lists = iter(rest)
                self._environment = self._environment if (exported := pairs(lists)) is None else exported
                option, abbreviations, functions = next(lists), next(lists), pairs(lists)
                return CommandEnded(
                    seq=int(seq),
                    at=self._began + int(took) / 1000 if took else time.time(),
                    status=int(status),
                    cwd=cwd,
                    environment=self._environment,
                    options={option: "on"} if option else {},
                    aliases=None if abbreviations == UNCHANGED else _abbreviations(abbreviations),
                    functions=None if functions is None else _definitions(functions),
                )
            case _:
                return None


def _abbreviations(text: str) -> dict[str, str]:
    return {name: unquoted(value) for name, value in _ABBREVIATION.findall(text)}


def _definitions(functions: dict[str, str]) -> dict[str, str]:
    """Without the comment that says where they come from."""
    return {name.lstrip("\n"): _ORIGIN.sub("", text) for name, text in functions.items()}
