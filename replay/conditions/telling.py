"""Commands whose words say all that they write, and those that may do more (pure)."""

from replay.syntax import CommandUse
from replay.syntax.running import strings_run_by
from replay.syntax.tools import NO_PATHS, TOOLS
from replay.syntax.vocabulary import BASICS, BUILTINS, KEYWORDS, named
from replay.syntax.wrappers import base_name

TRANSPARENT = (BASICS | BUILTINS | KEYWORDS | TOOLS.keys() | NO_PATHS) - named(
    """python python3 pypy3 node perl php ruby bash sh dash zsh ksh source . eval make gmake npm yarn pnpm npx cargo go
    docker podman kubectl ssh pip pip3 apt apt-get dnf yum brew tar unzip git patch curl wget split csplit zip rsync
    cmake sqlite3"""
)
"""Commands whose words say all that they write."""


def says_all(use: CommandUse) -> bool:
    """Whether its words say all that it writes."""
    read_as_well = [text for text, _ in strings_run_by(use)]
    return base_name(use.name) in TRANSPARENT or (bool(read_as_well) and None not in read_as_well)
