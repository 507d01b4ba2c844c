"""What workers tell screens: facts in the past tense; it imports only what is needed to say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from app.doctor import Finding
    from app.health import Health
    from app.lineage import Descent
    from app.repair_rules import RepairRules
    from app.stored import Known, Stored, Summary, Validated
    from capture.tape.presence import Presence
    from capture.trace import Run, Trace
    from replay.document import Change
    from replay.governance.chain import AuditEntry, AuditVerdict
    from replay.governance.freezing import Frozen
    from replay.history.suspects import Suspect
    from replay.library.rows import ValidationRow
    from replay.operations.retention import Overdue
    from replay.outcome import Replay
    from replay.playbook import Compilation
    from replay.repairs.proposal import Repair
    from replay.shadow import Level
    from replay.team.shared import TeamStanding


class ShelfRead(Message):
    """Everything that Home lists was read."""

    def __init__(  # noqa: PLR0913 - each is a list of its own
        self,
        runs: Sequence[Run],
        playbooks: Sequence[Summary],
        repairs: Sequence[Repair],
        live: Mapping[str, Presence],
        unknown: Sequence[Replay],
        *,
        health: Mapping[str, Health],
        shadow: Level,
        machine: Sequence[Finding] = (),
        overdue: Overdue | None = None,
    ) -> None:
        """Carry the lists, how each playbook fares, what a newcomer is told of the machine, and what may go."""
        super().__init__()
        self.runs, self.playbooks, self.repairs, self.live = runs, playbooks, repairs, live
        self.unknown, self.health, self.shadow, self.machine = unknown, health, shadow, machine
        self.overdue = overdue


class RepairsRead(Message):
    """The inbox was read."""

    def __init__(self, repairs: Sequence[Repair], decisions: Sequence[AuditEntry], active: Mapping[str, int]) -> None:
        """Carry the list, the log that says who has decided, and which version of each playbook is active."""
        super().__init__()
        self.repairs, self.decisions, self.active = repairs, decisions, active


class OpenRead(Message):
    """The proposals that are open were read again, for others decide on them as well."""

    def __init__(self, repairs: Sequence[Repair]) -> None:
        """Carry them as they stand now."""
        super().__init__()
        self.repairs = repairs


class AuditRead(Message):
    """The log of decisions was read and checked."""

    def __init__(self, entries: Sequence[AuditEntry], verdict: AuditVerdict, typed: str) -> None:
        """Carry both, and what had been typed to choose the entries."""
        super().__init__()
        self.entries, self.verdict, self.typed = entries, verdict, typed


class AuditListed(Message):
    """Some decisions of the log were read."""

    def __init__(self, entries: Sequence[AuditEntry], typed: str | None) -> None:
        """Carry them, and what had been typed to choose them; None: that can't be read as a choice."""
        super().__init__()
        self.entries, self.typed = entries, typed


class MachineRead(Message):
    """The machine was looked at."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Carry what was found."""
        super().__init__()
        self.findings = findings


class RulesListed(Message):
    """The rules that propose repairs were read."""

    def __init__(self, found: RepairRules) -> None:
        """Carry them."""
        super().__init__()
        self.found = found


class Exported(Message):
    """A file was written."""

    def __init__(self, path: Path) -> None:
        """Carry its path."""
        super().__init__()
        self.path = path


class MarkdownImported(Message):
    """A document's shell blocks are a draft playbook now."""

    def __init__(self, compilation: Compilation) -> None:
        """Carry the playbook and what must be known of it."""
        super().__init__()
        self.compilation = compilation


class RunImported(Message):
    """Another tool's recording is a run now."""

    def __init__(self, run: Run) -> None:
        """Carry the run."""
        super().__init__()
        self.run = run


class RunRemoved(Message):
    """A recording was deleted."""


class Compiled(Message):
    """A playbook was made."""

    def __init__(self, compilation: Compilation) -> None:
        """Carry it with its decisions."""
        super().__init__()
        self.compilation = compilation


class VersionRead(Message):
    """A playbook version was read."""

    def __init__(
        self,
        stored: Stored,
        versions: Sequence[Descent],
        *,
        origin: Trace | None = None,
        suspect: Suspect | None = None,
        validation: ValidationRow | None = None,
        wrong: str | None = None,
    ) -> None:
        """Carry what was read.

        Args:
            stored: The version.
            versions: All of them, newest first.
            origin: Its first recording.
            suspect: What is against the active version.
            validation: Its newest.
            wrong: What the active version is repaired for again and again.
        """
        super().__init__()
        self.stored, self.versions, self.origin = stored, versions, origin
        self.suspect, self.wrong, self.validation = suspect, wrong, validation


class VersionNews(Message):
    """A playbook version was read again, for others have done something."""

    def __init__(self, read: VersionRead) -> None:
        """Carry what was read."""
        super().__init__()
        self.read = read


