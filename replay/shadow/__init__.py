"""Isolated copies of a workspace, strongest first, in which a version is tried; nothing in them reaches the host."""

from replay.shadow.folders import fingerprint, stamps, workspace_digest
from replay.shadow.host import Changes, RealWorkspace
from replay.shadow.isolation import Isolation, Level, Limits
from replay.shadow.limits import limits
from replay.shadow.opening import ISOLATIONS, offered, open_shadow, strongest, why_not

__all__ = [
    "ISOLATIONS",
    "Changes",
    "Isolation",
    "Level",
    "Limits",
    "RealWorkspace",
    "fingerprint",
    "limits",
    "offered",
    "open_shadow",
    "stamps",
    "strongest",
    "why_not",
    "workspace_digest",
]
