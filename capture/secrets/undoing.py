"""What was masked in a trace, kept in memory only, so that a masking can be undone before the run is closed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import msgspec

from capture.events import Event
from capture.secrets.noting import Noted
from capture.secrets.redaction import Redactor
from capture.secrets.scanning import key_text
from capture.secrets.streaming import Mask

LIMIT = 32 << 20
"""Bytes of events that can be written anew; what was masked beyond that stays masked."""

Build = Callable[[Noted], Event]
"""Makes an event from what really was."""


class Kept:
    """How to make those events again in which something was masked."""

    def __init__(self) -> None:
        self._lines = 0
        self._size = 0
        self._builds: dict[int, Build] = {}

    @property
    def any(self) -> bool:
        """Whether there are some."""
        return bool(self._builds)

    def note(self, event: Event, build: Build, *, masked: bool) -> None:
        """One more line of the trace is written.

        Args:
            event: The line.
            build: Makes it again.
            masked: Whether something was masked in it.
        """
        if masked:
            self._size += len(msgspec.msgpack.encode(event))
            if self._size <= LIMIT:
                self._builds[self._lines] = build
        self._lines += 1

    def rebuilt(self, redactor: Redactor) -> Mapping[int, Event]:
        """Those events, made again.

        Args:
            redactor: Knows by now what was no secret.

        Returns:
            Line of the trace, counted from 0, to event.
        """
        return {line: build(Noted(redactor).of("environment")) for line, build in self._builds.items()}


def numbered(masks: Iterable[Mask], redactor: Redactor) -> list[Mask]:
    """Masks of a stream, private keys with the number that each has as a whole.

    Args:
        masks: In order.
        redactor: Numbers secrets.

    Returns:
        The same masks.
    """
    whole: list[list[Mask]] = []
    for mask in masks:
        if mask.key and not mask.length and whole and whole[-1][0].key:
            whole[-1].append(mask)
        else:
            whole.append([mask])
    return [one for parts in whole for one in _with_number(parts, redactor)]


def _with_number(parts: list[Mask], redactor: Redactor) -> list[Mask]:
    if not parts[0].key:
        return parts
    number = redactor.number(key_text(b"".join(part.secret for part in parts)))
    return [replace(part, number=number) for part in parts]
