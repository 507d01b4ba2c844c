"""Reads what a policy file says of promotions."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from capture.errors import BadInputError
from replay.governance.gates import LAST, LEVELS, Gates
from replay.repairs.proposal import Risk

CONDITIONS = ("max_age", "min_level", "max_changed_steps", "min_success", "last", "max_risk")
"""Keys of `[promotion]` and of `[auto_promote]`."""
KEYS = (*CONDITIONS, "override")
"""Keys of `[promotion]`."""
_AGE = re.compile(r"([1-9]\d{0,5})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

Wrong = Callable[[str, str], BadInputError]
"""Makes the error for a key, with the line that it stands on."""


def read_gates(table: object, *, name: str, source: str, key: str, wrong: Wrong) -> Gates:
    """What one table wants of a promotion.

    Args:
        table: As TOML gives it.
        name: `promotion` or `auto_promote`.
        source: Where it is written, for people.
        key: The same for programs.
        wrong: Makes an error.

    Raises:
        BadInputError: Something in it can't be used.
    """
    if not isinstance(table, dict):
        raise wrong(name, f'{name} is a table, as [{name}] and below it min_level = "L2"')
    known = KEYS if name == "promotion" else CONDITIONS
    for one in table:
        if one not in known:
            near = get_close_matches(one, known, n=1)
            told = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise wrong(one, f"there is no key {one!r} in {name}; {told}")
    if name == "auto_promote" and not table.keys() - {"last"}:
        raise wrong(name, 'auto_promote needs a condition: give it one, as max_risk = "low"')
    if "last" in table and "min_success" not in table:
        raise wrong("last", "last says how many replays min_success looks at; give that, too")
    read = _Read(table, wrong)
    risk = read.one_of("max_risk", tuple(Risk))
    return Gates(
        source=source,
        key=key,
        max_age=read.age("max_age"),
        min_level=read.one_of("min_level", LEVELS),
        max_changed_steps=read.number("max_changed_steps", least=0),
        min_success=read.share("min_success"),
        last=read.number("last", least=1) or LAST,
        max_risk=None if risk is None else Risk(risk),
        override=read.yes_or_no("override", default=True),
    )


class _Read:
    """Reads values, and says what is wrong with one."""

    def __init__(self, table: Mapping[str, Any], wrong: Wrong) -> None:
        self._table, self._wrong = table, wrong

    def age(self, key: str) -> timedelta | None:
        value = self._table.get(key)
        if value is None:
            return None
        found = _AGE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise self._wrong(key, f"{key} can't be {value!r}; write it as 30m, 12h or 7d")
        return timedelta(**{_UNITS[found[2]]: int(found[1])})

    def one_of(self, key: str, known: tuple[str, ...]) -> str | None:
        value = self._table.get(key)
        if value is not None and value not in known:
            raise self._wrong(key, f"{key} can't be {value!r}; it may be {', '.join(known)}")
        return None if value is None else str(value)

    def number(self, key: str, *, least: int) -> int | None:
        value = self._table.get(key)
        if value is not None and (type(value) is not int or value < least):
            raise self._wrong(key, f"{key} can't be {value!r}; it is a whole number from {least} on")
        return value

    def share(self, key: str) -> float | None:
        value = self._table.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1):
            raise self._wrong(key, f"{key} can't be {value!r}; it is a share above 0, 1 at most, as 0.9")
        return None if value is None else float(value)

    def yes_or_no(self, key: str, *, default: bool) -> bool:
        value = self._table.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, f"{key} can't be {value!r}; it is true or false")
        return value
