"""What the run of an agent reads like: what was said and what was done, in order, and what of it is shown (pure)."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from capture.provenance import AgentUse
from capture.trace import Note, Run, Step, Trace

DEEPEST = 4
"""Steps within each other that are told apart by their indent."""
NOT_TOLD = "not told"
"""Where a record doesn't say how often a model was asked, or how many tokens that took."""


class Said(NamedTuple):
    """What somebody said."""

    number: int
    """Of all notes of the run, counted from 1."""
    note: Note


Turn: TypeAlias = Said | Step


class Shown(NamedTuple):
    """Which turns are shown."""

    talk: bool = True
    """What was said."""
    dead_ends: bool = True
    """Steps that nothing later rests on."""

    @property
    def words(self) -> str:
        """What is left out; empty where all is shown."""
        return " · ".join(
            words for words, on in (("without talk", self.talk), ("without dead ends", self.dead_ends)) if not on
        )


ALL = Shown()


def turns(trace: Trace, shown: Shown = ALL) -> Iterator[Turn]:
    """What was said and done, in order.

    Args:
        trace: Of anything; what its recorder noted is nobody's turn.
        shown: Which of them.
    """
    said: dict[int, list[Said]] = {}
    for number, note in enumerate(trace.notes if shown.talk else (), 1):
        if note.speaker is not None:
            said.setdefault(note.after_step, []).append(Said(number, note))
    yield from said.pop(0, ())
    for step in trace.steps:
        if shown.dead_ends or dead_end(step) is None:
            yield step
        yield from said.pop(step.step_index, ())
    for left in said.values():
        yield from left


def dead_end(step: Step) -> str | None:
    """Why nothing that came later rests on a step; None when something may."""
    return step.hints.dead_end if step.hints else None


def depth(trace: Trace, step: Step) -> int:
    """How many steps it is within, up to `DEEPEST`."""
    found, at = 0, step
    while at.part_of and 0 < at.part_of <= len(trace.steps) and found < DEEPEST:
        found, at = found + 1, trace.steps[at.part_of - 1]
    return found


def standing(step: Step) -> Iterator[str]:
    """What is to be known of a step among others, a sentence each."""
    why = dead_end(step)
    if why is not None:
        yield f"dead end: {why}"
    if step.hints and step.hints.open_end:
        yield f"nobody knows how it came out: {step.hints.open_end}"
    if step.part_of:
        yield f"part of step {step.part_of}"
    if step.apart:
        yield "other steps ran at the same time"


def hint_lines(step: Step) -> Iterator[tuple[str, str]]:
    """What its recorder said of a step and nobody checked, each as what it is, and the text."""
    if step.hints:
        yield from (("before", text) for text in step.hints.preconditions)
        yield from (("afterwards", text) for text in step.hints.postconditions)
        yield from (("made", text) for text in step.hints.artifact_refs)
        if step.hints.safety_level:
            yield "safety", step.hints.safety_level


def agent_words(agent: AgentUse) -> str:
    """An agent and how often models were asked, in a few words."""
    calls = f"model calls {NOT_TOLD}" if agent.llm_calls is None else f"{agent.llm_calls:,} model calls"
    return f"{' '.join(filter(None, (agent.name, agent.version)))} · {calls}"


def agent_lines(run: Run) -> Iterator[tuple[str, str]]:
    """What is known of the agent of a run, and what of its record was left out, each as what it is, and the text."""
    agent = run.agent
    if agent is not None:
        yield "agent", " ".join(filter(None, (agent.name, agent.version)))
        yield "models", ", ".join(agent.models) or NOT_TOLD
        yield "model calls", _count(agent.llm_calls)
        cached = "" if agent.cached_tokens is None else f", {agent.cached_tokens:,} of them from a cache"
        yield "tokens read", f"{_count(agent.prompt_tokens)}{cached}"
        yield "tokens written", _count(agent.completion_tokens)
    yield from (("left out", sentence) for sentence in (run.imported.left_out if run.imported else ()))


def _count(count: int | None) -> str:
    return NOT_TOLD if count is None else f"{count:,}"
