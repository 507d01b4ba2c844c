"""What a scenario says: a session, what changes afterwards, and what a replay must then come to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from replay.library.rows import Verdict
from replay.outcome import FailureClass

NEVER = (
    r"\bsudo\b",
    r"\b777\b",
    r"chmod -R",
    r"\brm -",
    r"--force\b",
    r"--hard\b",
    r"\bkill",
    r"\|\| true",
    r"\byes \|",
)
"""What no proposal for any failure may hold."""
FORETOLD = frozenset({"not_ready"})
UNSEEN = frozenset({"ready", "warned", "unknown"})
"""What simulate may say where no file could have told it."""
ANY = UNSEEN | FORETOLD
"""What it may say where a file tells a part of it."""
REFUSED = frozenset({"refused"})


class Answer(StrEnum):
    """What is right to come from a guided replay that stopped."""

    REPAIR = "repair"
    """A proposal that holds: approved, validated, replayed in the drifted world, and the end state is right."""
    ASK = "ask"
    """Nothing is preselected: a person has to choose among the proposals, or is told why there is none."""
    ABSTAIN = "abstain"
    """No proposal, and the reason."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A command that asks something, with what is typed then."""

    command: str
    expect: str
    send: str


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One session and its drift; all shell text is bash's, run in the workspace, where nothing else is said.

    `$ROOT` is the folder around the workspace `$ROOT/tree`: `$ROOT/bin` stands first on PATH, `$ROOT/home` is HOME.
    """

    name: str
    expect: FailureClass
    """The class of the failure."""
    also: frozenset[FailureClass] = frozenset()
    """Classes that say it as well: the words allow both."""
    setup: str
    record: tuple[str | Typed, ...]
    """Typed into the recorded shell."""
    drift: str = ":"
    control: str
    """A change nearby that must not matter."""
    step: int
    """The recorded step that stops, counted from 1."""
    divergence: frozenset[str] = frozenset({"precondition", "exit_code"})
    simulate: frozenset[str] = FORETOLD
    """What simulate may answer; `warned` is ready with a warned step."""
    proposed: str | None = None
    """A regular expression that a proposal's patch must match; None: nothing may be proposed."""
    right: Answer | None = None
    """None: a repair where one is `proposed` or an `oracle` stands, with nothing preselected where so `selected`."""
    oracle: str | None = None
    """Ends well behind a repaired replay where the end state is right; None: it must be the undrifted twin's, up to
    what drifted."""
    verdicts: frozenset[Verdict] = frozenset({Verdict.GREEN, Verdict.UNAVAILABLE})
    """What the validation of the right repair may come to; what a shadow can't hold is inconclusive."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Words of this scenario that are only names, and what of (`naming.WORDS`): a seed puts others in their place."""
    unmet: str | None = None
    """What does not come out as it should, and is known; it counts as a failure all the same."""
    selected: bool | None = None
    """Whether the first proposal is preselected; None: either."""
    never: tuple[str, ...] = ()
    """What no proposal may hold, besides what none ever may."""
    shell: str = "bash"
    environment: Mapping[str, str] = field(default_factory=dict)
    """Set while it is recorded, and in the undrifted twin."""
    drifted: Mapping[str, str | None] = field(default_factory=dict)
    """Set, or unset where None, in the drifted replays."""
    controlled: Mapping[str, str | None] = field(default_factory=dict)
    """The same for the control twin."""
    serves: str | None = None
    """Runs beside all but the drifted replays, as `holds` runs beside those."""
    holds: str | None = None
    """Runs beside the drifted replays; they begin when it prints a line, and it is ended behind them."""
    holds_nearby: str | None = None
    """The same beside the control twin."""
    undo: str = ":"
    """Undoes what a drift did outside of the root, or to its mounts and flags."""
    needs: tuple[str, ...] = ()
    """Commands without which the machine can't play it."""
    as_root: bool = False
    """Only the superuser can make the drift."""
    timeout: str | None = None
    """A limit given to the last step, as an editor of the document would."""

    @property
    def answer(self) -> Answer:
        """What is right to come of it."""
        if self.right:
            return self.right
        if self.proposed is None and self.oracle is None:
            return Answer.ABSTAIN
        return Answer.ASK if self.selected is False else Answer.REPAIR


def script(path: str, *lines: str) -> str:
    """Shell text that makes a program of the user's own.

    Args:
        path: Where.
        lines: What it holds.
    """
    quoted = " ".join("'" + line.replace("'", "'\\''") + "'" for line in lines)
    return f"printf '%s\\n' {quoted} > {path}; chmod +x {path}; "


def tool(name: str, *lines: str) -> str:
    """Shell text that makes a program on PATH."""
    return script(f"$ROOT/bin/{name}", *lines)
