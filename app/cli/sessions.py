"""attach, end: sessions that were left running."""

import click

from app.cli.detaching import detach_key as read_detach_key
from app.cli.recording import recorded_lines
from app.cli.shared import Settings, as_json, complete_run, detach_key_option, emit, example, pass_settings
from app.documents import record_document, run_document


@click.command("attach", epilog=example("replaybook attach", "replaybook attach release --take-over"))
@click.argument("run", required=False, shell_complete=complete_run)
@click.option("--take-over", is_flag=True, help="Detach the terminal that is attached now.")
@detach_key_option
@as_json
@pass_settings
def attach_command(settings: Settings, *, run: str | None, take_over: bool, detach_key: str, as_json: bool) -> None:
    """Go on with a session that was left running, in this terminal.

    Without RUN: the newest that nobody is attached to. A session outlives every terminal; it ends when its shell does,
    by `replaybook end`, or with the machine.
    """
    from app.cli.passthrough import attach_here  # noqa: PLC0415 - only an interactive command needs the terminal

    trace = attach_here(settings.core(), read_detach_key(detach_key), run=run, take_over=take_over)
    emit(record_document(trace), as_json=as_json, human=lambda: recorded_lines(trace))


@click.command("end", epilog=example("replaybook end release"))
@click.argument("run", shell_complete=complete_run)
@as_json
@pass_settings
def end_command(settings: Settings, *, run: str, as_json: bool) -> None:
    """End a session that was left running: its shell is hung up on, its jobs as well, and the run is closed."""
    ended = settings.core().end(run)
    emit(run_document(ended), as_json=as_json, human=lambda: [f"ended {ended.run_id}: {ended.status}"])
