"""What is typed into each shell, and what a recording must say of it: command, exit code, directory after, output."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Typed:
    """One command as a person types it."""

    command: str
    exit_code: int = 0
    cwd: str = "."
    """Relative to the workspace."""
    output: str | None = None
    """None where it is another in each shell, or each time."""


_BLOCKS = (
    Typed("cat <<END\nin a heredoc\n$((1+1))\nEND"),
    Typed("for i in 1 2\ndo\n  echo $i\ndone"),
    Typed("echo 'two\nlines'"),
    Typed("if true\nthen\n  (exit 6)\nfi", 6),
    Typed("f() {\n  echo first\n  return 3\n}"),
    Typed("f", 3),
    Typed("(\n  exit 12\n)", 12),
    Typed("echo last &&\n  echo one"),
)
"""Typed line by line, at the prompt for more."""
_FISH_BLOCKS = (
    Typed("for i in 1 2\necho $i\nend"),
    Typed("echo 'two\nlines'"),
    Typed("if true\nsh -c 'exit 6'\nend", 6),
    Typed("function f\necho first\nreturn 3\nend"),
    Typed("f", 3),
    Typed("begin\nsh -c 'exit 12'\nend", 12),
    Typed("echo last &&\necho one"),
    Typed("echo goes \\\non"),
    Typed("switch b\ncase a\nfalse\ncase b\necho b # a remark\n# another\nend"),
    Typed("echo one |\ncat"),
)


def commands(shell: str) -> tuple[Typed, ...]:
    """The table of a shell.

    Args:
        shell: `bash`, `zsh` or `fish`.

    Returns:
        In the order in which they are typed into one session.
    """
    table = Path(__file__).with_name("fish.txt" if shell == "fish" else "posix.txt")
    lines = tuple(_read(line) for line in table.read_text(encoding="utf-8").splitlines() if line)
    return lines + (_FISH_BLOCKS if shell == "fish" else _BLOCKS)


def _read(line: str) -> Typed:
    """One line: the command, and behind arrows its code and directory, and its output as JSON."""
    command, _, wanted = line.partition(" ⇒ ")
    ending, _, output = wanted.partition(" ⇒ ")
    code, _, cwd = ending.partition(" ")
    return Typed(command, int(code or 0), cwd or ".", json.loads(output) if output else None)
