"""What a recorded session amounts to, step by step: the values that everything above reads."""

from datetime import datetime
from enum import StrEnum

import msgspec

from capture.pauses import Unrecorded
from capture.provenance import AgentUse, Hints, Imported, Speaker, StepSource

LEFT_OUT = "\n[…]\n"
"""What stands in a step's output where its middle was left out."""


class RunStatus(StrEnum):
    """How a run ended."""

    IN_PROGRESS = "in_progress"
    """Its host still writes."""
    SUCCESS = "success"
    """Ended by itself, its last step with exit code 0 (or it had no step)."""
    FAILED = "failed"
    """Ended by itself, its last step failed."""
    PARTIAL = "partial"
    """Stopped from outside: interrupted, disk full, a replay that stopped."""
    RECOVERED = "recovered"
    """The host died; every step that had ended is here."""


class StepKind(StrEnum):
    """What kind of action a step is."""

    SHELL = "shell"
    """A command line."""
    TOOL = "tool"
    """A tool invocation."""
    FILE = "file"
    """A file operation."""
    ENV = "env"
    """An environment change."""


class StepStatus(StrEnum):
    """How a step ended."""

    SUCCESS = "success"
    """Exit code 0."""
    FAILED = "failed"
    """Another exit code, or a signal."""
    SKIPPED = "skipped"
    """Not run on purpose."""
    PARTIAL = "partial"
    """Began and never ended (the session was cut)."""


class EffectOp(StrEnum):
    """What happened to a path."""

    CREATED = "created"
    """Was not there before."""
    MODIFIED = "modified"
    """Written; `before` equals `after` when the same content was written again."""
    DELETED = "deleted"
    """Is not there any more."""
    MOVED = "moved"
    """Came from `moved_from`, same inode."""
    CHMOD = "chmod"
    """Only its permission bits changed."""


class FileType(StrEnum):
    """What a path is, links not followed."""

    FILE = "file"
    """A regular file."""
    DIRECTORY = "directory"
    """A directory."""
    SYMLINK = "symlink"
    """A symbolic link; its content is its target."""
    OTHER = "other"
    """A socket, a pipe, a device."""


