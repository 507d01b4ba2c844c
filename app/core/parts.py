"""The stores and services over one home, each made when it is first needed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.acting import acting
from app.logs import log
from capture.errors import ReplaybookError
from capture.home import Home
from capture.tape import reader
from replay.governance.audit import AuditLog, Log
from replay.governance.policy_file import Policy, load_policy
from replay.governance.rebuild import open_catalog
from replay.library.catalog import TinyCatalog
from replay.library.ids import Ids
from replay.library.listed import replay_row, run_row
from replay.library.records import Records, repair_records, replay_records
from replay.library.register import Register
from replay.library.rows import ReplayRow, version_id
from replay.library.shelf import Shelf
from replay.outcome import Replay, ReplayStatus
from replay.recovery import Recovery

if TYPE_CHECKING:
    from replay.governance.approvals import Reviews
    from replay.governance.promotion import Lacks, Promotions
    from replay.governance.reviewing import ReviewRules
    from replay.inbox import Inbox
    from replay.repairs.proposal import Repair
    from replay.runner import Runner
    from replay.team.shared import Shared, TeamStanding


def utc_now() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Parts:
    """What every area of the core stands on.

    Attributes:
        home: Prepared.
        clock: UTC now.
        actor: Who records, reviews and promotes; empty: found out.
        tell: Takes a sentence for the user, as when a damaged catalog was rebuilt.
        address: Of the team's server; None: this home is its own.
    """

    home: Home
    clock: Callable[[], datetime] = utc_now
    actor: str = ""
    tell: Callable[[str], None] = lambda _: None
    address: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Who acts is the person that the team knows, where there is a team and nobody else is named."""
        if not self.actor:
            shared = self._shared
            object.__setattr__(self, "actor", shared.person(acting) if shared else acting())

    def team(self) -> "TeamStanding | None":
        """How this home stands with its team, once what others have done is here; None: it has none."""
        return self._shared.standing(self.actor) if self._shared else None

    @cached_property
    def _shared(self) -> "Shared | None":
        if self.address is None:
            return None
        from replay.team.shared import Shared  # noqa: PLC0415 - most homes have no team

        return Shared(self.home, self.address)

    @property
    def alone_words(self) -> str | None:
        """That the team's server is away, in a line; None: it is not, as far as is known."""
        return self._shared.alone_words if self._shared else None

    def kept_here(self, replay_id: str) -> bool:
        """Whether what a replay came to waits in this home until the team's server is there."""
        return self._shared is not None and self._shared.catalog.waits(ReplayRow, replay_id)

    def _check_log(self) -> None:
        """Before something is done that the log must tell of and that can't be taken back.

        Raises:
            HostError: It is the team's, whose server is away: nothing is done.
        """
        if self._shared:
            self._shared.check_there()

    def _freshen(self) -> None:
        """Bring in what others have done."""
        if self._shared:
            self._shared.catalog.freshen()

    @cached_property
    def _catalog(self) -> TinyCatalog:
        if self._shared:
            return self._shared.catalog
        return open_catalog(self.home, self._own_audit, clock=self.clock, tell=self.tell)

    def close(self) -> None:
        """Leave files behind that say all by themselves; what could not be written is still in the journal."""
        if "_catalog" in vars(self):
            with suppress(ReplaybookError):
                self._catalog.storage.settle()
        if "_shared" in vars(self) and self._shared:
            self._shared.close()

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf(self.home, fresh=self._freshen)

    @cached_property
    def _register(self) -> Register:
        numbering = self._shared.catalog.numbering if self._shared else None
        return Register(self._catalog, self._shelf, clock=self.clock, numbering=numbering)

    @cached_property
    def _audit(self) -> Log:
        return self._shared.audit if self._shared else self._own_audit

    @cached_property
    def _own_audit(self) -> AuditLog:
        return AuditLog(self.home.audit, clock=self.clock)

    @cached_property
    def _ids(self) -> Ids:
        return Ids(self.clock)

    @cached_property
    def _replays(self) -> Records[Replay]:
        return replay_records(self.home, fresh=self._freshen)

    @cached_property
    def _reviews(self) -> "Reviews":
        from replay.governance.approvals import Reviews  # noqa: PLC0415 - a fleet asks for no review

        return Reviews(
            self._catalog,
            repair_records(self.home, fresh=self._freshen),
            self._audit,
            register=self._register,
            clock=self.clock,
            asked=self._asked_of_a_review,
        )

    @cached_property
    def _inbox(self) -> "Inbox":
        from replay.inbox import Inbox  # noqa: PLC0415 - as above

        return Inbox(
            catalog=self._catalog,
            register=self._register,
            reviews=self._reviews,
            audit=self._audit,
            new_id=self._ids.new,
            clock=self.clock,
            actor=self.actor,
        )

    @cached_property
    def _promotions(self) -> "Promotions":
        from replay.governance.promotion import Promotions  # noqa: PLC0415 - as above

        lacks: Lacks = self._shared.promotion_lacks if self._shared else lambda _ref, _actor: None
        return Promotions(self._catalog, self._register, self._audit, clock=self.clock, lacks=lacks)

    @cached_property
    def _runner(self) -> "Runner":
        from replay.runner import Runner  # noqa: PLC0415 - what replays here takes long to import

        return Runner(home=self.home, clock=self.clock, new_id=self._ids.new, keep=self._keep, policy=self._policy)

    def _asked_of_a_review(self, repair: "Repair") -> "ReviewRules":
        own = self._policy().review(workspace=repair.workspace, playbook=repair.playbook, home=str(Path.home()))
        return own.and_also(self._shared.review_rules(repair.repair_id)) if self._shared else own

    def _policy(self) -> Policy:
        return load_policy(self.home)

    @cached_property
    def _recovery(self) -> Recovery:
        return Recovery(self.home, self._replays, self._keep, self._audit, self.actor, self._conclude)

    def _conclude(self, replay_id: str) -> None:
        """Make the version of what was approved in a replay that died."""
        self._inbox.conclude(replay_id)

    def _keep(self, replay: Replay) -> None:
        """Store a replay, its rows last; what a drift watch found ready again and again would only fill the disk."""
        if replay.watch and replay.status is ReplayStatus.READY:
            return
        self._replays.write(replay.replay_id, replay)
        log(
            "replay",
            replay_id=replay.replay_id,
            playbook=version_id(replay.playbook, replay.version),
            mode=replay.mode,
            status=replay.status,
            failure_class=replay.failure.failure_class if replay.failure else None,
        )
        run = () if replay.run_id is None else (run_row(reader.load_run(self.home, replay.run_id)),)
        self._catalog.put(replay_row(replay), *run)
