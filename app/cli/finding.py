"""find and dispatch: from a task to the playbook that was made for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from app.cli import asking
from app.cli.exits import Exit, of_replay
from app.cli.shared import Settings, as_json, emit, example, pass_settings, styled, table
from app.core.finding import SHOWN, FoundPlaybooks
from capture.errors import BadInputError
from capture.printable import printable
from replay.finding.deciding import Dispatch, Why

EXITS = {Why.NO_MATCH: Exit.UNKNOWN_NAME, Why.AMBIGUOUS: Exit.UNKNOWN_NAME}
"""The exit code by why nothing is dispatched; all others are not ready."""


@click.command(
    "find",
    epilog=example(
        "replaybook find 'release the site'",
        "replaybook find 'restore the database backup' --most 3",
        "replaybook find deploy --json | jq -r '.playbooks[].playbook'",
    ),
)
@click.argument("task", nargs=-1, required=True)
@click.option("--most", type=click.IntRange(1, 50), default=SHOWN, show_default=True, help="How many are told.")
@as_json
@pass_settings
def find_command(settings: Settings, *, task: tuple[str, ...], most: int, as_json: bool) -> None:
    """Find the playbooks that were made for a task.

    Searched are names, goals, steps and parameters, in any words; active playbooks come before all others, and of
    those that fit alike the one whose replays succeeded.
    """
    found = settings.core().find(" ".join(task), most=most)
    emit(found, as_json=as_json, human=lambda: _found_lines(found))


@click.command(
    "dispatch",
    epilog=example(
        "replaybook dispatch 'release the site'",
        "replaybook dispatch 'release the site' --cwd ~/site --set tag=v1.2 --run",
        "replaybook dispatch 'rotate the logs' --json | jq -r '.replay // .message'",
    ),
)
@click.argument("goal", nargs=-1, required=True)
@click.option("--cwd", metavar="DIR", default=".", help="The workspace; default: here.")
@click.option("--set", "settings_given", multiple=True, metavar="K=V", help="A parameter's value.")
@click.option("--run", is_flag=True, help="Replay it at once, strictly.")
@as_json
@pass_settings
def dispatch_command(
    settings: Settings, *, goal: tuple[str, ...], cwd: str, settings_given: tuple[str, ...], run: bool, as_json: bool
) -> int:
    """Say which playbook is to be replayed for a goal, or why none is.

    One is named only when it is active, clearly fits the goal, all of its parameters have values, and simulate says
    that it is ready. A word of the goal that the playbook says nothing of is enough to name none. Values are given
    with --set, or stand in the goal as tag=v2.
    """
    from app.cli.replaying import assignments, show_live  # noqa: PLC0415 - find needs none of it

    workspace = Path(cwd).absolute()
    if not workspace.is_dir():
        raise BadInputError(f"workspace {workspace} is not a directory; give another with --cwd")
    found = settings.core().dispatch(
        " ".join(goal),
        cwd=os.path.realpath(workspace),
        values=assignments(settings_given),
        run=run,
        director=asking.AtTerminal() if run and asking.is_there() else None,
        watcher=None if as_json else show_live,
    )
    emit(found, as_json=as_json, human=lambda: _dispatch_lines(found))
    if found.run is not None:
        return of_replay(found.run.status, allow_unknown=False)
    return Exit.DONE if found.replay else EXITS.get(found.why or Why.NOT_READY, Exit.NOT_READY)


def _found_lines(found: FoundPlaybooks) -> Iterator[str]:
    if not found.playbooks:
        yield "nothing found; replaybook playbooks lists all"
        return
    rows = [
        (
            f"{one.playbook}@{one.version}",
            str(one.status),
            f"{one.succeeded} of {one.tried}" if one.tried else "never",
            printable(one.goal or ""),
        )
        for one in found.playbooks
    ]
    yield from table(("PLAYBOOK", "STATUS", "SUCCEEDED", "GOAL"), rows)


def _dispatch_lines(found: Dispatch) -> Iterator[str]:
    if found.replay is None:
        yield f"{found.why}: {printable(found.message)}"
        return
    yield styled(f"replay {found.replay}", bold=True)
    for name, value in found.bindings.items():
        origin = "  from the goal" if name in found.proposed else ""
        yield f"  {name} = {printable(value)}{origin}"
    if found.run is not None:
        yield f"{found.run.status}: replaybook show {found.run.run_id}"
        if found.run.failure:
            yield f"  {printable(found.run.failure.message)}"
