"""incident: one replay or recording as a page to attach to a report."""

from collections.abc import Iterator
from pathlib import Path

import click

from app.cli.shared import Settings, as_json, complete_run, emit, example, pass_settings
from app.incident.material import Made


@click.command(
    "incident",
    epilog=example(
        "replaybook incident REPLAY",
        "replaybook incident RUN --anonymize --out report.html",
        "replaybook incident REPLAY --format folder --out report --full",
    ),
)
@click.argument("ref", metavar="RUN|REPLAY", shell_complete=complete_run)
@click.option("--out", "-o", metavar="PATH", help="The file or folder; else named after it, in the current directory.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "folder"]),
    default="html",
    show_default=True,
    help="folder: the page, and its recordings, versions and decisions as files for other tools.",
)
@click.option("--anonymize", is_flag=True, help="Put stand-ins in place of home directories, users and hosts.")
@click.option("--full", is_flag=True, help="Shorten nothing: long outputs, documents and recordings stay whole.")
@as_json
@pass_settings
def incident_command(  # noqa: PLR0913 - one argument an option
    settings: Settings, *, ref: str, out: str | None, form: str, anonymize: bool, full: bool, as_json: bool
) -> None:
    """Write one page on a replay or recording, to attach to a report.

    It holds the steps, what was recorded beside what came, the terminal recordings with their playback, the versions,
    repairs and decisions that it is about, and the environment. It opens in any browser, loads nothing and sends
    nothing. All of it is searched for secrets once more before it is written.
    """
    made = settings.core().incident(
        ref, path=Path(out) if out else None, folder=form == "folder", anonymize=anonymize, full=full
    )
    emit(made, as_json=as_json, human=lambda: written(made))


def written(made: Made) -> Iterator[str]:
    """Where it is, and what was done to what it shows."""
    yield f"wrote {made.path}: {made.steps} steps, {made.recordings} recordings, {made.bytes / 1024:.0f} KiB"
    yield f"  masked: {made.redactions} places" + (f", {made.found} of them found only now" if made.found else "")
    if made.anonymized:
        yield f"  names with stand-ins: {made.anonymized}"
    if made.cut:
        yield f"  shortened: {made.cut}; --full keeps them whole"
