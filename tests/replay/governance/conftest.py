"""A home with everything that governance moves, wired as the program wires it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from capture.home import Home
from replay.governance.approvals import Asked, Reviews
from replay.governance.audit import AuditLog
from replay.governance.promotion import Promotions
from replay.governance.rebuild import CaughtUp
from replay.governance.reviewing import ReviewRules
from replay.library.catalog import TinyCatalog
from replay.library.records import repair_records
from replay.library.register import Register
from replay.library.rows import Control, Ground, Verdict, VersionRow
from replay.library.shelf import Shelf
from replay.repairs.proposal import Repair
from tests.replay.library.samples import Clock, playbook, repair


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a validation found."""

    verdict: Verdict = Verdict.GREEN
    level: str = "L3"
    control: Control | None = None
    host_changes: int = 0
    replay_id: str | None = None
    run_id: str | None = None
    reason: str = "every step was as recorded"
    rounds: int = 0
    ground: Ground | None = None


@dataclass(frozen=True)
class House:
    """All of it, over one folder."""

    home: Home
    clock: Clock
    catalog: TinyCatalog
    shelf: Shelf
    register: Register
    audit: AuditLog
    reviews: Reviews
    promotions: Promotions
    actor: str = "ada"

    @classmethod
    def over(cls, folder: Path, clock: Clock, asked: Asked = lambda _: ReviewRules()) -> "House":
        home = Home(folder).prepare()
        audit = AuditLog(home.audit, clock=clock)
        catalog, shelf = CaughtUp(home.catalog, audit), Shelf(home)
        register = Register(catalog, shelf, clock=clock)
        reviews = Reviews(catalog, repair_records(home), audit, register=register, clock=clock, asked=asked)
        promotions = Promotions(catalog, register, audit, clock=clock)
        return cls(home, clock, catalog, shelf, register, audit, reviews, promotions)

    def version(self, *commands: str) -> VersionRow:
        """A new draft of `release`."""
        return self.register.add(playbook("release", *commands), made_from=("run-1",))[1]

    def validate(self, version: int, verdict: Verdict = Verdict.GREEN, host_changes: int = 0) -> VersionRow:
        digest = self.register.row("release", version).digest
        found = Found(verdict=verdict, host_changes=host_changes)
        return self.promotions.record_validation("release", version, digest=digest, found=found, actor=self.actor)[0]

    def promote(self, version: int) -> VersionRow:
        """Validated green and promoted."""
        self.validate(version)
        return self.promotions.promote("release", version, actor=self.actor)

    def propose(self, base: VersionRow, **changes: object) -> Repair:
        proposed = repair(base_version=base.version, base_digest=base.digest, **changes)
        return self.reviews.propose(proposed)

    def edit(self, row: VersionRow, change: Callable[[str], str]) -> None:
        """What a person does with an editor."""
        path = self.shelf.path(row.name, row.version)
        path.write_text(change(path.read_text()))

    def statuses(self) -> list[str]:
        return [row.status.value for row in self.register.rows("release")]

    def actions(self) -> list[str]:
        return [entry.action for entry in self.audit.entries()]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.over(tmp_path / "replaybook", Clock())
