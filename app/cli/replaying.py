"""replay and replays: running playbooks again."""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from app.calls import told_command
from app.cli import asking
from app.cli.asking import AtTerminal
from app.cli.exits import Exit, of_replay
from app.cli.fleet_options import check_given, fleet_options
from app.cli.shared import (
    Settings,
    as_json,
    complete_playbook,
    emit,
    example,
    narrate,
    pass_settings,
    styled,
    table,
    voice,
)
from capture.errors import BadInputError
from capture.printable import plain_text, printable
from replay.claims import is_open, question
from replay.foretold import foretold
from replay.governance.permits import Permits
from replay.outcome import CheckState, Mode, Replay, StepOutcome, Usage
from replay.playbook import SafetyLevel
from replay.progress import ReplayEvent, StepBegan, StepPrinted

if TYPE_CHECKING:
    from app.core import Core

HEADINGS = {CheckState.FAIL: "in the way", CheckState.UNKNOWN: "unknown", CheckState.WARN: "warnings"}


@click.command(
    "replay",
    epilog=example(
        "replaybook replay release-site --mode simulate",
        "replaybook replay release-site@2 --mode strict --draft --set tag=v1.2",
        "replaybook replay release-site --mode guided --cwd ~/site",
        "replaybook replay release-site --mode strict --ask",
        "replaybook replay release-site --mode simulate --hosts web1,web2,deploy@db1",
        "replaybook replay release-site --mode strict --hosts 'web[1:3]' --canary 1 --host-param web2:tag=v2",
        "replaybook replay release-site --mode strict --hosts hosts.ini --limit web --waves 1,25% --max-failures 10%",
        "replaybook replay release-site --mode strict --shadow --step --break 'exit !0' --break '4 if tag=v2'",
    ),
)
@click.argument("ref", metavar="NAME[@V]", shell_complete=complete_playbook)
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), required=True, help="How to replay.")
@click.option("--cwd", metavar="DIR", default=".", help="The workspace; default: here.")
@click.option("--set", "settings_given", multiple=True, metavar="K=V", help="A parameter's value.")
@click.option("--from", "from_step", type=click.IntRange(min=1), metavar="STEP", help="Go on from a step.")
@click.option("--shadow", is_flag=True, help="In an isolated copy; nothing reaches the host.")
@click.option("--network", is_flag=True, help="With --shadow: it reaches the network as the host does.")
@click.option("--draft", is_flag=True, help="Run a version that is not active.")
@click.option("--ask", is_flag=True, help="Ask before each step that needs a confirmation.")
@click.option(
    "--yes-to",
    type=click.Choice([SafetyLevel.AUTO_OK.value, SafetyLevel.NEEDS_CONFIRM.value]),
    help="Say yes beforehand to all steps up to this level; what is manual_only is always handed over.",
)
@click.option("--step", "stepping", is_flag=True, help="Stop before each step and ask, as a debugger does.")
@click.option(
    "--break",
    "breaks",
    multiple=True,
    metavar="SPEC",
    help="With --step: run on to STEP, output REGEX, exit CODE, effect GLOB or if NAME=VALUE.",
)
@click.option("--allow-unknown", is_flag=True, help="simulate: take unknown for ready.")
@fleet_options
@as_json
@pass_settings
def replay_command(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    /,
    *,
    ref: str,
    mode: str,
    cwd: str,
    settings_given: tuple[str, ...],
    from_step: int | None,
    shadow: bool,
    network: bool,
    draft: bool,
    ask: bool,
    yes_to: str | None,
    stepping: bool,
    breaks: tuple[str, ...],
    allow_unknown: bool,
    as_json: bool,
    **fleet: Any,
) -> int:
    """Replay a playbook: simulate, strict or guided."""
    if fleet["hosts"] is not None:
        from app.cli.fleeting import play_fleet  # noqa: PLC0415 - only a fleet needs it

        _check_fleet(shadow=shadow, stepping=stepping or bool(breaks), ask=ask, from_step=from_step)
        values = assignments(settings_given)
        return play_fleet(
            settings, fleet, ref=ref, mode=mode, cwd=cwd, values=values, draft=draft, yes_to=yes_to, as_json=as_json
        )
    check_given(fleet)
    runs = Mode(mode) is not Mode.SIMULATE
    core = settings.core()
    play = partial(
        core.replay,
        ref,
        mode=Mode(mode),
        cwd=_workspace(cwd),
        values=assignments(settings_given),
        from_step=from_step,
        shadow=shadow,
        network=network,
        draft=draft,
        ask=asking.ask_secret if runs and asking.is_there() else None,
        permits=Permits(ask=ask, yes_to=SafetyLevel(yes_to) if yes_to else None, hands=runs and asking.is_there()),
    )
    left = False
    if stepping or breaks:
        _check_stepping(stepping=stepping, runs=runs, as_json=as_json)
        replay, left = _stepped(core, ref, breaks, play)
    else:
        replay = play(director=AtTerminal() if asking.is_there() else None, watcher=None if as_json else show_live)
    kept_here = core.kept_here(replay.replay_id)
    document = {**msgspec.to_builtins(replay), "kept_here": True} if kept_here else replay
    emit(document, as_json=as_json, human=lambda: _replay_lines(replay), alone=not kept_here)
    if kept_here:
        narrate(f"replay {replay.replay_id} is kept here until the team's database is back")
    return Exit.INTERRUPTED if left else of_replay(replay.status, allow_unknown=allow_unknown)


