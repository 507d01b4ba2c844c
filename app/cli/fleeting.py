"""replay --hosts, fleets and fleet: a version on many hosts over SSH."""

import gc
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.amounts import counted
from app.cli import asking
from app.cli.exits import Exit
from app.cli.shared import Settings, as_json, complete_fleet, emit, example, narrate, pass_settings, styled, table
from capture.errors import BadInputError
from capture.printable import printable
from replay.executor import seconds
from replay.fleet.ending import begun_twice
from replay.fleet.junit import junit
from replay.fleet.model import (
    Fleet,
    FleetBegan,
    FleetEvent,
    FleetRequest,
    FleetStopping,
    HostMoved,
    HostStanding,
    HostState,
    Plan,
    Question,
    WaveBegan,
)
from replay.fleet.waves import counts
from replay.outcome import Mode
from replay.playbook import SafetyLevel
from replay.uncollected import uncollected

if TYPE_CHECKING:
    from app.core.fleets import Fleets


def play_fleet(settings: Settings, fleet: Mapping[str, Any], *, as_json: bool, **said: Any) -> Exit:
    """Replay on hosts, and print what it came to.

    Args:
        settings: Of the group.
        fleet: The options that are for a fleet.
        as_json: Print one document.
        said: What else was said of the replay.
    """
    with uncollected():
        core = settings.fleet_core()
    # What was loaded stays: the collector need not look at it again for each host.
    gc.freeze()
    request = _request(core, fleet, **said)
    terminal = FleetTerminal()
    found = core.start_fleet(request, watcher=None if as_json else terminal.show, ask=terminal.asker)
    emit(found, as_json=as_json, human=lambda: fleet_lines(found))
    return exit_of(found)


def _request(  # noqa: PLR0913 - each is one thing that a person says of a fleet
    core: "Fleets",
    fleet: Mapping[str, Any],
    *,
    ref: str,
    mode: str,
    cwd: str,
    values: dict[str, str],
    draft: bool,
    yes_to: str | None,
) -> FleetRequest:
    targets = core.targets(ref, fleet["hosts"], limits=fleet["limits"], params=fleet["host_params"])
    return FleetRequest(
        ref=ref,
        targets=targets,
        mode=Mode(mode),
        plan=plan_of(fleet),
        values=values,
        cwd="" if cwd == "." else cwd,
        draft=draft,
        yes_to=SafetyLevel(yes_to) if yes_to else None,
        ssh_config=fleet["ssh_config"],
    )


def plan_of(fleet: Mapping[str, Any]) -> Plan:
    """The plan that options say."""
    timeout = fleet["host_timeout"]
    return Plan(
        canary=fleet["canary"] or 0,
        waves=tuple(filter(None, map(str.strip, (fleet["waves"] or "").split(",")))),
        parallel=fleet["parallel"] or Plan().parallel,
        max_failures=fleet["max_failures"] or "0",
        host_timeout_s=None if timeout is None else seconds(timeout),
    )


@click.command("fleets", epilog=example("replaybook fleets", "replaybook fleets --json"))
@as_json
@pass_settings
def fleets_command(settings: Settings, *, as_json: bool) -> None:
    """List replays on many hosts, newest first."""
    found = settings.fleet_core().fleets()
    rows = [(one.fleet_id, f"{one.playbook}@{one.version}", one.mode, _stands(one), one.started_at) for one in found]
    header = ("FLEET", "PLAYBOOK", "MODE", "HOSTS", "STARTED")
    emit(found, as_json=as_json, human=lambda: table(header, rows) if rows else ["no fleets yet"])


@click.command(
    "fleet",
    epilog=example(
        "replaybook fleet 20261128-1036",
        "replaybook fleet 20261128-1036 --stop",
        "replaybook fleet 20261128-1036 --resume",
        "replaybook fleet 20261128-1036 --junit fleet.xml",
    ),
)
@click.argument("fleet_id", metavar="FLEET", shell_complete=complete_fleet)
@click.option("--stop", is_flag=True, help="Begin no other host and no other step; steps that run end first.")
@click.option("--resume", is_flag=True, help="Go on with hosts that were skipped, stopped, unreachable or settled.")
@click.option("--junit", "report", metavar="FILE", help="Write a JUnit XML report there.")
@as_json
@pass_settings
def fleet_command(
    settings: Settings, *, fleet_id: str, stop: bool, resume: bool, report: str | None, as_json: bool
) -> int:
    """Show a replay on many hosts, stop it, or go on with what it left."""
    if stop and resume:
        raise BadInputError("--stop and --resume are two things; say one")
    core = settings.fleet_core()
    if stop:
        core.stop_fleet(fleet_id)
    if resume:
        terminal = FleetTerminal()
        found = core.resume_fleet(fleet_id, watcher=None if as_json else terminal.show, ask=terminal.asker)
    else:
        found = core.fleet(fleet_id)
    if report:
        Path(report).write_text(junit(found) + "\n", encoding="utf-8")
        narrate(f"wrote {report}")
    emit(found, as_json=as_json, human=lambda: fleet_lines(found))
    return exit_of(found) if resume else Exit.DONE


