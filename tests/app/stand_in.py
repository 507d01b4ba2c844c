"""A core that holds real values in memory, so that screens are tested without a shell or a disk."""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from app.core.finding import FoundPlaybook, FoundPlaybooks
from app.core.replays import SecretStanding
from app.doctor import Finding, State
from app.edit import Edit, Edited
from app.file_diffs import FileDiff, written
from app.found import Found, FoundIn, found_in
from app.ghostty import ENGINE, Ghostty
from app.health import Health, health
from app.incident.material import Made
from app.lineage import Descent
from app.outside import AskedAgain, SourceStanding, Tried
from app.playback import Playback
from app.proofreading import load_written
from app.repair_rules import RepairRule, RepairRules
from app.ruled import IgnoreRule, IgnoreRules, IgnoreVerdict, PolicyRule, PolicyRules, PolicyVerdict
from app.secrecy import Hidden, Masked
from app.stored import Typed
from capture.errors import BadInputError, RefusedError, UnknownNameError
from capture.home import Home
from capture.provenance import Imported
from capture.secrets.redaction import Redactor
from capture.secrets.redaction_rules import Rule, RuleSet
from capture.tape.glance import Glance
from capture.tape.presence import Presence
from capture.tape.searching import Needle, hits
from capture.tape.seeking import open_recording
from capture.trace import (
    EffectOp,
    EnvEffects,
    FileEffect,
    FileType,
    Input,
    Note,
    Run,
    RunStatus,
    Step,
    StepStatus,
    Trace,
)
from capture.wire import Ended, Message, NoteKept, Output, Paused, StepBegan, StepEnded
from replay.claims import is_open, settled
from replay.document import Change, changes
from replay.finding.deciding import Dispatch, Why
from replay.governance.bound import Seen
from replay.governance.chain import AuditEntry, AuditVerdict
from replay.governance.freezing import Freeze, Frozen
from replay.governance.permits import Need, Permits
from replay.governance.policy import UnprovenError
from replay.governance.rebuilding import Rebuilt
from replay.governance.wanted import EVERYTHING, Wanted, chosen, wanted_of
from replay.history.comparing import Aligned
from replay.history.comparison import Comparison
from replay.history.drift import Checked, Drift, Watch, watch
from replay.history.ledger import Ledger, account, ledger, recorded_of
from replay.history.sides import recorded, replayed
from replay.history.stability import Stability, stability
from replay.history.suspects import Suspect
from replay.inbox import Decision
from replay.library.rows import RunRow, ValidationRow
from replay.operations.backup import Manifest
from replay.operations.counting import Figures, Rows, count
from replay.operations.retention import Kept, Overdue, Retention
from replay.outcome import (
    Check,
    CheckState,
    Divergence,
    Failure,
    FailureClass,
    Mode,
    Replay,
    ReplayStatus,
    StepOutcome,
    StepState,
    Word,
)
from replay.playbook import (
    Compilation,
    Dropped,
    Expectation,
    ExpectedEffect,
    Parameter,
    ParameterType,
    Playbook,
    PlaybookStep,
    Quality,
    Question,
    Requirement,
    SafetyLevel,
    Source,
    VersionStatus,
)
from replay.progress import (
    RepairsProposed,
    ReplayBegan,
    ReplayEnded,
    ReplayEvent,
    StepChecked,
    StepJudged,
    StepPrinted,
    VersionMade,
)
from replay.progress import (
    StepBegan as StepRan,
)
from replay.protocols import Director, Move
from replay.repairs.proposal import PatchEntry, PatchOp, Repair, RepairStatus, Risk
from replay.shadow import Level
from replay.sources.asked import Asking
from replay.sources.settings import SourceName
from replay.spreading.values import ALONE, Over
from replay.stand import Stand
from replay.team.copying import Copied
from replay.team.people import Me, Member, Roster
from replay.team.shared import TeamStanding
from replay.tools.listing import ListedSection, ListedTool
from replay.tools.settings import Carrier
from replay.verifying import Learning, Verification
from replay.wanting import WantedSecret
from tests.app.stand_in_fleets import StandInFleets
from tests.app.stand_in_settings import StandInSettings
from tests.app.stand_in_sharing import StandInSharing

THEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
COMMANDS = ("git log --oneline", "./build.sh notes/release.txt", "./test.sh", "cksum public/notes.html > public/SUMS")
FAILS_AT = 2
IGNORED = IgnoreRule(pattern="[b]*.o[/b]", source="built in")
SHELL = "bash"
PATIENCE_S = 60.0
"""For a word of the test, which a machine under load may give late."""
WHOLE = AuditVerdict(entries=0, ok=True)
NOWHERE = Home(Path("/nowhere"))
MODEL = SourceStanding(
    source=SourceName.MODEL, state="not allowed", url="https://models.example.org/v1", model="tiny", digest="sha256:1"
)
TOLD = "Opens a pull request.\nMore of it \x1b[31m[b]here[/b]"
SECTIONS = (
    ListedSection(name="forge/*", carrier=Carrier.STDIO, address="uvx forge-server", timeout_s=30.0),
    ListedSection(
        name="notes/*",
        carrier=Carrier.STREAMABLE,
        address="https://notes.example.org/mcp",
        timeout_s=30.0,
        variables=("NOTES_KEY",),
        unset=("NOTES_KEY",),
    ),
    ListedSection(
        name="file/*",
        carrier=Carrier.FILES,
        address="operations on files of the workspace",
        timeout_s=60.0,
        tools=(ListedTool(name="file/write", description="Writes a file whole.", destructive=True),),
    ),
)
LEARNED = Verification(state=Learning.LEARNED, level=Level.L2, learned=("step 2: '3' varies",))


def step(index: int, command: str, **more: object) -> Step:
    values: dict[str, object] = {
        "step_index": index,
        "command": command,
        "cwd": "/home/ada/notes",
        "cwd_after": "/home/ada/notes",
        "status": StepStatus.SUCCESS,
        "exit_code": 0,
        "started_at": THEN + timedelta(seconds=index),
        "duration_ms": 12.0 * index,
        "output": f"output of step {index}\n",
    }
    return Step(**{**values, **more})  # type: ignore[arg-type] # values of a table


