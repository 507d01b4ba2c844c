"""What the run of a replay is called, where its shell begins and what is watched, by playbook and values (pure)."""

from collections.abc import Mapping
from pathlib import PurePath

from replay import binding, template
from replay.place import Place
from replay.playbook import Playbook


def called(playbook: Playbook) -> str:
    """What the run of a replay is called after: the version, where it is a stored one."""
    return f"{playbook.name}@{playbook.version}" if playbook.version else playbook.name


def first_directory(playbook: Playbook, bindings: Mapping[str, str], place: Place) -> str:
    """Where the shell of a replay begins: the first step's directory, else the workspace."""
    wanted = playbook.steps[0].cwd if playbook.steps else None
    if wanted is None or binding.missing(playbook, bindings) & template.names(wanted):
        return place.workspace
    return str(PurePath(place.workspace, template.render(wanted, bindings)))


def watched(playbook: Playbook, bindings: Mapping[str, str]) -> tuple[str, ...]:
    """What a playbook watches besides the workspace, as far as its parameters have values."""
    known = (path for path in playbook.watch if not binding.missing(playbook, bindings) & template.names(path))
    return tuple(template.render(path, bindings) for path in known)
