"""What came of one step that was tried, as rows (pure)."""

from app.keymap import Keys
from app.screens.course import Course
from app.widgets.proposal import failure_rows
from app.widgets.prose import Piece, Row, Tone, piece, row
from app.widgets.steps import Mark
from replay.outcome import Replay

TRIED = frozenset({Mark.SUCCESS, Mark.FAILED})
"""How a step stands that ran."""
STOPPED = frozenset({Mark.FAILED, Mark.REFUSED})
"""How one stands that nothing behind it was reached from."""


def tried_rows(course: Course, step: int | None, keys: Keys, ended: Replay | None = None) -> list[Row]:
    """What became of the step that is tried.

    Args:
        course: How the replay goes.
        step: Which one; None: none is, all are replayed.
        keys: As a person has them.
        ended: The whole of it, once it is over.
    """
    if step is None or gone_on(course, step):
        return []
    failure = failure_rows(ended.failure) if ended and ended.failure else []
    again = [row(keys.told("{restart} tries it again."), Tone.DIM)] if ended else []
    return [*_word(course, step, keys, over=ended is not None), *failure, *again]


def gone_on(course: Course, step: int) -> bool:
    """Whether steps behind the one that was tried ran as well."""
    return any(at > step and mark in TRIED for at, mark in course.marks.items())


def _word(course: Course, step: int, keys: Keys, *, over: bool) -> list[Row]:
    mark = course.marks.get(step)
    if mark is Mark.SUCCESS:
        said = "went as recorded, in a copy of the workspace." + (
            "" if over else keys.told(" {stop} ends the trial, {next} goes on.")
        )
        return [(Piece("✓ ", Tone.GOOD), piece(f"Step {step} ", Tone.GOOD), piece(said))]
    if mark is Mark.FAILED:
        return [(Piece("✗ ", Tone.BAD), piece(f"Step {step} ", Tone.BAD), piece("did not go as recorded."))]
    before = next((at for at in range(1, step) if course.marks.get(at) in STOPPED), None)
    if before is None:
        return [row(f"Step {step} was not reached.", Tone.WARN)] if over else []
    said = f"✗ Step {step} was not reached: step {before}, which it builds on, did not go as recorded."
    return [row(said, Tone.BAD), row(keys.told("{try-alone} on the Playbook screen tries it alone."), Tone.DIM)]
