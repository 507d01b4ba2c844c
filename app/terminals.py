"""Which terminals nothing can be drawn on (pure)."""

DUMB = ("", "dumb", "unknown")


def is_dumb(name: str | None) -> bool:
    """Whether it can't move its cursor.

    Args:
        name: What `TERM` says; None where it is not set.
    """
    return (name or "") in DUMB
