"""Runs a list part by part, in the order and under the conditions that the shell would."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from capture.trace import Step, StepKind
from replay.playbook import PlaybookStep
from replay.protocols import Answer, Back, Move
from replay.stand import Part
from replay.stepping.parts import parts_of
from replay.stepping.uniting import united

_INTERRUPTED = "SIGINT"
"""The one signal whose victim takes the rest of the list with it."""


class Listed(NamedTuple):
    """How far a list came."""

    step: Step | None
    """What its parts did, as one step; None: none ran."""
    left: Move | Back | None
    """What the one who steps wanted instead of the rest; None: it came to its end."""
    ran: int
    """How many parts ran."""


def run_step(
    step: PlaybookStep,
    command: str,
    shown: str,
    *,
    shell: str,
    run: Callable[[PlaybookStep, str], Step],
    ask: Callable[[Part, Step | None], Answer] | None,
) -> Listed:
    """Run a step, and where it is a list that was stepped into, its parts in the same shell: `$?` is the shell's own.

    Args:
        step: The whole; its time limit counts for each part.
        command: Its text with the values in.
        shown: The same with secrets masked.
        shell: Whose text it is.
        run: Runs one command and waits for its end.
        ask: The one who steps, before each part; None: it runs whole.

    Returns:
        How far it came.

    Raises:
        HostError: The host or the shell died.
    """
    parts = parts_of(command, shell) if ask and not step.env and step.kind is not StepKind.TOOL else ()
    titles = [part.text for part in parts_of(shown, shell)] if parts else []
    if ask is None or not parts or len(titles) != len(parts):
        return Listed(run(step, command), None, 1)
    ran: list[Step] = []
    for number, part in enumerate(parts, 1):
        if ran and not part.runs_after(_code(ran[-1])):
            continue
        asked = Part(number=number, count=len(parts), command=titles[number - 1])
        answer = ask(asked, ran[-1] if ran else None)
        if isinstance(answer, Back) or answer is Move.STOP:
            return Listed(united(ran, command) if ran else None, answer, len(ran))
        ran.append(run(_rest(step, ran), part.handed))
        if ran[-1].timed_out or ran[-1].unmet_prompt is not None or ran[-1].signal == _INTERRUPTED:
            break
    return Listed(united(ran, command), None, len(ran))


def _rest(step: PlaybookStep, ran: Sequence[Step]) -> PlaybookStep:
    """What is left of a step: it goes to its directory once, and each of its answers is given once."""
    given = sum(len(one.inputs) for one in ran)
    return msgspec.structs.replace(step, cwd=None if ran else step.cwd, answers=step.answers[given:])


def _code(step: Step) -> int:
    return 1 if step.exit_code is None else step.exit_code
