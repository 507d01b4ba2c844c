"""Writes a parameter's recorded value out where a repair is about a longer name that holds it."""

import msgspec

from replay.matching import masks
from replay.playbook import ParameterType, Playbook, PlaybookStep


def settle(playbook: Playbook, name: str) -> Playbook:
    """A playbook in whose steps a path or a ref stands as it was typed.

    Args:
        playbook: The base.
        name: The path or ref, placeholders filled in.

    Returns:
        The same, each parameter whose recorded value is a part of the name written out in all steps; it stays
        a parameter, so that contents that hold its value compare as before.
    """
    values = {
        parameter: found.recorded
        for parameter, found in playbook.parameters.items()
        if found.recorded and found.type in (ParameterType.STRING, ParameterType.INT)
        if masks.value_at(found.recorded).search(name)
    }
    if not values:
        return playbook
    return msgspec.structs.replace(playbook, steps=tuple(_step(step, values) for step in playbook.steps))


def _step(step: PlaybookStep, values: dict[str, str]) -> PlaybookStep:
    expect = step.expect
    effects = expect.effects and tuple(
        msgspec.structs.replace(
            effect,
            path=masks.filled(effect.path, values),
            moved_from=effect.moved_from and masks.filled(effect.moved_from, values),
        )
        for effect in expect.effects
    )
    return msgspec.structs.replace(
        step,
        run=masks.filled(step.run, values),
        cwd=step.cwd and masks.filled(step.cwd, values),
        requires=tuple(
            msgspec.structs.replace(need, **{need.kind: masks.filled(need.subject, values)}) for need in step.requires
        ),
        expect=msgspec.structs.replace(
            expect, output=expect.output and masks.filled(expect.output, values), effects=effects
        ),
    )
