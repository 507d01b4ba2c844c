"""What a replay came to: the values of the replay document (CONTRACT section 4)."""

from collections.abc import Collection, Mapping
from enum import StrEnum

import msgspec

from capture.trace import RunStatus, Step
from capture.wire import Kept


class Mode(StrEnum):
    """How a playbook is replayed."""

    SIMULATE = "simulate"
    """Checks readiness; executes nothing, changes nothing."""
    STRICT = "strict"
    """As recorded; stops at the first divergence."""
    GUIDED = "guided"
    """Strict, and asks the repair sources at a divergence."""


class ReplayStatus(StrEnum):
    """How the whole replay stands."""

    READY = "ready"
    NOT_READY = "not_ready"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    SUCCESS = "success"
    FAILED = "failed"
    NEEDS_REVIEW = "needs_review"
    CANCELLED = "cancelled"


ENDINGS = {ReplayStatus.SUCCESS: RunStatus.SUCCESS, ReplayStatus.CANCELLED: RunStatus.PARTIAL}
"""How the run of a replay ended, by how the replay did; every other way is failed."""


class StepState(StrEnum):
    """How one step stands."""

    READY = "ready"
    BLOCKED = "blocked"
    WARNED = "warned"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_RUN = "not_run"


class CheckState(StrEnum):
    """What one check found."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"


class Divergence(StrEnum):
    """Which part of a step was not as recorded."""

    EXIT_CODE = "exit_code"
    OUTPUT = "output"
    EFFECTS = "effects"
    DATAFLOW = "dataflow"
    PROMPT = "prompt"
    PRECONDITION = "precondition"
    POLICY = "policy"
    TIMEOUT = "timeout"
    SIGNAL = "signal"


class FailureClass(StrEnum):
    """How commands fail (CONTRACT section 7)."""

    MISSING_COMMAND = "missing-command"
    BAD_INTERPRETER = "bad-interpreter"
    MISSING_FILE = "missing-file"
    MISSING_DIRECTORY = "missing-directory"
    NOT_EXECUTABLE = "not-executable"
    PERMISSION_DENIED = "permission-denied"
    READ_ONLY = "read-only"
    MISSING_ENV = "missing-env"
    MISSING_MODULE = "missing-module"
    MISSING_HEADER = "missing-header"
    ALREADY_EXISTS = "already-exists"
    ALREADY_APPLIED = "already-applied"
    GIT_REF = "git-ref"
    GIT_REMOTE = "git-remote"
    GIT_DIRTY = "git-dirty"
    GIT_LOCK = "git-lock"
    UNKNOWN_OPTION = "unknown-option"
    UNKNOWN_TARGET = "unknown-target"
    PORT_IN_USE = "port-in-use"
    NETWORK = "network"
    AUTH = "auth"
    LOCKED = "locked"
    TIMEOUT = "timeout"
    KILLED = "killed"
    DISK_FULL = "disk-full"
    SYNTAX = "syntax"
    PROMPT_CHANGED = "prompt-changed"
    OUTPUT_CHANGED = "output-changed"
    EFFECTS_CHANGED = "effects-changed"
    EXIT_CHANGED = "exit-changed"
    STALE_VALUE = "stale-value"
    AMBIGUOUS_VALUE = "ambiguous-value"
    UNSAFE = "unsafe"
    UNCLASSIFIED = "unclassified"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at before a step."""

    kind: str
    """`command_found`, `file_exists`, `directory_exists`, `env_set`, `writable`, `safe`, `policy`, …"""
    state: CheckState
    subject: str
    """The path, command or variable."""
    message: str
    """One sentence for a person."""
    failure_class: FailureClass | None = None
    """What strict would stop with, when `state` is fail; of a warning that has one too, simulate goes on and strict
    stops."""
    hint: str | None = None
    """For an `unknown`: what would settle it."""

    @property
    def stops(self) -> bool:
        """Whether strict stops there."""
        return self.state is CheckState.FAIL or (self.state is CheckState.WARN and self.failure_class is not None)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a step was not as recorded."""

    step_index: int
    divergence: Divergence
    failure_class: FailureClass = msgspec.field(name="class")
    message: str
    """Names the step, what was expected and what came."""
    expected: str = ""
    actual: str = ""
    """What came: only the part that differs, with the nearest miss."""
    subject: str | None = None
    """The path, command, variable or target that it is about, where one was found."""
    difference: str = ""
    """Of a text that it wrote otherwise: what differs from the recorded one alone, as lines of a unified diff."""
    artefact: str | None = None
    """What of the shadow that it ran in may have made it fail, so that it says nothing of the step itself."""


class StepOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a replay."""

    step_index: int
    status: StepState
    exit_code: int | None = None
    duration_ms: float | None = None
    checks: tuple[Check, ...] = ()
    run: str = ""
    """The command with its values in, as it ran or would run."""
    parts: int = 1
    """As how many commands it was run: more than one of a list that was stepped into."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a model cost; zero unless the user switched one on."""

    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | msgspec.UnsetType | None = msgspec.UNSET
    """By the user's own prices; None where a price or a count is unknown, left out where no model was asked."""
    untold: int | msgspec.UnsetType = msgspec.UNSET
    """Of the calls, how many answers didn't say their tokens; left out where all did."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a replay's shell stood behind its last good step: what going on from there needs."""

    cwd: str
    """Its directory."""
    environment: dict[str, str] = {}
    """Variables that the steps had exported."""
    unset: tuple[str, ...] = ()
    """Variables that the steps had unset."""

    options: dict[str, bool] = {}
    """Shell options that the steps had switched, and whether they are on."""
    aliases: dict[str, str] = {}
    """Aliases that the steps had defined."""
    functions: dict[str, str] = {}
    """Functions that the steps had defined."""
    gone: tuple[str, ...] = ()
    """Aliases and functions that the steps had taken away."""
    variables: dict[str, str] = {}
    """Variables that are not exported: the shell text that sets one so, or unsets it."""
    withheld: tuple[str, ...] = ()
    """Such variables that hold a secret, which is kept nowhere."""

    @property
    def defined(self) -> frozenset[str]:
        """Names of functions and aliases that the steps had defined."""
        return frozenset((*self.aliases, *self.functions))