def exit_of(fleet: Fleet) -> Exit:
    """The exit code of a fleet that is at its end."""
    if fleet.passed:
        return Exit.DONE
    if fleet.stopped:
        return Exit.INTERRUPTED
    return Exit.NOT_READY if fleet.mode is Mode.SIMULATE else Exit.STOPPED


def fleet_lines(fleet: Fleet) -> list[str]:
    """A fleet for a person."""
    rows = [
        (printable(one.name), str(one.state), f"{one.step}/{one.steps}", _time(one), printable(one.reason))
        for one in fleet.hosts
    ]
    lines = [
        styled(f"fleet {fleet.fleet_id}: {fleet.playbook}@{fleet.version} {fleet.mode}{_going(fleet)}", bold=True),
        *table(("HOST", "STATE", "STEP", "TIME", "REASON"), rows),
        counts(fleet.hosts) + (f" then; resumed as {fleet.resumed_as}" if fleet.resumed_as else ""),
        *([] if fleet.mode is Mode.SIMULATE else [once_line(fleet.hosts)]),
        "of files, only what the playbook records is looked at on a host: changes elsewhere are not seen",
    ]
    return [*lines, *([] if fleet.going else _next(fleet))]


def once_line(hosts: Sequence[HostStanding]) -> str:
    """Whether a step was begun more than once."""
    twice = begun_twice(hosts)
    return f"begun twice, as you said `again`: {', '.join(twice)}" if twice else "no step was begun twice on a host"


def _next(fleet: Fleet) -> list[str]:
    """What can be done with a fleet that is at its end."""
    if fleet.resumed_as is not None:
        return [f"next: replaybook fleet {fleet.resumed_as}"]
    resume = f"replaybook fleet {fleet.fleet_id} --resume"
    waiting = sum(one.state is HostState.UNKNOWN and not one.settled for one in fleet.hosts)
    left = sum(one.goes_on for one in fleet.hosts)
    wait = f"{counted(waiting, 'unknown host')} {'waits' if waiting == 1 else 'wait'} for your word (REASON says how)"
    if not waiting:
        return [f"next: {resume}"] if left else []
    return [f"next: {wait}, then {resume}"] if not left else [f"next: {resume} ({wait})"]


class FleetTerminal:
    """Where a fleet is followed on stderr and asks; what is told while a question is open waits behind it."""

    def __init__(self) -> None:
        self._asking, self._telling = threading.Lock(), threading.Lock()
        self._open = False
        self._held: list[str] = []

    def show(self, event: FleetEvent) -> None:
        """What happens while it happens: a line a wave, and a line a host that is at its end."""
        for line in _told(event):
            with self._telling:
                if self._open:
                    self._held.append(line)
                else:
                    narrate(line)

    @property
    def asker(self) -> Callable[[Question], str | None] | None:
        """Who answers what `ssh` asks; None: nobody sits there."""
        return self.ask if asking.is_there() else None

    def ask(self, question: Question) -> str | None:
        """Ask it, one at a time; None: nobody answers."""
        with self._asking:
            with self._telling:
                self._open = True
            try:
                again = ", the last answer was not right" if question.again else ""
                text = f"{printable(question.host)}{again}: {printable(question.text).strip()}"
                return asking.ask_until(text, hidden=question.secret, over=question.over)
            finally:
                self._go_on()

    def _go_on(self) -> None:
        with self._telling:
            self._open = False
            for line in self._held:
                narrate(line)
            self._held.clear()


def _told(event: FleetEvent) -> Iterator[str]:
    match event:
        case FleetBegan(fleet=fleet):
            yield f"fleet {fleet.fleet_id}: {fleet.playbook}@{fleet.version} on {counted(len(fleet.hosts), 'host')}"
        case WaveBegan(wave=wave, waves=waves, hosts=hosts):
            yield styled(f"wave {wave} of {waves}: {counted(len(hosts), 'host')}", bold=True)
        case FleetStopping(left_s=None):
            yield styled("stopping: nothing more is begun, steps that run are let end", bold=True)
        case FleetStopping(left_s=left):
            # Behind the ^C that the terminal has shown.
            yield styled(
                f"\nstopping: nothing more is begun, steps that run get {left:.0f} s; ctrl-C again cuts them off",
                bold=True,
            )
        case HostMoved(host=host) if host.state.final:
            why = f": {printable(host.reason)}" if host.reason else ""
            line = f"{printable(host.name)} {host.state} {host.step}/{host.steps} {_time(host)}{why}"
            yield styled(line, bold=host.state is not HostState.PASSED)
        case _:
            pass


def _time(host: HostStanding) -> str:
    return "" if host.duration_ms is None else f"{host.duration_ms / 1000:.1f} s"


def _stands(fleet: Fleet) -> str:
    return counts(fleet.hosts) + _going(fleet) if fleet.resumed_as is None else f"resumed as {fleet.resumed_as}"


def _going(fleet: Fleet) -> str:
    return ", goes on" if fleet.going else ""
