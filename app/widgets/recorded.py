"""What a recorded step amounts to, as rows: what it printed, how it ended, what it changed (pure)."""

from collections.abc import Iterable, Iterator, Sequence

from app.calls import call_lines, laid_out
from app.dialogue import dead_end, standing
from app.widgets.prose import Piece, Row, Tone, diff_tone, piece, row, rows
from app.widgets.steps import Mark
from capture.patches import is_patch
from capture.tape.searching import IN_COMMAND, Hit, Needle
from capture.trace import FileEffect, Masked, Note, Step, StepKind, StepStatus

EFFECT_SIGNS = {"created": "+", "modified": "~", "deleted": "-", "moved": ">", "chmod": "%"}
CAME: Row = (Piece("←", Tone.DIM),)
"""Stands between a call and what was answered."""
MINUTE = 60
FOLDED = 16
"""Lines of a call's input that are shown before it is unfolded."""
LONGEST_LINE = 400
"""Characters of each of those lines."""
NAMES = 14
"""Columns of a word before what it names."""
APART = "∥"
"""The sign of a step that others ran beside."""


def step_mark(step: Step) -> Mark:
    """The sign of a recorded step."""
    if dead_end(step) is not None:
        return Mark.DEAD_END
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


def output_rows(step: Step, output: str, needle: Needle | None = None, *, unfold: str | None = None) -> Iterator[Row]:
    """What was done, output and how it ended; made one by one, since an output may be long.

    Args:
        step: Recorded.
        output: What it printed.
        needle: What stands out in it.
        unfold: The key that shows a long input whole; None: it is shown so, as it is where something is to stand out.
    """
    yield from head_rows(step, needle, unfold=None if needle else unfold)
    if step.kind is StepKind.TOOL and needle is None:
        # What is found in it is told by its lines as they were recorded.
        output = laid_out(output)
    for line in output.removesuffix("\n").split("\n") if output else ():
        yield _lit(line, Tone.PLAIN, needle)
    if step.full_screen:
        yield row("used the whole screen; what counts are its file effects", Tone.DIM)
    if step.output_truncated:
        yield row(f"only the beginning and the end of {step.output_bytes} bytes are shown", Tone.WARN)
    yield from _ending(step)


def head_rows(step: Step, needle: Needle | None = None, *, unfold: str | None = None) -> Iterator[Row]:
    """What a step is among others, and what was done: a command, a call with its input, or the changes of a file."""
    yield from (row(f"{Mark.DEAD_END if dead_end(step) else '·'} {words}", Tone.WARN) for words in standing(step))
    called = call_lines(step.command, FOLDED if unfold else None) if step.kind is StepKind.TOOL else None
    if called is not None:
        yield (Piece("→ ", Tone.DIM), *_lit(called[0], Tone.STRONG, needle))
        yield from _given_rows(called[1:], needle, unfold)
        yield CAME
    elif step.kind is StepKind.FILE and is_patch(step.command):
        yield from (_lit(line, _patch_tone(line), needle) for line in step.command.rstrip("\n").split("\n"))
    else:
        for number, line in enumerate(step.command.split("\n")):
            yield (Piece("  " if number else "$ ", Tone.DIM), *_lit(line, Tone.STRONG, needle))


def _given_rows(given: Sequence[str], needle: Needle | None, unfold: str | None) -> Iterator[Row]:
    """The input of a call, folded where a key unfolds it; that there is more is said, in a long line too."""
    if not unfold:
        yield from (_lit(line, Tone.PLAIN, needle) for line in given)
        return
    for line in given[:FOLDED]:
        short = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
        yield _lit(short, Tone.PLAIN, needle)
    if len(given) > FOLDED or any(len(line) > LONGEST_LINE for line in given):
        yield row(f"⋯ more of its input: {unfold} shows it whole", Tone.DIM)


def call_rows(text: str) -> list[Row] | None:
    """A call with its input, whole; None when it is no call."""
    called = call_lines(text)
    if called is None:
        return None
    return [(Piece("→ ", Tone.DIM), piece(called[0], Tone.STRONG)), *map(row, called[1:]), CAME]


def done_rows(command: str) -> list[Row]:
    """What was done: a call with its input, or a command."""
    return call_rows(command) or rows(command.rstrip("\n"), Tone.STRONG, first="$ ", rest="  ")


def _patch_tone(line: str) -> Tone:
    return Tone.STRONG if line.startswith(("--- ", "+++ ")) else diff_tone(line)


def row_of(step: Step, hit: Hit) -> int:
    """Which of `output_rows` a hit is in; the command's first row for one in the command."""
    if hit.line == IN_COMMAND:
        return len(list(standing(step)))
    return sum(1 for _ in head_rows(step)) + hit.line - 1


def said_rows(note: Note, needle: Needle | None = None) -> Iterator[Row]:
    """What somebody said, under who it was."""
    yield (piece(str(note.speaker or "note"), Tone.HEAD), piece(f"  {note.at:%H:%M:%S}", Tone.DIM))
    for line in note.text.split("\n"):
        yield _lit(line, Tone.PLAIN, needle)


def named_rows(title: str, lines: Iterable[tuple[str, str]]) -> list[Row]:
    """What is known by a word each, under a heading; nothing where nothing is."""
    shown = [(piece(f"{what:<{NAMES}} ", Tone.DIM), piece(text)) for what, text in lines]
    return [row(title, Tone.HEAD), *shown] if shown else []


def _lit(line: str, tone: Tone, needle: Needle | None) -> Row:
    at, parts = 0, list[Piece]()
    for start, end in needle.spans(line) if needle else ():
        parts += [piece(line[at:start], tone), piece(line[start:end], Tone.LIT)]
        at = end
    return (*parts, piece(line[at:], tone))


def told(step: Step) -> str:
    """In a few characters: whether others ran beside it, how many files it changed, and how long it took."""
    apart = f"{APART} " if step.apart else ""
    files = f"~{len(step.file_effects)} " if step.file_effects else ""
    return f"{apart}{files}{_short(step.duration_ms / 1_000)}"


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
