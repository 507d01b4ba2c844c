"""What both front ends tell of the rules that propose repairs: values."""

import msgspec


class RepairRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule."""

    name: str
    """What its proposals name as their source, behind `rule:`."""
    source: str
    """`built in`, the user's table, or the package."""
    recognises: str
    """What failures it is for."""
    approved: int
    """How often a person said yes to what it proposed, on this machine."""
    rejected: int
    """How often no."""


class RepairRules(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    folder: str
    """Where the user's own tables are looked for."""
    rules: tuple[RepairRule, ...]
    broken: tuple[str, ...]
    """What is skipped, and why."""
