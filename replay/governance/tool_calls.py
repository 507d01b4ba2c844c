"""How much a person must be there when a tool is called, by what is known of the tool (pure)."""

from replay import calls, offers
from replay.governance.risk import Judged
from replay.playbook import SafetyLevel


def judge(command: str, known: offers.Known = offers.nothing_known) -> Judged:
    """The safety level of a call.

    Args:
        command: Its text, with or without placeholders.
        known: What is known of tools.

    Returns:
        `auto_ok` for what only looks, or is said to destroy nothing; what nobody speaks for needs a yes.
    """
    name = calls.name_of(command)
    offered = known(name)
    if offers.only_reads(command, known):
        return Judged(level=SafetyLevel.AUTO_OK)
    if offered is None or offered.destructive is None:
        return Judged(level=SafetyLevel.NEEDS_CONFIRM, reason=f"nobody says what {name} may change")
    if offered.destructive:
        return Judged(level=SafetyLevel.NEEDS_CONFIRM, reason=f"{name} may delete or overwrite, as {offered.how} says")
    return Judged(level=SafetyLevel.AUTO_OK)
