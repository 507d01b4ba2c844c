"""What the shell offers behind `--hosts`: the names that the user's own ssh configuration knows, else files."""

import glob
from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

_OWN = Path("~/.ssh")
_DEEPEST = 16
"""Files that include one another; ssh takes no more (ssh_config(5), Include)."""
_PATTERN = frozenset("*?!")


def complete_hosts(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The last name of a comma list; where none is known, an inventory."""
    done, comma, last = begun.rpartition(",")
    given = ctx.params.get("ssh_config")
    config = Path(given) if given else _OWN.expanduser() / "config"
    names = dict.fromkeys(name for name in named_in(config) if name.startswith(last) and name not in done.split(","))
    offered = [CompletionItem(f"{done}{comma}{name}") for name in names]
    return offered if offered or comma else [CompletionItem(begun, type="file")]


def named_in(config: Path, depth: int = 0) -> Iterator[str]:
    """The hosts that a configuration of ssh names, patterns left out.

    Args:
        config: The file; what can't be read names none.
        depth: Files that have included it.
    """
    try:
        lines = config.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        keyword, *words = line.replace("=", " ", 1).replace('"', "").split() or [""]
        if keyword.lower() == "host":
            yield from (word for word in words if not _PATTERN & set(word))
        elif keyword.lower() == "include" and depth < _DEEPEST:
            for word in words:
                for path in sorted(glob.glob(str(_OWN.expanduser() / Path(word).expanduser()))):  # noqa: PTH207 - a pattern with its folder
                    yield from named_in(Path(path), depth + 1)
