"""freeze: stops every replay of the home, and lets none begin until that is lifted."""

import click

from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, emit, example, pass_settings
from capture.errors import BadInputError
from capture.printable import printable
from replay.governance.freezing import LIFT, Freeze


@click.command(
    "freeze",
    epilog=example("replaybook freeze --reason 'the release is on hold'", "replaybook freeze --lift"),
)
@click.option("--reason", metavar="T", help="Why; everybody who is refused is told.")
@click.option("--lift", is_flag=True, help="Let replays run again.")
@as_json
@pass_settings
def freeze_command(settings: Settings, *, reason: str | None, lift: bool, as_json: bool) -> int:
    """Stop all replays now, also those of other terminals and in shadows, and refuse new ones.

    The step that runs is ended with all its processes. Simulating stays possible: it runs nothing.
    """
    if lift and reason:
        raise BadInputError("--lift takes no --reason; leave one of them out")
    core = settings.core()
    done = core.thaw() if lift else core.freeze(reason)
    emit(done, as_json=as_json, human=lambda: _lines(done), alone=False)
    return Exit.INTERNAL if done.left else Exit.DONE


def _lines(done: Freeze) -> list[str]:
    if done.frozen is None:
        return ["replays may run"]
    lines = [f"replays are {printable(done.frozen.words)}; {LIFT}"]
    lines += [f"stopped {run_id}; replaybook show {run_id} tells how far it came" for run_id in done.stopped]
    lines += [f"could not stop {run_id}: its host runs on another machine, or as somebody else" for run_id in done.left]
    return lines
