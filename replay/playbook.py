"""A playbook: the work to do again, with what each step needs and what it must leave behind."""

from enum import StrEnum

import msgspec

from capture.trace import EffectOp, StepKind


class ParameterType(StrEnum):
    """What a parameter's value is."""

    PATH = "path"
    STRING = "string"
    INT = "int"
    BOOL = "bool"
    CHOICE = "choice"
    SECRET = "secret"  # noqa: S105 - a type, not a password
    """Asked for at replay; never in the document."""
    DATE = "date"


class Source(StrEnum):
    """Where the compiler found a parameter."""

    ENVIRONMENT = "environment"
    WORKSPACE = "workspace"
    DATAFLOW = "dataflow"
    RUNS = "runs"
    USER = "user"


class SafetyLevel(StrEnum):
    """How much a person must be there when a step runs."""

    AUTO_OK = "auto_ok"
    NEEDS_CONFIRM = "needs_confirm"
    MANUAL_ONLY = "manual_only"


# Values that form no circle are not looked through for one: with thousands of steps that doubles what reading takes.
class Parameter(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A value that may differ from replay to replay."""

    type: ParameterType = ParameterType.STRING
    default: str | None = None
    """Literal, or a template of parameters before it and of built-in values: `{{cwd}}` `{{home}}` `{{user}}` `{{host}}`
    `{{kernel}}` `{{branch}}` `{{today}}` `{{yesterday}}` `{{tomorrow}}`. None: must be set."""
    source: Source = Source.USER
    recorded: str | None = None
    """The value in the recording; None when secret or written by hand."""
    choices: tuple[str, ...] = ()
    """For `choice`: its values; empty: any."""


NEEDS = ("command", "file", "directory", "env", "port", "disk", "git", "absent", "revision")
"""What a step may require."""


class Requirement(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One precondition; exactly one of `NEEDS` is set."""

    command: str | None = None
    """A command that the shell must find: a bare name, or a path that must be executable."""
    file: str | None = None
    """A file that must be readable; relative to the step's directory; may hold placeholders."""
    directory: str | None = None
    """A directory that must be there."""
    absent: str | None = None
    """A path at which nothing may be; may hold placeholders. Of a step that failed when it was recorded: what is there
    by now makes its end `unknown`."""
    env: str | None = None
    """A variable that must be set."""
    sha256: str | None = None
    """Hex digest of the recorded file, or of the command's: another one is a warning, not a stop."""
    port: str | None = None
    """A port that must be free, as `8000` or `127.0.0.1:8000`; may hold placeholders."""
    disk: str | None = None
    """Room that must be free where the step runs, as `500 MB`."""
    git: str | None = None
    """A directory that must lie in a git repository; `.` is the step's own."""
    ref: str | None = None
    """With `git`: the branch that must be checked out, or the beginning of the commit's hash."""
    revision: str | None = None
    """A branch, a tag or another name that must mean a commit."""
    commit: str | None = None
    """With `revision`: what it meant, as git's files hold it; another one is a warning, not a stop."""
    clean: bool = False
    """With `git`: nothing may be changed and not committed."""

    @property
    def kind(self) -> str:
        """Which of `NEEDS` it is."""
        return next(k for k in NEEDS if getattr(self, k) is not None)

    @property
    def subject(self) -> str:
        """The command, path, variable name, port or size."""
        return str(getattr(self, self.kind))


class ExpectedEffect(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A path that the step must change."""

    op: EffectOp
    path: str
    """Relative to the workspace, or absolute; may hold placeholders."""
    directory: bool = False
    """The path is a directory."""
    content: str | None = None
    """Digest of the content with all that may vary masked (`matching.masks.content_digest`); None: not compared."""
    moved_from: str | None = None
    """For `moved`."""
    replaces: bool | None = None
    """For `moved`: whether something stands there that it replaces; None: not known."""
    mode: str | None = None
    """Permission bits that it leaves, octal, as `644`; None: not compared."""
    optional: bool = False
    """It may happen or not: something that runs beside the steps does it."""


class Expectation(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What must be true after the step."""

    exit: int = 0
    output: str | None = None
    """A pattern: text with `{{mask}}`, `{{parameter}}` and `{{capture}}`; None: not compared."""
    effects: tuple[ExpectedEffect, ...] | None = None
    """All of them and no other; None: not compared."""
    committed: tuple[str, ...] | None = None
    """What it commits to git, all of it and nothing else: `A 100644 notes.md`, `D old.txt` (as `Step.committed`); may
    hold placeholders; None: not compared."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What to type when the step asks."""

    prompt: str
    """The whole last line of output at that moment; may hold placeholders."""
    send: str | None = None
    """Text to type, its line end left out; None when `secret`."""
    secret: bool = False
    """Asked of the user at replay."""
    name: str | None = None
    """Of a secret that is another one than what other steps are answered at the same prompt."""

    @property
    def key(self) -> str:
        """What a secret answer is known by: the same key wants the same secret."""
        return self.name or self.prompt


class Capture(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A value that the step prints and later steps use: read where its placeholder stands in `expect.output`."""

    name: str
    recorded: str
    """The value in the recording."""
    pattern: str
    """Regular expression that its value matches wholly."""


class PlaybookStep(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One step to do."""

    kind: StepKind = StepKind.SHELL
    run: str
    """Shell text with placeholders; of a `file` step, the patch that it applies (`replay.edits`)."""
    cwd: str | None = None
    """Directory to be in; None: wherever the step before left the shell."""
    env: dict[str, str] = {}
    """Variables set for this step alone."""
    requires: tuple[Requirement, ...] = ()
    expect: Expectation = Expectation()
    answers: tuple[Answer, ...] = ()
    capture: tuple[Capture, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    """Values of its output that later steps may take from it; nobody has said so, so they stay literal."""
    timeout: str | None = None
    """As `60s`, `500ms`, `2m`; None: the engine's default."""
    safety: SafetyLevel = SafetyLevel.AUTO_OK
    note: str | None = None
    """For people."""
    source_step: int | None = None
    """The recorded step that it came from."""
    skip: bool = False
    """Stays in the document and is not run (a repair may say so)."""
    safety_reason: str | None = None
    """What decided `safety`, as a clause for people."""


class Tool(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A program on PATH as it was when it was recorded; another one is a warning, not a stop."""

    size: int
    """Bytes."""
    sha256: str
    """Hex digest of its first mebibyte (`capture.tools.identity`)."""


class Playbook(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The whole document (CONTRACT section 6); its digest says which one is meant."""

    name: str
    version: int = 1
    goal: str | None = None
    shell: str = "bash"
    columns: int = 80
    rows: int = 24
    parameters: dict[str, Parameter] = {}
    steps: tuple[PlaybookStep, ...]
    watch: tuple[str, ...] = ()
    """Files and directories elsewhere whose effects count too, absolute; may hold placeholders of parameters."""
    tools: dict[str, Tool] = {}
    """By the names that steps require as `command`."""
    source_runs: tuple[str, ...] = ()
    """The runs that it was compiled from."""


class VersionStatus(StrEnum):
    """Where a version stands (CONTRACT section 2)."""

    DRAFT = "draft"
    SHADOW = "shadow"
    """Validated green."""
    ACTIVE = "active"
    DISABLED = "disabled"


class LinkStrength(StrEnum):
    """How sure a data-flow link is."""

    STRONG = "strong"
    WEAK = "weak"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A value that flows from a step's output into a later command."""

    from_step: int
    to_step: int
    value: str
    strength: LinkStrength


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded step that the playbook leaves out."""

    source_step_index: int
    reason: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What only a person can decide."""

    id: str
    text: str
    step_index: int
    value: str


class QualityPart(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that makes a playbook more or less to be trusted."""

    name: str
    score: float
    """0 to 1: 1 without a doubt."""
    weight: float
    """The share of the whole score that it takes away at 0."""
    why: str
    """What is in doubt, for people."""


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader must know before trusting it."""

    score: float
    """0 to 1."""
    notes: tuple[str, ...] = ()
    parts: tuple[QualityPart, ...] = ()
    """What the score is made of."""


class Compilation(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled playbook and every decision that led to it."""

    playbook: Playbook
    links: tuple[Link, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    """One for every decision that a person may reverse."""
    quality: Quality
    kept: tuple[int, ...] = ()
    """Recorded steps that a person kept."""
    left_out: tuple[int, ...] = ()
    """Recorded steps that a person dropped."""
    answers: dict[str, bool] = {}
    """A person's answers, by the question's value."""
    verified: tuple[str, ...] = ()
    """Replays in a shadow of which its noise was learned."""
    safety_spans: tuple[tuple[int, int] | None, ...] = ()
    """By step: where in its `run` stands what decided its safety level, as [start, end); None: nothing raised it."""
    env: tuple[str, ...] = ()
    """Variables of before the recording that a person wanted to be set first."""
