"""Validating a version from a screen: an errand that goes on whatever screen is left, and what is said of its end."""

from collections.abc import Callable
from datetime import datetime

from textual.message import Message

from app.bounds import FEWEST_TIMES, MOST_TIMES, THOROUGH
from app.errands import Errand
from app.keymap import Keys
from app.moments import ago
from app.ports import Core
from app.screens.dialogs import AskText
from app.screens.endings import ending_of
from app.stored import Validated
from app.widgets.prose import Piece, Row, Tone, piece, row, rows
from app.workers.facts import ValidationEnded
from replay.library.rows import ValidationRow, Verdict

TIMES_QUESTION = (
    "How many times? All of it is replayed anew each time, in a fresh shadow: that tells which step flakes and which "
    "output varies. You may leave this screen; {stop} stops it."
)
SIGNS = {
    Verdict.GREEN: Piece("✓ ", Tone.GOOD),
    Verdict.RED: Piece("✗ ", Tone.BAD),
    Verdict.INCONCLUSIVE: Piece("? ", Tone.WARN),
    Verdict.UNAVAILABLE: Piece("? ", Tone.WARN),
}


def validate_errand(core: Core, ref: str, *, network: bool, times: int = 1) -> Errand:
    """Validating a version, as an errand whose fact is `ValidationEnded`.

    Args:
        core: Who does it.
        ref: NAME@V.
        network: The shadow reaches the network as the host does.
        times: How often the whole of it is to succeed.
    """

    def work(errand: Errand) -> Message:
        done = core.validate(ref, progress=errand.report, network=network, times=times, director=errand)
        return ValidationEnded(ref, done)

    return Errand(f"validating {ref}{f' {times} times' if times > 1 else ''}", work, ending=ending_of)


def ask_times(ref: str, keys: Keys) -> AskText:
    """How often."""
    question = TIMES_QUESTION.format(stop=keys.first("stop-errand"))
    return AskText(f"Validate {ref} thoroughly", question, value=str(THOROUGH), problem=_no_times)


def _no_times(given: str) -> str | None:
    good = given.strip().isdecimal() and FEWEST_TIMES <= int(given) <= MOST_TIMES
    return None if good else f"{given.strip() or 'nothing'} is no number from {FEWEST_TIMES} to {MOST_TIMES}"


def type_name(ref: str, why: str, then: Callable[[], None]) -> tuple[AskText, Callable[[str | None], None]]:
    """The question that wants a version's name typed, and what takes the answer: only the very name will do.

    Args:
        ref: NAME@V.
        why: What is missing.
        then: Called once it was typed.
    """

    def wrong(given: str) -> str | None:
        return None if given.strip() in ("", ref) else f"that is not {ref}"

    def typed(given: str | None) -> None:
        if given is not None and given.strip() == ref:
            then()

    question = f"{why}. Type {ref} to make it the active version all the same."
    return AskText("Promote anyway?", question, problem=wrong), typed


def report_rows(validated: Validated) -> list[Row]:
    """All that a validation came to."""
    return [line for text in validated.report() for line in rows(text.strip(), first="  ", rest="    ")]


def validation_rows(found: ValidationRow | None, now: datetime, keys: Keys) -> list[Row]:
    """The newest validation of a version, as it was kept.

    Args:
        found: None: there is none.
        now: To say how long ago it was.
        keys: As a person has them.
    """
    if found is None:
        return [row("Not validated yet.", Tone.DIM), ()]
    when = ago(datetime.fromisoformat(found.created_at), now)
    shown: list[Row] = [
        (piece("validated ", Tone.DIM), SIGNS[found.verdict], piece(f"{found.verdict} at {found.level}, {when}"))
    ]
    shown += rows(found.reason, Tone.DIM, first="  ", rest="  ") if found.reason else []
    if found.control:
        told = "failed as it did outside" if found.control.reproduced else "did not fail as it did outside"
        shown.append(row(f"  control: the unrepaired step {told}", Tone.DIM))
    shown += (
        [row(f"  recorded as run {found.run_id}; {keys.first('history')} lists it", Tone.DIM)] if found.run_id else []
    )
    return [*shown, ()]