def recorded_trace(**more: object) -> Trace:
    steps = tuple(step(index, command) for index, command in enumerate(COMMANDS, 1))
    effect = FileEffect(path="public/notes.html", op=EffectOp.CREATED, type=FileType.FILE, size=120)
    steps = (*steps[:1], msgspec.structs.replace(steps[1], file_effects=(effect,)), *steps[2:])
    run = Run(
        run_id="20260301-093000-ab12",
        name="notes",
        status=RunStatus.SUCCESS,
        started_at=THEN,
        ended_at=THEN + timedelta(minutes=2),
        shell=SHELL,
        cwd="/home/ada/notes",
        host="box",
        user_home="/home/ada",
        workspace="/home/ada/notes",
    )
    return msgspec.structs.replace(Trace(run=run, steps=steps), **more)


def hostile_trace(text: str) -> Trace:
    """Every recorded field that a screen shows holds the same hostile text."""
    bad = step(
        1,
        text,
        output=text,
        cwd_after=text,
        inputs=(Input(prompt=text, text=text),),
        env_effects=EnvEffects(set={"A": text}, unset=(text,)),
        file_effects=(FileEffect(path=text, op=EffectOp.MOVED, type=FileType.FILE, moved_from=text),),
    )
    run = msgspec.structs.replace(recorded_trace().run, name=text, cwd=text, goal=text)
    return Trace(run=run, steps=(bad,))


def playbook(version: int = 1, source: str = "notes/release.txt", text: str = "") -> Playbook:
    build = PlaybookStep(
        run=f"./build.sh {source}{text}",
        cwd="{{project}}",
        requires=(Requirement(command="./build.sh"), Requirement(file=source)),
        expect=Expectation(
            output=f"built public/notes.html: 3 paragraphs in {{{{duration}}}}{text}",
            effects=(ExpectedEffect(op=EffectOp.CREATED, path=f"public/notes.html{text}"),),
        ),
        note=text or None,
    )
    rest = tuple(PlaybookStep(run=command, expect=Expectation(output="2 checks passed")) for command in COMMANDS[2:])
    return Playbook(
        name="publish-notes",
        version=version,
        goal=f"build the release notes page{text}",
        parameters={
            "project": Parameter(
                type=ParameterType.PATH, default="{{cwd}}", source=Source.WORKSPACE, recorded=f"/home/ada/notes{text}"
            )
        },
        steps=(PlaybookStep(run="git log --oneline"), build, *rest),
    )


def repair(number: int = 1, text: str = "", **more: object) -> Repair:
    target = f"notes/release-1.{number}.txt"
    made = Repair(
        repair_id=f"r-{number}",
        playbook="publish-notes",
        base_version=1,
        base_digest="sha256:" + "a" * 64,
        step_index=FAILS_AT,
        status=RepairStatus.PROPOSED,
        rank=number,
        source="rule:renamed-file",
        failure_class=FailureClass.MISSING_FILE,
        rationale=f"git says that notes/release.txt was renamed to {target}{text}",
        confidence=0.95,
        preselected=number == 1,
        risk=Risk.LOW,
        patch=(PatchEntry(op=PatchOp.REPLACE, step_index=FAILS_AT, value=f"./build.sh {target}{text}"),),
        diff=(
            "--- publish-notes@1\n+++ publish-notes@2\n@@ -4,3 +4,3 @@\n steps:\n"
            f"-  - run: ./build.sh notes/release.txt\n+  - run: ./build.sh {target}{text}\n     cwd: x\n"
        ),
    )
    return msgspec.structs.replace(made, **more)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: int
    status: VersionStatus
    versions: tuple[int, ...]
    active: int | None
    steps: int
    goal: str | None
    problem: str | None = None
    suspect: Suspect | None = None
    wrong: str | None = None


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    playbook: Playbook
    status: VersionStatus
    digest: str = "sha256:" + "a" * 64
    text: str = "replaybook: 1\nname: publish-notes\n"
    compilation: Compilation | None = None
    wants: str | None = None


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    verdict: str = "green"
    level: str = "L2"
    reason: str = "all steps went as recorded"
    stability: Stability | None = None


class Validated(msgspec.Struct, frozen=True, kw_only=True):
    validation: Validation = Validation()
    promoted_by: str | None = None

    @property
    def status(self) -> VersionStatus:
        return VersionStatus.ACTIVE if self.promoted_by else VersionStatus.SHADOW

    def report(self) -> list[str]:
        return [f"  {self.validation.reason}", "step 2 is flaky: [b]2[/b] passed, 1 failed"]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    base: str
    made: Stored | None
    found: Verification


class Updated(msgspec.Struct, frozen=True, kw_only=True):
    base: str
    made: Stored | None
    changes: tuple[str, ...]
    left: tuple[str, ...] = ()
    diff: str


