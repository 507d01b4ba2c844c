"""The catalog's rows: small enough that it stays quick, and made so that all of them can be rebuilt from the files."""

from collections.abc import Callable
from enum import StrEnum
from operator import attrgetter
from typing import Any, ClassVar

import msgspec

from capture.trace import RunStatus
from replay.outcome import Mode, ReplayStatus
from replay.playbook import VersionStatus
from replay.repairs.proposal import RepairStatus

ELSEWHERE = "git:"
"""So begins, in what a version was made from, the address of a repository that it came from."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every row has; none can be part of a circle, so Python need not look for one in a hundred thousand."""

    TABLE: ClassVar[str]
    """The TinyDB table that it lives in."""
    WORDS: ClassVar[tuple[str, ...]] = ()
    """The fields that people know one by, which are searched for a text."""
    ORDER: ClassVar[Callable[[object], Any]] = attrgetter("id")
    """What rows of a table are sorted by."""

    id: str
    """Unique in its table; ours, because TinyDB uses its own document ids again."""

    def holds(self, needle: str) -> bool:
        """Whether a text, case-folded, is in its words."""
        return holds(needle, *(getattr(self, field) for field in self.WORDS))


class RunRow(Row, frozen=True, kw_only=True):
    """A recorded session; its files are in `runs/<id>/`."""

    TABLE: ClassVar[str] = "runs"
    WORDS: ClassVar[tuple[str, ...]] = ("name", "goal")

    name: str
    goal: str | None = None
    status: RunStatus
    started_at: str
    """ISO 8601 UTC."""
    ended_at: str | None = None
    replay_id: str | None = None
    """The replay that it is the trace of."""


class VersionRow(Row, frozen=True, kw_only=True):
    """A playbook version; its document is `playbooks/<name>/<version>.yaml`."""

    TABLE: ClassVar[str] = "playbooks"
    WORDS: ClassVar[tuple[str, ...]] = ("name", "goal")
    ORDER: ClassVar[Callable[[object], Any]] = attrgetter("name", "version")
    """By name, then 2 before 10."""

    name: str
    version: int
    digest: str
    """Of the document as the file holds it; another one than here means that it was edited."""
    text_sha256: str
    """Of the file's bytes: while it is the same, nothing needs to be parsed."""
    status: VersionStatus
    created_at: str
    """ISO 8601 UTC."""
    made_from: tuple[str, ...] = ()
    """Run ids, repair ids, `NAME@V` of the version that it was edited from, or what `fetched_from` gives."""
    goal: str | None = None
    steps: int = 0
    promoted: int | None = None
    """The how-manieth promotion of this name made it active; None: none did, or it was rolled back or edited since."""
    overridden: bool = False
    """That promotion was an override: no green validation stands behind it."""
    problem: str | None = None
    """Why the file can't be read at the moment."""

    @property
    def ref(self) -> str:
        """`NAME@V`, as people write it."""
        return version_id(self.name, self.version)


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A person's yes to one exact thing, good for one use."""

    repair_id: str
    repair_digest: str
    """Of the patch as it was shown."""
    base_digest: str
    """Of the version that it may be applied to."""
    validation_digest: str | None = None
    """Of the validation that the person had seen; None: there was none."""
    actor: str
    """Who said yes."""
    at: str
    """ISO 8601 UTC."""
    used_for: int | None = None
    """The version that it made; None: not used yet."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A repair was put before a person."""

    actor: str
    shown: str
    """SHA-256 of the diff as it was shown."""
    at: str
    """ISO 8601 UTC."""


class RepairRow(Row, frozen=True, kw_only=True):
    """Where a repair stands; what it proposes is in `repairs/<id>.json`."""

    TABLE: ClassVar[str] = "repairs"

    playbook: str
    base_version: int
    base_digest: str
    status: RepairStatus
    created_at: str
    replay_id: str | None = None
    note: str | None = None
    created_version: int | None = None
    approval: Approval | None = None
    """The one that counts: with it, all who must have said yes have."""
    signatures: tuple[Approval, ...] = ()
    """Who has said yes."""
    wants: str | None = None
    """Who must say yes as well, in a clause."""
    stale: str | None = None
    """Why it was found stale, in a clause."""
    looks: tuple[Look, ...] = ()
    """When the command line showed it last, to each person."""
    validation_id: str | None = None
    """The newest validation of the version that it made."""


class ReplayRow(Row, frozen=True, kw_only=True):
    """A replay; the whole of it is `replays/<id>.json`."""

    TABLE: ClassVar[str] = "replays"

    playbook: str
    version: int
    mode: Mode
    status: ReplayStatus
    started_at: str
    run_id: str | None = None
    in_shadow: bool = False
    """It ran isolated for its version's sake, and says nothing of how the work fares; a watch for drift does."""


class Verdict(StrEnum):
    """What a validation came to."""

    GREEN = "green"
    RED = "red"
    INCONCLUSIVE = "inconclusive"
    """The fault did not show in the shadow either, so nothing is proven."""
    UNAVAILABLE = "unavailable"
    """This machine has no isolation to validate in."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """The run of the unrepaired step in the shadow, which must fail as it did outside."""

    reproduced: bool
    failure_class: str | None = msgspec.field(name="class", default=None)
    run_id: str | None = None
    """Its recording."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a validation rested upon: when it moves, the validation speaks of another world."""

    workspace: str
    """Absolute."""
    at: str
    """When it was looked at, before anything was replayed: ISO 8601 UTC."""
    digest: str
    """`sha256:…` of what is in it (`replay.ground`)."""
    tools: dict[str, str] = {}
    """Programs by name: size, and how the digest of each begins; `none` where there is none."""


class ValidationRow(Row, frozen=True, kw_only=True):
    """One validation of one exact version in a shadow."""

    TABLE: ClassVar[str] = "validations"

    playbook: str
    version: int
    digest: str
    """Of the version that was validated."""
    verdict: Verdict
    level: str
    """`L0` to `L3`."""
    control: Control | None = None
    """None when there was no repair to hold against."""
    host_changes: int = 0
    """Paths outside the shadow that changed; must be 0."""
    created_at: str
    """ISO 8601 UTC."""
    replay_id: str | None = None
    run_id: str | None = None
    """Its recording."""
    reason: str = ""
    """One sentence for a person."""
    rounds: int = 0
    """How many whole replays it rests upon beside that one (`validate --thorough`)."""
    ground: Ground | None = None
    """None: not noted."""


class MarkRow(Row, frozen=True, kw_only=True):
    """How far the audit log is in the catalog."""

    TABLE: ClassVar[str] = "marks"

    entries: int
    """Decisions up to here have had their effect."""


ROW_TYPES: tuple[type[Row], ...] = (RunRow, VersionRow, RepairRow, ReplayRow, ValidationRow, MarkRow)
"""One a table."""


def holds(needle: str, *texts: str | None) -> bool:
    """Whether a text, case-folded, is in one of these."""
    return any(text is not None and needle in text.casefold() for text in texts)


def version_id(name: str, version: int) -> str:
    """`NAME@V`: a version's id in the catalog, and how people refer to it."""
    return f"{name}@{version}"


def fetched_from(source: str, ref: str) -> str:
    """What a version was made from that came from a repository: its address, and `NAME@V` as it is there."""
    return f"{ELSEWHERE}{source}#{ref}"
