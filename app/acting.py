"""Who acts, as the audit log names them: the account of this process, with the name that a person claims before it."""

import os
import pwd
from collections.abc import Callable, Mapping

from capture.printable import printable

VARIABLE = "REPLAYBOOK_ACTOR"
"""Holds the name that a person claims, where several share an account. It is a claim, and shown as one."""


def account(uid: Callable[[], int] = os.getuid) -> str:
    """The account that this process runs as; asked of the system, for LOGNAME and its like can be set by anyone."""
    number = uid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


def acting(environment: Mapping[str, str] = os.environ) -> str:
    """Who acts: `ACCOUNT`, or `NAME (ACCOUNT)` where a name is claimed.

    Args:
        environment: Where the claim would stand.
    """
    claimed = printable(environment.get(VARIABLE, "")).strip()
    return f"{claimed} ({account()})" if claimed else account()
