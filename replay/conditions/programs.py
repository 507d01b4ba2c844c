"""Whether the programs on PATH are the ones that a playbook was recorded with."""

from collections.abc import Mapping

from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.outcome import Check
from replay.playbook import PlaybookStep, Tool


def check_tools(step: PlaybookStep, tools: Mapping[str, Tool], world: ExpectedWorld) -> tuple[Check, ...]:
    """Warn of another program behind a name than when this was recorded.

    Args:
        step: What it requires.
        tools: The recorded ones, by name.
        world: As it will be.
    """
    findings = Findings()
    for name in (need.command for need in step.requires):
        tool = tools.get(name or "")
        if name is None or tool is None or name in world.state.names:
            continue
        place = world.find_command(name)
        now = world.machine.identity(place) if place is not None and world.is_as_today(place) else None
        if now not in {None, (tool.size, tool.sha256)}:
            findings.warns("same_tool", name, f"{name} ({place}) is another program than when this was recorded")
    return findings.checks
