"""record, runs, show, rm: making runs and looking at them."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import click

from app.cli.detaching import detach_key as read_detach_key
from app.cli.shared import (
    Settings,
    as_json,
    complete_run,
    detach_key_option,
    emit,
    example,
    narrate,
    pass_settings,
    table,
)
from app.cli.showing import step_line, trace_lines
from app.documents import origin, record_document, run_document, run_standing, show_document
from capture.errors import UnknownNameError
from capture.printable import printable
from capture.shells import RECORDED, own_shell
from capture.tape.presence import Presence
from capture.trace import Run, RunStatus, Trace


@click.command(
    "record",
    epilog=example(
        "replaybook record --name release",
        "replaybook record --script steps.sh",
        "replaybook record --last 5",
        "replaybook record --watch ~/.config/site --watch /etc/hosts",
    ),
)
@click.option("--name", metavar="N", help="A name for the run.")
@click.option("--goal", metavar="T", help="What the work is for.")
@click.option("--cwd", type=click.Path(exists=True, file_okay=False), default=".", help="Where to begin.")
@click.option("--shell", type=click.Choice(RECORDED), help="Default: yours; with --script, bash.")
@click.option("--watch", multiple=True, metavar="PATH", help="Watch this file or directory too; may be repeated.")
@click.option("--script", type=click.Path(dir_okay=False), metavar="FILE", help="Type FILE instead of you.")
@detach_key_option
@click.option(
    "--last", type=int, metavar="N", help="Make a run of the last N commands of the recording that is always on."
)
@click.option("--session", metavar="ID", help="With --last: which session; default: this shell's, else the newest.")
@click.option("--always", is_flag=True, help="Keep the last commands of this terminal (see `replaybook hook`).")
@click.option("--limit", type=int, default=16, metavar="MIB", help="With --always: what a session may take.")
@click.option("--sessions", type=int, default=8, metavar="K", help="With --always: how many ended ones are kept.")
@click.option("--tell-fd", type=int, hidden=True, metavar="FD", help="With --always: where the hook is told things.")
@click.option("--review-masks", is_flag=True, help="At the end, ask of each masked secret whether it was one.")
@as_json
@pass_settings
def record_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    name: str | None,
    goal: str | None,
    cwd: str,
    shell: str | None,
    watch: tuple[str, ...],
    script: str | None,
    last: int | None,
    session: str | None,
    always: bool,
    limit: int,
    sessions: int,
    tell_fd: int | None,
    detach_key: str,
    review_masks: bool,
    as_json: bool,
) -> None:
    """Record your own terminal until the shell exits, a script typed into a real shell, or what you did just now.

    The recording does not need this terminal: when that is closed, killed or left by the detach key, the shell goes on
    and is recorded; `replaybook attach` takes it up again. It ends when the shell does, by `replaybook end`, or with
    the machine. With --script it is the other way round: nobody could go on typing, so without this process the run
    ends `partial`.
    """
    if always:
        from app.cli.passthrough import record_always  # noqa: PLC0415 - as below

        chosen = shell or own_shell(os.environ)
        record_always(settings.place(), shell=chosen, limit=limit << 20, keep=sessions, tell=_teller(tell_fd))
        return
    core = settings.core()
    where = str(Path(cwd).resolve())
    if last is not None:
        trace = core.record_last(last, environment=os.environ, session=session, name=name)
        if len(trace.steps) < last:
            narrate(f"only {len(trace.steps)} commands are kept")
    elif script is None:
        from app.cli.passthrough import record_here  # noqa: PLC0415 - only an interactive recording needs the terminal

        key = read_detach_key(detach_key)
        chosen = shell or own_shell(os.environ)
        trace = record_here(core, key, name=name, goal=goal, cwd=where, shell=chosen, watch=watch, review=review_masks)
    else:
        if review_masks:
            raise click.UsageError("--review-masks asks a person: it can't be used with --script")
        trace = core.record_script(
            Path(script),
            name=name,
            goal=goal,
            cwd=where,
            shell=shell or "bash",
            watch=watch,
            told=lambda step: narrate(step_line(step)),
        )
    for told in _masked(trace):
        narrate(told)
    emit(record_document(trace), as_json=as_json, human=lambda: recorded_lines(trace))


@click.command(
    "runs", epilog=example("replaybook runs", "replaybook runs --matching release", "replaybook runs --json")
)
@click.option("--matching", default="", metavar="TEXT", help="Only those with TEXT in their name or goal.")
@as_json
@pass_settings
def runs_command(settings: Settings, *, matching: str, as_json: bool) -> None:
    """List the recorded runs, newest first; of those that are being recorded, whether one is attached, or paused.

    With --matching capitals don't matter, and no recording is opened to find it; `search` looks into commands and
    outputs.
    """
    core = settings.core()
    runs, live = core.runs(matching), core.live()
    documents = [{**run_document(run), **_live(live.get(run.run_id))} for run in runs]
    emit(documents, as_json=as_json, human=lambda: _run_lines(runs, live, matching))


@click.command(
    "show",
    epilog=example(
        "replaybook show release",
        "replaybook show 2026 --step 3",
        "replaybook show release --diff",
        "replaybook show release --at 01:30",
    ),
)
@click.argument("run", shell_complete=complete_run)
@click.option("--step", type=int, metavar="K", help="Only step K, with its output.")
@click.option("--diff", is_flag=True, help="What each step changed in files, line by line.")
@click.option("--at", metavar="TIME", help="The screen at a moment: seconds, mm:ss, or step:K as step K left it.")
@as_json
@pass_settings
def show_command(settings: Settings, *, run: str, step: int | None, diff: bool, at: str | None, as_json: bool) -> None:
    """Show what a run recorded, step by step, or its screen at a moment."""
    if at is not None:
        if step is not None or diff:
            raise click.UsageError("--at shows the screen and --step a step: give one; --at step:K is the step's end")
        from app.cli.playing import show_screen  # noqa: PLC0415 - only this needs the emulator

        show_screen(settings, run, at, as_json=as_json)
        return
    core = settings.core()
    trace = core.trace(run)
    if step is not None and not 1 <= step <= len(trace.steps):
        raise UnknownNameError(f"run {trace.run.run_id} has no step {step}; it has steps 1 to {len(trace.steps)}")
    if not diff:
        emit(show_document(trace, step=step), as_json=as_json, human=lambda: trace_lines(trace, step))
        return
    from app.cli.diffing import show_written  # noqa: PLC0415 - only this needs contents

    show_written(core, trace, step, as_json=as_json)


@click.command("rm", epilog=example("replaybook rm release"))
@click.argument("run", shell_complete=complete_run)
@as_json
@pass_settings
def rm_command(settings: Settings, *, run: str, as_json: bool) -> None:
    """Delete a run and its recording; playbooks made from it stay."""
    removed = settings.core().remove(run)
    emit({"removed": removed}, as_json=as_json, human=lambda: [f"removed {removed}"])


def _teller(descriptor: int | None) -> Callable[[str], None]:
    """Writes words to a descriptor, a line each."""

    def tell(word: str) -> None:
        if descriptor is not None:
            os.write(descriptor, f"{word}\n".encode())

    return tell


def recorded_lines(trace: Trace) -> list[str]:
    """What a person is told of a finished recording; of one that goes on they were told when they left it."""
    run = trace.run
    if run.status is RunStatus.IN_PROGRESS:
        return []
    return [
        f"recorded {run.name} as {run.run_id}: {len(trace.steps)} steps, {run.status}",
        f"next: replaybook show {run.run_id}, or replaybook compile {run.run_id} --name NAME",
    ]


def _live(presence: Presence | None) -> dict[str, bool | None]:
    """Whether somebody sits at it, and whether it is paused; None where nothing records it."""
    if presence is None:
        return {"attached": None, "paused": None}
    return {"attached": presence.attached, "paused": presence.paused}


def _masked(trace: Trace) -> list[str]:
    """What was masked, a line a rule; nothing when nothing was."""
    places: dict[str, list[str]] = {}
    for step in trace.steps:
        for one in step.maskings:
            places.setdefault(one.rule, []).append(f"{one.field} of step {step.step_index}")
    return [f"masked {rule} in {', '.join(where)}" for rule, where in places.items()]


def _run_lines(runs: tuple[Run, ...], live: Mapping[str, Presence], matching: str) -> list[str]:
    if not runs and matching:
        return [f"no run has {printable(matching)} in its name or goal; replaybook search looks into what was done"]
    if not runs:
        return ["no runs yet; replaybook record makes one"]
    rows = [
        (
            run.run_id,
            printable(run.name),
            run_standing(run, live.get(run.run_id)),
            _when(run.started_at),
            origin(run) or run.cwd,
        )
        for run in runs
    ]
    return table(("RUN", "NAME", "STATUS", "STARTED", "WHERE"), rows)


def _when(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
