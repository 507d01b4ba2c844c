"""Keeps the dialogue: what was typed at which prompt."""

from replay.compiler.draft import Draft, DraftStep
from replay.matching import masks
from replay.playbook import Answer


def keep_answers(draft: Draft) -> Draft:
    """Give each step the answers that were typed into it; secret ones are asked for at replay."""
    return draft.with_steps(
        tuple(
            step
            if step.recorded.full_screen or not step.recorded.inputs
            else step.changed(answers=_answers(draft, step, at))
            for at, step in enumerate(draft.steps)
        )
    )


def _answers(draft: Draft, step: DraftStep, at: int) -> tuple[Answer, ...]:
    known = draft.meant_at(at)
    return tuple(
        Answer(
            prompt=masks.lifted(typed.prompt, known, moment=step.recorded.started_at),
            send=None if typed.secret or typed.text is None else _sent(typed.text, known),
            secret=typed.secret or typed.text is None,
        )
        for typed in step.recorded.inputs
    )


def _sent(text: str, known: dict[str, str]) -> str:
    line = text.removesuffix("\n").removesuffix("\r")
    return masks.lifted(line, known, masked=False)
