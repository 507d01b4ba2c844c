"""How each playbook has fared lately, read from its newest replays."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from app.core.history import History
from app.health import LAST, Health, health
from replay.library.rows import RepairRow, ReplayRow
from replay.repairs.proposal import RepairStatus
from replay.shadow import Level, strongest
from replay.verifying import UNSTORED

READ = 2 * LAST
"""Newest replays of a playbook that are read at most: some say nothing of it."""


class Wellness(History):
    """What is told of playbooks before anybody asks."""

    def health(self) -> Mapping[str, Health]:
        """How each has fared lately, by playbook; those that nothing is known of are left out."""
        rows: defaultdict[str, list[ReplayRow]] = defaultdict(list)
        for row in reversed(self._catalog.find(ReplayRow)):
            if row.version != UNSTORED and len(rows[row.playbook]) < READ:
                rows[row.playbook].append(row)
        waiting = Counter(row.playbook for row in self._catalog.find(RepairRow) if row.status is RepairStatus.PROPOSED)
        return {
            name: health(tuple(self._read(rows.get(name, ()))), waiting=waiting[name]) for name in {*rows, *waiting}
        }

    def shadow_level(self) -> Level:
        """The best isolation that this machine offers; found out once in a process."""
        return strongest()
