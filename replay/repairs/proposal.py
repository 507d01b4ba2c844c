"""A repair, and the evidence that it is made from: values that every source shares."""

from enum import StrEnum
from pathlib import PurePath
from typing import Protocol

import msgspec

from capture.trace import SeenFile, Step
from replay.outcome import Failure, FailureClass
from replay.playbook import Playbook, PlaybookStep


class PatchOp(StrEnum):
    """What a patch does to a step."""

    REPLACE = "replace"
    """`value` (str) becomes the step's `run`; `requires` and effects are derived again."""
    INSERT_BEFORE = "insert_before"
    """`value` (str) becomes a new step's `run`, before this one."""
    INSERT_AFTER = "insert_after"
    """`value` (str) becomes a new step's `run`, behind this one."""
    SKIP = "skip"
    """The step is not run; `value` (str) says why."""
    SET_PARAMETER = "set_parameter"
    """`value` is `{"name": …, "value": …}`; with `"from"` the parameter is made, in the place of that value in this
    step and all later ones."""
    SET_ENV = "set_env"
    """`value` is `{"name": …, "value": …}`; for this step."""
    SET_EXPECTATION = "set_expectation"
    """`value` is an expectation object."""
    SET_TIMEOUT = "set_timeout"
    """`value` (str) as `60s`."""
    REBIND = "rebind"
    """`value` is `{"from": old path, "to": new path}`, relative to the workspace or absolute: in this step and
    all later ones, at token borders. With `"kind": "ref"` it is a git ref that has another name."""


class PatchEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One change to one step of the base version."""

    op: PatchOp
    step_index: int
    value: str | dict[str, str]


class Risk(StrEnum):
    """How much could go wrong if the repair is wrong."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RepairStatus(StrEnum):
    """Where a repair stands (CONTRACT section 2)."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"
    VALIDATED = "validated"
    VALIDATION_FAILED = "validation_failed"
    INCONCLUSIVE = "inconclusive"
    PROMOTED = "promoted"
    STALE = "stale"


class Trust(StrEnum):
    """Where a proposal's answer came from; most trusted first."""

    TOOL_HINT = "tool_hint"
    DATAFLOW = "dataflow"
    HISTORY = "history"
    """A rename found in version control, or the same content under another name."""
    NEAR_MATCH = "near_match"
    IDEMPOTENT = "idempotent"
    HTTP = "http"
    MODEL = "model"


OUTSIDE = frozenset({Trust.HTTP, Trust.MODEL})
"""What comes from another machine, or from no reasoning that can be checked: never selected for a person."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule offers, before ranking, policy and a name."""

    source: str
    """`rule:NAME`, `http`, `llm` or `human`."""
    patch: tuple[PatchEntry, ...]
    rationale: str
    """Why, in one or two sentences that name the evidence."""
    confidence: float
    """0 to 1."""
    trust: Trust
    risk: Risk = Risk.LOW
    doubted: bool = False
    """Whether most of what its source has proposed on this machine was rejected."""


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed patch to a playbook version, bound to that version's digest."""

    repair_id: str
    playbook: str
    base_version: int
    base_digest: str
    step_index: int
    status: RepairStatus
    rank: int
    source: str
    failure_class: FailureClass
    rationale: str
    confidence: float
    preselected: bool
    risk: Risk
    patch: tuple[PatchEntry, ...]
    diff: str
    """Unified diff of the playbook document."""
    validation: dict[str, object] | None = None
    created_version: int | None = None
    replay_id: str | None = None
    """The replay that it was proposed in."""
    created_at: str = ""
    """ISO 8601 UTC."""
    workspace: str = ""
    """Where that replay ran."""
    note: str | None = None
    """The reviewer's."""
    active: int | None = None
    """The version that was active when it was proposed; 0: none was, None: not known."""
    stale: str | None = None
    """Why it can't be approved any more, in a clause."""
    approved_by: tuple[str, ...] = ()
    """Who has said yes."""
    wants: str | None = None
    """Who must say yes beside them, in a clause."""


