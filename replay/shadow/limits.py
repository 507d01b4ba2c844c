"""How much a shadow may use: what the machine has allows for, or what the user says."""

import os
import re
from collections.abc import Mapping

from capture.errors import BadInputError
from replay.shadow.isolation import Limits

VARIABLE = "REPLAYBOOK_SHADOW_LIMITS"
"""Says other limits: `memory=2G,disk=500M,processes=200,time=5m`, any of them."""
PROCESSES = 1024
TIME_S = 600.0
DISK = 4 << 30
_SIZES = {"": 1.0, "K": 1024.0, "M": 1048576.0, "G": 1073741824.0}
_UNITS = {"memory": _SIZES, "disk": _SIZES, "processes": {"": 1.0}, "time": {"s": 1.0, "m": 60.0, "h": 3600.0}}


def limits(environment: Mapping[str, str] = os.environ) -> Limits:
    """What a shadow on this machine may use.

    Args:
        environment: Where the user may have said so.

    Returns:
        Half of the memory for its processes, a quarter for what it writes (which may be held there), and what else is
        plenty for a person's work, unless the user says otherwise.

    Raises:
        BadInputError: What the user says is no limit.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    said = _said(environment.get(VARIABLE, ""))
    return Limits(
        memory=int(said.get("memory", memory // 2)),
        disk=int(said.get("disk", min(DISK, memory // 4))),
        processes=int(said.get("processes", PROCESSES)),
        time_s=said.get("time", TIME_S),
    )


def _said(text: str) -> dict[str, float]:
    said: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = re.fullmatch(r"(\w+)=([1-9]\d*)([KMGsmh]?)", part)
        unit = _UNITS.get(found[1], {}).get(found[3]) if found else None
        if found is None or unit is None:
            raise BadInputError(
                f"{VARIABLE} says {part!r}, which is no limit; write it as memory=2G,disk=500M,processes=200,time=5m"
            )
        said[found[1]] = int(found[2]) * unit
    return said