# Values that form no circle are not looked through for one: with thousands of steps that takes a tenth of a second.
class FileEffect(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One path that a step changed."""

    path: str
    """Relative to the workspace where inside it, absolute elsewhere."""
    op: EffectOp
    """What happened."""
    type: FileType
    """What it is now (or was, when deleted)."""
    before: str | None = None
    """`sha256:…` of the content before, where it was known."""
    after: str | None = None
    """`sha256:…` of the content after; None when deleted, a directory, or past the size limit."""
    size: int | None = None
    """Bytes now; None when deleted or a directory."""
    mode: int | None = None
    """Permission bits now; None when deleted."""
    moved_from: str | None = None
    """Where a moved path came from."""
    replaced: str | None = None
    """`sha256:…` of the file that stood where a moved one is now, empty where it isn't known; None: there was none."""


class EnvEffects(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a step changed in the shell itself: exported variables, options, aliases and functions."""

    set: dict[str, str] = {}
    """Variable to new value, secrets masked."""
    unset: tuple[str, ...] = ()
    """Variables that are exported no more."""
    options: dict[str, bool] = {}
    """Shell option to whether it is on now."""
    aliases: dict[str, str] = {}
    """Alias to its new text, secrets masked."""
    aliases_unset: tuple[str, ...] = ()
    """Aliases that are gone."""
    functions: dict[str, str] = {}
    """Function to its new definition, secrets masked, its end cut off where it is very long."""
    functions_unset: tuple[str, ...] = ()
    """Functions that are gone."""

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.listed())

    def listed(self) -> tuple[tuple[str, str], ...]:
        """Each change as what was done, and to what."""
        return (
            *(("set", f"{name}={value}") for name, value in self.set.items()),
            *(("unset", name) for name in self.unset),
            *(("option", f"{name} {'on' if on else 'off'}") for name, on in self.options.items()),
            *(("alias", f"{name}={text}") for name, text in self.aliases.items()),
            *(("unalias", name) for name in self.aliases_unset),
            *(("function", name) for name in self.functions),
            *(("unset function", name) for name in self.functions_unset),
        )


class Input(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something typed into a running program."""

    prompt: str
    """The last line of output when it was typed."""
    text: str | None
    """What was typed, its line end included; None when secret."""
    secret: bool = False
    """Typed with echo off: the text is stored nowhere."""
    which: int | msgspec.UnsetType = msgspec.UNSET
    """Of a secret: 2 and up where it was another text than the secrets before it in the run; unset for the first."""


class Masked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That something was masked; what, is kept nowhere."""

    rule: str
    """What recognised it."""
    field: str
    """Where: `command`, `output`, `input`, `environment`, `path`."""
    count: int = 1
    """How often there."""
    secret: int = 0
    """Which secret of the run it was, counted from 1; 0 where that was not kept apart."""


class SeenTool(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A program on PATH as it was when a step began that names it."""

    name: str
    """The word."""
    path: str
    """Where it lies."""
    size: int
    """Bytes."""
    sha256: str
    """Hex digest of its first mebibyte: whatever is built anew begins otherwise."""


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One action of a run, as it happened."""

    step_index: int
    """Counts from 1."""
    kind: StepKind = StepKind.SHELL
    """What kind of action."""
    command: str
    """The exact text, many lines included; of a tool step, its call (`capture.calls`); of a file step, a patch or the
    shell text that made the change."""
    cwd: str
    """Working directory before."""
    cwd_after: str
    """Working directory after."""
    status: StepStatus
    """How it ended."""
    exit_code: int | None
    """None while it runs, or when the session was cut."""
    signal: str | None = None
    """Name of the signal that ended it, as `SIGINT`."""
    started_at: datetime
    """UTC."""
    duration_ms: float
    """Milliseconds."""
    output: str = ""
    """What it printed, as a screen would leave it: no escapes, no overwritten text."""
    output_bytes: int = 0
    """Bytes that came, escapes included."""
    output_truncated: bool = False
    """True when `output` is only the beginning and the end."""
    output_start: int = 0
    """Offset of its first byte in the terminal recording."""
    output_end: int = 0
    """Offset behind its last byte in the terminal recording."""
    full_screen: bool = False
    """True when it used the alternate screen (vim, less): what counts of it are its file effects."""
    timed_out: bool = False
    """True when its time limit ended it."""
    unmet_prompt: str | None = None
    """The prompt that it waited at and that no recorded answer was for; it was ended there."""
    inputs: tuple[Input, ...] = ()
    """The dialogue, in order."""
    file_effects: tuple[FileEffect, ...] = ()
    """Paths changed, sorted."""
    effects_seen: bool = True
    """False when nobody watched its files: `file_effects` says nothing then."""
    committed: tuple[str, ...] | None = None
    """What git's tree that is checked out holds otherwise than before, as `A 100644 notes.md` or `D old.txt`, sorted;
    `detached` behind them where no branch holds it; None where there is no repository or nobody could tell."""
    message: str | msgspec.UnsetType = msgspec.UNSET
    """Of the commit that it made in a full-screen editor, secrets masked; unset where it made none so."""
    env_effects: EnvEffects = EnvEffects()
    """Exported variables changed."""
    tools: tuple[SeenTool, ...] = ()
    """Programs that words of its command mean; not looked at in replays."""
    refs: dict[str, str] = {}
    """What git refs that its command names meant before it, each with its hash; not looked at in replays."""
    maskings: tuple[Masked, ...] = ()
    """What was masked in all of this."""
    apart: bool | msgspec.UnsetType = msgspec.UNSET
    """True when other steps ran at the same time: what changed meanwhile can't be told apart; unset for the others."""
    part_of: int | msgspec.UnsetType = msgspec.UNSET
    """The step that it is a part of, which has its own end; unset where it is none."""
    hints: Hints | msgspec.UnsetType = msgspec.UNSET
    """What its recorder said about it; unset where it said nothing."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded session."""

    run_id: str
    """Sorts by time."""
    name: str
    """For people; not unique."""
    goal: str | None = None
    """What the work was for."""
    status: RunStatus
    """How it ended."""
    started_at: datetime
    """UTC."""
    ended_at: datetime | None = None
    """UTC; None while in progress or recovered without an end."""
    shell: str
    """`bash`, `zsh` or `fish`; empty when an imported file does not say."""
    cwd: str
    """Where it began; empty when an imported file does not say."""
    host: str
    """Machine name; empty for an imported run."""
    kernel: str = ""
    """Release of the machine's kernel, as `uname -r` says it; empty when nobody told."""
    user: str = ""
    """Who recorded."""
    user_home: str = ""
    """The recording user's home directory."""
    workspace: str
    """The directory whose files were watched; of an imported run, where its agent worked, else empty."""
    watch: tuple[str, ...] = ()
    """Files and directories elsewhere that were watched too, absolute."""
    columns: int = 80
    """Terminal width when it began."""
    rows: int = 24
    """Terminal height when it began."""
    replay_id: str | None = None
    """The replay that this run is the trace of, if it is one."""
    dropped_bytes: int = 0
    """Always 0 unless the recorder says otherwise."""
    edits: tuple[str, ...] = ()
    """How it was edited after it was recorded, in words; empty: not at all."""
    imported: Imported | None = None
    """Where it comes from when another tool recorded it."""
    agent: AgentUse | None = None
    """What an agent's run took; None: a person's, or nobody told."""

    @property
    def unsegmented(self) -> bool:
        """Whether nothing tells its commands apart: its one step is the whole session."""
        return self.imported is not None and self.imported.steps_from is StepSource.NOTHING


class SeenFile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file of the workspace as it was when the run began."""

    path: str
    """Relative to the workspace."""
    type: FileType
    """What it is."""
    sha256: str | None = None
    """`sha256:…` of its content, within limits."""
    mode: int
    """Permission bits."""


class LateEffects(msgspec.Struct, frozen=True, kw_only=True):
    """Paths that changed while no step ran: the work of a job in the background, or of another program."""

    after_step: int
    """The step that had ended last; 0 before the first."""
    at: datetime
    """When it was found, UTC: before the next step began."""
    file_effects: tuple[FileEffect, ...]
    """Paths changed, sorted."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What was said while it was recorded: by a person, or in the run of an agent."""

    after_step: int
    """The step that ran, or had ended last; 0 before the first."""
    at: datetime
    """UTC."""
    text: str = ""
    """Secrets masked; empty for a bookmark."""
    speaker: Speaker | None = None
    """None: the person who recorded."""

    @property
    def words(self) -> str:
        """As it is shown; not yet made printable."""
        if self.speaker is not None:
            return f"{self.speaker}: {self.text}"
        return f"✎ {self.text}" if self.text else "⚑ bookmark"


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A run and all that it recorded."""

    run: Run
    """Head data."""
    steps: tuple[Step, ...] = ()
    """In order."""
    environment: dict[str, str] = {}
    """Exported variables when it began, secrets masked."""
    workspace_before: tuple[SeenFile, ...] = ()
    """The workspace when it began (bounded: may be empty for huge trees)."""
    workspace_complete: bool = True
    """False when `workspace_before` left something out."""
    between: tuple[LateEffects, ...] = ()
    """What changed while no step ran; no step is charged with it."""
    defined: tuple[str, ...] = ()
    """Names of the functions and aliases that the shell knew when it began; those that begin with `_` are left out."""
    notes: tuple[Note, ...] = ()
    """Notes and bookmarks, in order."""
    pauses: tuple[Unrecorded, ...] = ()
    """When a person had nothing recorded, in order."""

    def remarks(self, after_step: int) -> tuple[str, ...]:
        """The notes, bookmarks and pauses of a step, in words.

        Args:
            after_step: The step; 0: before the first.
        """
        notes = [(one.at, one.words) for one in self.notes if one.after_step == after_step]
        pauses = [(one.at, one.words) for one in self.pauses if one.after_step == after_step]
        return tuple(words for _, words in sorted([*notes, *pauses]))

    def late(self, after_step: int) -> tuple[FileEffect, ...]:
        """What changed behind a step while none ran.

        Args:
            after_step: The step; 0: before the first.

        Returns:
            Paths changed, in the order in which they were found.
        """
        return tuple(effect for one in self.between if one.after_step == after_step for effect in one.file_effects)
