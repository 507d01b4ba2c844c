"""The inbox on lines: what waits, its diff, and a decision that wants its word typed out."""

from app.cli.deciding import Proposals
from app.cli.plain.talk import LeftError, Talk, read_line
from app.cli.voice import Words
from app.core import Core
from app.moments import age
from app.review_queue import waits
from replay.repairs.proposal import Repair


def inbox(core: Core, talk: Talk, *, name: str | None = None, holding: str = "") -> int | None:
    """List what waits, show one, and take a decision.

    Args:
        core: Where all data comes from.
        talk: With whom.
        name: Only the repairs of this playbook.
        holding: Only those that hold this.

    Returns:
        The version that an approval has made; None: there was none.
    """
    waiting = [one for one in waits(core.repairs()) if name in (None, one.playbook)]
    if not waiting:
        talk.say("No repair waits.")
        return None
    listed = [(one.repair_id, repair_words(one, core)) for one in waiting]
    picked = talk.pick("repair", listed, holding=holding)
    if picked is None:
        return None
    proposals = Proposals(core, _asking, Words())
    proposals.show([core.look(picked)])
    done = proposals.decide()
    if done is None or done.created_version is None:
        return None
    ref = f"{done.playbook}@{done.created_version}"
    talk.say(f"Approved: version {done.created_version} of {done.playbook} is a draft.")
    if talk.agrees("Validate it now in an isolated copy?"):
        talk.run("validate", ref)
    return done.created_version


def repair_words(one: Repair, core: Core) -> str:
    """One of them in a line."""
    sure = f"{one.confidence:.0%} sure"
    said = [f"step {one.step_index} of {one.playbook} version {one.base_version}", one.failure_class, one.source]
    return ", ".join([*said, f"{one.risk} risk", sure, age(one, core.clock())])


def _asking(question: str) -> str | None:
    line = read_line(question)
    if line is None:
        raise LeftError
    return line
