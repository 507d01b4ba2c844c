"""A fleet: one version of a playbook on many hosts, each of which ends in exactly one state (values and Protocols)."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import msgspec

from replay.outcome import Mode
from replay.playbook import SafetyLevel


class HostState(StrEnum):
    """How one host stands."""

    WAITING = "waiting"
    """Its turn has not come."""
    CONNECTING = "connecting"
    """`ssh` was started, and its shell is not ready yet."""
    RUNNING = "running"
    """Its steps run."""
    PASSED = "passed"
    """Every step was as recorded."""
    FAILED = "failed"
    """A step ended with another exit code, or by a signal."""
    DIVERGED = "diverged"
    """A step's output, effects, values or prompts were not as recorded, or could not be judged."""
    REFUSED = "refused"
    """Policy forbids a step, or what it needs is not there: that step did not run."""
    UNREACHABLE = "unreachable"
    """No shell was had, or the connection was lost between two steps; no step is in doubt."""
    TIMEOUT = "timeout"
    """A step, or the host as a whole, took too long and was stopped; how the step ended is known."""
    UNKNOWN = "unknown"
    """A step with effects was begun and nobody knows its end: it waits for `settle`, and never runs again by itself."""
    SKIPPED = "skipped"
    """Never tried: too many before it had failed."""
    STOPPED = "stopped"
    """A person stopped the fleet before this host, or between two of its steps."""

    @property
    def final(self) -> bool:
        """Whether the host is at its end."""
        return self not in _GOING

    @property
    def bad(self) -> bool:
        """Whether it counts against `Plan.max_failures`."""
        return self in _BAD

    @property
    def resumes(self) -> bool:
        """Whether `resume` takes the host up again; one that is `unknown` too, once it was settled."""
        return self in _RESUMES


_GOING = frozenset({HostState.WAITING, HostState.CONNECTING, HostState.RUNNING})
_BAD = frozenset(
    {
        HostState.FAILED,
        HostState.DIVERGED,
        HostState.REFUSED,
        HostState.UNREACHABLE,
        HostState.TIMEOUT,
        HostState.UNKNOWN,
    }
)
_RESUMES = frozenset({HostState.WAITING, HostState.SKIPPED, HostState.STOPPED, HostState.UNREACHABLE})


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One host of an inventory."""

    name: str
    """What it is called here; unique in a fleet."""
    address: str = ""
    """What `ssh` is given: an alias of the user's configuration, a name, or `user@name`; empty: `name`."""
    port: int | None = None
    """None: as the user's configuration says."""
    identity: str | None = None
    """A key file; None: as the user's configuration says."""
    values: dict[str, str] = {}
    """Parameters for this host alone."""

    @property
    def destination(self) -> str:
        """What `ssh` is given."""
        return self.address or self.name


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """In which order, how many at a time, and when no more."""

    canary: int = 0
    """So many hosts first, all of which must pass."""
    waves: tuple[str, ...] = ()
    """How many hosts each wave has, as `5` or `25%`; the last one holds for all that follow. Empty: one wave."""
    parallel: int = 10
    """At most so many hosts at a time."""
    max_failures: str = "0"
    """More hosts than these that did not pass, as `2` or `10%`, and no other host is begun."""
    host_timeout_s: float | None = None
    """A host that takes longer is stopped; None: each step has its own limit only."""


class FleetRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a fleet is asked to do."""

    ref: str
    """`NAME[@V]`."""
    targets: tuple[Target, ...]
    """In their order."""
    mode: Mode = Mode.STRICT
    """`strict`, or `simulate`: looks on each host whether it is ready, and runs no step."""
    plan: Plan = Plan()
    values: dict[str, str] = {}
    """Parameters for all hosts; a host's own come before."""
    cwd: str = ""
    """Directory on the hosts, absolute or below the login directory; empty: the login directory."""
    draft: bool = False
    """Run a version that is not active."""
    yes_to: SafetyLevel | None = None
    """Questions about steps up to this level are answered with yes beforehand; other questions refuse."""
    ssh_config: str | None = None
    """Handed to `ssh -F`; None: the user's own."""


class HostStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One host of a fleet, now or at its end."""

    target: Target
    state: HostState = HostState.WAITING
    wave: int = 1
    """Which wave it belongs to, counted from 1; the canaries are the first."""
    step: int = 0
    """The step that runs, or the last one that was begun; 0: none."""
    steps: int = 0
    """How many the version has."""
    doing: str = ""
    """The command of the step that runs, in one line, secrets masked; empty: none runs."""
    begun: tuple[int, ...] = ()
    """The steps that were begun, in their order; those of fleets that it goes on with come first."""
    reason: str = ""
    """Why it did not pass, in one line."""
    settled: bool = False
    """Whether a person has said what became of the step that was unknown."""
    replay_id: str | None = None
    """Its replay; None: none was begun."""
    run_id: str | None = None
    """The run that records it."""
    after: str | None = None
    """The replay of an earlier fleet that it goes on with; None: it begins at the first step."""
    started_at: str = ""
    """ISO 8601 UTC; empty: never begun."""
    duration_ms: float | None = None
    """From `ssh`'s start to the end; None: not ended, or never begun."""

    @property
    def name(self) -> str:
        """What the host is called."""
        return self.target.name

    @property
    def goes_on(self) -> bool:
        """Whether `resume` takes it up."""
        return self.state.resumes or self.settled


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """One fleet replay: the document `fleets/<id>.json`."""

    fleet_id: str
    playbook: str
    version: int
    digest: str
    mode: Mode
    request: FleetRequest
    """What was asked for; `ref` names the version."""
    hosts: tuple[HostStanding, ...]
    """In the order of the request."""
    started_at: str
    """ISO 8601 UTC."""
    duration_ms: float | None = None
    """None: it goes on, or its process died."""
    resumes: str | None = None
    """The fleet that it goes on with."""
    resumed_as: str | None = None
    """The fleet that goes on with it, and says how its hosts stand since; None: none does."""
    stopped: bool = False
    """A person ended it early."""
    assigned: dict[str, str] = {}
    """By the names of hosts, the ids that their replays have, or would have had."""
    going: bool = False
    """Whether a process works at it now; a stored document does not say so."""

    @property
    def passed(self) -> bool:
        """Whether every host passed."""
        return all(one.state is HostState.PASSED for one in self.hosts)

    def count(self, state: HostState) -> int:
        """How many hosts stand so."""
        return sum(one.state is state for one in self.hosts)


class FleetBegan(msgspec.Struct, frozen=True, kw_only=True):
    """The first fact."""

    fleet: Fleet


class WaveBegan(msgspec.Struct, frozen=True, kw_only=True):
    """The hosts of a wave are begun."""

    wave: int
    """Counted from 1."""
    waves: int
    hosts: tuple[str, ...]
    """Their names."""


class FleetStopping(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing more is begun: a person has stopped it."""

    left_s: float | None
    """How long steps that run get, in seconds, until they are cut off; None: they are let end."""


class HostMoved(msgspec.Struct, frozen=True, kw_only=True):
    """A host stands otherwise: its state, its step or its replay."""

    host: HostStanding


class HostPrinted(msgspec.Struct, frozen=True, kw_only=True):
    """A step on a host wrote to its terminal."""

    host: str
    """Its name."""
    step: int
    data: bytes
    """Unmasked: never printed as it is, never stored."""


class FleetEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The last fact: every host is at its end."""

    fleet: Fleet


FleetEvent = FleetBegan | WaveBegan | FleetStopping | HostMoved | HostPrinted | FleetEnded
"""Everything that may be told; from any thread, one at a time, for each host in order."""

Watcher = Callable[[FleetEvent], None]
"""Told as it happens."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What `ssh` asks before there is a shell."""

    host: str
    """The name of the host."""
    text: str
    """As `ssh` words it: a password, a passphrase, or whether a host key is right."""
    secret: bool
    """Whether the answer must not be shown; otherwise it is `yes`, `no` or a fingerprint."""
    again: bool = False
    """Whether it asked the same before: what it was answered was not right."""
    over: Callable[[], bool] = bool
    """Whether nobody waits for the answer any more, as after a stop: who asks then comes back without one."""


Ask = Callable[[Question], str | None]
"""Asks the person; from any thread, one question at a time. None: nobody answers, and the host ends `unreachable`."""


class Fleets(Protocol):
    """What the command line and the screens ask of a fleet; every call but `stop_fleet` may block."""

    def start_fleet(self, request: FleetRequest, *, watcher: Watcher | None = None, ask: Ask | None = None) -> Fleet:
        """Take a fleet to its end.

        Args:
            request: What, where and how.
            watcher: Told of all that happens.
            ask: Who answers what `ssh` asks; None: `ssh` runs with BatchMode.

        Returns:
            The fleet as it was stored: every host at its end.

        Raises:
            UnknownNameError: No such playbook.
            RefusedError: Policy forbids it, or one of these hosts waits for `settle`, or another fleet is at the same
                work there.
            BadInputError: The inventory, a value or the plan is not right; nothing was begun.
        """
        ...

    def resume_fleet(self, fleet_id: str, *, watcher: Watcher | None = None, ask: Ask | None = None) -> Fleet:
        """Go on with the hosts that were skipped, stopped, unreachable or settled; the others stay as they are.

        Args:
            fleet_id: Or an unambiguous prefix.
            watcher: Told of all that happens.
            ask: Who answers what `ssh` asks.

        Returns:
            A fleet of its own, with all hosts, that names the one that it resumes.

        Raises:
            UnknownNameError: No such fleet.
            RefusedError: It still goes on, was resumed before, a canary did not pass, or no host is left but such as
                wait for a person.
        """
        ...

    def stop_fleet(self, fleet_id: str) -> None:
        """Begin no other host and no other step; from any thread or process. Returns at once.

        Args:
            fleet_id: Or an unambiguous prefix.

        Raises:
            UnknownNameError: No such fleet.
            RefusedError: It is at its end.
        """
        ...

    def fleets(self) -> tuple[Fleet, ...]:
        """All of them, newest first; `going` says which ones a process works at."""
        ...

    def fleet(self, fleet_id: str) -> Fleet:
        """One of them, as it stands now.

        Raises:
            UnknownNameError: No such fleet.
        """
        ...
