"""What every sub-command shares: where the home is, and how a result is printed."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
import msgspec

from app.cli.detaching import DEFAULT_KEY, VARIABLE
from app.teams import team_address
from capture.home import Home, default_home

if TYPE_CHECKING:
    from app.cli.voice import Voice
    from app.core import Core
    from app.core.fleets import Fleets
    from app.core.parts import Parts

Opened = TypeVar("Opened", bound="Parts")

_CORE = f"{__name__}.core"
"""Where the root of a command keeps the core that it was made with."""


@dataclass(frozen=True)
class Settings:
    """What the group's options said.

    Attributes:
        home: The home that was named, or None for the platform's own.
        plain: Whether every state is told in words.
    """

    home: Path | None
    plain: bool = False

    def core(self, *, team: bool = True) -> "Core":
        """The core over that home; created when it isn't there.

        Args:
            team: With the team's server, where one is named; without it a mistake in that can be mended.
        """
        from app.core import Core  # noqa: PLC0415 - `--version` and `--help` need no core

        return self._opened(Core, team=team)

    def fleet_core(self) -> "Fleets":
        """What can be done with fleets, which is there long before all of the core is."""
        from app.core.fleets import Fleets  # noqa: PLC0415 - as above

        return self._opened(Fleets, team=True)

    def _opened(self, kind: "type[Opened]", *, team: bool) -> "Opened":
        home = self.place().prepare()
        core = kind(home, tell=narrate, address=team_address(home) if team else None)
        context = click.get_current_context()
        context.call_on_close(core.close)
        context.find_root().meta[_CORE] = core
        return core

    def late_core(self) -> "Core":
        """The same, made when it is first asked for something, in whatever thread that is."""
        from app.late import Late  # noqa: PLC0415 - only the screen wants it

        home, closing = self.place().prepare(), click.get_current_context()
        address = team_address(home)

        def make() -> "Core":
            from app.core import Core  # noqa: PLC0415 - as above

            core = Core(home, tell=narrate, address=address)
            closing.call_on_close(core.close)
            return core

        return cast("Core", Late(home, make))

    def place(self) -> Home:
        """The home, not yet created."""
        return default_home() if self.home is None else Home(self.home.absolute())


def is_plain() -> bool:
    """Whether the group's options want everything in words."""
    context = click.get_current_context(silent=True)
    settings = context.find_root().obj if context else None
    return isinstance(settings, Settings) and settings.plain


def voice() -> "Voice":
    """How this command tells states."""
    from app.cli.voice import Signs, Words  # noqa: PLC0415 - only what is told of steps needs it

    return Words() if is_plain() else Signs()


pass_settings = click.make_pass_decorator(Settings)
"""Gives a command its `Settings`."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
"""The option that every command has."""

detach_key_option = click.option(
    "--detach-key",
    envvar=VARIABLE,
    default=DEFAULT_KEY,
    show_default=True,
    metavar="KEY",
    help=f"Leaves the session running: ctrl-LETTER, or none. ${VARIABLE} sets it for good.",
)
"""The option of the commands that give the terminal to a session."""


def example(*lines: str) -> str:
    """The examples at the end of a help page."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def complete_run(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Run ids for the shell's completion."""
    from capture.tape.reader import run_ids  # noqa: PLC0415 - only completion needs it

    return [run_id for run_id in run_ids(_completed_home(ctx)) if run_id.startswith(begun)]


def complete_playbook(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Playbooks and their versions for the shell's completion."""
    from replay.library.shelf import Shelf  # noqa: PLC0415 - only completion needs it

    shelf = Shelf(_completed_home(ctx))
    refs = [ref for name in shelf.names() for ref in (name, *(f"{name}@{version}" for version in shelf.versions(name)))]
    return [ref for ref in refs if ref.startswith(begun)]


def complete_fleet(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Ids of fleets for the shell's completion, newest first."""
    folder = _completed_home(ctx).path / "fleets"
    return sorted((path.stem for path in folder.glob("*.json") if path.name.startswith(begun)), reverse=True)


def _completed_home(ctx: click.Context) -> Home:
    """The home that the half-typed command names."""
    given = ctx.find_root().params.get("home")
    return Settings(home=Path(given) if given else None).place()


def emit(document: object, *, as_json: bool, human: Callable[[], Iterable[str]], alone: bool = True) -> None:
    """Print a result once, for a program or for a person; on stderr, that the team's server is away where it is.

    Args:
        document: Anything that msgspec encodes.
        as_json: For a program.
        human: Gives the lines for a person; called only when they are wanted.
        alone: Whether that is told; False where the result tells it.
    """
    if as_json:
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        for line in human():
            click.echo(line)
    context = click.get_current_context(silent=True)
    core = context.find_root().meta.get(_CORE) if context and alone else None
    if context and core is not None and (words := core.alone_words):
        del context.find_root().meta[_CORE]
        narrate(words)


def narrate(message: str) -> None:
    """A word on what is going on; stderr, so that stdout stays data."""
    click.echo(message, err=True)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns, aligned, the header dimmed on a terminal.

    Args:
        header: Column names.
        rows: Cells as text.

    Returns:
        Lines.
    """
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return [styled(lines[0], dim=True), *lines[1:]]


def styled(text: str, **style: Any) -> str:
    """Coloured text where colour is wanted (a terminal, no NO_COLOR, not TERM=dumb)."""
    import os  # noqa: PLC0415 - two look-ups

    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty() or is_plain()
    return text if plain else click.style(text, **style)
