"""A path as a person types it into a question."""

import os
from pathlib import Path


def typed_path(given: str) -> Path:
    """Where it is.

    Args:
        given: As a shell reads it: `~` is a home, blanks around it are none of it.

    Returns:
        Absolute; `~NAME` of a user whom nobody knows stays as it is.
    """
    return Path(os.path.expanduser(given.strip())).absolute()  # noqa: PTH111 - pathlib raises for an unknown user
