"""Makes a value that is written out in a playbook a parameter of it, from one step on."""

import msgspec

from replay import template
from replay.playbook import Parameter, ParameterType, Playbook, PlaybookStep, Source


def lift(playbook: Playbook, first: int, old: str, name: str, value: str) -> Playbook:
    """A playbook in which a placeholder stands for a value.

    Args:
        playbook: The base.
        first: The first step that changes, counted from 1.
        old: The value as it is written out.
        name: Of the new parameter.
        value: What it is by default from now on.

    Returns:
        The changed playbook: commands, needs, effects and outputs of that step and all later ones.
    """
    made = Parameter(
        type=ParameterType.INT if value.isdigit() else ParameterType.STRING,
        default=value,
        source=Source.USER,
        recorded=old,
    )
    steps = [step if at < first else _step(step, old, name) for at, step in enumerate(playbook.steps, 1)]
    return msgspec.structs.replace(playbook, parameters=playbook.parameters | {name: made}, steps=tuple(steps))


def _step(step: PlaybookStep, old: str, name: str) -> PlaybookStep:
    def text(written: str) -> str:
        return template.lift_text(written, old, name)

    expect = step.expect
    effects = expect.effects and tuple(
        msgspec.structs.replace(
            effect, path=text(effect.path), moved_from=effect.moved_from and text(effect.moved_from)
        )
        for effect in expect.effects
    )
    return msgspec.structs.replace(
        step,
        run=template.lift(step.run, old, name),
        requires=tuple(msgspec.structs.replace(need, **{need.kind: text(need.subject)}) for need in step.requires),
        expect=msgspec.structs.replace(expect, output=expect.output and text(expect.output), effects=effects),
    )
