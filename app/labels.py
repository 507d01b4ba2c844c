"""Labels of one or two letters for the places that one can jump to (pure)."""

from collections.abc import Iterable, Iterator
from itertools import islice, product

LONGEST = 2
"""Letters."""


def labels(count: int, letters: str) -> tuple[str, ...]:
    """As many labels as wanted, as short as can be; none begins another.

    Args:
        count: How many.
        letters: Those that they are made of, the best first; at least two, each once.

    Returns:
        One letter each as far as that goes; fewer than wanted where two letters don't suffice.
    """
    many = len(letters)
    doubled = min(max(-((many - count) // (many - 1)), 0), many)
    single = letters[: many - doubled]
    double = ("".join(pair) for pair in product(letters[many - doubled :], letters))
    return tuple(islice((*single, *double), count))


def apart(cells: Iterable[int]) -> Iterator[int]:
    """Those cells of a line that a label of two letters fits on without covering the next.

    Args:
        cells: Counted from the left, in order.
    """
    free = 0
    for cell in cells:
        if cell >= free:
            yield cell
            free = cell + LONGEST


def left_of(listed: tuple[str, ...], typed: str) -> tuple[str, ...]:
    """The labels that can still be meant.

    Args:
        listed: All of them.
        typed: Letters typed so far.
    """
    return tuple(label for label in listed if label.startswith(typed))
