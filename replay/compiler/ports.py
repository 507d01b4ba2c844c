"""Tells a port from a count: where a number in a command can be one, and where it can't be anything else."""

import re

from replay.template import Place

OPTIONS = frozenset({"-p", "--port", "-P", "--listen"})
"""Options whose value is a port."""
_NAMED = re.compile(r"(?i:\w*port)=")
_BEHIND_HOST = re.compile(r"(?:://[\w.-]+|\blocalhost|\b\d+\.\d+\.\d+\.\d+|^[\w.-]*):$")
_SPOKEN = re.compile(r"(?i:\bport\b|:)\W*$")


def is_port(place: Place, value: str) -> bool:
    """Whether a number can only be a port there: behind `--port`, `PORT=`, `host:`."""
    front, behind = place.around(value)
    if not front and not behind:
        return place.before in OPTIONS or _NAMED.fullmatch(place.before) is not None
    return _NAMED.search(front) is not None or _BEHIND_HOST.search(front) is not None


def may_be_port(place: Place, value: str) -> bool:
    """Whether a number that is a port elsewhere can be the same one there: not as another option's or variable's."""
    if is_port(place, value):
        return True
    alone = place.around(value) == ("", "")
    return alone and not (place.before.startswith("-") and "=" not in place.before) and not place.before.endswith("=")


def printed_as_port(output: str, start: int) -> bool:
    """Whether the output speaks of a port right before a number."""
    return _SPOKEN.search(output[max(0, start - 20) : start]) is not None
