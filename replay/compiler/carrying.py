"""Takes the compiler's decisions along to what a person made of its playbook (pure)."""

from collections.abc import Mapping

import msgspec

from replay.document.merging import places
from replay.playbook import Compilation, Link, Playbook, Question

EDITED = "edited by hand since it was compiled: an answer or a step that is taken back keeps the edit"


def carried(compilation: Compilation, playbook: Playbook) -> Compilation:
    """The decisions that led to a compiled playbook, told of a version that was edited.

    Args:
        compilation: As it was compiled.
        playbook: What is left of it.

    Returns:
        What belongs to steps that are still there, with the numbers that these have now.
    """
    compiled = compilation.playbook
    if msgspec.structs.replace(compiled, version=playbook.version) == playbook:
        return msgspec.structs.replace(compilation, playbook=playbook)
    now = places(compiled, playbook)
    there = {step.source_step for step in playbook.steps}
    same = {old for old, new in now.items() if compiled.steps[old - 1].run == playbook.steps[new - 1].run}
    spans = {now[index]: span for index, span in enumerate(compilation.safety_spans, 1) if index in same}
    links = tuple(_link(link, now) for link in compilation.links if {link.from_step, link.to_step} <= now.keys())
    questions = tuple(
        msgspec.structs.replace(one, step_index=now[one.step_index])
        for one in compilation.questions
        if _stands(one, compilation, now)
        and (one.step_index in same or one.value in playbook.steps[now[one.step_index] - 1].run)
    )
    return msgspec.structs.replace(
        compilation,
        playbook=playbook,
        links=links,
        questions=questions,
        dropped=tuple(one for one in compilation.dropped if one.source_step_index not in there),
        kept=tuple(step for step in compilation.kept if step in there),
        notes=(*compilation.notes, EDITED),
        safety_spans=tuple(spans.get(index) for index in range(1, len(playbook.steps) + 1)),
    )


def _link(link: Link, now: Mapping[int, int]) -> Link:
    return msgspec.structs.replace(link, from_step=now[link.from_step], to_step=now[link.to_step])


def _stands(question: Question, compilation: Compilation, now: Mapping[int, int]) -> bool:
    """Whether the step that is asked about is there, and the one that prints its value."""
    makers = {
        link.from_step
        for link in compilation.links
        if link.value == question.value and link.to_step == question.step_index
    }
    return {question.step_index, *makers} <= now.keys()
