"""Which rules propose repairs, where each comes from, and what became of what they proposed."""

from app.core.parts import Parts
from app.repair_rules import RepairRule, RepairRules
from replay.repairs.collecting import collect, counted
from replay.repairs.proposal import Repair, RepairStatus


class Repairing(Parts):
    """What can be asked of the rules."""

    def repair_rules(self) -> RepairRules:
        """The rules that are asked about a failed step, in their order."""
        found = collect(self.home)
        answers = [(one.source, said) for one in self._reviews.all() if (said := _answer(one))]
        counts = counted(answers, found.known)
        rules = (
            RepairRule(
                name=one.name,
                source=one.source,
                recognises=one.recognises,
                approved=counts[one.name][0],
                rejected=counts[one.name][1],
            )
            for one in found.known
        )
        return RepairRules(folder=str(self.home.rules), rules=tuple(rules), broken=found.broken)


def _answer(repair: Repair) -> str | None:
    """What a person said to a repair; None: nothing yet, or that it should be another one."""
    if repair.status is RepairStatus.REJECTED:
        return "rejected"
    return "approved" if repair.created_version is not None or repair.status is RepairStatus.APPROVED else None
