"""What the screens ask of the core, as Protocols, so that it can be another in a test; it imports nothing to say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.drafting import Drafting
from app.edit import Reworking
from app.fleet_port import FleetPort
from app.health import Wellbeing
from app.looking import Looker
from app.making import Making
from app.publishing import SharingPort
from app.ruled import Ruling
from app.secrecy import Secrecy
from app.seeking import Seeker
from app.settings.port import SettingsPort
from app.teaming import Teaming
from app.tooling import Tooling
from app.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from app.doctor import Finding
    from app.incident.material import Made
    from app.outside import AskedAgain, SourceStanding, Tried
    from app.playback import Playback
    from app.repair_rules import RepairRules
    from app.stored import Stored, Summary, Typed, Updated, Validated, Verified
    from capture.home import Home
    from capture.tape.presence import Presence
    from capture.trace import Run, RunStatus, Trace
    from capture.wire import Message
    from replay.document import Change
    from replay.governance.bound import Seen
    from replay.governance.chain import AuditEntry, AuditVerdict
    from replay.governance.freezing import Freeze, Frozen
    from replay.governance.permits import Permits
    from replay.governance.rebuilding import Rebuilt
    from replay.governance.wanted import Wanted
    from replay.history.drift import Checked, Watch
    from replay.history.ledger import Ledger
    from replay.history.stability import Stability
    from replay.inbox import Decision
    from replay.library.rows import ValidationRow
    from replay.outcome import Mode, Replay, Word
    from replay.playbook import Compilation
    from replay.progress import ReplayEvent
    from replay.protocols import Director
    from replay.repairs.proposal import Repair
    from replay.sources.asked import Asking
    from replay.spreading.values import Over
    from replay.verifying import Verification
    from replay.wanting import WantedSecret


class LiveSession(Protocol):
    """A session that is being recorded."""

    recorded: int
    """Bytes of its recording that were there before this front end came."""

    def fileno(self) -> int:
        """Readable when `receive` has something."""
        ...

    def send_keys(self, data: bytes) -> None:
        """Type."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Give its terminal another size."""
        ...

    def redraw(self) -> None:
        """Ask the program that has the screen to draw it again."""
        ...

    def end(self, status: RunStatus | None = None) -> None:
        """End it in order."""
        ...

    def unmask(self, secrets: Sequence[int]) -> None:
        """Say that these were no secrets."""
        ...

    def note(self, text: str) -> None:
        """Keep a note, or a bookmark where the text is empty."""
        ...

    def pause(self, *, on: bool) -> None:
        """Record nothing from the next prompt on, or record again."""
        ...

    def receive(self, timeout: float | None = None) -> Message | None:
        """The next message, or None when there is none in time."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Core(
    Looker,
    Seeker,
    Drafting,
    Reworking,
    Making,
    Ruling,
    Secrecy,
    Teaming,
    Tooling,
    Upkeep,
    Wellbeing,
    SettingsPort,
    SharingPort,
    FleetPort,
    Protocol,
):
    """Everything that the command line can do as well; each call may block."""

    @property
    def home(self) -> Home:
        """Where everything is kept."""
        ...

    def new_session(  # noqa: PLR0913 - each is one thing that a person says of a recording
        self,
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        columns: int = 80,
        rows: int = 24,
        watch: Sequence[str] = (),
        keep_on_detach: bool = False,
        terminal: Mapping[str, str] | None = None,
    ) -> LiveSession:
        """Begin to record, in a terminal that the shell is told of by these variables."""
        ...

    def unknown(self) -> tuple[Replay, ...]:
        """Replays with a step that may have happened or not, until a person says which."""
        ...

    def settle(self, replay_id: str, word: Word) -> Replay:
        """Say whether a step happened that a killed replay left unknown."""
        ...

    def live(self) -> Mapping[str, Presence]:
        """The sessions that run now, by run."""
        ...

    def attach(self, run: str | None, *, take_over: bool = False) -> LiveSession:
        """Go on with one that was left running."""
        ...

    def screen(self, run_id: str, recorded: int, columns: int, rows: int) -> bytes:
        """What its terminal showed, for a cleared terminal of that size."""
        ...

    def runs(self) -> tuple[Run, ...]:
        """Newest first."""
        ...

    def typed(self, text: str, *, most: int) -> Sequence[Typed]:
        """The newest recordings with a command that holds a text; one command of each."""
        ...

    def import_run(
        self,
        form: str,
        path: str,
        *,
        timing: str | None = None,
        mapping: str | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Trace:
        """Take over a recording; its steps come without what they printed. What `progress` raises ends it."""
        ...

    def trace(self, run: str) -> Trace:
        """What a run recorded."""
        ...

    def playback(self, run: str) -> Playback:
        """The terminal recording of a run; whoever asked closes it."""
        ...

    def remove(self, run: str) -> str:
        """Delete a run."""
        ...

    def compile(
        self,
        runs: Sequence[str],
        *,
        name: str,
        keep: frozenset[int] = frozenset(),
        drop: frozenset[int] = frozenset(),
        progress: Callable[[str], None] = ...,
    ) -> Compilation:
        """Make the next draft version; what `progress` raises ends it."""
        ...

    def playbooks(self) -> Sequence[Summary]:
        """The newest version of each."""
        ...

    def version(self, ref: str) -> Stored:
        """NAME or NAME@V."""
        ...

    def diff(self, before: str, after: str) -> str:
        """What changed between two versions, as a unified diff."""
        ...

    def changes(self, before: str, after: str) -> Sequence[Change]:
        """What changed between two versions, step by step."""
        ...

    def import_markdown(self, path: str) -> Compilation:
        """A draft playbook of a Markdown document's shell blocks."""
        ...

    def answer(self, ref: str, question: str, *, yes: bool) -> Stored:
        """Answer a question of the compiler."""
        ...

    def keep(self, ref: str, step: int) -> Stored:
        """Take back a step that was left out, or leave a kept one to the compiler again."""
        ...

    def compile_verified(  # noqa: PLR0913 - each is one thing that a person says of it
        self,
        runs: Sequence[str],
        *,
        name: str,
        keep: frozenset[int] = frozenset(),
        drop: frozenset[int] = frozenset(),
        cwd: str | None = None,
        progress: Callable[[str], None] | None = None,
        director: Director | None = None,
    ) -> tuple[Compilation, Verification]:
        """Compile, and do the work again in a shadow to learn what varies."""
        ...

    def verify(
        self,
        ref: str,
        *,
        cwd: str | None = None,
        progress: Callable[[str], None] | None = None,
        director: Director | None = None,
    ) -> Verified:
        """Do a compiled version again in a shadow to learn what varies."""
        ...

    def update(self, ref: str, source: str) -> Updated:
        """Write anew what a replay or a run no longer shows as expected."""
        ...

    def replays(self, ref: str | None = None) -> Sequence[Replay]:
        """Newest first."""
        ...

    def replay(  # noqa: PLR0913 - what a replay is
        self,
        ref: str,
        *,
        mode: Mode,
        cwd: str,
        values: Mapping[str, str] | None = None,
        from_step: int | None = None,
        shadow: bool = False,
        network: bool = False,
        draft: bool = False,
        director: Director | None = None,
        watcher: Callable[[ReplayEvent], None] | None = None,
        secrets: Mapping[str, str] | None = None,
        permits: Permits | None = None,
        ask: Callable[[WantedSecret], str | None] | None = None,
    ) -> Replay:
        """Replay to the end, a divergence or a stop."""
        ...

    def recording_of(self, replay_id: str) -> str:
        """The recording that a replay's playbook comes from."""
        ...

    def stability(self, ref: str, *, last: int = 10) -> Stability:
        """What the last replays of a version say of it."""
        ...

    def ledger(self, name: str | None = None) -> Ledger:
        """What replaying has saved."""
        ...

    def check(  # noqa: PLR0913 - as the core's
        self,
        names: Sequence[str] = (),
        *,
        shadow: bool = False,
        over: Over = ...,
        director: Director | None = None,
        stopped: Callable[[], bool] = lambda: False,
        planned: Callable[[int], None] = lambda _: None,
        told: Callable[[Checked], None] = lambda _: None,
    ) -> Watch:
        """Whether the active versions would still pass."""
        ...

    def repairs(self) -> tuple[Repair, ...]:
        """Newest first."""
        ...

    def review(
        self,
        repair_id: str,
        decision: Decision,
        *,
        note: str | None = None,
        edited: str | None = None,
        seen: Seen | None = None,
    ) -> Repair:
        """A person's answer."""
        ...

    def validate(
        self,
        ref: str,
        *,
        progress: Callable[[str], None] | None = None,
        network: bool = False,
        times: int = 1,
        director: Director | None = None,
    ) -> Validated:
        """Replay it in a shadow."""
        ...

    def validation(self, ref: str) -> ValidationRow | None:
        """The newest one of it."""
        ...

    def promote(self, ref: str, *, override: str | None = None) -> Stored:
        """Make it active."""
        ...

    def rollback(self, name: str) -> Stored:
        """Make the one before active again."""
        ...

    def disable(self, ref: str) -> Stored:
        """Never run it again."""
        ...

    def frozen(self) -> Frozen | None:
        """Whether replays are frozen, by whom, when and why."""
        ...

    def freeze(self, reason: str | None = None) -> Freeze:
        """Stop all replays, and let none begin."""
        ...

    def thaw(self) -> Freeze:
        """Let replays run again."""
        ...

    def audit(self, wanted: Wanted = ...) -> tuple[AuditEntry, ...]:
        """The decisions that are wanted, oldest first."""
        ...

    def audit_filter(self, typed: str) -> Wanted:
        """Which decisions a line of text wants."""
        ...

    def verify_audit(self, copy: str | None = None) -> AuditVerdict:
        """Whether the log of decisions is whole, and holds what a copy of its head vouches for."""
        ...

    def attest_to(self, path: Path, wanted: Wanted = ..., *, progress: Callable[[str], None] = ...) -> None:
        """Write the decisions that are wanted to a file, as in-toto statements; what `progress` raises ends it."""
        ...

    def rebuild_catalog(self) -> Rebuilt:
        """Make the catalog again from the files; the old one is kept."""
        ...

    def repair_rules(self) -> RepairRules:
        """The rules that are asked about a failed step, in their order."""
        ...

    def doctor(self) -> tuple[Finding, ...]:
        """What this machine offers."""
        ...

    def sources(self) -> tuple[SourceStanding, ...]:
        """The sources of repairs outside of this machine, on or off."""
        ...

    def source_request(self, name: str) -> Asking:
        """What would be sent to a source, of a made-up failure."""
        ...

    def allow_source(self, name: str) -> SourceStanding:
        """Say yes to what is sent to a source as it is set now."""
        ...

    def withdraw_source(self, name: str) -> SourceStanding:
        """Let nothing more be sent to a source."""
        ...

    def try_source(self, name: str, *, director: Director | None = None) -> Tried:
        """Ask a source about a made-up failure."""
        ...

    def store_source_key(self, name: str, value: Callable[[], str]) -> None:
        """Put the key of a source into the keyring."""
        ...

    def forget_source_key(self, name: str) -> bool:
        """Take it out again."""
        ...

    def sources_file(self) -> Path:
        """Which sources are on, written with a word on its format when it was not there."""
        ...

    def ask_again(self, repair_id: str, *, director: Director | None = None) -> AskedAgain:
        """Ask the source of a repair that was sent back for another one."""
        ...

    def ignore_file(self) -> Path:
        """The user's own rules of what is ignored, written with the built-in ones when they were not there."""
        ...

    def secrets_file(self) -> Path:
        """The user's own rules of what is masked, written with a word on their format when they were not there."""
        ...

    def policy_file(self) -> Path:
        """The user's own policy, written with a word on its format when it was not there."""
        ...

    def incident(
        self,
        ref: str,
        *,
        path: Path | None = None,
        folder: bool = False,
        anonymize: bool = False,
        full: bool = False,
        progress: Callable[[str], None] = ...,
    ) -> Made:
        """Write all that is known of a replay or recording to one page, or a folder; what `progress` raises ends it."""
        ...

    def export_to(self, path: Path, name: str, form: str, *, progress: Callable[[str], None] = ...) -> None:
        """Write a run or a playbook to a file, in a format of others; what `progress` raises ends it."""
        ...
