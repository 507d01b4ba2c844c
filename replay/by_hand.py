"""What is expected of a step that a person does: what must have come about, however they did it (pure)."""

import msgspec

from capture.trace import EffectOp, Step
from replay.playbook import ExpectedEffect, PlaybookStep

WORDS = {EffectOp.MOVED: "moved here", EffectOp.CHMOD: "changed in its mode"}


def expected_of(step: PlaybookStep, done: Step) -> PlaybookStep:
    """The step as it can be judged when a person did it: by its effects, not by what was printed meanwhile.

    Args:
        step: As it is in the playbook.
        done: What was seen while the person worked.
    """
    expect = msgspec.structs.replace(step.expect, exit=done.exit_code or 0, output=None)
    return msgspec.structs.replace(step, expect=expect, capture=(), answers=())


def told(step: PlaybookStep) -> tuple[str, ...]:
    """What must have come about, a line each, for the person who does it."""
    if step.expect.effects is None:
        return ("the recording tells of no effect: nothing is judged but that you say it is done",)
    return tuple(map(_line, step.expect.effects)) or ("no file of the workspace is changed",)


def _line(effect: ExpectedEffect) -> str:
    return f"{effect.path} is {WORDS.get(effect.op, effect.op)}"
