"""try: one step of a version in a shadow, on the state that the steps before it leave."""

import os
from pathlib import Path

import click

from app.cli import asking
from app.cli.asking import AtTerminal
from app.cli.exits import Exit
from app.cli.replaying import assignments, show_live, step_lines
from app.cli.shared import Settings, as_json, complete_playbook, emit, example, narrate, pass_settings
from capture.errors import BadInputError
from capture.printable import printable
from replay.governance.permits import Permits
from replay.outcome import Replay, ReplayStatus, StepState
from replay.playbook import SafetyLevel
from replay.protocols import Answer, Headless, Move
from replay.stand import Stand
from replay.stepping.trying import Trying, trying


class TriedByItself(Headless):
    """Runs what a trial needs and its step, then ends."""

    def __init__(self, found: Trying) -> None:
        super().__init__()
        self._found = found

    def next(self, stand: Stand) -> Answer:
        """On to the step, and no further."""
        return self._found(stand) or Move.STOP


class TriedAtTerminal(TriedByItself, AtTerminal):
    """The same, with somebody there to ask."""


@click.command(
    "try",
    epilog=example(
        "replaybook try release-site 4",
        "replaybook try release-site@3 4 --cwd ~/site --set tag=v1.2",
        "replaybook try release-site@3 4 --alone",
    ),
)
@click.argument("ref", metavar="NAME[@V]", shell_complete=complete_playbook)
@click.argument("step", type=click.IntRange(min=1))
@click.option("--cwd", metavar="DIR", default=".", help="The workspace that is copied; default: here.")
@click.option("--alone", is_flag=True, help="Run no step before it: what they would print is as recorded.")
@click.option("--set", "settings_given", multiple=True, metavar="K=V", help="A parameter's value.")
@click.option("--network", is_flag=True, help="The shadow reaches the network as the host does.")
@click.option("--ask", is_flag=True, help="Ask before each step that needs a confirmation.")
@click.option(
    "--yes-to",
    type=click.Choice([SafetyLevel.AUTO_OK.value, SafetyLevel.NEEDS_CONFIRM.value]),
    help="Say yes beforehand to all steps up to this level.",
)
@as_json
@pass_settings
def try_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    ref: str,
    step: int,
    cwd: str,
    alone: bool,
    settings_given: tuple[str, ...],
    network: bool,
    ask: bool,
    yes_to: str | None,
    as_json: bool,
) -> int:
    """Try one step in a shadow; nothing of it reaches the host, and it says nothing of the version as a whole.

    The steps before it that leave anything behind (files, another shell, values that it uses) run first, in the same
    copy; those that only look are left out.
    """
    workspace = Path(cwd).absolute()
    if not workspace.is_dir():
        raise BadInputError(f"workspace {workspace} is not a directory; give another with --cwd")
    core = settings.core()
    stored = core.version(ref)
    found = trying(stored.playbook, step, alone=alone)
    there = asking.is_there()
    replay = core.try_step(
        f"{stored.playbook.name}@{stored.playbook.version}",
        step,
        cwd=os.path.realpath(workspace),
        alone=alone,
        values=assignments(settings_given),
        network=network,
        director=TriedAtTerminal(found) if there else TriedByItself(found),
        watcher=None if as_json else show_live,
        permits=Permits(ask=ask, yes_to=SafetyLevel(yes_to) if yes_to else None, hands=there),
        ask=asking.ask_secret if there else None,
    )
    document = {"step_index": step, "first": list(found.first), "replay": replay}
    emit(document, as_json=as_json, human=lambda: _lines(replay, step))
    return _code(replay, step)


def _lines(replay: Replay, step: int) -> list[str]:
    ran = [one for one in replay.steps if one.status not in (StepState.SKIPPED, StepState.NOT_RUN)]
    ref = f"{replay.playbook}@{replay.version}"
    lines = [f"step {step} of {ref}, tried in a shadow {replay.shadow}: {_word(replay, step)}"]
    for outcome in ran:
        lines += step_lines(outcome, told=False)
    if replay.failure:
        failure = replay.failure
        before = "" if failure.step_index == step else f", which step {step} builds on"
        lines += [f"stopped at step {failure.step_index}{before}: {failure.failure_class}"]
        lines += [f"  {printable(failure.message)}", f"  expected: {printable(failure.expected)}"]
        lines += [f"  actual:   {printable(failure.actual)}"]
        lines += [f"    {printable(line)}" for line in failure.difference.splitlines()]
        if failure.step_index != step:
            narrate(f"replaybook try {ref} {step} --alone tries it on the workspace as it is")
    return lines


def _word(replay: Replay, step: int) -> str:
    """What became of the step that was tried."""
    tried = next((one for one in replay.steps if one.step_index == step), None)
    return "not reached" if tried is None or tried.status is StepState.NOT_RUN else str(tried.status)


def _code(replay: Replay, step: int) -> Exit:
    if _word(replay, step) == StepState.SUCCESS:
        return Exit.DONE
    if replay.status is ReplayStatus.REFUSED:
        return Exit.REFUSED
    return Exit.INTERRUPTED if replay.failure is None else Exit.STOPPED
