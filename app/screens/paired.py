"""A step of one run beside the same step of another, line by line (pure)."""

from collections.abc import Iterator, Sequence

from app.screens.judged import zipped
from app.widgets.beside import Pair
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.recorded import done_rows, effect_row, lasted
from capture.trace import FileEffect, Step
from replay.history.comparison import Aspect, StepComparison
from replay.history.texts import Beside

ABSENT = row("no such step", Tone.DIM)


def paired_rows(compared: StepComparison, one: Step | None, two: Step | None, printed: Sequence[Beside]) -> list[Pair]:
    """Both steps; what is not the same is told apart.

    Args:
        compared: In what they differ.
        one: The step of the first run, if it has it.
        two: The step of the second run, if it has it.
        printed: What both printed.
    """
    if one is None or two is None:
        sides = [_alone(step) if step else [ABSENT] for step in (one, two)]
        return zipped(*sides)
    differs = frozenset(compared.differs)
    return [
        *zipped(_command(one), _command(two), lit=Aspect.COMMAND in differs),
        *(_line(line, judged=Aspect.OUTPUT in differs) for line in printed),
        Pair((), ()),
        Pair(_ending(one), _ending(two), differs=Aspect.EXIT_CODE in differs),
        *_effects(one.file_effects, two.file_effects, differing={effect.path for effect in compared.effects}),
        *zipped(_given(one), _given(two), lit=Aspect.DIALOGUE in differs),
        *zipped(_environment(one), _environment(two), lit=Aspect.ENVIRONMENT in differs),
    ]


def _alone(step: Step) -> list[Row]:
    effects = [effect_row(effect) for effect in step.file_effects]
    return [*_command(step), *rows(step.output), (), _ending(step), *effects]


def _command(step: Step) -> list[Row]:
    return done_rows(step.command)


def _line(line: Beside, *, judged: bool) -> Pair:
    lit = judged and not line.same
    tone = Tone.LIT if lit else Tone.PLAIN
    one, two = (() if text is None else row(text, tone) for text in (line.one, line.two))
    return Pair(one, two, differs=lit)


def _ending(step: Step) -> Row:
    said = "killed" if step.exit_code is None else f"exit {step.exit_code}"
    return (piece(f"{said} · {lasted(step.duration_ms)}", Tone.DIM),)


def _effects(one: Sequence[FileEffect], two: Sequence[FileEffect], *, differing: set[str]) -> Iterator[Pair]:
    """Paths of both beside each other, in their order."""
    here, there = ({effect.path: effect for effect in effects} for effects in (one, two))
    for path in sorted(here.keys() | there.keys()):
        left, right = (effect_row(found) if (found := side.get(path)) else () for side in (here, there))
        yield Pair(left, right, differs=path in differing)


def _given(step: Step) -> list[Row]:
    return [
        (Piece("? "), piece(one.prompt.strip(), Tone.DIM), piece(f" ← {(one.text or '(secret)').rstrip()}"))
        for one in step.inputs
    ]


def _environment(step: Step) -> list[Row]:
    return [(Piece("$ "), piece(subject), Piece(f"  {done}", Tone.DIM)) for done, subject in step.env_effects.listed()]
