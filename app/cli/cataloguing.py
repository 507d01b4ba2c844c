"""catalog: what runs, playbooks, repairs and decisions there are, moved between a home and a team's database."""

import click

from app.cli.progress import progress_line
from app.cli.shared import as_json, emit, example
from capture.printable import printable


@click.group(
    "catalog",
    invoke_without_command=True,
    epilog=example("replaybook catalog copy ~/.local/share/replaybook postgresql://ada@db/team"),
)
@click.pass_context
def catalog_command(ctx: click.Context) -> None:
    """Move what there is between homes and a team's database (REPLAYBOOK_CATALOG)."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@catalog_command.command(
    "copy",
    epilog=example(
        "replaybook catalog copy ~/.local/share/replaybook postgresql://owner@db.example.org/team",
        "replaybook catalog copy postgresql://owner@db.example.org/team ~/team-copy --json",
    ),
)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@as_json
def copy_command(*, source: str, target: str, as_json: bool) -> None:
    """Copy a catalog: its rows, the log of decisions, and the files of playbooks, repairs and replays.

    FROM and TO are each the folder of a home, or the address of a PostgreSQL database. TO must be empty, or what an
    interrupted copy left; a database takes it from the role that owns it. In the end both are read, and held against
    each other by count and digest. FROM stays as it is; recordings stay where they are.
    """
    from app.core.parts import utc_now  # noqa: PLC0415 - `--help` needs neither
    from replay.team.sides import copied  # noqa: PLC0415 - as above

    with progress_line() as progress:
        found = copied(source, target, clock=utc_now, progress=progress)
    emit(found, as_json=as_json, human=lambda: map(printable, found.lines()))
