"""Ids and times that sort as text, so that a list of files is a history."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's: nothing that reads like something else."""
SUFFIX_LENGTH = 6
_BITS = 5 * SUFFIX_LENGTH


class Ids:
    """Makes ids such as `20261122-205800123-0k7x2m`: time to the millisecond, then chance.

    Ids of one source always rise, also within a millisecond and when the clock is set back.
    """

    def __init__(self, clock: Callable[[], datetime], *, randomness: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._randomness = randomness
        self._lock = threading.Lock()
        self._last = ("", 0)

    def new(self) -> str:
        """The next id."""
        now = self._clock().astimezone(UTC)
        stem = f"{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03d}"
        with self._lock:
            last_stem, last_number = self._last
            if stem > last_stem:
                # The top bit stays free, so that counting up within the millisecond has room.
                self._last = (stem, self._randomness(_BITS - 1))
            else:
                self._last = (last_stem, last_number + 1)
            return f"{self._last[0]}-{_in_letters(self._last[1])}"


def stamp(now: datetime) -> str:
    """A time as all documents write it: ISO 8601 in UTC, as `2026-11-22T20:58:00.123456Z`."""
    return now.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _in_letters(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -1, -5))
