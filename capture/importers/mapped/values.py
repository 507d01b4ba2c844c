"""Makes what stands in a log the sort of value that a step wants: texts, times, truths, numbers."""

from datetime import UTC, datetime

import msgspec

from capture.calls import result_text
from capture.importers.told import moment

_MILLISECONDS = 100_000_000_000
"""A time above it counts milliseconds, as seconds it would lie in the year 5138."""


def text_of(value: object) -> str:
    """A text; several are put below each other, other values are JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return msgspec.json.encode(value).decode()


def printed(value: object) -> str:
    """What a tool answered, as it is printed."""
    return result_text("\n".join(value) if isinstance(value, list) and value and _is_texts(value) else value)


def input_of(value: object) -> object:
    """What a tool was given; a text that holds a JSON object or list is that."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return value
    return {} if value is None else value


def time_of(value: object) -> datetime | None:
    """A time: ISO 8601 with its offset, or seconds or milliseconds since 1970; None where it is none of them."""
    if isinstance(value, str) and value[-1:] not in ("", "Z") and "+" not in value and value.count("-") <= 2:  # noqa: PLR2004 - of the date
        value = _number(value) or f"{value}Z"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000 if abs(value) > _MILLISECONDS else value, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return moment(value)


def whole(value: object) -> int | None:
    """A whole number, also one that stands in a text."""
    number = _number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number != number // 1:
        return None
    return int(number) if abs(number) < 1 << 53 else None


def seconds(value: object) -> float | None:
    """A duration; None where it can't be one."""
    number = _number(value) if isinstance(value, str) else value
    fits = isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number < 1e9  # noqa: PLR2004 - thirty years
    return float(number) if fits and isinstance(number, (int, float)) else None


def truth(value: object) -> bool | None:
    """Whether something is said to be so: `true`, a number but 0, a text but an empty one; None: nothing is said."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false", "no", "0", "ok", "success", "none", "null")
    return bool(value)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None  # noqa: PLR0124 - no number is NaN


def _is_texts(value: list[object]) -> bool:
    return all(isinstance(one, str) for one in value)
