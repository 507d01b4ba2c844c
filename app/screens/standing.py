"""Where a replay stands, in words: before which step, why it halted, what is set, whether it can go back (pure)."""

from collections.abc import Sequence

from app.keymap import Keys
from app.screens.breaking import sign
from app.screens.course import Course
from app.widgets.proposal import failure_rows
from app.widgets.prose import Row, Tone, piece, row, rows
from replay.playbook import Playbook
from replay.stand import Stand
from replay.stepping.breakpoints import Breakpoint
from replay.stepping.parts import why_whole


def standing_rows(stand: Stand, hit: str, keys: Keys) -> list[Row]:
    """What a person must know to go on.

    Args:
        stand: Where it is.
        hit: The breakpoint that made it halt; empty: none did.
        keys: As a person has them.
    """
    said = failure_rows(stand.failure) if stand.failure else []
    said += rows(stand.refused, Tone.WARN, first="! ", rest="  ")
    said.append(row(_place(stand, keys), Tone.DIM))
    said += rows(f"breakpoint: {hit}", Tone.WARN, first="● ", rest="  ") if hit else []
    said += rows(note, Tone.PLAIN) if stand.before_a_step and (note := _note(stand)) else []
    return said + rows(_way_back(stand, keys), Tone.DIM)


def value_rows(course: Course) -> list[Row]:
    """Values as they are now, those that have just changed told apart."""
    return [
        (
            piece("~ " if name in course.news else "  ", Tone.WARN),
            piece(f"{name} ", Tone.DIM),
            piece(value, Tone.STRONG if name in course.news else Tone.PLAIN),
        )
        for name, value in course.values.items()
    ]


def halt_rows(breakpoints: Sequence[Breakpoint]) -> list[Row]:
    """What it halts at, with the signs of the gutter."""
    return [(piece(f"{sign(one)} ", Tone.BAD), piece(str(one))) for one in breakpoints]


def active_rows(playbook: Playbook) -> list[Row]:
    """What a version that was promoted behind its replay is good for."""
    told = f"replaybook replay {playbook.name} --mode strict, with this home, runs it from now on."
    return [row(f"✓ {playbook.name}@{playbook.version} is active", Tone.GOOD), *rows(told, Tone.DIM)]


def _place(stand: Stand, keys: Keys) -> str:
    index, part = stand.step_index, stand.part
    if stand.failure:
        return (
            f"Stopped at step {index}. {_again(stand, keys)}{keys.told('{restart} restarts, {stop} ends the replay.')}"
        )
    if stand.over:
        return keys.told("Stands behind the last step. {continue} ends the replay.")
    if part:
        words = f"Stands in step {index} before part {part.number} of {part.count}: {part.command}"
        return f"{words.splitlines()[0]}. {keys.told('{into} runs it, {next} runs the rest.')}"
    step = stand.playbook.steps[index - 1]
    into = "" if why_whole(step, stand.playbook.shell) else ", {into} steps into it"
    ways = f"{{next}} runs it{into}, {{continue}} runs on, {{breakpoint}} sets a breakpoint."
    return f"Stands before step {index}. {keys.told(ways)}"


def _again(stand: Stand, keys: Keys) -> str:
    return f"{keys.first('step-back')} tries step {stand.step_index} again. " if stand.step_index in stand.back else ""


def _way_back(stand: Stand, keys: Keys) -> str:
    behind = [at for at in stand.back if at < stand.step_index]
    if behind:
        return f"{keys.first('step-back')} goes back before step {behind[-1]}, or to the cursor."
    return f"No way back: {stand.no_way_back}." if stand.step_index > 1 and stand.no_way_back else ""


def _note(stand: Stand) -> str | None:
    return stand.playbook.steps[stand.step_index - 1].note
