"""Which server keeps the catalog that a team shares, where a home has one."""

import os
from collections.abc import Mapping

VARIABLE = "REPLAYBOOK_CATALOG"
"""Holds the address of the team's server, as `postgresql://USER@HOST/DATABASE`; empty or unset: a home is its own."""


def team_address(environment: Mapping[str, str] = os.environ) -> str | None:
    """The address of the team's server; None: this home is its own.

    Args:
        environment: Where it would stand.
    """
    return environment.get(VARIABLE, "").strip() or None
