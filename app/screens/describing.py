"""What a playbook says of its steps, its parameters and the decisions behind it, as rows (pure)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from app.keymap import BUILT_IN, Keys
from app.screens.comparing import Span, command_rows, step_words
from app.widgets.prose import Piece, Row, Tone, command_line, piece, row, rows
from app.widgets.steps import Mark, StepRow
from capture.trace import Step, Trace
from replay.flows import Flow, flows
from replay.playbook import Compilation, Dropped, Link, Playbook, QualityPart, Question, SafetyLevel, Source

SAFETY_MARKS = {
    SafetyLevel.AUTO_OK: Mark.PENDING,
    SafetyLevel.NEEDS_CONFIRM: Mark.WARNED,
    SafetyLevel.MANUAL_ONLY: Mark.REFUSED,
}
SOURCE_WORDS = {
    Source.ENVIRONMENT: "found in the environment",
    Source.WORKSPACE: "the directory that it was done in",
    Source.DATAFLOW: "printed by a step before",
    Source.RUNS: "differs between the recordings",
    Source.USER: "as typed",
}
_PLACE = re.compile(r"^(?P<file>.+?):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<said>.*)$", re.DOTALL)
_AROUND = 6
"""Lines of a document that are shown on each side of a mistake."""


QUESTIONS = 1_000_000
"""A question's row is numbered from just below minus this on; a step that was left out has minus its number."""


def lit_span(playbook: Playbook, compilation: Compilation | None, index: int) -> Span | None:
    """What in a step's command decides its safety level; None when nothing does, or it was edited since."""
    if compilation is None or index > len(compilation.safety_spans):
        return None
    compiled = compilation.playbook.steps[index - 1].run
    return compilation.safety_spans[index - 1] if compiled == playbook.steps[index - 1].run else None


def listed(playbook: Playbook, compilation: Compilation | None, origin: Trace | None) -> Iterator[StepRow]:
    """The steps, between them those that were left out, and below each what is asked about it.

    Args:
        playbook: What will be done.
        compilation: What was decided.
        origin: The recording that the steps come from.

    Yields:
        One line each; one that was left out has its number in the recording, below 0, and a question that of
        `question_at`.
    """
    waiting = list(compilation.dropped) if compilation else []
    asked = list(enumerate(compilation.questions, 1)) if compilation else []
    for index, step in enumerate(playbook.steps, 1):
        while waiting and step.source_step is not None and waiting[0].source_step_index < step.source_step:
            yield _left_out(waiting.pop(0), origin)
        mark = Mark.SKIPPED if step.skip else SAFETY_MARKS[step.safety]
        yield StepRow(index=index, command=step_words(step), mark=mark)
        yield from (
            StepRow(index=-QUESTIONS - number, command=_asked(one, playbook), mark=Mark.UNKNOWN)
            for number, one in asked
            if one.step_index == index
        )
    yield from (_left_out(one, origin) for one in waiting)


def question_at(compilation: Compilation | None, index: int | None) -> Question | None:
    """The question that stands in a row of the list; None where the row is none.

    Args:
        compilation: Which asks them.
        index: The row's number.
    """
    number = -QUESTIONS - index if index is not None else 0
    known = compilation.questions if compilation else ()
    return known[number - 1] if 0 < number <= len(known) else None


def question_row(compilation: Compilation | None, behind: int | None) -> int | None:
    """The number of the next question's row; None where none is open.

    Args:
        compilation: Which asks them.
        behind: The row's number that the cursor is on.
    """
    count = len(compilation.questions) if compilation else 0
    if not count:
        return None
    at = -QUESTIONS - behind if behind is not None and behind <= -QUESTIONS else 0
    return -QUESTIONS - (at % count + 1)


def _asked(question: Question, playbook: Playbook) -> str:
    """A question in a few words, to be read below its step."""
    flow = weak_flow(playbook, question)
    return f"is {question.value} what step {flow.from_step} prints?" if flow else question.text


def weak_flow(playbook: Playbook, question: Question) -> Flow | None:
    """The value on its way that a question is about; None: about something else."""
    weak = (one for one in flows(playbook) if one.weak and one.value == question.value)
    return next((one for one in weak if question.step_index in one.to_steps), None)


def _left_out(dropped: Dropped, origin: Trace | None) -> StepRow:
    step = recorded_step(origin, dropped.source_step_index)
    command = command_line(step.command) if step else f"step {dropped.source_step_index} of the recording"
    return StepRow(index=-dropped.source_step_index, command=command, mark=Mark.SKIPPED)


def recorded_step(origin: Trace | None, number: int) -> Step | None:
    """A step of the recording; None when that is gone."""
    return next((step for step in origin.steps if step.step_index == number), None) if origin else None


