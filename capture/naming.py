"""Names runs."""

import secrets
from datetime import datetime


def new_run_id(now: datetime) -> str:
    """An id that sorts by time and is like no other.

    Args:
        now: When the run begins.

    Returns:
        As `20261122-205800123-x7k2`: time to the millisecond, then chance.
    """
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03d}-{letters}"
