"""Opens the shell scripts that a step runs, for who judges what they do: a step's own text says no more than a name."""

from collections.abc import Mapping
from pathlib import PurePath

import msgspec

from replay.conditions.expected import ExpectedWorld
from replay.conditions.targets import interpreter_of
from replay.syntax import Analysis, CommandUse, Span, analyse
from replay.syntax.moments import moments
from replay.syntax.special import paths_of
from replay.syntax.vocabulary import SHELLS
from replay.syntax.wrappers import base_name

DEEPEST = 3
"""Scripts that scripts run are looked into so far."""
LARGEST = 256 * 1024
"""Characters of a script that is read."""
SOURCING = frozenset({".", "source"})


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A script that a command runs."""

    path: str
    """As the command names it."""
    text: str | None
    """None when an earlier step writes it: it is not there yet."""
    shell: str = "bash"
    """Whose text it is."""
    runs: "Scripts"
    """What it runs itself."""


Scripts = Mapping[Span, Script]
"""By where the command stands that runs it."""


def scripts_of(analysis: Analysis, world: ExpectedWorld, *, depth: int = DEEPEST) -> Scripts:
    """The scripts that a text runs, of those that lie in the workspace and are shell text.

    Args:
        analysis: Of the text.
        world: As it will be when the text is reached; it is not changed.
        depth: How many scripts deep to look.

    Returns:
        Only those that can be read, and those that are still to be written.
    """
    ahead, found = world.ahead(), dict[Span, Script]()
    for moment in moments(analysis):
        ahead.begin(moment)
        script = _run_by(moment.command, ahead, depth) if moment.command is not None else None
        if script is not None and moment.command is not None:
            found[moment.command.span] = script
        ahead.follow(moment)
    return found


def _run_by(use: CommandUse, world: ExpectedWorld, depth: int) -> Script | None:
    name = base_name(use.name) or ""
    takes_one = name in SHELLS or name in SOURCING
    path = next((read.path for read in paths_of(use).reads), None) if takes_one else use.name
    place = world.absolute(path, use.scope) if path and (takes_one or "/" in path) else None
    if path is None or place is None or depth == 0 or not PurePath(place).is_relative_to(world.workspace):
        return None
    if not world.is_as_today(place):
        return Script(path=path, text=None, runs={})
    text = world.machine.read_text(place)
    if text is None or len(text) > LARGEST or "\0" in text:
        return None
    first = interpreter_of(text)
    said = (first.program or first.path).rsplit("/", 1)[-1] if first else "sh"
    shell = name if name in SHELLS else world.shell if takes_one else said
    if shell not in SHELLS:
        return None
    return Script(path=path, text=text, shell=shell, runs=scripts_of(analyse(text, shell), world, depth=depth - 1))
