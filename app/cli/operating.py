"""health, metrics, purge, backup, restore: what whoever runs a library asks for."""

import sys
from datetime import timedelta
from pathlib import Path

import click

from app import __version__
from app.cli.asking import is_there
from app.cli.exits import Exit
from app.cli.progress import progress_line
from app.cli.shared import Settings, as_json, emit, example, pass_settings, table
from app.doctor import State
from app.upkeep import copied_document, copied_lines, figure_lines, retention_lines
from capture.errors import BadInputError
from capture.printable import printable
from capture.secrets.addresses import without_credentials
from replay.governance.wanted import moment


@click.command("health", epilog=example("replaybook health", "replaybook health --patience 5 --json"))
@click.option(
    "--patience",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    metavar="DAYS",
    help="A repair may wait so long.",
)
@as_json
@pass_settings
def health_command(settings: Settings, *, patience: int, as_json: bool) -> int:
    """Tell whether the library is in order: log of decisions, disk, inbox, steps that nobody knows of.

    Made for a monitor: exit code 0 says that all is in order, 3 that something wants a person.
    """
    found = settings.core().vitals(timedelta(days=patience))
    rows = [(one.name, one.state, one.detail, one.advice) for one in found]
    emit(found, as_json=as_json, human=lambda: table(("WHAT", "STATE", "FOUND", "ADVICE"), rows))
    return Exit.DONE if all(one.state is State.OK for one in found) else Exit.NOT_READY


@click.command(
    "metrics",
    epilog=example(
        "replaybook metrics",
        "replaybook metrics --prometheus > /var/lib/node_exporter/replaybook.prom",
        "replaybook metrics --listen 127.0.0.1:9464",
        "replaybook metrics --otlp http://localhost:4318",
    ),
)
@click.option("--prometheus", is_flag=True, help="In Prometheus' text format.")
@click.option("--listen", metavar="ADDRESS:PORT", help="Answer /metrics and /health there, until ctrl-C.")
@click.option("--otlp", metavar="URL", help="Send them once to an OpenTelemetry collector, as http://localhost:4318.")
@as_json
@pass_settings
def metrics_command(
    settings: Settings, *, prometheus: bool, listen: str | None, otlp: str | None, as_json: bool
) -> None:
    """Count what all work came to: replays, divergences by class, time to review, age of the inbox, validations."""
    core = settings.core()
    if listen is not None:
        from app.serving.monitor import serve_metrics  # noqa: PLC0415 - only this brings a server

        serve_metrics(core, listen, told=lambda words: click.echo(words, err=True))
        return
    figures = core.figures()
    if otlp is not None:
        from replay.operations.telemetry import send  # noqa: PLC0415 - takes a moment, and an extra

        send(figures, otlp, version=__version__)
        shown = printable(without_credentials(otlp))
        emit({"sent": shown}, as_json=as_json, human=lambda: [f"sent to {shown}"])
        return
    if prometheus and not as_json:
        from replay.operations.exposing import exposed  # noqa: PLC0415 - only this writes that format

        sys.stdout.write(exposed(figures).decode())
        return
    emit(figures, as_json=as_json, human=lambda: figure_lines(figures))


@click.command(
    "purge",
    epilog=example(
        "replaybook purge --older-than 90d --dry-run",
        "replaybook settings retention.older_than 90d && replaybook purge",
        "replaybook purge --older-than 2026-01-01 --yes",
        "replaybook purge --older-than 30d --keep 100 --yes --json",
    ),
)
@click.option(
    "--older-than",
    metavar="WHEN",
    help="A date, a time, or a span as 90d; default: the setting retention.older_than.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    metavar="N",
    help="So many of the newest stay; default: the setting retention.keep.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would go.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@as_json
@pass_settings
def purge_command(
    settings: Settings, *, older_than: str | None, keep: int | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Delete old recordings for good; playbooks, replays' results and every decision stay.

    A recording stays however old it is while a playbook version that isn't disabled was made from it, while it is the
    validation of an active version, while a repair of it waits, or while it isn't known what one of its steps did.
    Nothing is ever deleted without this command; the setting only lets health and Home ask for it.
    """
    core = settings.core()
    before = None if older_than is None else moment(older_than, now=core.clock())
    chosen = core.retention(before, newest=keep)
    if chosen.goes and not dry_run:
        if not yes and (as_json or not is_there()):
            raise BadInputError(f"{len(chosen.goes)} recordings would go; say --yes, or look at them with --dry-run")
        if not yes:
            click.echo("\n".join(retention_lines(chosen)), err=True)
            click.confirm("Delete them for good?", abort=True, err=True)
        with progress_line() as progress:
            chosen = core.purge(chosen, progress=progress)
    emit(chosen, as_json=as_json, human=lambda: retention_lines(chosen))


@click.command(
    "backup",
    epilog=example("replaybook backup ~/replaybook.tar.gz", "replaybook backup --verify ~/replaybook.tar.gz"),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--verify", is_flag=True, help="Copy nothing: hold a backup that is there against its own list.")
@as_json
@pass_settings
def backup_command(settings: Settings, *, file: Path, verify: bool, as_json: bool) -> None:
    """Copy the whole home to one file, while it is used; what is recorded right now is whole up to its last event."""
    with progress_line() as progress:
        if verify:
            from replay.operations.backup import check  # noqa: PLC0415 - only this reads one

            found = check(file, progress)
        else:
            found = settings.core().back_up(file, progress=progress)
    emit(copied_document("file", file, found), as_json=as_json, human=lambda: copied_lines(file, found))


@click.command("restore", epilog=example("REPLAYBOOK_HOME=~/restored replaybook restore ~/replaybook.tar.gz"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
@pass_settings
def restore_command(settings: Settings, *, file: Path, as_json: bool) -> None:
    """Make a home of a backup, every file held against its digest: all of it, or nothing. The home must be empty."""
    from replay.operations.backup import restore  # noqa: PLC0415 - only this writes one

    folder = settings.place().path
    with progress_line() as progress:
        found = restore(file, folder, progress)
    emit(copied_document("home", folder, found), as_json=as_json, human=lambda: copied_lines(folder, found))
