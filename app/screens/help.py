"""Help: every key of a screen, out of the one table."""

from collections.abc import Iterable

from app.actions import Area, actions_in
from app.keymap import Keys
from app.widgets.prose import Row, Tone, piece, row


def help_rows(areas: Iterable[Area], keys: Keys) -> list[Row]:
    """The keys of some areas, with what they do.

    Args:
        areas: In the order in which they are told.
        keys: As a person has them.

    Returns:
        Rows for `Reading`.
    """
    told: list[Row] = []
    for area in areas:
        told += [()] if told else []
        told.append(row(area.value, Tone.HEAD))
        told += [
            (piece(f"{keys.shown(action.id):>10}  ", Tone.STRONG), piece(action.tooltip)) for action in actions_in(area)
        ]
    return told
