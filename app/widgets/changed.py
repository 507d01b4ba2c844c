"""What a recorded step changed, under a heading each: files with their diffs, variables, directory, dialogue (pure)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.file_diffs import GAP, FileDiff
from app.widgets.prose import Piece, Row, Tone, diff_tone, piece, row
from app.widgets.recorded import EFFECT_SIGNS, effect_row, masking_row
from capture.trace import Step

NOTHING = "Changed nothing that is watched."


class Changed(NamedTuple):
    """Rows, and where in them each file with a diff begins."""

    rows: list[Row]
    files: list[int]


def changed_rows(step: Step, files: Sequence[FileDiff], before: Mapping[str, str | None]) -> Changed:
    """All that a step changed.

    Args:
        step: Recorded.
        files: What it wrote, line by line.
        before: What variables that it changed were before.
    """
    rows: list[Row] = []
    for section in (_files_rows(step, files), _variable_rows(step, before), _dialogue_rows(step), _masked_rows(step)):
        rows += [(), *section] if rows and section else section
    places: list[int] = []
    for file in files:
        if file.lines or file.why_not:
            places.append(len(rows) + bool(rows))
            rows += [*([()] if rows else []), _head(file), *_diff(file)]
    return Changed(rows or [row(NOTHING, Tone.DIM)], places)


def _files_rows(step: Step, files: Sequence[FileDiff]) -> list[Row]:
    if len(step.file_effects) == len(files) == 1 and step.effects_seen:
        return []  # its diff says it all
    counts = {(file.path, file.op): file for file in files}
    shown: list[Row] = []
    for effect in step.file_effects:
        file = counts.get((effect.path, effect.op))
        count = f"  {_count(file)}" if file and file.lines else ""
        shown.append((*effect_row(effect), Piece(count, Tone.DIM)))
    if not step.effects_seen:
        shown.append(row("Its files were not watched.", Tone.WARN))
    return [_heading("Files"), *shown] if shown else []


def _variable_rows(step: Step, before: Mapping[str, str | None]) -> list[Row]:
    shown: list[Row] = []
    for done, subject in step.env_effects.listed():
        name, _, value = subject.partition("=")
        old = before.get(name) if done in ("set", "unset") else None
        if done == "set":
            sign, told = ("~", f"{old} → {value}") if old is not None else ("+", value)
            shown.append((Piece(f"{sign} ", Tone.WARN), piece(name, Tone.STRONG), piece(f" {told}")))
        elif done == "unset":
            was = f"  was {old}" if old is not None else ""
            shown.append((Piece("- ", Tone.BAD), piece(name, Tone.STRONG), piece(f"{was}  unset", Tone.DIM)))
        else:
            shown.append((Piece("~ ", Tone.WARN), piece(subject), Piece(f"  {done}", Tone.DIM)))
    if step.cwd_after != step.cwd:
        shown.append((Piece("→ ", Tone.WARN), piece(step.cwd_after), Piece("  directory", Tone.DIM)))
    return [_heading("Environment"), *shown] if shown else []


def _dialogue_rows(step: Step) -> list[Row]:
    shown = [
        (
            Piece("? ", Tone.WARN),
            piece(asked.prompt.strip(), Tone.DIM),
            Piece(" ← "),
            piece("(secret, not kept)" if asked.text is None else asked.text.rstrip("\r\n"), Tone.STRONG),
        )
        for asked in step.inputs
    ]
    return [_heading("Dialogue"), *shown] if shown else []


def _masked_rows(step: Step) -> list[Row]:
    return [_heading("Masked"), *(masking_row(masked) for masked in step.maskings)] if step.maskings else []


def _heading(words: str) -> Row:
    return row(words, Tone.HEAD)


def _head(file: FileDiff) -> Row:
    sign = EFFECT_SIGNS[file.op]
    tone = {"+": Tone.GOOD, "-": Tone.BAD}.get(sign, Tone.WARN)
    told = f"  {file.op} {_count(file)}".rstrip()
    return (Piece(f"{sign} ", tone), piece(file.path, Tone.STRONG), Piece(told, Tone.DIM))


def _count(file: FileDiff) -> str:
    return " ".join(f"{sign}{number}" for sign, number in (("+", file.added), ("-", file.removed)) if number)


def _diff(file: FileDiff) -> list[Row]:
    if file.why_not:
        return [(Piece("  "), piece(file.why_not, Tone.DIM))]
    return [
        row("  ⋯", Tone.DIM)
        if line == GAP
        else (Piece(f"{line[:1]} ", diff_tone(line)), piece(line[1:], diff_tone(line)))
        for line in file.lines
    ]
