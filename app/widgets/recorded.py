"""What a recorded step amounts to, as rows: what it printed, how it ended, what it changed (pure)."""

from collections.abc import Sequence

from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.widgets.steps import Mark
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


def output_rows(step: Step) -> list[Row]:
    """Command, output and how it ended."""
    shown = rows(step.command, Tone.STRONG, first="$ ", rest="  ")
    shown += rows(step.output)
    if step.full_screen:
        shown.append(row("used the whole screen; what counts are its file effects", Tone.DIM))
    if step.output_truncated:
        shown.append(row(f"only the beginning and the end of {step.output_bytes} bytes are shown", Tone.WARN))
    return [*shown, *_ending(step)]


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


def effect_rows(step: Step) -> list[Row]:
    """Files, variables, directory, dialogue; says so when there is nothing."""
    shown = [effect_row(effect) for effect in step.file_effects]
    if not step.effects_seen:
        shown.append(row("Its files were not watched.", Tone.WARN))
    shown += [
        (piece("$ ", Tone.WARN), piece(subject), Piece(f"  {done}", Tone.DIM))
        for done, subject in step.env_effects.listed()
    ]
    if step.cwd_after != step.cwd:
        shown.append((Piece("→ ", Tone.WARN), piece(step.cwd_after), Piece("  directory", Tone.DIM)))
    shown += [
        (
            Piece("? ", Tone.WARN),
            piece(asked.prompt.strip(), Tone.DIM),
            Piece(" ← "),
            piece("(secret, not kept)" if asked.text is None else asked.text.rstrip("\r\n"), Tone.STRONG),
        )
        for asked in step.inputs
    ]
    shown += [masking_row(masked) for masked in step.maskings]
    return shown or [row("Changed nothing that is watched.", Tone.DIM)]


def late_line(effects: Sequence[FileEffect]) -> str:
    """That such changes are there, for a list of steps; empty when there are none."""
    return f"~ {len(effects)} changed while no step ran" if effects else ""


def late_rows(effects: Sequence[FileEffect]) -> list[Row]:
    """Such changes under a heading that says whose they are; nothing when there are none."""
    if not effects:
        return []
    heading = "While no step ran, by a job in the background or by another program:"
    return [row(heading, Tone.WARN), *(effect_row(effect, prefix="  ") for effect in effects)]
