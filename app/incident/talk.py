"""What was said around a step of a recording, in a report: by an agent, to it, or noted by a person."""

from collections.abc import Iterable, Iterator

from app.incident.markup import Markup, element, joined
from app.incident.paper import Paper
from capture.trace import Note, Trace

MOST = 4
"""That are shown before a step and behind it, those nearest to it."""
LONGEST = 1200
"""Characters of one."""


def talk(trace: Trace | None, step_index: int, paper: Paper) -> tuple[Markup, Markup]:
    """What was said right before a step, and what right behind it; nothing where nobody said anything."""
    notes = trace.notes if trace is not None else ()
    before = [note for note in notes if note.after_step == step_index - 1]
    behind = [note for note in notes if note.after_step == step_index]
    return (
        _said("Said before it", [*_left(len(before) - MOST, "earlier"), *_each(before[-MOST:], paper)]),
        _said("Said behind it", [*_each(behind[:MOST], paper), *_left(len(behind) - MOST, "later")]),
    )


def _said(caption: str, shown: list[Markup]) -> Markup:
    return element("div", element("h3", caption), joined(*shown), cls="talk") if shown else Markup()


def _each(notes: Iterable[Note], paper: Paper) -> Iterator[Markup]:
    for note in notes:
        yield element("p", element("b", note.speaker or "note"), " ", paper.short(note.text.strip(), LONGEST))


def _left(more: int, where: str) -> list[Markup]:
    return [element("p", f"⋯ {more} more {where}", cls="dim")] if more > 0 else []