class Word(StrEnum):
    """What a person says of a step that may have happened or not."""

    DONE = "done"
    """It happened: go on behind it."""
    AGAIN = "again"
    """It did not: it may run."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """That a step with effects was about to run."""

    step_index: int
    run: str
    """The command with its values in, secrets masked."""
    digest: str
    """Of the version."""
    replay_id: str
    workspace: str
    at: str
    """ISO 8601 UTC."""
    seen: str = ""
    """Of one that has no result: what the recording shows of it."""
    behind: "Standing | None" = None
    """Of one that has no result: where the shell stood behind it, when the recording tells."""
    word: Word | None = None
    """Of one that has no result: what a person said of it; until then it does not run again."""


class Trial(StrEnum):
    """What a replay in a shadow was made to find out."""

    VALIDATION = "validation"
    """Whether a version holds."""
    CONTROL = "control"
    """Whether its unrepaired base fails there as it did outside."""
    STEP = "trial"
    """What one step comes to; it says nothing of the version as a whole."""


class WentBack(msgspec.Struct, frozen=True, kw_only=True):
    """That steps were taken back: what they did is gone, what they were is recorded."""

    from_step: int
    """The step that the replay stood at."""
    to_step: int
    """The first one that was taken back; the replay went on from there."""
    run_id: str
    """The run that records them: it ended there, the replay goes on in another."""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of one playbook version in one mode.

    One whose process died is `recovered`. Its `status` is what its steps came to: `failed` when one had diverged,
    `success` when all of them had succeeded, else `cancelled`.
    """

    replay_id: str
    run_id: str | None
    playbook: str
    version: int
    digest: str
    mode: Mode
    status: ReplayStatus
    stopped_at: int | None = None
    bindings: dict[str, str] = {}
    """Parameters and captured values as they were used; secrets masked."""
    failure: Failure | None = None
    steps: tuple[StepOutcome, ...] = ()
    repairs: tuple[str, ...] = ()
    abstained: str | None = None
    """Why no repair is proposed, and the question to ask."""
    notes: tuple[str, ...] = ()
    """What the sources of repairs had to say besides: proposals that were refused, sources that gave no answer."""
    usage: Usage = Usage()
    started_at: str = ""
    """ISO 8601 UTC."""
    duration_ms: float | None = None
    """From when it was asked for to its end, a person's pauses in between; None: not noted."""
    watch: bool = False
    """The drift watch made it."""
    trial: Trial | None = None
    """What it was made to find out, when a validation made it."""
    workspace: str = ""
    """Where it ran."""
    shadow: str | None = None
    """The shadow level, when it ran in one."""
    standing: Standing | None = None
    """What going on from `stopped_at` needs, with `bindings`."""
    went_back: tuple[WentBack, ...] = ()
    """Each time that steps were taken back, oldest first."""
    edited: tuple[str, ...] = ()
    """Values that a person edited on the way, by name."""
    workspace_digest: str | None = None
    """Of the workspace as a stopped replay left it: going on wants the same."""
    recovered: bool = False
    """Its process died; this was read from what it had written before and behind each step."""
    unknown: Claim | None = None
    """The step that was begun and has no result: it may have happened or not."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A step that ran, held against its expectation."""

    step: Step
    failure: Failure | None
    captured: dict[str, str] = {}
    """Values read from its output, by capture name."""


def added(one: Usage, other: Usage) -> Usage:
    """What two took together; what one of them cost unknown, the sum is."""
    costs = [use.cost for use in (one, other) if use.llm_calls]
    numbers = [cost for cost in costs if isinstance(cost, float)]
    untold = (one.untold or 0) + (other.untold or 0)
    return Usage(
        llm_calls=one.llm_calls + other.llm_calls,
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        cost=msgspec.UNSET if not costs else sum(numbers) if len(numbers) == len(costs) else None,
        untold=untold or msgspec.UNSET,
    )


def behind(standing: Standing, step: Step) -> Standing:
    """Where the shell stands behind a step.

    Args:
        standing: Where it stood before.
        step: What happened.
    """
    effects = step.env_effects
    gone = {*effects.aliases_unset, *effects.functions_unset}
    defined = effects.aliases.keys() | effects.functions.keys()
    return Standing(
        cwd=step.cwd_after,
        environment=_less(standing.environment, effects.unset) | effects.set,
        unset=tuple(sorted({*standing.unset, *effects.unset} - effects.set.keys())),
        options=standing.options | effects.options,
        aliases=_less(standing.aliases, effects.aliases_unset) | effects.aliases,
        functions=_less(standing.functions, effects.functions_unset) | effects.functions,
        gone=tuple(sorted(({*standing.gone} | gone) - defined)),
        variables=standing.variables,
        withheld=standing.withheld,
    )


def holding(standing: Standing, kept: Kept) -> Standing:
    """A standing with what the shell holds besides.

    Args:
        standing: As the steps tell it.
        kept: What they don't tell.
    """
    functions = _less(standing.functions, kept.functions_unset) | kept.functions
    return msgspec.structs.replace(
        standing,
        functions=functions,
        gone=tuple(sorted({*standing.gone, *kept.functions_unset} - functions.keys() - standing.aliases.keys())),
        variables=kept.variables,
        withheld=kept.withheld,
    )


def _less(texts: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name not in names}
