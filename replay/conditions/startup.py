"""What the shell's startup file sets, defines and hides, read from its text: a replay's shell reads it as well."""

import os.path
import re
from collections.abc import Iterable

import msgspec

from replay.conditions.world import Machine
from replay.syntax import Assignment, analyse
from replay.syntax.vocabulary import own_words

FISH_CONFIG = "/etc/fish/config.fish", "~/.config/fish/config.fish"
FISH_PARTS = "~/.config/fish/conf.d/*.fish", "~/.config/fish/functions/*.fish"
FISH_DEFINES = re.compile(r"^\s*(?:function|alias)\s+(?:-\S+\s+)*([\w.-]+)", re.MULTILINE)
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
    more_variables: bool = False
    """Variables may get values that the text doesn't tell."""


def read_startup(machine: Machine, home: str, shell: str) -> Startup:
    """Read what an interactive shell reads first.

    Args:
        machine: Where the files are.
        home: The user's home directory.
        shell: Its name.

    Returns:
        All that their text tells.
    """
    if shell == "fish":
        return _read_fish(machine, home)
    texts = [text for place in places(home, FILES.get(shell, ())) if (text := machine.read_text(place))]
    analyses = [analyse(text, shell) for text in texts]
    return Startup(
        assignments=tuple(assignment for analysis in analyses for assignment in analysis.assignments),
        names=frozenset(name for analysis in analyses for name in (*analysis.functions, *analysis.aliases)).union(
            own_words(shell)
        ),
        more_on_path=any(MANAGERS.search(text) for text in texts),
    )


def places(home: str, names: Iterable[str]) -> list[str]:
    """Where files are, of which some are named from the home directory on."""
    return [os.path.join(home, name[2:]) if name.startswith("~/") else name for name in names]  # noqa: PTH118 - perhaps of another machine


def _read_fish(machine: Machine, home: str) -> Startup:
    """Only the names that it defines are read: the grammar is bash's."""
    at_home = {name: name.replace("~", home, 1) for name in (*FISH_CONFIG, *FISH_PARTS)}
    parts = [path for pattern in FISH_PARTS for path in machine.matches(at_home[pattern])]
    texts = [text for place in (*(at_home[name] for name in FISH_CONFIG), *parts) if (text := machine.read_text(place))]
    return Startup(
        names=own_words("fish").union(*(FISH_DEFINES.findall(text) for text in texts)),
        # Universal variables lie in a file that fish alone reads.
        more_on_path=True,
        more_variables=True,
    )
