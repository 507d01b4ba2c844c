"""A step as it was judged: recorded beside actual, line by line, with only what differs lit (pure)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from app.calls import laid_out
from app.screens.comparing import (
    PLACEHOLDER,
    answer_row,
    asked_rows,
    before_answer,
    expected_effect_row,
    masked,
    told_to,
)
from app.widgets.beside import Pair
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.recorded import effect_row
from capture.trace import FileEffect, Step, StepKind
from replay.calls import plain_answer
from replay.matching.beside import Beside, beside
from replay.matching.effects import bound, is_path, parted_effects
from replay.outcome import Divergence, Failure
from replay.playbook import PlaybookStep

NOTHING: Row = ()
WORDS = re.compile(r"\{\{[^{}]*\}\}|\w+|\W")
MOST_LINES = 2_000
"""Lines of an output that are shown beside each other, so that no key waits for more."""
BEFORE = 100
"""Lines of a longer one that are shown before the first that differs."""
MORE = "⋯ {count} more lines"
LONGEST = 1_000
"""Characters of two lines that are looked through for what they have in common; longer ones are lit whole."""


def zipped(recorded: Iterable[Row], actual: Iterable[Row], *, lit: bool = False, loose: bool = False) -> list[Pair]:
    """Rows beside each other as they come.

    Args:
        recorded: On the left.
        actual: On the right.
        lit: All of it differs.
        loose: Nothing was held against anything.
    """
    both = zip_longest(recorded, actual, fillvalue=NOTHING)
    return [Pair(*pair, differs=lit, loose=loose) for pair in both]


def judged_pairs(step: PlaybookStep, done: Step, failure: Failure | None, values: Mapping[str, str]) -> list[Pair]:
    """A step that ran beside what was expected of it; where it passed, nothing is lit.

    Args:
        step: What was expected.
        done: What came.
        failure: How it was judged.
        values: Parameters and captured values.
    """
    code = "killed" if done.exit_code is None else f"exit {done.exit_code}"
    differs = failure is not None and step.expect.exit != done.exit_code
    asked_otherwise = failure is not None and failure.divergence is Divergence.PROMPT
    return [
        *zipped(told_to(step), before_answer(step, asked_rows(step, done.command))),
        *_printed(step, done, values, failure),
        *zipped(map(answer_row, step.answers), _given(done), lit=asked_otherwise),
        Pair(NOTHING, NOTHING),
        _pair(f"exit {step.expect.exit}", code, differs=differs),
        *_touched(step, done.file_effects, values, failure),
    ]


def _printed(step: PlaybookStep, done: Step, values: Mapping[str, str], failure: Failure | None) -> list[Pair]:
    expected, came = step.expect.output or "", done.output
    if step.expect.output is None or failure is None:
        if step.kind is StepKind.TOOL:
            expected, came = laid_out(expected), laid_out(came)
        return zipped(map(masked, shortened(expected).splitlines()), rows(shortened(came)))
    found = beside(expected, came, values, step.capture)
    if step.kind is StepKind.TOOL:
        # JSON counts in any layout; what differs is read best with one value a line.
        forms = ((laid_out(expected), laid_out(came)), (expected, plain_answer(came)))
        parted = min((beside(*form, values, step.capture) for form in forms), key=_differing)
        found = parted if _differing(parted) or failure.divergence is not Divergence.OUTPUT else found
    first = next((at for at, one in enumerate(found) if not one.same), 0)
    begin = max(first - BEFORE, 0) if len(found) > MOST_LINES else 0
    pairs = [_pair(one.expected, one.came, differs=not one.same) for one in found[begin : begin + MOST_LINES]]
    behind = len(found) - begin - len(pairs)
    return [*_left_out(begin), *pairs, *_left_out(behind)]


def _differing(found: Iterable[Beside]) -> int:
    return sum(not one.same for one in found)


def _left_out(count: int) -> list[Pair]:
    said = row(MORE.format(count=count), Tone.DIM)
    return [Pair(said, said)] if count else []


def shortened(text: str) -> str:
    """The beginning of an output, and how much more there is; the trace shows all of it."""
    lines = text.splitlines(keepends=True)
    more = len(lines) - MOST_LINES
    return "".join(lines[:MOST_LINES]) + MORE.format(count=more) if more > 0 else text


def _pair(expected: str | None, came: str | None, *, differs: bool) -> Pair:
    """Two lines; what they have in common is not lit."""
    if not differs:
        return Pair(masked(expected or ""), row(came or ""))
    one, two = expected or "", came or ""
    if len(one) + len(two) > LONGEST:
        return Pair(row(one, Tone.LIT), row(two, Tone.LIT), differs=True)
    left, right = WORDS.findall(one), WORDS.findall(two)
    parts = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    # A placeholder that stands against something else says that this may vary.
    same = [tag == "equal" or _varies(left[begin:end]) for tag, begin, end, _, _ in parts]
    return Pair(
        tuple(_lit(left[part[1] : part[2]], same=fine) for part, fine in zip(parts, same, strict=True)),
        tuple(_lit(right[part[3] : part[4]], same=fine) for part, fine in zip(parts, same, strict=True)),
        differs=True,
    )


def _varies(words: Sequence[str]) -> bool:
    return bool(words) and all(PLACEHOLDER.fullmatch(word) for word in words)


def _lit(words: Sequence[str], *, same: bool) -> Piece:
    return piece("".join(words), Tone.PLAIN if same else Tone.LIT)


def _given(done: Step) -> Iterator[Row]:
    """What was asked and answered this time."""
    for one in done.inputs:
        said = "(secret)" if one.text is None else one.text.rstrip("\r\n")
        yield (Piece("? ", Tone.WARN), piece(one.prompt.strip(), Tone.DIM), Piece(" ← "), piece(said))


def _touched(
    step: PlaybookStep, came: tuple[FileEffect, ...], values: Mapping[str, str], failure: Failure | None
) -> Iterator[Pair]:
    """Every path beside itself; then what has no partner."""
    wanted = [bound(effect, values) for effect in step.expect.effects or ()]
    left = list(came)
    missing, unexpected = parted_effects(wanted, came, holds=lambda _: False)
    for written, effect in zip(step.expect.effects or (), wanted, strict=True):
        partner = next((one for one in left if is_path(effect.path, one.path)), None)
        if partner is not None:
            left.remove(partner)
        lit = failure is not None and (effect in missing or (partner is not None and _about(failure, partner.path)))
        yield Pair(
            _toned(expected_effect_row(written), lit=lit),
            _toned(effect_row(partner), lit=lit) if partner else NOTHING,
            differs=lit,
        )
    for one in left:
        lit = failure is not None and step.expect.effects is not None and one in unexpected
        yield Pair(NOTHING, _toned(effect_row(one), lit=lit), differs=lit)


def _toned(shown: Row, *, lit: bool) -> Row:
    return row("".join(text for text, _ in shown), Tone.LIT) if lit else shown


def _about(failure: Failure, path: str) -> bool:
    return failure.divergence is Divergence.EFFECTS and path in (failure.subject, failure.artefact)
