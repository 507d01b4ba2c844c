"""What a playbook says of one step, of one question and of its parameters, as rows (pure)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.calls import call_lines
from app.keymap import BUILT_IN, Keys
from app.screens.comparing import (
    LABEL,
    Span,
    answer_row,
    command_rows,
    expected_effect_row,
    masked,
    patch_rows,
    requirement_row,
)
from app.screens.describing import SAFETY_MARKS, SOURCE_WORDS, weak_flow
from app.widgets.prose import Piece, Row, Tone, command_line, piece, row, rows
from capture.trace import StepKind
from replay.flows import Flow, flows
from replay.playbook import Playbook, PlaybookStep, Question, SafetyLevel

ANSWERS = (
    ("answer-yes", "Yes: each replay takes it from there, whatever it is then."),
    ("answer-no", "No: it stays as it is, the same at each replay."),
    ("answer", "Goes to the next question."),
)
"""What the keys do while the cursor is on a question."""


def step_rows(
    playbook: Playbook,
    index: int,
    *,
    ways: Sequence[Flow] = (),
    lit: Span | None = None,
    kept: bool = False,
    keys: Keys = BUILT_IN,
) -> list[Row]:
    """What a step does, what it needs and takes, what is expected of it, and who takes what it prints.

    Args:
        playbook: Whose.
        index: The step, counted from 1.
        ways: Of the values that go from step to step.
        lit: What in its command decides its safety level.
        kept: Whether a person kept it.
        keys: As a person has them.
    """
    step = playbook.steps[index - 1]
    shown = patch_rows(step.run) if step.kind is StepKind.FILE else command_rows(step.run.rstrip("\n"), lit)
    told = [*_facts(step, kept=keys.first("take-back") if kept else "")]
    shown += [(), *told] if told else []
    shown += _safety_rows(step, lit)
    needs = [requirement_row(one) for one in step.requires]
    shown += _part("needs", [*needs, *_taken(ways, index)])
    shown += _part("expects", [*_expected(step)])
    return shown + _part("gives", [*_given(ways, index)])


def _part(name: str, lines: Sequence[Row]) -> list[Row]:
    return [(), row(name, Tone.HEAD), *lines] if lines else []


def _safety_rows(step: PlaybookStep, lit: Span | None) -> list[Row]:
    if step.safety is SafetyLevel.AUTO_OK:
        return []
    deciding = step.run[slice(*lit)] if lit and lit != (0, len(step.run)) else ""
    why = ": ".join(words for words in (command_line(deciding), step.safety_reason) if words)
    sign = SAFETY_MARKS[step.safety]
    head = (Piece(f"{sign} ", Tone.WARN), piece(step.safety.replace("_", " "), Tone.WARN))
    return [(), head, *([(piece("  "), *masked(why))] if why else [])]


def _taken(ways: Iterable[Flow], index: int) -> Iterator[Row]:
    for way in ways:
        if index in way.to_steps:
            yield _labelled("value", (_value(way), piece(f"  from step {way.from_step}", Tone.DIM), *_doubt(way)))


def _given(ways: Iterable[Flow], index: int) -> Iterator[Row]:
    for way in ways:
        if way.from_step == index:
            used = _steps(way.to_steps) if way.to_steps else "nobody yet"
            yield _labelled("value", (_value(way), piece(f"  to {used}", Tone.DIM), *_doubt(way)))


def _value(way: Flow) -> Piece:
    return piece(way.value, Tone.WARN) if way.weak else piece(f"{{{{{way.value}}}}}", Tone.MASK)


def _doubt(way: Flow) -> Row:
    return (piece(", in question", Tone.WARN),) if way.weak else ()


def _expected(step: PlaybookStep) -> Iterator[Row]:
    expect = step.expect
    yield _labelled("exit", row(str(expect.exit)))
    if expect.output is None:
        yield _labelled("output", row("any: it is not compared", Tone.DIM))
    elif not expect.output:
        yield _labelled("output", row("none", Tone.DIM))
    for number, line in enumerate((expect.output or "").splitlines()):
        yield _labelled("" if number else "output", masked(line))
    for number, answer in enumerate(step.answers):
        yield _labelled("" if number else "asks", answer_row(answer))
    if expect.effects is None:
        yield _labelled("files", row("any: they are not compared", Tone.DIM))
    elif not expect.effects:
        yield _labelled("files", row("none changes", Tone.DIM))
    for number, effect in enumerate(expect.effects or ()):
        yield _labelled("" if number else "files", expected_effect_row(effect))
    for number, entry in enumerate(expect.committed or ()):
        yield _labelled("" if number else "commits", masked(entry))


def _facts(step: PlaybookStep, *, kept: str) -> Iterator[Row]:
    if step.skip:
        yield _labelled("left out", row("it stays in the document and is not run", Tone.DIM))
    for name, value in (("in", step.cwd), ("time limit", step.timeout), ("note", step.note)):
        if value:
            yield _labelled(name, masked(value))
    for name, value in step.env.items():
        yield _labelled("with", masked(f"{name}={value}"))
    if kept:
        yield _labelled("kept", row(f"by you; {kept} leaves it to the compiler again"))


def _labelled(name: str, value: Row) -> Row:
    return (piece(f"{name:<{LABEL}}", Tone.DIM), *value)


def question_rows(playbook: Playbook, question: Question, keys: Keys = BUILT_IN) -> list[Row]:
    """A question, what it rests on, and what each answer means.

    Args:
        playbook: In which it is open.
        question: Which one.
        keys: As a person has them.
    """
    shown = rows(question.text, Tone.WARN, first="? ", rest="  ")
    way = weak_flow(playbook, question)
    if way is not None:
        maker = playbook.steps[way.from_step - 1]
        shown += _part(f"step {way.from_step} prints", _lit_rows(maker.expect.output or "", way.value))
        taker = playbook.steps[question.step_index - 1]
        shown += _part(f"step {question.step_index} uses", _lit_rows(taker.run, way.value, "$ "))
    return [*shown, (), *((piece(f"{keys.first(action)} ", Tone.HEAD), piece(said)) for action, said in ANSWERS)]


def _lit_rows(text: str, value: str, lead: str = "") -> list[Row]:
    """The lines of a text that hold a value, it alone lit."""
    shown: list[Row] = []
    for line in text.splitlines():
        parts = re.split(f"({re.escape(value)})", line)
        if len(parts) > 1:
            pieces = (piece(part, Tone.LIT if number % 2 else Tone.PLAIN) for number, part in enumerate(parts) if part)
            shown.append((Piece(lead or "  ", Tone.DIM), *pieces))
    return shown


def parameter_rows(playbook: Playbook, here: Mapping[str, str], keys: Keys = BUILT_IN) -> list[Row]:
    """Each parameter and captured value: what it is without a word, and each place where it is used.

    Args:
        playbook: Whose.
        here: What a person set for the next replay from this screen.
        keys: As a person has them.
    """
    shown: list[Row] = [row(f"{keys.first('set-values')} sets them for the next replay from here.", Tone.DIM)]
    if not playbook.parameters:
        shown = [row("It has no parameter: every value is as recorded.", Tone.DIM)]
    for name, parameter in playbook.parameters.items():
        about = f"  {parameter.type} · {SOURCE_WORDS[parameter.source]}"
        shown += [(), (piece(name, Tone.STRONG), piece(about, Tone.DIM))]
        if name in here:
            shown.append(_labelled("  set here", (piece(here[name], Tone.GOOD),)))
        shown.append(_labelled("  default", masked(parameter.default or "none: asked for when it is replayed")))
        if parameter.recorded is not None and parameter.recorded != parameter.default:
            shown.append(_labelled("  recorded", row(parameter.recorded)))
        if parameter.choices:
            shown.append(_labelled("  choices", row(" · ".join(parameter.choices))))
        shown += _use_rows(playbook, name, range(1, len(playbook.steps) + 1))
    return [*shown, *_captured_rows(playbook)]


def _captured_rows(playbook: Playbook) -> Iterator[Row]:
    """Values that steps print for others."""
    captured = {(index, one.name): one for index, step in enumerate(playbook.steps, 1) for one in step.capture}
    for way in flows(playbook):
        found = captured.get((way.from_step, way.value))
        if found is not None:
            yield ()
            yield (piece(found.name, Tone.STRONG), piece(f"  printed by step {way.from_step}", Tone.DIM))
            yield _labelled("  recorded", row(found.recorded))
            yield from _use_rows(playbook, found.name, way.to_steps)


def _use_rows(playbook: Playbook, name: str, steps: Iterable[int]) -> list[Row]:
    """Each place where a value is used, in its words; where it is only expected, no more than that."""
    placeholder = f"{{{{{name}}}}}"
    found: list[Row] = []
    expected: list[int] = []
    for index in steps:
        step = playbook.steps[index - 1]
        lines = [*_uses(step, placeholder)]
        found += [(piece(f"step {index:<{LABEL - 7}}", Tone.DIM), *line) for line in lines]
        expected += [index] if not lines and placeholder in repr(step) else []
    shown: list[Row] = []
    for number, line in enumerate(found):
        shown.append(_labelled("" if number else "  used in", line))
    if expected:
        shown.append(_labelled("  expected", row(_steps(expected), Tone.DIM)))
    return shown or [_labelled("  used in", row("no step", Tone.DIM))]


def _uses(step: PlaybookStep, placeholder: str) -> Iterator[Row]:
    said = [("", line) for line in call_lines(step.run) or step.run.splitlines()]
    said += [("in ", step.cwd or "")]
    said += [("with ", f"{name}={value}") for name, value in step.env.items()]
    said += [(f"needs {one.kind} ", one.subject) for one in step.requires]
    said += [("answers ", answer.send or "") for answer in step.answers]
    for lead, text in said:
        if placeholder in text:
            parts = re.split(f"({re.escape(placeholder)})", text.strip())
            pieces = (piece(part, Tone.MASK if at % 2 else Tone.PLAIN) for at, part in enumerate(parts) if part)
            yield (*((piece(lead, Tone.DIM),) if lead else ()), *pieces)


def _steps(numbers: Sequence[int]) -> str:
    if not numbers:
        return "no step"
    return f"step{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