def left_out_rows(dropped: Dropped, origin: Trace | None, keys: Keys) -> list[Row]:
    """A step that was left out, why, and how it comes back."""
    step = recorded_step(origin, dropped.source_step_index)
    said: list[Row] = [
        (Piece("- left out  ", Tone.WARN), piece(dropped.reason)),
        row(f"{keys.first('take-back')} takes it back: the recording is compiled again as a new draft.", Tone.DIM),
        (),
    ]
    return [*said, *command_rows(step.command.rstrip("\n")), *rows(step.output, Tone.DIM)] if step else said


def note_rows(compilation: Compilation | None, *, base: int | None = None, keys: Keys = BUILT_IN) -> list[Row]:
    """How far the playbook can be trusted, what is asked, and everything that was decided.

    Args:
        compilation: What was decided; None: no compile made this version.
        base: The version that it was made of then.
        keys: As a person has them.
    """
    if compilation is None:
        said = [row("No compile made this version: a person's decision did.", Tone.DIM)]
        told = f"Questions, and steps that were left out, are with v{base}, which it was made of: see Versions."
        return [*said, row(told, Tone.DIM)] if base else said
    quality, asked = compilation.quality, {one.text for one in compilation.questions}
    shown: list[Row] = [(piece("quality ", Tone.DIM), piece(f"{quality.score:.0%}", Tone.STRONG))]
    shown += map(_part_row, quality.parts)
    shown += [
        line for text in quality.notes if not _ends_with(text, asked) for line in rows(text, first="· ", rest="  ")
    ]
    if set(offered(compilation)) - {*compilation.env}:
        shown.append(row(f"{keys.first('carry')} compiles it again with such variables", Tone.DIM))
    asks = (f"{one.id}  {one.text}" for one in compilation.questions)
    shown += _section("Questions", asks, "? ", f"{keys.first('answer')} goes to them")
    shown += _section("Links", map(_link_words, compilation.links), "→ ")
    left_out = [f"step {one.source_step_index}: {one.reason}" for one in compilation.dropped]
    shown += _section("Left out", left_out, "- ", f"{keys.first('take-back')} on one in the list takes it back")
    decided = [note for note in compilation.notes if not note.startswith("left out step")]
    return shown + _section("Decisions", decided, "· ")


def offered(compilation: Compilation) -> Sequence[str]:
    """Variables of before the recording: those that are set first, and those that a note says could be."""
    told = " ".join((*compilation.quality.notes, *compilation.notes))
    return tuple(dict.fromkeys((*compilation.env, *re.findall(r"compile with --env (\w+)", told))))


def _ends_with(text: str, endings: Iterable[str]) -> bool:
    return any(text.endswith(ending) for ending in endings)


def _link_words(link: Link) -> str:
    return f"step {link.to_step} takes {link.value} from what step {link.from_step} prints ({link.strength})"


def _part_row(part: QualityPart) -> Row:
    """How well one part does; a sign and the share where there is doubt."""
    if part.score == 1:
        return (piece(f"✓ {part.name:<12} ", Tone.DIM), piece(part.why, Tone.DIM))
    return (piece(f"! {part.name:<12} ", Tone.WARN), piece(f"{part.score:.0%}  ", Tone.WARN), piece(part.why))


def _section(title: str, texts: Iterable[str], sign: str, hint: str = "") -> list[Row]:
    lines = [line for text in texts for line in rows(text, first=sign, rest="  ")]
    return [(), (piece(title, Tone.HEAD), piece(f"  {hint}", Tone.DIM)), *lines] if lines else []


def mistake_words(reason: str) -> str:
    """What is wrong with a document, its place in words and its file left out.

    Args:
        reason: As the error says it: `FILE:LINE:COLUMN: what`.
    """
    place = _PLACE.match(reason)
    if place is None:
        return reason
    column = f", column {place['column']}" if place["column"] else ""
    return f"line {place['line']}{column}: {place['said']}"


def mistake_rows(reason: str, text: str) -> list[Row]:
    """A document that can't be read: what is wrong, and the lines around the place.

    Args:
        reason: As the error says it: `FILE:LINE:COLUMN: what`.
        text: The document.
    """
    place = _PLACE.match(reason)
    if place is None:
        return rows(reason, Tone.BAD, first="✗ ", rest="  ")
    number, column = int(place["line"]), int(place["column"] or 1)
    lines = text.split("\n")
    first = max(number - _AROUND, 1)
    shown = [*rows(mistake_words(reason), Tone.BAD, first="✗ ", rest="  "), row(place["file"], Tone.DIM), ()]
    digits = len(str(number + _AROUND))
    for at, line in enumerate(lines[first - 1 : number + _AROUND], first):
        wrong = at == number
        shown.append(
            (
                piece(f"{'>' if wrong else ' '} {at:>{digits}} ", Tone.DIM),
                piece(line, Tone.LIT if wrong else Tone.PLAIN),
            )
        )
        if wrong:
            shown.append((piece(" " * (digits + 3 + column - 1)), Piece("^", Tone.BAD)))
    return shown
