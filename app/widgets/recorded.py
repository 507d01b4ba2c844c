"""What a recorded step amounts to, as rows: what it printed, how it ended, what it changed (pure)."""

from collections.abc import Iterator, Sequence

from app.widgets.prose import Piece, Row, Tone, piece, row
from app.widgets.steps import Mark
from capture.tape.searching import IN_COMMAND, Hit, Needle
from capture.trace import FileEffect, Masked, Step, StepStatus

EFFECT_SIGNS = {"created": "+", "modified": "~", "deleted": "-", "moved": ">", "chmod": "%"}
MINUTE = 60


def step_mark(step: Step) -> Mark:
    """The sign of a recorded step."""
    return {
        StepStatus.SUCCESS: Mark.SUCCESS,
        StepStatus.FAILED: Mark.FAILED,
        StepStatus.SKIPPED: Mark.SKIPPED,
        StepStatus.PARTIAL: Mark.WARNED,
    }[step.status]


def effect_row(effect: FileEffect, *, prefix: str = "", words: bool = True) -> Row:
    """A file effect as one line: sign, path, and in words what happened."""
    tone = {"+": Tone.GOOD, "-": Tone.BAD}.get(EFFECT_SIGNS[effect.op], Tone.WARN)
    came = f" from {effect.moved_from}" if effect.moved_from else ""
    return (
        piece(prefix, Tone.DIM),
        piece(f"{EFFECT_SIGNS[effect.op]} ", tone),
        piece(effect.path),
        piece(f"  {effect.op}{came}" if words else came, Tone.DIM),
    )


def masking_row(masked: Masked, *, prefix: str = "") -> Row:
    """That something was masked, where and by which rule."""
    often = f" {masked.count} times" if masked.count > 1 else ""
    return (
        piece(prefix, Tone.DIM),
        Piece("* ", Tone.MASK),
        piece(masked.rule, Tone.MASK),
        piece(f"  masked in {masked.field}{often}", Tone.DIM),
    )


def output_rows(step: Step, output: str, needle: Needle | None = None) -> Iterator[Row]:
    """Command, output and how it ended; made one by one, since an output may be long.

    Args:
        step: Recorded.
        output: What it printed.
        needle: What stands out in it.
    """
    for number, line in enumerate(step.command.split("\n")):
        yield Piece("  " if number else "$ ", Tone.DIM), *_lit(line, Tone.STRONG, needle)
    for line in output.removesuffix("\n").split("\n") if output else ():
        yield _lit(line, Tone.PLAIN, needle)
    if step.full_screen:
        yield row("used the whole screen; what counts are its file effects", Tone.DIM)
    if step.output_truncated:
        yield row(f"only the beginning and the end of {step.output_bytes} bytes are shown", Tone.WARN)
    yield from _ending(step)


def row_of(step: Step, hit: Hit) -> int:
    """Which of `output_rows` a hit is in."""
    return 0 if hit.line == IN_COMMAND else len(step.command.split("\n")) + hit.line - 1


def _lit(line: str, tone: Tone, needle: Needle | None) -> Row:
    at, parts = 0, list[Piece]()
    for start, end in needle.spans(line) if needle else ():
        parts += [piece(line[at:start], tone), piece(line[start:end], Tone.LIT)]
        at = end
    return (*parts, piece(line[at:], tone))


def told(step: Step) -> str:
    """In a few characters: how many files it changed, and how long it took."""
    files = f"~{len(step.file_effects)} " if step.file_effects else ""
    return f"{files}{_short(step.duration_ms / 1_000)}"


def _short(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1_000:.0f}ms"
    if seconds < MINUTE:
        return f"{seconds:.1f}s"
    return f"{seconds // MINUTE:.0f}m{seconds % MINUTE:02.0f}s"


def _ending(step: Step) -> list[Row]:
    good = step.status is StepStatus.SUCCESS
    said = f"exit {step.exit_code}" if step.exit_code is not None else step.status.value
    signal = f" · {step.signal}" if step.signal else ""
    return [
        (),
        (
            piece("✓ " if good else "✗ ", Tone.GOOD if good else Tone.BAD),
            piece(f"{said}{signal} · {lasted(step.duration_ms)}", Tone.DIM),
        ),
    ]


def lasted(milliseconds: float) -> str:
    """A duration in the unit that suits it."""
    seconds = milliseconds / 1_000
    if seconds < 1:
        return f"{milliseconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < MINUTE else f"{seconds // MINUTE:.0f} min {seconds % MINUTE:.0f} s"


def late_line(effects: Sequence[FileEffect]) -> str:
    """That such changes are there, for a list of steps; empty when there are none."""
    return f"~ {len(effects)} changed in between" if effects else ""


def late_rows(effects: Sequence[FileEffect], *, paused: bool = False) -> list[Row]:
    """Such changes under a heading that says whose they are; nothing when there are none."""
    if not effects:
        return []
    others = "by a job in the background or by another program"
    heading = f"While no step ran, {'while paused, or ' if paused else ''}{others}:"
    return [row(heading, Tone.WARN), *(effect_row(effect, prefix="  ") for effect in effects)]
