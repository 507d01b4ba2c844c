"""The `replaybook` command: finds the sub-command, runs it, and turns every error into one line and a code."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from app import __version__
from app.cli.exits import Exit, of_error
from app.cli.faults import keep_fault, where_kept
from app.cli.shared import Settings, example
from app.logs import VARIABLE, Watch
from app.terminals import is_dumb
from capture.errors import AwayError, ReplaybookError
from capture.printable import printable

COMMANDS = {
    "record": "app.cli.recording",
    "attach": "app.cli.sessions",
    "end": "app.cli.sessions",
    "note": "app.cli.remarking",
    "pause": "app.cli.remarking",
    "resume": "app.cli.remarking",
    "runs": "app.cli.recording",
    "show": "app.cli.recording",
    "play": "app.cli.playing",
    "search": "app.cli.searching",
    "rm": "app.cli.recording",
    "secrets": "app.cli.secrets",
    "edit": "app.cli.editing",
    "join": "app.cli.editing",
    "export": "app.cli.formats",
    "import": "app.cli.formats",
    "compile": "app.cli.playbooks",
    "playbooks": "app.cli.playbooks",
    "playbook": "app.cli.playbooks",
    "diff": "app.cli.playbooks",
    "answer": "app.cli.playbooks",
    "update": "app.cli.playbooks",
    "schema": "app.cli.playbooks",
    "find": "app.cli.finding",
    "dispatch": "app.cli.finding",
    "replay": "app.cli.replaying",
    "replays": "app.cli.replaying",
    "fleets": "app.cli.fleeting",
    "fleet": "app.cli.fleeting",
    "try": "app.cli.trying",
    "compare": "app.cli.comparing",
    "stability": "app.cli.telling",
    "ledger": "app.cli.telling",
    "check": "app.cli.watching",
    "incident": "app.cli.incidents",
    "settle": "app.cli.settling",
    "repairs": "app.cli.reviewing",
    "repair": "app.cli.reviewing",
    "review": "app.cli.reviewing",
    "validate": "app.cli.governing",
    "promote": "app.cli.governing",
    "rollback": "app.cli.governing",
    "disable": "app.cli.governing",
    "freeze": "app.cli.freezing",
    "audit": "app.cli.auditing",
    "publish": "app.cli.sharing",
    "fetch": "app.cli.sharing",
    "store": "app.cli.storing",
    "ignore": "app.cli.ignoring",
    "policy": "app.cli.policy",
    "rules": "app.cli.rules",
    "sources": "app.cli.sources",
    "tools": "app.cli.tools",
    "settings": "app.cli.settings",
    "doctor": "app.cli.machine",
    "health": "app.cli.operating",
    "metrics": "app.cli.operating",
    "purge": "app.cli.operating",
    "backup": "app.cli.operating",
    "restore": "app.cli.operating",
    "team": "app.cli.teaming",
    "catalog": "app.cli.cataloguing",
    "hook": "app.cli.hooking",
    "completion": "app.cli.machine",
    "serve": "app.cli.serving",
    "mcp": "app.cli.desk",
    "demo": "app.cli.demonstrating",
}
"""Each sub-command and the module that holds it: a module is imported only when its command runs."""


FRAMES_A_SECOND = 240
"""The screen's ticks: a key's echo waits for the next one. Nothing is drawn where nothing has changed."""


class LazyGroup(click.Group):
    """Lists every command by name and imports just the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported now."""
        if cmd_name not in COMMANDS:
            from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

            near = get_close_matches(cmd_name, COMMANDS, n=1)
            advice = f"; did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"there is no command {cmd_name!r}{advice}", ctx)
        found = getattr(import_module(COMMANDS[cmd_name]), f"{cmd_name}_command")
        if not isinstance(found, click.Command):
            message = f"{COMMANDS[cmd_name]} holds no command {cmd_name}"
            raise TypeError(message)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; what fails although it never should is traced in the home that the command was for."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if _is_told(error) and isinstance(ctx.obj, Settings):
                keep_fault(error, ctx.obj.place())
            raise


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's callback
    if wanted:
        click.echo(f"replaybook {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    epilog=example("replaybook", "replaybook demo", "replaybook record --name release", "replaybook --plain"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--home", envvar="REPLAYBOOK_HOME", metavar="DIR", help="Where runs and playbooks are kept.")
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show it.")
@click.option(
    "--plain",
    is_flag=True,
    envvar="REPLAYBOOK_PLAIN",
    help="Questions and answers on lines, every state in words: for screen readers. TERM=dumb means it, too.",
)
@click.pass_context
def cli(ctx: click.Context, *, home: str | None, plain: bool) -> None:
    """Record work in a terminal once, compile it into a playbook, replay it exactly.

    Without a command it opens the screen; with --plain, or where the terminal can't move its cursor, it asks and is
    answered on lines.
    """
    dumb = is_dumb(os.environ.get("TERM")) and sys.stdin.isatty() and sys.stdout.isatty()
    ctx.obj = Settings(home=Path(home) if home else None, plain=plain or dumb)
    if ctx.invoked_subcommand is None and ctx.obj.plain:
        from app.cli.plain.home import run_plain  # noqa: PLC0415 - only who listens needs it

        ctx.exit(run_plain(ctx.obj.core(), run, COMMANDS))
    if ctx.invoked_subcommand is None:
        with _frames(FRAMES_A_SECOND):
            from app.tui import run_tui  # noqa: PLC0415 - Textual costs half a second: only the screen pays it

        ctx.exit(run_tui(ctx.obj.late_core()))


@contextmanager
def _frames(number: int) -> Iterator[None]:
    """Have Textual draw so often: it reads the variable when it is imported, and recorded shells must not see it."""
    if "TEXTUAL_FPS" in os.environ:
        yield
        return
    os.environ["TEXTUAL_FPS"] = str(number)
    yield
    del os.environ["TEXTUAL_FPS"]


def run(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Without the program's name; None: those of the process.

    Returns:
        The exit code.
    """
    words = sys.argv[1:] if arguments is None else arguments
    watch, named = Watch(), _named(words)
    try:
        with _hosts_expected(named, words):
            result: Any = cli.main(args=arguments, prog_name="replaybook", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a traceback is a defect: the user gets one line
        code, message = explained(error)
        _note(watch.ended(named, code, error))
        if _is_told(error):
            message += f"; {where_kept(error)}"
        if message:
            click.echo("replaybook: " + printable(" ".join(message.split())), err=True)
        return code
    done = result if isinstance(result, int) else Exit.DONE
    _note(watch.ended(named, done))
    return done


def _note(unlogged: str | None) -> None:
    """Say that the log lacks this command, which was done or not all the same."""
    if unlogged is not None:
        click.echo(f"replaybook: nothing is logged: {printable(unlogged)}; give {VARIABLE} another file", err=True)


@contextmanager
def _hosts_expected(named: str, words: Sequence[str]) -> Iterator[None]:
    """For a replay on hosts, have what drives each of them read ahead while this process reads all else."""
    if named != "replay" or not any(word == "--hosts" or word.startswith("--hosts=") for word in words):
        yield
        return
    from capture.launching import expect_replays  # noqa: PLC0415 - only hosts need it
    from capture.standby import standing_by  # noqa: PLC0415 - as above

    with standing_by():
        expect_replays(fresh=True)
        yield


def _named(arguments: Sequence[str]) -> str:
    """The sub-command among the words of a command line; none opens the screen."""
    return next((word for word in arguments if word in COMMANDS), "screen")


def explained(error: BaseException) -> tuple[Exit, str]:
    """What an error means to the user: an exit code and one line."""
    match error:
        case click.ClickException():
            return Exit.USAGE, f"{error.format_message()} (replaybook {_path(error)}--help shows how)"
        case click.exceptions.Abort() | KeyboardInterrupt():
            return Exit.INTERRUPTED, "interrupted"
        case ReplaybookError():
            return of_error(error), str(error)
        case BrokenPipeError():
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - kept open to the end
            return Exit.DONE, ""
        case _:
            return Exit.INTERNAL, f"internal error: {type(error).__name__}: {error}"


def _is_told(error: BaseException) -> bool:
    """Whether whoever makes this program wants to hear of it: no plain end, nor that something elsewhere is away."""
    return explained(error)[0] is Exit.INTERNAL and not isinstance(error, AwayError | click.exceptions.Exit)


def _path(error: click.ClickException) -> str:
    """The sub-command that a usage error belongs to."""
    context = getattr(error, "ctx", None)
    return f"{context.info_name} " if context is not None and context.parent is not None else ""


def main() -> None:
    """The console script."""
    sys.exit(int(run()))