class StandInSession:
    """A session whose other end is the test: `tell` is what the host would say."""

    def __init__(self) -> None:
        self.run_id = "20260301-093000-ab12"
        self.typed = bytearray()
        self.sizes: list[tuple[int, int]] = []
        self.ended = self.closed = False
        self.recorded = self.redraws = 0
        self.unmasked: list[int] = []
        self._queue: list[Message] = []

    def open(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)

    def fileno(self) -> int:
        return self._ours.fileno()

    def tell(self, *messages: Message) -> None:
        self._queue += messages
        self._theirs.send(b"!")

    def receive(self, timeout: float | None = None) -> Message | None:
        del timeout
        with suppress(BlockingIOError):
            self._ours.recv(64)
        return self._queue.pop(0) if self._queue else None

    def redraw(self) -> None:
        self.redraws += 1

    def send_keys(self, data: bytes) -> None:
        self.typed += data

    def resize(self, columns: int, rows: int) -> None:
        self.sizes.append((columns, rows))

    def unmask(self, secrets: Sequence[int]) -> None:
        self.unmasked += secrets

    def note(self, text: str) -> None:
        self.tell(NoteKept(note=Note(after_step=1, at=THEN, text=text)))

    def pause(self, *, on: bool) -> None:
        self.tell(Paused(on=on))

    def end(self, status: RunStatus | None = None) -> None:
        self.ended = True
        self.tell(Ended(status=status or RunStatus.SUCCESS, run_id=self.run_id))

    def close(self) -> None:
        self.closed = True
        self._ours.close()
        self._theirs.close()


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class StandIn(StandInSettings, StandInFleets, StandInSharing):
    """The core's calls over lists; a replay of version 1 stops at step 2, one of version 2 goes through."""

    home: Home = NOWHERE
    traces: list[Trace] = field(default_factory=lambda: [recorded_trace()])
    versions: dict[int, Stored] = field(
        default_factory=lambda: {1: Stored(playbook=playbook(), status=VersionStatus.DRAFT)}
    )
    contents: dict[str, bytes] = field(default_factory=dict)
    """What steps wrote, by digest."""
    waiting: list[Repair] = field(default_factory=list)
    another: AskedAgain = field(default_factory=lambda: AskedAgain(notes=("a rule reads no notes",)))
    """What comes when changes are requested."""
    model: SourceStanding = MODEL
    sections: tuple[ListedSection, ...] = SECTIONS
    proposals: tuple[Repair, ...] = field(default_factory=lambda: (repair(1), repair(2)))
    session: StandInSession = field(default_factory=StandInSession)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    standing: TeamStanding | None = None
    abstained: str | None = None
    failure: Failure | None = None
    hold: bool = False
    outputs: dict[int, str] = field(default_factory=dict)
    """What steps print beside their usual words."""
    no_way_back: str = ""
    refusal: str = ""
    seen: Seen | None = None
    """What the person had before them at the last review."""
    permits: Permits | None = None
    network: bool = False
    """What the last replay or validation was given."""
    known: tuple[SecretStanding, ...] = ()
    """Secrets that a playbook wants."""
    ice: Frozen | None = None
    """Whether replays are frozen."""
    secrets: dict[str, str] = field(default_factory=dict)
    decisions: tuple[AuditEntry, ...] = ()
    verdict: AuditVerdict = WHOLE
    running: dict[str, Presence] = field(default_factory=dict)
    """Sessions that go on, by run."""
    unproven: bool = False
    validating: threading.Event | None = None
    """A validation goes on until it is set."""
    by_policy: str | None = None
    validations: dict[str, ValidationRow] = field(default_factory=dict)
    """Whether a promotion wants a typed reason."""
    go_on: threading.Event = field(default_factory=threading.Event)
    """What goes on in the background ends when it is set."""
    replayed: list[Replay] = field(default_factory=list)
    suspect: Suspect | None = None
    """What is against the active version."""
    wrong: str | None = None
    """What it is repaired for again and again."""
    apart: str | None = None
    """Why recordings are not one playbook."""
    compiling: threading.Event | None = None
    """Compiling goes on until it is set."""
    opening: threading.Event = field(default_factory=_set)
    """A session is opened as soon as it is set."""
    no_session: str = ""
    """Why none can be opened."""
    fared: dict[str, Health] = field(default_factory=dict)
    """How each playbook has fared; empty: as its replays say."""

    def new_session(self, **spec: object) -> StandInSession:
        self.calls.append(("new_session", spec["columns"], spec["rows"]))
        self.calls.append(("named", spec["name"], spec["goal"]))
        self.calls.append(("watched", spec["watch"]))
        self.opening.wait(PATIENCE_S)
        if self.no_session:
            raise BadInputError(self.no_session)
        self.session.open()
        return self.session

    def unknown(self) -> tuple[Replay, ...]:
        return tuple(one for one in self.replayed if is_open(one))

    def settle(self, replay_id: str, word: Word) -> Replay:
        told = settled(next(one for one in self.replayed if one.replay_id == replay_id), word, None)
        self.replayed = [told if one.replay_id == replay_id else one for one in self.replayed]
        return told

    def live(self) -> Mapping[str, Presence]:
        return self.running

    def attach(self, run: str | None, *, take_over: bool = False) -> StandInSession:
        self.calls.append(("attach", run, take_over))
        self.session.open()
        return self.session

    def screen(self, run_id: str, recorded: int, columns: int, rows: int) -> bytes:
        self.calls.append(("screen", run_id, recorded, columns, rows))
        return b"what was there"

    def runs(self) -> tuple[Run, ...]:
        return tuple(trace.run for trace in self.traces)

    def typed(self, text: str, *, most: int) -> tuple[Typed, ...]:
        return tuple(
            Typed(run_id=trace.run.run_id, run=trace.run.name, command=step.command, step_index=step.step_index)
            for trace in self.traces
            for step in trace.steps
            if text in step.command
        )[:most]

    def record_script(  # noqa: PLR0913 - the core's own signature
        self,
        script: Path,
        *,
        name: str | None = None,
        goal: str | None = None,
        cwd: str,
        shell: str = "bash",
        watch: Sequence[str] = (),
        told: Callable[[Step], None] = lambda _: None,
        running: Callable[[Callable[[], None]], None] = lambda _: None,
    ) -> Trace:
        del running
        self.calls.append(("record script", script, name, goal, cwd, shell, tuple(watch)))
        told(self.traces[0].steps[0])
        return self.traces[0]

    def record_last(
        self, count: int, *, environment: Mapping[str, str], session: str | None = None, name: str | None = None
    ) -> Trace:
        del environment
        self.calls.append(("record last", count, session, name))
        return self.traces[0]

    def import_run(
        self,
        form: str,
        path: str,
        *,
        timing: str | None = None,
        mapping: str | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Trace:
        if progress:
            progress("500 moments taken over")
        self.calls.append(("import", form, path, timing or mapping))
        if not Path(path).exists():
            raise BadInputError(f"{path} can't be read: no such file; give another file")
        imported = Imported(format=form, left_out=("a [b]note[/b] \x1b[31m of what was left out",))
        trace = msgspec.structs.replace(
            self.traces[0],
            run=msgspec.structs.replace(self.traces[0].run, run_id="other", name="taken", imported=imported),
        )
        self.traces.append(trace)
        return trace

    def trace(self, run: str) -> Trace:
        found = [trace for trace in self.traces if run in (trace.run.run_id, trace.run.name)]
        if not found:
            raise UnknownNameError(f"no run {run!r}; replaybook runs lists them")
        return found[0]

    def playback(self, run: str) -> Playback:
        recording = open_recording(self.home, self.trace(run).run.run_id)
        return Playback(recording, lambda: Ghostty(scrollback=1 << 16), engine=ENGINE)

    def remove(self, run: str) -> str:
        self.traces = [trace for trace in self.traces if trace.run.run_id != run]
        return run

    def edit(self, run: str, edit: Edit) -> Edited:
        self.calls.append(("edit", run, edit))
        self.traces = [self._without(trace, edit) if trace.run.run_id == run else trace for trace in self.traces]
        return self._edited(run, masked=3 if edit.redact or edit.redact_patterns else 0)

    def undo_edit(self, run: str) -> Edited:
        self.calls.append(("undo_edit", run))
        return self._edited(run)

    def undo_edits(self, run: str) -> Edited:
        self.calls.append(("undo_edits", run))
        return self._edited(run)

    def purge_original(self, run: str) -> Edited:
        self.calls.append(("purge_original", run))
        return self._edited(run)

    def join(self, runs: Sequence[str], *, name: str) -> Trace:
        self.calls.append(("join", tuple(runs), name))
        return self.trace(runs[0])

    @staticmethod
    def _edited(run: str, masked: int = 0) -> Edited:
        elsewhere = ("playbooks/x/1.yaml",) if masked else ()
        return Edited(run_id=run, steps=1, edits=(), original_kept=True, masked=masked, found_in=elsewhere)

    @staticmethod
    def _without(trace: Trace, edit: Edit) -> Trace:
        """Steps cut out; the run says so."""
        run = msgspec.structs.replace(trace.run, edits=("edited",))
        left = [step for step in trace.steps if step.step_index not in edit.cut]
        steps = tuple(msgspec.structs.replace(step, step_index=at) for at, step in enumerate(left, 1))
        return msgspec.structs.replace(trace, run=run, steps=steps)

    def compile(
        self,
        runs: Sequence[str],
        *,
        name: str,
        keep: frozenset[int] = frozenset(),
        drop: frozenset[int] = frozenset(),
        progress: Callable[[str], None] = lambda _: None,
    ) -> Compilation:
        self.calls.append(("compile", tuple(runs), name, keep, *([drop] if drop else [])))
        progress("reading recording 1 of 1")
        if self.compiling:
            self.compiling.wait(PATIENCE_S)
        progress("storing the draft")
        if self.apart:
            raise BadInputError(self.apart)
        return compilation()

    def glance(self, run: str) -> Glance:
        return Glance(Path("nowhere"), self.trace(run), {})

    def written(self, step: Step) -> tuple[FileDiff, ...]:
        return written(step, self.contents.get)

    def search(
        self,
        text: str,
        run: str | None = None,
        *,
        told: Callable[[FoundIn], object] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> Found:
        del progress
        self.calls.append(("search", text, run))
        traces = [self.trace(run)] if run else self.traces
        needle = Needle(text)
        every = (found_in(one.run, hits(Glance(Path("nowhere"), one, {}), needle), most=500) for one in traces)
        found = tuple(one for one in every if one)
        for one in found:
            assert not stopped()
            told(one)
        return Found(query=text, searched=len(traces), runs=found)

    def playbooks(self) -> tuple[Summary, ...]:
        if not self.versions:
            return ()
        newest = self.versions[max(self.versions)]
        return (
            Summary(
                name=newest.playbook.name,
                version=newest.playbook.version,
                status=newest.status,
                versions=tuple(self.versions),
                active=next((n for n, one in self.versions.items() if one.status is VersionStatus.ACTIVE), None),
                steps=len(newest.playbook.steps),
                goal=newest.playbook.goal,
                suspect=self.suspect,
                wrong=self.wrong,
            ),
        )

    def health(self) -> Mapping[str, Health]:
        waiting = sum(one.status is RepairStatus.PROPOSED for one in self.waiting)
        return self.fared or {"publish-notes": health(self.replayed, waiting=waiting)}

    def shadow_level(self) -> Level:
        return Level.L3

    def version(self, ref: str) -> Stored:
        number = int(ref.partition("@")[2] or max(self.versions))
        if number not in self.versions:
            raise UnknownNameError(f"no version {ref}; replaybook playbooks lists them")
        return self.versions[number]

    def diff(self, before: str, after: str) -> str:
        return f"--- {before}\n+++ {after}\n@@ -1 +1 @@\n-a\n+b\n"

    def changes(self, before: str, after: str) -> Sequence[Change]:
        return changes(self.version(before).playbook, self.version(after).playbook)

    def import_markdown(self, path: str) -> Compilation:
        self.calls.append(("import markdown", path))
        playbook = self.version("release-site").playbook
        return Compilation(playbook=playbook, quality=Quality(score=0, notes=("nothing [b]was[/b] recorded",)))

    def answer(self, ref: str, question: str, *, yes: bool) -> Stored:
        self.calls.append(("answer", ref, question, yes))
        return self.version(ref)

    def text(self, ref: str) -> tuple[str, str]:
        stored = self.version(ref)
        return f"{stored.playbook.name}@{stored.playbook.version}", stored.text

    def lineage(self, name: str) -> Sequence[Descent]:
        del name
        return tuple(
            Descent(
                version=number,
                status=one.status,
                created_at=THEN.isoformat(),
                how="compiled" if number == 1 else f"edit of v{number - 1}",
                base=number - 1 or None,
                steps=len(one.playbook.steps),
            )
            for number, one in sorted(self.versions.items(), reverse=True)
        )

    def write(self, ref: str, text: str, *, where: str) -> Stored:
        self.calls.append(("write", ref, text))
        made = load_written(text, name="publish-notes", where=where)
        self.versions[2] = Stored(
            playbook=msgspec.structs.replace(made, version=2), status=VersionStatus.DRAFT, text=text
        )
        return self.versions[2]

    def keep(self, ref: str, step: int) -> Stored:
        """Version 2, with the step kept."""
        self.calls.append(("keep", ref, step))
        kept = msgspec.structs.replace(compilation(), playbook=playbook(2), dropped=(), kept=(step,))
        self.versions[2] = Stored(playbook=kept.playbook, status=VersionStatus.DRAFT, compilation=kept)
        return self.versions[2]

    def carry(self, ref: str, names: Sequence[str]) -> Stored:
        """Version 2, with those variables."""
        self.calls.append(("carry", ref, tuple(names)))
        made = msgspec.structs.replace(compilation(), playbook=playbook(2), env=tuple(names))
        self.versions[2] = Stored(playbook=made.playbook, status=VersionStatus.DRAFT, compilation=made)
        return self.versions[2]

    def compile_verified(  # noqa: PLR0913 - the core's own signature
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
        self.calls.append(("compile_verified", tuple(runs), name, keep, cwd, *([drop] if drop else [])))
        self._work(progress, director)
        return compilation(), LEARNED

    def verify(
        self,
        ref: str,
        *,
        cwd: str | None = None,
        progress: Callable[[str], None] | None = None,
        director: Director | None = None,
    ) -> Verified:
        """Version 2, with a mask more."""
        self.calls.append(("verify", ref, cwd))
        self._work(progress, director)
        self.versions[2] = Stored(playbook=playbook(2), status=VersionStatus.DRAFT)
        return Verified(base=ref, made=self.versions[2], found=LEARNED)

    def _work(self, progress: Callable[[str], None] | None, director: Director | None) -> None:
        """Goes on until the test says so, or a person stops it."""
        if director:
            director.running(self.go_on.set)
        if progress:
            progress("doing the work once more")
        self.go_on.wait(PATIENCE_S)
        if director and director.next(Stand(step_index=1, playbook=playbook())) is Move.STOP:
            raise RefusedError("verifying was stopped: nothing was learned and nothing is stored")

    def update(self, ref: str, source: str) -> Updated:
        """Version 2, with another output."""
        self.calls.append(("update", ref, source))
        self.versions[2] = Stored(playbook=playbook(2), status=VersionStatus.DRAFT)
        return Updated(
            base=ref,
            made=self.versions[2],
            changes=("step 2: '3' is '4' now",),
            left=("step 3 was not done in that run",),
            diff="-a 3\n+a 4\n",
        )

    def side_by_side(self, one: str, two: str) -> tuple[Comparison, Aligned]:
        """The first recording against itself with another output."""
        self.calls.append(("compare", one, two))
        trace = self.traces[0]
        other = [msgspec.structs.replace(step, output=f"{step.output}more\n") for step in trace.steps[:2]]
        both = trace, msgspec.structs.replace(trace, steps=(*other, *trace.steps[2:3]))
        aligned = Aligned(*map(recorded, both))
        return aligned.comparison(lambda _: None), aligned

    def recording_of(self, replay_id: str) -> str:
        self.calls.append(("recording_of", replay_id))
        return self.traces[0].run.run_id

    def stability(self, ref: str, *, last: int = 10) -> Stability:
        self.calls.append(("stability", ref, last))
        sides = [replayed(one, self.traces[0], playbook()) for one in self.replayed if one.mode is not Mode.SIMULATE]
        return stability(playbook(), sides, last=last, left_out={"in a shadow": 2})

    def tools(self) -> tuple[ListedSection, ...]:
        return self.sections

    def tools_file(self) -> Path:
        return self.home.path / "tools.toml"

    def probe_tools(self, *names: str) -> tuple[ListedSection, ...]:
        """The first server tells one tool, the second gives no answer."""
        self.calls.append(("probe_tools", *names))
        told, silent, *rest = self.sections
        tool = ListedTool(name="forge/pull_request", description=TOLD, destructive=True)
        self.sections = (
            msgspec.structs.replace(told, tools=(tool,), asked_at="2026-03-01T09:30:00Z"),
            msgspec.structs.replace(silent, problem="no answer within 30 s; timeout in tools.toml allows more"),
            *rest,
        )
        return self.sections

    def find(self, task: str, *, most: int = 10) -> FoundPlaybooks:
        self.calls.append(("find", task, most))
        newest = self.versions[max(self.versions)]
        one = FoundPlaybook(
            playbook="publish-notes",
            version=newest.playbook.version,
            status=newest.status,
            goal=newest.playbook.goal,
            score=1.0,
            succeeded=2,
            tried=3,
        )
        return FoundPlaybooks(task=task, playbooks=(one,) if "publish" in task else ())

    def dispatch(self, goal: str, *, cwd: str, values: Mapping[str, str] | None = None) -> Dispatch:
        """Names version 1 once the task names a project."""
        self.calls.append(("dispatch", goal, cwd, values))
        if "project=" not in goal:
            message = "publish-notes@1 fits, but project has no value; give one with project=VALUE"
            return Dispatch(goal=goal, workspace=cwd, why=Why.UNBOUND, message=message, candidates=("publish-notes@1",))
        given = {"project": goal.rpartition("=")[2]}
        return Dispatch(
            goal=goal,
            workspace=cwd,
            replay="publish-notes@1",
            bindings=given,
            values=given,
            proposed=("project",),
            message="it fits, all of its parameters have values, and simulate says that it is ready",
        )

    def ledger(self, name: str | None = None) -> Ledger:
        self.calls.append(("ledger", name))
        measure = recorded_of(self.traces[0])
        assert measure is not None
        return ledger([account("publish-notes", [measure], self.replayed, taken={}, simulated=1)])

    def check(  # noqa: PLR0913 - as the core's
        self,
        names: Sequence[str] = (),
        *,
        shadow: bool = False,
        over: Over = ALONE,
        director: Director | None = None,
        stopped: Callable[[], bool] = lambda: False,
        planned: Callable[[int], None] = lambda _: None,
        told: Callable[[Checked], None] = lambda _: None,
    ) -> Watch:
        """One passes, one diverges in its shadow, one has no active version."""
        del director, names
        planned(3)
        if over != ALONE:
            self.calls.append(("check_over", over))
        self.calls.append(("check", shadow))
        assert not stopped()
        bad = Drift.DIVERGED if shadow else Drift.NOT_READY
        found = (
            Checked(
                playbook="publish-notes", version=1, workspace="/w", found=Drift.PASSED, reason="ready", passed=True
            ),
            Checked(playbook="backup", version=2, workspace="/w", found=bad, reason="step 2: no disk", passed=False),
            Checked(playbook="draft", found=Drift.SKIPPED, reason="draft has no active version", passed=True),
        )
        for one in found:
            told(one)
        return watch(found, started_at=THEN.isoformat(), duration_ms=3.0)

    def replays(self, ref: str | None = None) -> tuple[Replay, ...]:
        del ref
        return tuple(self.replayed)

    def replay(  # noqa: PLR0913 - the core's own signature
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
        del ask
        self.permits, self.network = permits, network
        self.secrets = dict(secrets or {})
        if self.refusal:
            raise RefusedError(self.refusal)
        self.calls.append(("replay", ref, mode, cwd, dict(values or {}), from_step, shadow, draft))
        assert director is not None
        assert watcher is not None
        return _Play(self, self.version(ref).playbook, mode, director, watcher, from_step=from_step or 1).run()

    def try_step(  # noqa: PLR0913 - the core's own signature
        self,
        ref: str,
        step: int,
        *,
        cwd: str,
        alone: bool = False,
        values: Mapping[str, str] | None = None,
        network: bool = False,
        director: Director | None = None,
        watcher: Callable[[ReplayEvent], None] | None = None,
        secrets: Mapping[str, str] | None = None,
        permits: Permits | None = None,
        ask: Callable[[WantedSecret], str | None] | None = None,
    ) -> Replay:
        del ask
        self.permits, self.network, self.secrets = permits, network, dict(secrets or {})
        self.calls.append(("try_step", ref, step, cwd, alone, dict(values or {})))
        assert director is not None
        assert watcher is not None
        return _Play(self, self.version(ref).playbook, Mode.STRICT, director, watcher).run()

    def secrets_wanted(self, ref: str) -> tuple[SecretStanding, ...]:
        del ref
        return self.known

    def store_secret(self, called: str, value: Callable[[], str]) -> None:
        self.calls.append(("store_secret", called, value()))
        playbook, _, name = called.partition("/")
        self._sourced(f"{playbook.partition('@')[0]}/{name}", "the keyring")

    def forget_secret(self, called: str) -> bool:
        self.calls.append(("forget_secret", called))
        return self._sourced(called, None)

    def _sourced(self, called: str, source: str | None) -> bool:
        before = {one.entry: one.source for one in self.known}
        told = (msgspec.structs.replace(one, source=source) if one.entry == called else one for one in self.known)
        self.known = tuple(told)
        return before[called] is not None

    def repairs(self) -> tuple[Repair, ...]:
        return tuple(self.waiting)

    def review(
        self,
        repair_id: str,
        decision: Decision,
        *,
        note: str | None = None,
        edited: str | None = None,
        seen: Seen | None = None,
    ) -> Repair:
        self.calls.append(("review", repair_id, decision, note, edited))
        self.seen = seen
        known = {one.repair_id: one for one in (*self.proposals, *self.waiting)}
        if known[repair_id].status is RepairStatus.STALE:
            raise RefusedError(f"{repair_id} is stale: its base version changed; replay again")
        status = {
            Decision.APPROVE: RepairStatus.APPROVED,
            Decision.REJECT: RepairStatus.REJECTED,
            Decision.REQUEST_CHANGES: RepairStatus.CHANGES_REQUESTED,
        }[decision]
        made = None
        if decision is Decision.APPROVE:
            made = max(self.versions) + 1
            mended = playbook(made, f"notes/release-1.{repair_id[-1]}.txt")
            self.versions[made] = Stored(playbook=mended, status=VersionStatus.DRAFT)
        done = msgspec.structs.replace(known[repair_id], status=status, created_version=made, note=note)
        self.waiting = [done if one.repair_id == repair_id else one for one in self.waiting]
        return done

    def validate(
        self,
        ref: str,
        *,
        progress: Callable[[str], None] | None = None,
        network: bool = False,
        times: int = 1,
        director: Director | None = None,
    ) -> Validated:
        self.calls.append(("validate", ref) if times == 1 else ("validate", ref, times))
        self.network = network
        if progress:
            progress("copying the workspace")
        while self.validating is not None and not self.validating.wait(0.01):
            if director is not None and director.ended:
                raise RefusedError("the validation was stopped")
        found = Validation(stability=stability(playbook(), [], last=times, left_out={}) if times > 1 else None)
        return Validated(validation=found, promoted_by=self.by_policy)

    def validation(self, ref: str) -> ValidationRow | None:
        return self.validations.get(ref)

    def active_versions(self) -> Mapping[str, int]:
        return {one.playbook.name: at for at, one in self.versions.items() if one.status is VersionStatus.ACTIVE}

    def promote(self, ref: str, *, override: str | None = None, active: int | None = None) -> Stored:
        self.calls.append(("promote", ref, override))
        self._check_active(active)
        if self.version(ref).status is VersionStatus.DISABLED:
            raise RefusedError(f"can't promote: {ref} is disabled")
        if self.unproven and not override:
            raise UnprovenError(f"{ref} can't be promoted: it was never validated; validate it, or give --override")
        return self._standing(ref, VersionStatus.ACTIVE)

    def rollback(self, name: str, *, active: int | None = None) -> Stored:
        self._check_active(active)
        self.calls.append(("rollback", name))
        return self.version(name)

    def _check_active(self, seen: int | None) -> None:
        now = max(self.active_versions().values(), default=0)
        if seen not in (None, now):
            raise RefusedError(f"{now} is the active version by now, and {seen} was when you were asked")

    def disable(self, ref: str, *, active: int | None = None) -> Stored:
        self._check_active(active)
        self.calls.append(("disable", ref))
        return self._standing(ref, VersionStatus.DISABLED)

    def audit(self, wanted: Wanted = EVERYTHING) -> tuple[AuditEntry, ...]:
        return chosen(self.decisions, wanted, lambda _: None)

    def audit_filter(self, typed: str) -> Wanted:
        return wanted_of(typed, now=THEN)

    def verify_audit(self, copy: str | None = None) -> AuditVerdict:
        self.calls.append(("verify_audit", copy))
        return self.verdict

    def attest_to(self, path: Path, wanted: Wanted = EVERYTHING, *, progress: Callable[[str], None] = print) -> None:
        del progress
        self.calls.append(("attest_to", path, wanted))

    def ignore_rules(self) -> IgnoreRules:
        return IgnoreRules(file="/h/ignore", written=False, rules=(IGNORED,), folders=("/h",))

    def ignore_verdict(self, path: str, *, cwd: str) -> IgnoreVerdict:
        self.calls.append(("ignore_verdict", path, cwd))
        ignored = path.endswith(".o")
        return IgnoreVerdict(path=path, ignored=ignored, rule=IGNORED if ignored else None)

    def ignore_file(self) -> Path:
        self.calls.append(("ignore_file",))
        return self.home.ignore

    def secrets_file(self) -> Path:
        self.calls.append(("secrets_file",))
        return self.home.secrets

    def secret_rules(self) -> RuleSet:
        return RuleSet(
            rules=(Rule(id="badge", regex="B-[0-9]+", source="yours", description="[b]a badge[/b]"),),
            variables=("PIN",),
        )

    def masked_text(self, text: str) -> Masked:
        kept, maskings = Redactor().text(text)
        return Masked(text=kept, maskings=tuple(Hidden(rule=one.rule, where=one.where) for one in maskings))

    def masked_file(self, file: str) -> Masked:
        self.calls.append(("masked_file", file))
        return self.masked_text(Path(file).read_text())

    def frozen(self) -> Frozen | None:
        return self.ice

    def freeze(self, reason: str | None = None) -> Freeze:
        self.ice = Frozen(by="ada", at="2026-03-01T09:30:00Z", reason=reason)
        return Freeze(frozen=self.ice, stopped=("run-1",))

    def thaw(self) -> Freeze:
        self.ice = None
        return Freeze(frozen=None)

    def policy_file(self) -> Path:
        self.calls.append(("policy_file",))
        return self.home.policy

    def policy_rules(self, file: Path | None = None) -> PolicyRules:
        del file
        rule = PolicyRule(says="deny", about="[b]git push[/b]", source="policy.toml:1")
        return PolicyRules(file="/h/policy.toml", written=False, rules=(rule,))

    def policy_answer(self, asked: str, *, cwd: str, playbook: str = "") -> PolicyRules | PolicyVerdict:
        self.calls.append(("policy_answer", asked, cwd, playbook))
        if asked.endswith(".toml"):
            return self.policy_rules()
        said = {"git push": ("denied", "policy.toml:1 denies"), "ls": ("allowed", "nothing speaks against it")}
        verdict, message = said.get(asked, ("unknown", "only a run can tell"))
        level = SafetyLevel.NEEDS_CONFIRM
        return PolicyVerdict(command=asked, verdict=verdict, message=message, level=level, need=Need.ASK)

    def rebuild_catalog(self) -> Rebuilt:
        self.calls.append(("rebuild_catalog",))
        counts = {"runs": 2, "versions": 3, "repairs": 0, "replays": 1, "validations": 0}
        return Rebuilt(**counts, damage=None, log_whole=True, unreadable=(), changed=(), kept=None)

    def doctor(self) -> tuple[Finding, ...]:
        return (
            Finding(name="bash", state=State.OK, detail="/bin/bash"),
            Finding(name="shadow", state=State.MISSING, detail="L0: no isolation", advice="install bubblewrap"),
        )

    def vitals(self) -> tuple[Finding, ...]:
        return (Finding(name="inbox", state=State.DEGRADED, detail="1 waits", advice="replaybook repairs lists them"),)

    def figures(self) -> Figures:
        rows = Rows(runs=(RunRow(id="r", name="[b]", status=RunStatus.SUCCESS, started_at="2026-03-01T09:00:00Z"),))
        return count(rows, (), stopped_at=lambda _: None, length=7, now=datetime(2026, 3, 1, tzinfo=UTC))

    def overdue(self, runs: Sequence[Run]) -> Overdue | None:
        older_than = self.settings().settings.retention.older_than
        return Overdue(older_than=older_than, runs=len(runs)) if older_than else None

    def retention(self, before: datetime) -> Retention:
        self.calls.append(("retention",))
        return Retention(before=before.isoformat(), goes=("old-one",), kept=(Kept(run_id="base", reason="needed"),))

    def purge(self, chosen: Retention, *, progress: Callable[[str], None]) -> Retention:
        progress("0 of 1 recordings deleted")
        self.calls.append(("purge", *chosen.goes))
        return msgspec.structs.replace(chosen, gone=True)

    def back_up(self, target: Path, *, progress: Callable[[str], None]) -> Manifest:
        progress("catalog.json")
        self.calls.append(("back_up", target))
        return Manifest(format=1, made_at="2026-03-01T09:00:00Z", home="/home/ada", files=())

    def check_backup(self, file: Path, *, progress: Callable[[str], None]) -> Manifest:
        progress("catalog.json")
        self.calls.append(("check_backup", file))
        return Manifest(format=1, made_at="2026-03-01T09:00:00Z", home="/home/ada", files=(), team="db/ops")

    def restore(self, file: Path, folder: Path, *, progress: Callable[[str], None]) -> Manifest:
        progress("catalog.json")
        self.calls.append(("restore", file, folder))
        return Manifest(format=1, made_at="2026-03-01T09:00:00Z", home="/home/ada", files=())

    def team(self) -> TeamStanding | None:
        return self.standing

    def team_roster(self) -> Roster:
        ada = Member(role="ada", person="Ada [b]", admin=True, admitted_by="owner", admitted_at="2026-03-01")
        return Roster(me=Me(role="ada", person="Ada [b]", admin=True), members=(ada,), others={"promotion": 1})

    def team_admit(self, role: str, person: str, *, admin: bool = False) -> Roster:
        self.calls.append(("team_admit", role, person, admin))
        return self.team_roster()

    def team_dismiss(self, role: str) -> Roster:
        self.calls.append(("team_dismiss", role))
        return self.team_roster()

    def team_require(self, rule: str, others: int) -> Roster:
        self.calls.append(("team_require", rule, others))
        return self.team_roster()

    def copy_catalog(self, source: str, target: str, *, progress: Callable[[str], None]) -> Copied:
        progress("reading")
        self.calls.append(("copy_catalog", source, target))
        return Copied(
            source=source, target="[b]db[/b]", rows={"playbooks": 2}, files=3, decisions=4, digest="sha256:1", new=9
        )

    def repair_rules(self) -> RepairRules:
        rule = RepairRule(
            name="other-command-name", source="built in", recognises="A missing name", approved=3, rejected=1
        )
        return RepairRules(folder="/home/ada/rules", rules=(rule,), broken=("[b]worse.toml[/b]: rule 1: no name",))

    def sources(self) -> tuple[SourceStanding, ...]:
        return (SourceStanding(source=SourceName.HTTP, state="off"), self.model)

    def source_request(self, name: str) -> Asking:
        return Asking(source=name, url="https://models.example.org/v1", digest="sha256:1", body='{"model": "[b]"}')

    def allow_source(self, name: str) -> SourceStanding:
        self.calls.append(("allow", name))
        self.model = msgspec.structs.replace(self.model, state="allowed")
        return self.model

    def withdraw_source(self, name: str) -> SourceStanding:
        self.calls.append(("withdraw", name))
        self.model = msgspec.structs.replace(self.model, state="not allowed")
        return self.model

    def try_source(self, name: str, *, director: Director | None = None) -> Tried:
        del director
        return Tried(source=SourceName(name), answered=False, notes=("no whole answer within 30 s",))

    def store_source_key(self, name: str, value: Callable[[], str]) -> None:
        self.calls.append(("store", name, value()))

    def forget_source_key(self, name: str) -> bool:
        self.calls.append(("forget", name))
        return True

    def sources_file(self) -> Path:
        return NOWHERE.sources

    def ask_again(self, repair_id: str, *, director: Director | None = None) -> AskedAgain:
        del director
        self.calls.append(("again", repair_id))
        return self.another

    def incident(
        self,
        ref: str,
        *,
        path: Path | None = None,
        folder: bool = False,
        anonymize: bool = False,
        full: bool = False,
        progress: Callable[[str], None] = print,
    ) -> Made:
        del progress
        self.calls.append(("incident", ref, folder, anonymize, full))
        written = path or Path("incident.html")
        written.write_text(ref, encoding="utf-8")
        return Made(
            path=str(written),
            format="folder" if folder else "html",
            bytes=len(ref),
            run_id=None,
            replay_id=ref,
            steps=0,
            recordings=0,
            redactions=0,
            found=0,
            anonymized=0,
            cut=0,
        )

    def export_to(self, path: Path, name: str, form: str, *, progress: Callable[[str], None] = print) -> None:
        del progress
        path.write_text(f"{name} as {form}", encoding="utf-8")

    def _standing(self, ref: str, status: VersionStatus) -> Stored:
        changed = msgspec.structs.replace(self.version(ref), status=status)
        self.versions[changed.playbook.version] = changed
        return changed


def compilation() -> Compilation:
    return Compilation(
        playbook=playbook(),
        dropped=(Dropped(source_step_index=1, reason="looking around"),),
        questions=(Question(id="q1", text="Is 1.4 a parameter?", step_index=2, value="1.4"),),
        notes=("step 2: the workspace became {{project}}",),
        quality=Quality(score=0.9, notes=("one question is open",)),
    )


def default_failure() -> Failure:
    return Failure(
        step_index=FAILS_AT,
        divergence=Divergence.EXIT_CODE,
        failure_class=FailureClass.MISSING_FILE,
        message="step 2: expected exit 0, came exit 1: notes/release.txt is not there",
        expected="0",
        actual="1",
    )


@dataclass
class _Play:
    core: StandIn
    playbook: Playbook
    mode: Mode
    director: Director
    tell: Callable[[ReplayEvent], None]
    outcomes: list[StepOutcome] = field(default_factory=list)
    status: ReplayStatus = ReplayStatus.SUCCESS
    failure: Failure | None = None
    ran: Step | None = None
    from_step: int = 1

    def run(self) -> Replay:
        self.tell(ReplayBegan(replay_id="p-1", playbook=self.playbook, mode=self.mode, bindings={}, shadow=None))
        interrupted = threading.Event()
        self.director.running(interrupted.set)
        while len(self.outcomes) < len(self.playbook.steps) and self.status is ReplayStatus.SUCCESS:
            self._take(len(self.outcomes) + 1, interrupted)
        if self.mode is Mode.SIMULATE:
            self.status = ReplayStatus.NOT_READY
        replay = Replay(
            replay_id="p-1",
            run_id=None,
            playbook=self.playbook.name,
            version=self.playbook.version,
            digest="sha256:x",
            mode=self.mode,
            status=self.status,
            failure=self.failure,
            stopped_at=self.failure.step_index if self.failure else None,
            steps=tuple(self.outcomes),
        )
        self.tell(ReplayEnded(replay=replay))
        return replay

    def _take(self, index: int, interrupted: threading.Event) -> None:
        run = self.playbook.steps[index - 1].run
        if index < self.from_step:
            self.outcomes.append(StepOutcome(step_index=index, status=StepState.SKIPPED))
            return
        if self.mode is Mode.SIMULATE:
            self._check(index, run)
            return
        move = self.director.next(self._stand(index))
        if move is Move.STOP:
            self.status = ReplayStatus.CANCELLED
        elif move is Move.SKIP:
            self.outcomes.append(StepOutcome(step_index=index, status=StepState.SKIPPED))
        else:
            self._act(index, run, interrupted)

    def _stand(self, index: int) -> Stand:
        return Stand(step_index=index, playbook=self.playbook, ran=self.ran, no_way_back=self.core.no_way_back)

    def _check(self, index: int, run: str) -> None:
        check = Check(kind="file_exists", state=CheckState.FAIL, subject="x", message="notes/release.txt is not there")
        outcome = StepOutcome(step_index=index, status=StepState.BLOCKED, checks=(check,), run=run)
        self.tell(StepChecked(step_index=index, outcome=outcome))
        self.outcomes.append(outcome)

    def _act(self, index: int, run: str, interrupted: threading.Event) -> None:
        self.tell(StepRan(step_index=index, command=run))
        self.tell(StepPrinted(step_index=index, data=b"\x1b[32mworking\x1b[0m\r\n"))
        if self.core.hold:
            interrupted.wait(PATIENCE_S)
        fails = index == FAILS_AT and self.playbook.version == 1
        failure = (self.core.failure or default_failure()) if fails else None
        done = step(index, run, exit_code=int(fails), status=StepStatus.FAILED if fails else StepStatus.SUCCESS)
        done = msgspec.structs.replace(done, output=self.core.outputs.get(index, done.output))
        outcome = StepOutcome(
            step_index=index, status=StepState.FAILED if fails else StepState.SUCCESS, run=run, duration_ms=5.0
        )
        self.tell(StepJudged(outcome=outcome, step=done, failure=failure))
        if failure and not self._mended(failure):
            self.failure, self.status = failure, ReplayStatus.FAILED
            self.outcomes.append(outcome)
        elif not failure:
            self.ran = done
            self.outcomes.append(outcome)

    def _mended(self, failure: Failure) -> bool:
        if self.mode is not Mode.GUIDED:
            return False
        proposals = () if self.core.abstained else self.core.proposals
        self.tell(RepairsProposed(failure=failure, repairs=proposals, abstained=self.core.abstained))
        approved = self.director.review(failure, proposals) if proposals else None
        if approved is None:
            return False
        self.playbook = self.core.versions[max(self.core.versions)].playbook
        self.tell(VersionMade(playbook=self.playbook, digest="sha256:y"))
        return True


def told_steps() -> tuple[Message, ...]:
    """What a session says while one command runs."""
    command = "ls --color"
    began = StepBegan(step_index=1, command=command, cwd="/home/ada/notes", started_at=THEN)
    return (began, Output(data=b"\x1b[34msrc\x1b[0m\r\n"), StepEnded(step=step(1, command)))
