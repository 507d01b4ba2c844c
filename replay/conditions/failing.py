"""Steps that failed when they were recorded: what they found then, and what makes them end otherwise today."""

import os.path
from collections.abc import Mapping

from capture.trace import EffectOp
from replay import template
from replay.conditions.expected import ExpectedWorld
from replay.conditions.findings import Findings
from replay.playbook import PlaybookStep, Requirement


def check_as_it_was(step: PlaybookStep, values: Mapping[str, str], world: ExpectedWorld, findings: Findings) -> None:
    """Say where a step that failed finds something else than then: it may fail otherwise, or not at all.

    Args:
        step: With what it came upon as its requirements.
        values: For its placeholders.
        world: As it will be; it is moved to where the step begins.
        findings: Where it is noted.
    """
    world.enter(step, values)
    for need in step.requires:
        _found(need, template.render(need.subject, values), world, findings)
    for effect in step.expect.effects or ():
        if effect.directory or effect.op is EffectOp.DELETED or template.names(effect.path) - values.keys():
            continue
        name = template.render(effect.path, values)
        place = os.path.normpath(os.path.join(world.workspace, name))  # noqa: PTH118 - paths of the shell's world
        if world.is_as_today(place) and world.machine.is_dir(place):
            findings.unsure("same_kind", name, f"{name} is a directory now, and a file was written there")


def _found(need: Requirement, subject: str, world: ExpectedWorld, findings: Findings) -> None:
    """One of the things that it came upon."""
    otherwise = "the step failed when it was recorded, and may end otherwise"
    if need.kind == "command":
        there = "/" in subject or world.knows_name(subject) or world.find_command(subject) or world.state.unsure_path
        if not there:
            findings.unsure("command_found", subject, f"command {subject} is not on PATH, and was: {otherwise}")
        return
    place = world.absolute(subject) if need.kind in {"file", "directory", "absent"} else None
    if place is None or not world.is_as_today(place):
        return
    machine, there = world.machine, world.machine.exists(place)
    if need.kind == "absent":
        if there:
            findings.unsure("not_there_yet", subject, f"{subject} is there now, and was not: {otherwise}")
    elif not there or machine.is_dangling(place):
        findings.unsure(f"{need.kind}_exists", subject, f"{subject} is not there, and was: {otherwise}")
    elif machine.is_dir(place) != (need.kind == "directory"):
        kind, other = ("file", "directory") if machine.is_dir(place) else ("directory", "file")
        findings.unsure("same_kind", subject, f"{subject} is a {other} now, and was a {kind}: {otherwise}")
    elif need.kind == "file" and not machine.is_readable(place):
        findings.unsure("readable", subject, f"{subject} may not be read by us: {otherwise}")
    elif need.sha256 and machine.sha256(place) not in {None, need.sha256.removeprefix("sha256:")}:
        findings.warns("same_content", subject, f"{subject} holds something else than when this was recorded")
