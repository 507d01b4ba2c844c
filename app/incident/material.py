"""What a report is made of: values in which nothing is left to hide."""

import msgspec

from capture.trace import Trace
from replay.governance.chain import AuditEntry, AuditVerdict
from replay.history.comparison import Comparison
from replay.history.sides import Side
from replay.library.rows import ValidationRow
from replay.outcome import Replay
from replay.playbook import Playbook, VersionStatus
from replay.repairs.proposal import Repair

KIB = 1 << 10


class VersionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the playbook, and what it changed."""

    playbook: Playbook
    status: VersionStatus
    digest: str
    created_at: str
    """ISO 8601 UTC."""
    made_from: tuple[str, ...]
    """Runs, repairs, or the version that it was edited from."""
    text: str
    """The document."""
    validations: tuple[ValidationRow, ...] = ()
    """How it did in a shadow, oldest first."""
    before: str | None = None
    """`NAME@V` of the version that `diff` is from."""
    diff: str = ""

    @property
    def ref(self) -> str:
        """`NAME@V`."""
        return f"{self.playbook.name}@{self.playbook.version}"


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of one replay, or of one recording."""

    program: str
    """Which version of the program made the report."""
    replay: Replay | None = None
    """None: a recording that nobody replayed."""
    trace: Trace | None = None
    """What it recorded; None for a replay that ran nothing."""
    source: Trace | None = None
    """The recording that its playbook was compiled from."""
    sides: tuple[Side, Side] | None = None
    """That recording and the replay, as they are held against each other."""
    comparison: Comparison | None = None
    versions: tuple[VersionShown, ...] = ()
    """The one that was replayed first."""
    repairs: tuple[Repair, ...] = ()
    entries: tuple[AuditEntry, ...] = ()
    """Decisions about all of these."""
    log: AuditVerdict | None = None
    """Whether the log that they are from is whole."""
    simulated: Replay | None = None
    """The last simulation of the same version that came before, or the replay itself."""

    @property
    def playbook(self) -> Playbook | None:
        """The document that was replayed; None when it is gone, or another one now."""
        shown = self.versions[0] if self.versions and self.replay else None
        return shown.playbook if shown and self.replay and shown.digest == self.replay.digest else None

    @property
    def name(self) -> str:
        """What it is a report of."""
        if self.replay is not None:
            return f"{self.replay.playbook}@{self.replay.version}"
        return self.trace.run.name if self.trace else ""

    @property
    def about(self) -> str:
        """The id of the replay or recording."""
        if self.replay is not None:
            return self.replay.replay_id
        return self.trace.run.run_id if self.trace else ""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a report holds."""

    output: int | None = 16 * KIB
    """Characters of one output, diff or document."""
    outputs: int | None = 2 * KIB * KIB
    """Characters of all outputs together, shared out evenly."""
    pictures: int = 400
    """Of one recording, about."""
    recording: int | None = 32 * KIB * KIB
    """Bytes of a recording that is played."""
    entries: int | None = 200
    """Decisions that are listed, the last ones."""

    def of_outputs(self, steps: int) -> int | None:
        """Characters of one of so many outputs."""
        if self.output is None or self.outputs is None:
            return None
        return max(KIB, min(self.output, self.outputs // max(steps, 1)))


BOUNDED = Limits()
FULL = Limits(output=None, outputs=None, pictures=1200, recording=None, entries=None)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was written."""

    path: str
    """The file, or the folder."""
    format: str
    """`html` or `folder`."""
    bytes: int
    """Of all that was written."""
    run_id: str | None
    """The recording that it plays."""
    replay_id: str | None
    steps: int
    recordings: int
    """That it plays."""
    redactions: int
    """Places at which something is masked, when it was recorded or now."""
    found: int
    """Of these, secrets that only the last look found."""
    anonymized: int
    """Names of people, machines and home directories that something else stands for."""
    cut: int
    """Outputs, documents and recordings that are shortened; all of them are whole with `--full`."""
