"""What the shell's startup file sets, defines and hides, read from its text: a replay's shell reads it as well."""

import os.path
import re

import msgspec

from replay.conditions.world import Machine
from replay.syntax import Assignment, analyse
from replay.syntax.vocabulary import own_words

FILES = {
    "bash": ("/etc/bash.bashrc", "~/.bashrc", "~/.bash_aliases"),
    "zsh": ("/etc/zsh/zshenv", "~/.zshenv", "/etc/zsh/zshrc", "~/.zshrc"),
}
MANAGERS = re.compile(r"\b(?:nvm|pyenv|rbenv|conda|sdkman|asdf|mise|fnm|volta|direnv|shellenv|nix|\.cargo/env)\b")
"""Tools that put more on PATH by running code."""


class Startup(msgspec.Struct, frozen=True, kw_only=True):
    """What a shell knows before its first command."""

    assignments: tuple[Assignment, ...] = ()
    """In order."""
    names: frozenset[str] = frozenset()
    """Functions and aliases, and what only this shell does itself."""
    more_on_path: bool = False
    """PATH may get more than the text tells."""


def read_startup(machine: Machine, home: str, shell: str) -> Startup:
    """Read what an interactive shell reads first.

    Args:
        machine: Where the files are.
        home: The user's home directory.
        shell: Its name.

    Returns:
        All that their text tells.
    """
    places = [os.path.join(home, name[2:]) if name.startswith("~/") else name for name in FILES.get(shell, ())]  # noqa: PTH118
    texts = [text for place in places if (text := machine.read_text(place))]
    analyses = [analyse(text) for text in texts]
    return Startup(
        assignments=tuple(assignment for analysis in analyses for assignment in analysis.assignments),
        names=frozenset(name for analysis in analyses for name in (*analysis.functions, *analysis.aliases)).union(
            own_words(shell)
        ),
        more_on_path=any(MANAGERS.search(text) for text in texts),
    )
