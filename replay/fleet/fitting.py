"""Whether a playbook can be replayed where only a line leads: what could not be carried out or judged there (pure)."""

from collections.abc import Iterator

from capture.trace import StepKind
from replay.matching import masks
from replay.matching.effects import TREE
from replay.playbook import Playbook, PlaybookStep


def unfit(playbook: Playbook) -> str | None:
    """Why a playbook can't be replayed on hosts, in words; None: it can.

    Args:
        playbook: What is to be replayed; the steps that it leaves out count for nothing.
    """
    if playbook.shell != "bash":
        return f"it is for {playbook.shell}, and a fleet speaks bash"
    steps = ((at, step) for at, step in enumerate(playbook.steps, 1) if not step.skip)
    return next((f"step {at} {why}" for at, step in steps for why in _reasons(step, playbook)), None)


def _reasons(step: PlaybookStep, playbook: Playbook) -> Iterator[str]:
    if step.kind is StepKind.TOOL:
        yield "calls a tool, and tools are called on this machine alone"
    if step.expect.committed is not None:
        yield "commits to git, and what it commits can't be judged on a host"
    known = {*playbook.parameters, *(capture.name for one in playbook.steps for capture in one.capture)}
    for effect in step.expect.effects or ():
        if effect.path.endswith(TREE) and not effect.optional:
            yield f"changes all below {effect.path.removesuffix(TREE)}, and that can't be judged on a host"
        varying = [one.text for one in masks.pieces(effect.path) if one.is_name and one.text not in known]
        if varying and not effect.optional:
            yield f"changes a path that varies ({effect.path}), and that can't be judged on a host"
