"""A core's fleets in memory: hosts that go as the test says, and wait where it says so."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from capture.errors import BadInputError, RefusedError, UnknownNameError
from replay.fleet.model import (
    Ask,
    Fleet,
    FleetBegan,
    FleetEnded,
    FleetRequest,
    HostMoved,
    HostStanding,
    HostState,
    Plan,
    Question,
    Target,
    Watcher,
)
from replay.outcome import Mode

STEPS = 4
BEGAN = "2026-03-01T12:29:00Z"
QUESTION = Question(host="web2", text="ada@web2's password: ", secret=True)
STATES = {
    "web1": (HostState.PASSED, 4, ""),
    "web2": (HostState.PASSED, 4, ""),
    "db1": (HostState.DIVERGED, 2, "step 2: expected '3 paragraphs', came '[b]2[/b] paragraphs'"),
    "db2": (HostState.UNKNOWN, 3, "the connection was lost in step 3; it may have happened or not"),
    "old": (HostState.UNREACHABLE, 0, "Host key verification failed."),
    "new": (HostState.SKIPPED, 0, "more than 1 host had not passed"),
}
"""By host: how it ends, at which step, why."""


def standing(name: str, state: HostState, step: int = 0, reason: str = "") -> HostStanding:
    final, begun = state.final, state not in (HostState.WAITING, HostState.SKIPPED)
    return HostStanding(
        target=Target(name=name, address="ada@10.0.0.4" if name == "db2" else "", values={"role": name[:-1]}),
        state=state,
        wave=1 if name.startswith("web") else 2,
        step=step,
        steps=STEPS,
        reason=reason,
        replay_id=f"p-{name}" if step else None,
        run_id=f"run-{name}" if step else None,
        started_at=BEGAN if begun else "",
        duration_ms=41_500.0 if final and begun else None,
    )


def ended(fleet_id: str = "f-1", **more: object) -> Fleet:
    """A fleet at its end."""
    request = FleetRequest(
        ref="publish-notes@1", targets=tuple(Target(name=name) for name in STATES), plan=Plan(canary=2)
    )
    fleet = Fleet(
        fleet_id=fleet_id,
        playbook="publish-notes",
        version=1,
        digest="sha256:x",
        mode=Mode.STRICT,
        request=request,
        hosts=tuple(standing(name, *how) for name, how in STATES.items()),
        started_at=BEGAN,
        duration_ms=52_000.0,
    )
    return msgspec.structs.replace(fleet, **more)


@dataclass
class StandInFleets:
    """What the screens ask of fleets."""

    kept: list[Fleet] = field(default_factory=lambda: [ended()])
    """Newest first."""
    holds: threading.Event | None = None
    """A fleet goes on until it is set."""
    asks: Question | None = None
    """What its second host asks."""
    answers: list[str | None] = field(default_factory=list)
    fleet_calls: list[tuple[object, ...]] = field(default_factory=list)
    fleet_refusal: str = ""

    def targets(
        self, ref: str, hosts: str, *, limits: Sequence[str] = (), params: Sequence[str] = ()
    ) -> tuple[Target, ...]:
        del ref, limits, params
        if hosts.endswith(".ini"):
            raise BadInputError(f"{hosts} is not there; give a file, or hosts with commas between them")
        return tuple(Target(name=name) for name in hosts.split(","))

    def fleets(self) -> tuple[Fleet, ...]:
        return tuple(self.kept)

    def fleet(self, fleet_id: str) -> Fleet:
        found = next((one for one in self.kept if one.fleet_id == fleet_id), None)
        if found is None:
            raise UnknownNameError(f"there is no fleet {fleet_id}")
        return found

    def stop_fleet(self, fleet_id: str) -> None:
        self.fleet_calls.append(("stop", fleet_id))
        self.kept = [msgspec.structs.replace(one, going=False, stopped=True) for one in self.kept]
        if self.holds is not None:
            self.holds.set()

    def resume_fleet(self, fleet_id: str, *, watcher: Watcher | None = None, ask: Ask | None = None) -> Fleet:
        self.fleet_calls.append(("resume", fleet_id))
        return self._go(msgspec.structs.replace(self.fleet(fleet_id), fleet_id="f-3", resumes=fleet_id), watcher, ask)

    def start_fleet(self, request: FleetRequest, *, watcher: Watcher | None = None, ask: Ask | None = None) -> Fleet:
        self.fleet_calls.append(("start", request))
        hosts = tuple(standing(one.name, HostState.WAITING) for one in request.targets)
        return self._go(msgspec.structs.replace(ended("f-2"), request=request, hosts=hosts), watcher, ask)

    def _go(self, fleet: Fleet, watcher: Watcher | None, ask: Ask | None) -> Fleet:
        if self.fleet_refusal:
            raise RefusedError(self.fleet_refusal)
        assert watcher is not None
        watcher(FleetBegan(fleet=msgspec.structs.replace(fleet, duration_ms=None)))
        first, *others = fleet.hosts
        watcher(HostMoved(host=standing(first.name, HostState.RUNNING, 2)))
        if self.asks is not None:
            assert ask is not None
            self.answers.append(ask(self.asks))
        if self.holds is not None:
            self.holds.wait(60)
        stopped = self.holds is not None
        state = HostState.STOPPED if stopped else HostState.PASSED
        hosts = tuple(standing(one.name, state, 4) for one in (first, *others))
        done = msgspec.structs.replace(fleet, hosts=hosts, stopped=stopped)
        self.kept.insert(0, done)
        watcher(FleetEnded(fleet=done))
        return done
