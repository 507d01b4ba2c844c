"""What the screens ask of the core, as Protocols, so that it can be another in a test; it imports nothing to say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.drafting import Drafting
from app.edit import Reworking
from app.fleet_port import FleetPort
from app.governing import Governing
from app.health import Wellbeing
from app.looking import Looker
from app.making import Making
from app.publishing import SharingPort
from app.ruled import Ruling
from app.secrecy import Secrecy
from app.seeking import Seeker
from app.sessions import Sessions
from app.settings.port import SettingsPort
from app.sourcing import Sourcing
from app.teaming import Teaming
from app.tooling import Tooling
from app.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from app.doctor import Finding
    from app.incident.material import Made
    from app.playback import Playback
    from app.repair_rules import RepairRules
    from app.stored import Stored, Summary, Typed, Updated, Verified
    from capture.home import Home
    from capture.trace import Run, Trace
    from replay.document import Change
    from replay.governance.permits import Permits
    from replay.governance.rebuilding import Rebuilt
    from replay.history.drift import Checked, Watch
    from replay.history.ledger import Ledger
    from replay.history.stability import Stability
    from replay.outcome import Mode, Replay, Word
    from replay.playbook import Compilation
    from replay.progress import ReplayEvent
    from replay.protocols import Director
    from replay.spreading.values import Over
    from replay.verifying import Verification
    from replay.wanting import WantedSecret


class Core(
    Looker,
    Seeker,
    Sessions,
    Drafting,
    Governing,
    Reworking,
    Making,
    Ruling,
    Secrecy,
    Teaming,
    Tooling,
    Upkeep,
    Wellbeing,
    SettingsPort,
    Sourcing,
    SharingPort,
    FleetPort,
    Protocol,
):
    """Everything that the command line can do as well; each call may block."""

    @property
    def home(self) -> Home:
        """Where everything is kept."""
        ...

    def unknown(self) -> tuple[Replay, ...]:
        """Replays with a step that may have happened or not, until a person says which."""
        ...

    def settle(self, replay_id: str, word: Word) -> Replay:
        """Say whether a step happened that a killed replay left unknown."""
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

    def rebuild_catalog(self) -> Rebuilt:
        """Make the catalog again from the files; the old one is kept."""
        ...

    def repair_rules(self) -> RepairRules:
        """The rules that are asked about a failed step, in their order."""
        ...

    def doctor(self) -> tuple[Finding, ...]:
        """What this machine offers."""
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