@click.command("replays", epilog=example("replaybook replays", "replaybook replays release-site"))
@click.argument("ref", metavar="[NAME]", required=False, shell_complete=complete_playbook)
@as_json
@pass_settings
def replays_command(settings: Settings, *, ref: str | None, as_json: bool) -> None:
    """List replays, newest first."""
    found = settings.core().replays(ref)
    rows = [(one.replay_id, f"{one.playbook}@{one.version}", one.mode, _stands(one), one.started_at) for one in found]
    emit(
        found,
        as_json=as_json,
        human=lambda: [
            *(table(("REPLAY", "PLAYBOOK", "MODE", "STATUS", "STARTED"), rows) if rows else ["no replays yet"]),
            *(f"unknown: {printable(question(one))}" for one in found if is_open(one)),
        ],
    )


def assignments(given: tuple[str, ...]) -> dict[str, str]:
    """`K=V` pairs as a mapping.

    Raises:
        BadInputError: One without `=`.
    """
    pairs = [one.partition("=") for one in given]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise BadInputError(f"--set wants NAME=VALUE, not {name!r}")
    return {name: value for name, _, value in pairs}


def _workspace(cwd: str) -> str:
    """The directory that a replay works in, with no link in its path.

    Raises:
        BadInputError: It is none.
    """
    workspace = Path(cwd).absolute()
    if not workspace.is_dir():
        raise BadInputError(f"workspace {workspace} is not a directory; give another with --cwd")
    return os.path.realpath(workspace)


def _stands(replay: Replay) -> str:
    """How it ended, as the list says it."""
    said = f"{replay.status}, recovered" if replay.recovered else str(replay.status)
    return f"{said}, step {replay.unknown.step_index} unknown" if replay.unknown and is_open(replay) else said


def _check_fleet(*, shadow: bool, stepping: bool, ask: bool, from_step: int | None) -> None:
    """Refuse what is for one replay at hand.

    Raises:
        BadInputError: It is.
    """
    given = {"--shadow": shadow, "--step": stepping, "--ask": ask, "--from": from_step is not None}
    if (option := next((name for name, said in given.items() if said), None)) is not None:
        raise BadInputError(f"{option} is for a replay on this machine; leave it out with --hosts")


def _stepped(core: "Core", ref: str, breaks: tuple[str, ...], play: Callable[..., Replay]) -> tuple[Replay, bool]:
    """Replay step by step at the prompt; also whether the person has left it."""
    from app.cli import stepping as prompt  # noqa: PLC0415 - only who steps needs it

    breakpoints = prompt.read_breakpoints(breaks, core.version(ref).playbook)
    return prompt.drive(
        lambda seat: play(director=seat, watcher=seat), breakpoints=breakpoints, core=core, voice=voice()
    )


def _check_stepping(*, stepping: bool, runs: bool, as_json: bool) -> None:
    """Refuse what can't be stepped.

    Raises:
        BadInputError: It can't.
    """
    if not stepping:
        raise BadInputError("--break wants --step: without it nothing halts")
    if not runs:
        raise BadInputError("simulate runs no step, so there is none to stop before; use --mode strict or guided")
    if as_json:
        raise BadInputError(
            "--step speaks with a person; leave --json out: replaybook replays --json has it afterwards"
        )


def show_live(event: ReplayEvent) -> None:
    """What happens while it happens, on stderr."""
    match event:
        case StepBegan(step_index=index, command=command):
            narrate(styled(voice().begun(index, printable(told_command(command))), bold=True))
        case StepPrinted(data=data) if sys.stderr.isatty():
            narrate(printable(plain_text(data)).rstrip("\n"))
        case _:
            pass


def _replay_lines(replay: Replay) -> list[str]:
    lines = [f"{replay.playbook}@{replay.version} {replay.mode}: {replay.status}"]
    simulated = replay.mode is Mode.SIMULATE
    lines += _foretold_lines(replay) if simulated else []
    for outcome in replay.steps:
        lines += step_lines(outcome, told=simulated)
    if replay.failure:
        failure = replay.failure
        lines += [f"stopped at step {failure.step_index}: {failure.failure_class}", f"  {printable(failure.message)}"]
        lines += [f"  expected: {printable(failure.expected)}", f"  actual:   {printable(failure.actual)}"]
        lines += [f"    {printable(line)}" for line in failure.difference.splitlines()]
    lines += [f"next: replaybook repair {repair}" for repair in replay.repairs]
    if replay.abstained:
        lines.append(f"no repair proposed: {printable(replay.abstained)}")
    lines += [f"  {printable(note)}" for note in replay.notes]
    lines += usage_lines(replay.usage)
    return lines


def usage_lines(usage: Usage) -> list[str]:
    """What asking a model took; nothing where none was asked."""
    if not usage.llm_calls:
        return []
    cost = f"{usage.cost:.6g}" if isinstance(usage.cost, float) else "unknown"
    times = "once" if usage.llm_calls == 1 else f"{usage.llm_calls} times"
    tokens = f"{usage.prompt_tokens} tokens of prompt, {usage.completion_tokens} of completion"
    return [f"model asked {times}: {tokens}; cost {cost}"]


def _foretold_lines(replay: Replay) -> list[str]:
    """What is in the way, what is unknown and what would settle it, what to know; each under its heading."""
    lines: list[str] = []
    heading = None
    for one in foretold(replay.steps):
        lines += [] if one.state is heading else [styled(HEADINGS[one.state], bold=True)]
        heading = one.state
        lines.append(f"  {one.where}: {printable(one.message)}")
        lines += [styled(f"    → {printable(one.hint)}", dim=True)] if one.hint else []
    return [*lines, styled("steps", bold=True)] if lines else []


def step_lines(outcome: StepOutcome, *, told: bool) -> list[str]:
    """A step, and what was found before it; unless that is told elsewhere."""
    lines = [voice().outcome(outcome, printable(told_command(outcome.run)))]
    lines += [
        f"        {check.state}: {printable(check.message)}"
        for check in outcome.checks
        if check.state is not CheckState.PASS and not told
    ]
    return lines
