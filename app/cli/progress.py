"""How far something is, on the last line of a terminal; elsewhere only what has come of it."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import click

from app.terminals import is_dumb
from capture.printable import printable

LONGEST = 76
"""Characters of what is told: a line of any terminal."""
_CLEAR = "\r\x1b[K"


@contextmanager
def progress_line() -> Iterator[Callable[[str], None]]:
    """Tells on one line of a terminal what goes on, and takes it away at the end; a pipe is told nothing."""
    if not _is_there():
        yield lambda _: None
        return
    try:
        yield lambda words: click.echo(f"{_CLEAR}{printable(words)[:LONGEST]}", nl=False, err=True)
    finally:
        click.echo(_CLEAR, nl=False, err=True)


class Progress:
    """To be used in a `with`: the line is gone behind it, whatever comes.

    Args:
        what: Goes on, as `checking`.
        shown: Whether the line is wanted; it is on stderr, and only where that is a terminal.
    """

    def __init__(self, what: str, *, shown: bool) -> None:
        self._what = what
        self._shown = shown and _is_there()
        self._known = self._bad = self._all = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._clear()

    def planned(self, number: int) -> None:
        """So many will be known at the end."""
        self._all = number
        self._clear()
        self._draw()

    def add(self, lines: Iterable[str], *, good: bool) -> None:
        """One more is known.

        Args:
            lines: What stays on the screen of it.
            good: Whether nobody has to look at it.
        """
        self._known += 1
        self._bad += not good
        self._clear()
        for line in lines:
            click.echo(line)
        self._draw()

    def _draw(self) -> None:
        bad = f", {self._bad} not passed" if self._bad else ""
        if self._shown and self._all:
            click.echo(f"… {self._what}: {self._known} of {self._all}{bad}; ctrl-c stops", err=True, nl=False)

    def _clear(self) -> None:
        if self._shown:
            click.echo(_CLEAR, err=True, nl=False)


def _is_there() -> bool:
    """Whether stderr is a terminal that can take a line back."""
    return sys.stderr.isatty() and not is_dumb(os.environ.get("TERM"))
