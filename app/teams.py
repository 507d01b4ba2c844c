"""Which server keeps the catalog that a team shares, where a home has one: a variable says so, or a setting."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from app.settings.addresses import SETTING
from capture.home import Home

VARIABLE = "REPLAYBOOK_CATALOG"
"""Holds the address of the team's server, as `postgresql://USER@HOST/DATABASE`, and goes before the setting."""
WAYS = (
    f"set {VARIABLE}=postgresql://USER@HOST/DATABASE, or: replaybook settings {SETTING} postgresql://USER@HOST/DATABASE"
)
"""How a server is named."""
_SAID = re.compile(r"^[^#\n]*catalog", re.MULTILINE)
"""A line of settings that may say it; read in full only where there is one: every command asks."""


class Chosen(NamedTuple):
    """A team's server, and who named it."""

    address: str
    """As libpq takes it: it may hold a password."""
    by: str
    """For a person: the variable, or the setting with its file and line."""


def chosen(home: Home, environment: Mapping[str, str] = os.environ) -> Chosen | None:
    """The team's server; None: this home is its own.

    Args:
        home: Whose settings count.
        environment: Goes before them.

    Raises:
        BadInputError: The settings say something of it, and can't be read.
    """
    address = environment.get(VARIABLE, "").strip()
    if address:
        return Chosen(address, VARIABLE)
    from replay.own_files import text_of  # noqa: PLC0415 - what says it in a variable needs no file

    text = text_of(home.settings)
    return _set(home, text) if text and _SAID.search(text) else None


def team_address(home: Home) -> str | None:
    """The address alone; see `chosen`."""
    found = chosen(home)
    return found.address if found else None


def _set(home: Home, text: str) -> Chosen | None:
    """What the settings say; what else is wrong in them keeps nobody from their team."""
    from app.settings.reading import OPENED_BY, line_of, wrong_value  # noqa: PLC0415 - only who has a team so needs it
    from capture.errors import BadInputError  # noqa: PLC0415 - as above
    from replay.own_files import tables_in  # noqa: PLC0415 - as above

    section = tables_in(text, source=str(home.settings), opened_by=OPENED_BY).get("team")
    value = section.get("catalog", "") if isinstance(section, dict) else ""
    line = line_of(text, SETTING)
    if told := wrong_value(SETTING, value):
        raise BadInputError(f"{home.settings}:{line}: {told}")
    address = value.strip()
    return Chosen(address, f"the setting {SETTING} ({home.settings.name}:{line})") if address else None
