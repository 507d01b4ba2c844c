"""note, pause, resume: said of a session that is being recorded, from any terminal or from its own shell."""

import click

from app.cli.shared import Settings, as_json, complete_run, emit, example, pass_settings
from capture.printable import printable
from capture.trace import Note, Run
from capture.wire import Pause, Standing, TakeNote

_session = click.option(
    "--session",
    metavar="ID",
    shell_complete=complete_run,
    help="Its id or name; without it the one that this shell runs in, or the only one that runs.",
)


@click.command("note", epilog=example('replaybook note "the slow build begins"', "replaybook note --session release"))
@click.argument("text", nargs=-1)
@_session
@as_json
@pass_settings
def note_command(settings: Settings, *, text: tuple[str, ...], session: str | None, as_json: bool) -> None:
    """Note TEXT behind the step that runs or ended last in a recording that goes on; without TEXT set a bookmark."""
    said = " ".join(text)
    run, standing = settings.core().remark(session, TakeNote(text=said))
    where = f"behind step {standing.after_step}" if standing.after_step else "before the first step"
    words = Note(after_step=standing.after_step, at=run.started_at, text=said.strip()).words
    document = {"run_id": run.run_id, "name": run.name, "after_step": standing.after_step, "paused": standing.paused}
    emit(document, as_json=as_json, human=lambda: [f"{printable(words)}  {where} of {printable(run.name)}"])


@click.command("pause", epilog=example("replaybook pause", "replaybook pause --session release"))
@_session
@as_json
@pass_settings
def pause_command(settings: Settings, *, session: str | None, as_json: bool) -> None:
    """Record nothing from the end of the running command on, until `replaybook resume`.

    The recording tells that it was paused, how long, and the names of what was left otherwise; never what was done.
    """
    _turn(settings, session, on=True, as_json=as_json)


@click.command("resume", epilog=example("replaybook resume", "replaybook resume --session release"))
@_session
@as_json
@pass_settings
def resume_command(settings: Settings, *, session: str | None, as_json: bool) -> None:
    """Record again, from the end of the running command on, what was paused by `replaybook pause` or on the screen."""
    _turn(settings, session, on=False, as_json=as_json)


def _turn(settings: Settings, session: str | None, *, on: bool, as_json: bool) -> None:
    run, standing = settings.core().remark(session, Pause(on=on))
    document = {"run_id": run.run_id, "name": run.name, "paused": standing.paused, "pausing": standing.pausing}
    emit(document, as_json=as_json, human=lambda: [_said(run, standing)])


def _said(run: Run, standing: Standing) -> str:
    name = printable(run.name)
    if standing.paused is not standing.pausing:
        turned = "paused" if standing.pausing else "recorded again"
        return f"{name} is {turned} as soon as the running command has ended"
    return f"{name} is paused: replaybook resume records again" if standing.paused else f"{name} is recorded"