class GitState(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository's refs say; names are short, values are commit ids."""

    branches: dict[str, str] = {}
    """Local branches."""
    tags: dict[str, str] = {}
    """Tags, annotated ones by the commit that they point at."""
    remote_branches: dict[str, str] = {}
    """As `origin/main`."""
    remotes: dict[str, str] = {}
    """Remote name to URL."""
    head: str | None = None
    """The commit that is checked out."""
    branch: str | None = None
    """The branch that is checked out; None when detached."""
    default_branch: str | None = None
    """What `origin/HEAD` points at, without `origin/`."""


class Files(Protocol):
    """What a rule may ask about the machine: questions only, nothing is changed, no recorded command is run."""

    def exists(self, path: str) -> bool:
        """Whether the path (relative to the step's directory, or absolute) is there, links not followed."""
        ...

    def is_dir(self, path: str) -> bool:
        """Whether it is a directory."""
        ...

    def is_executable(self, path: str) -> bool:
        """Whether it is a file with an execute bit for us."""
        ...

    def sha256(self, path: str) -> str | None:
        """`sha256:…` of a file's content; None when there is none, or it is over the limit."""
        ...

    def read_text(self, path: str, limit: int = 65536) -> str | None:
        """The beginning of a text file; None when it can't be read as UTF-8."""
        ...

    def workspace_files(self) -> tuple[PurePath, ...]:
        """Files and directories below the workspace, relative to it, ignored ones left out, bounded."""
        ...

    def commands(self) -> tuple[str, ...]:
        """Names of the executables on PATH."""
        ...

    def git_renames(self) -> dict[str, str]:
        """Renames in the history of the workspace's repository: old path to newest path, relative to the workspace."""
        ...

    def which(self, command: str) -> str | None:
        """The executable that a bare name on PATH stands for, absolute."""
        ...

    def same_program(self, size: int, sha256: str) -> tuple[str, ...]:
        """Names on PATH of the program of that size (bytes) and beginning (`capture.tools.identity`)."""
        ...

    def version_of(self, command: str) -> str | None:
        """What a command that a system package brought says to `--version`; None of any other: it is not asked."""
        ...

    def packages(self) -> tuple[str, ...]:
        """Names of the packages that pkg-config knows."""
        ...

    def package_folders(self, package: str, option: str) -> tuple[str, ...]:
        """Directories that pkg-config names for a package: of headers for `-I`, of libraries for `-L`."""
        ...

    def names_in(self, path: str) -> tuple[str, ...]:
        """Names of a directory's entries, sorted and bounded; empty when it is none."""
        ...

    def link_target(self, path: str) -> str | None:
        """What a symbolic link points at; None when it is none."""
        ...

    def help_of(self, command: str) -> str | None:
        """What a tool prints for `--help`; None where it is not known to be harmless to ask, or nothing comes."""
        ...

    def free_port(self, port: int) -> int | None:
        """The next port above this one that nobody listens at; None when there is none near."""
        ...

    def git(self, directory: str = ".") -> GitState:
        """The refs of the repository that the directory is in; empty when there is none."""
        ...


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """A patch that a person sent back."""

    patch: tuple[PatchEntry, ...]
    note: str
    """What should be different."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known about a failed step."""

    playbook: Playbook
    digest: str = ""
    """Of that version."""
    failure: Failure
    command: str
    """The failed step's command with its values in."""
    cwd: str
    """Absolute directory that it ran in."""
    workspace: str
    """Absolute."""
    home: str = ""
    """The user's home, absolute; empty when it is not known."""
    actual: Step | None
    """What happened; None when a precondition stopped it before it ran."""
    bindings: dict[str, str]
    """Parameters and captured values."""
    recorded_files: tuple[SeenFile, ...] = ()
    """The workspace when the recording began."""
    recorded_environment: dict[str, str] = {}
    """Exported variables when the recording began, secrets masked."""
    candidates: tuple[Candidate, ...] = ()
    """What the sources that were asked before came to, as far as the gate lets it through."""
    declined: tuple[Declined, ...] = ()
    """What a person sent back to the source that is asked."""

    @property
    def step(self) -> PlaybookStep:
        """The failed step of the playbook."""
        return self.playbook.steps[self.step_index - 1]

    @property
    def step_index(self) -> int:
        """The failed step, counted from 1."""
        return self.failure.step_index

    @property
    def output(self) -> str:
        """What the failed step printed."""
        return self.actual.output if self.actual else ""


class Unanswered(Exception):  # noqa: N818 - an outcome that is told, not a defect
    """A source has no answer that can be used; the text says why, in words that hold nothing it was told."""


class Rule(Protocol):
    """One source of repairs: what it recognises and what it proposes."""

    @property
    def name(self) -> str:
        """A rule's file name, with dashes; of what is no rule, what its proposals name as their source."""
        ...

    def matches(self, evidence: Evidence) -> bool:
        """Whether this failure is one of the rule's."""
        ...

    def propose(self, evidence: Evidence, files: Files) -> tuple[Candidate, ...]:
        """Candidates, best first; empty when nothing safe can be said."""
        ...
