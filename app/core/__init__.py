"""Everything that both front ends can do, over one home: what the command line can do the screen can do, and back.

To import all of it takes a third of a second: who needs one area imports that module alone, and the names below come
when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.core.fitting import Update, Verified
    from app.core.governing import ValidatedVersion
    from app.core.versions import StoredVersion, VersionSummary
    from app.core.whole import Core

__all__ = ["Core", "StoredVersion", "Update", "ValidatedVersion", "Verified", "VersionSummary"]

_HOMES = {
    "Core": "whole",
    "StoredVersion": "versions",
    "Update": "fitting",
    "ValidatedVersion": "governing",
    "Verified": "fitting",
    "VersionSummary": "versions",
}
"""The module of each name."""


def __getattr__(name: str) -> Any:
    """What is imported from here, read now."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