class DocumentWrong(Message):
    """A playbook version is there, and its document can't be read."""

    def __init__(self, ref: str, reason: str, text: str) -> None:
        """Carry which one, what is wrong and where, and the document."""
        super().__init__()
        self.ref, self.reason, self.text = ref, reason, text


class Redecided(Message):
    """A person's word to the compiler made a new version."""

    def __init__(self, stored: Stored, said: str) -> None:
        """Carry it, and what the word was."""
        super().__init__()
        self.stored, self.said = stored, said


class NotCompiled(Message):
    """Recordings were not compiled into one playbook."""

    def __init__(self, reason: str) -> None:
        """Carry where they part."""
        super().__init__()
        self.reason = reason


class Fitted(Message):
    """A version was held against what happened: done again in a shadow, or compared with a run."""

    def __init__(  # noqa: PLR0913 - each is one thing that a person is told
        self,
        ref: str,
        *,
        made: str | None,
        good: bool,
        said: Sequence[str],
        diff: str = "",
        left: Sequence[str] = (),
        source: str | None = None,
    ) -> None:
        """Carry what came of it.

        Args:
            ref: `NAME@V` that was held against it.
            made: `NAME@V` of the new draft, if there is one.
            good: Whether nothing stands in the way of trusting it.
            said: A sentence on the whole, then one for each thing.
            diff: What the new draft changed, as a unified diff.
            left: A sentence for each step that was left as it is.
            source: The run that was compiled just now, if one was.
        """
        super().__init__()
        self.ref, self.made, self.good, self.said = ref, made, good, tuple(said)
        self.diff, self.left, self.source = diff, tuple(left), source


class SourcesRead(Message):
    """What a version can be held against was read."""

    def __init__(self, replays: Sequence[Replay], runs: Sequence[Run]) -> None:
        """Carry both, newest first."""
        super().__init__()
        self.replays, self.runs = replays, runs


class DiffRead(Message):
    """Two versions were compared."""

    def __init__(self, title: str, diff: str, changes: Sequence[Change]) -> None:
        """Carry the unified diff, and what changed step by step."""
        super().__init__()
        self.title, self.diff, self.changes = title, diff, changes


class TeamSeen(Message):
    """How the home stands with its team was looked at."""

    def __init__(self, standing: TeamStanding | None, trouble: str = "") -> None:
        """Carry it.

        Args:
            standing: How.
            trouble: Why it can't be said, in one line.
        """
        super().__init__()
        self.standing, self.trouble = standing, trouble


class IceSeen(Message):
    """Whether replays are frozen was looked at, or changed."""

    def __init__(self, frozen: Frozen | None, told: str = "") -> None:
        """Carry it.

        Args:
            frozen: Who froze them, when and why; None: they may run.
            told: What the person is told of it besides.
        """
        super().__init__()
        self.frozen, self.told = frozen, told


class WantsRead(Message):
    """A version that is to be replayed was read, and what it wants to be told."""

    def __init__(self, stored: Stored, secrets: Sequence[Known], active: int) -> None:
        """Carry both, and which version of its playbook is active; 0: none."""
        super().__init__()
        self.stored, self.secrets, self.active = stored, secrets, active


class VersionStood(Message):
    """Others may have moved a version: how it stands was read."""

    def __init__(self, stored: Stored, active: int) -> None:
        """Carry it, and which version of its playbook is active; 0: none."""
        super().__init__()
        self.stored, self.active = stored, active


class Reviewed(Message):
    """A decision was recorded."""

    def __init__(self, repair: Repair) -> None:
        """Carry the repair with its new status."""
        super().__init__()
        self.repair = repair


class ValidationEnded(Message):
    """A validation came to its verdict."""

    def __init__(self, ref: str, validated: Validated) -> None:
        """Carry the verdict."""
        super().__init__()
        self.ref, self.validated = ref, validated

    @property
    def good(self) -> bool:
        """Whether it is green."""
        return self.validated.validation.verdict == "green"

    @property
    def said(self) -> str:
        """The verdict in one line."""
        found, by = self.validated.validation, self.validated.promoted_by
        sign = {"green": "✓", "red": "✗"}.get(found.verdict, "?")
        return f"{sign} {self.ref}: {found.verdict} at {found.level}{f'; promoted by {by}' if by else ''}"


class StandingChanged(Message):
    """A version was promoted, rolled back or disabled."""

    def __init__(self, stored: Stored) -> None:
        """Carry it as it stands now."""
        super().__init__()
        self.stored = stored


class PromotionRefused(Message):
    """A version was not promoted for want of a green validation; a typed reason would do instead."""

    def __init__(self, ref: str, reason: str, active: int | None = None) -> None:
        """Carry the version, what is missing, and the version that was shown as active."""
        super().__init__()
        self.ref, self.reason, self.active = ref, reason, active
