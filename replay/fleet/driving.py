"""Takes a fleet to its end: wave after wave, so many hosts at a time, until all are at theirs."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from replay.fleet.keeping import FleetFiles
from replay.fleet.model import (
    Fleet,
    FleetBegan,
    FleetEnded,
    FleetEvent,
    FleetStopping,
    HostMoved,
    HostStanding,
    HostState,
    WaveBegan,
)
from replay.fleet.one import Beginning, HostReplay, Shared
from replay.fleet.waves import enough

LOOK_S = 0.2
"""Between the looks whether somebody wants it stopped."""
MOMENT_S = 5.0
"""How long steps that run get to end once it was interrupted."""


class Telling:
    """Tells of a fleet, one fact at a time, and knows how its hosts stand.

    Args:
        watcher: Told.
        hosts: As they begin.
    """

    def __init__(self, watcher: Callable[[FleetEvent], None], hosts: tuple[HostStanding, ...]) -> None:
        self._watcher = watcher
        self._lock = threading.RLock()
        self._hosts = {one.name: one for one in hosts}

    def __call__(self, event: FleetEvent) -> None:
        """Tell; from any thread."""
        with self._lock:
            if isinstance(event, HostMoved):
                self._hosts[event.host.name] = event.host
            self._watcher(event)

    @property
    def hosts(self) -> tuple[HostStanding, ...]:
        """As they stand now."""
        with self._lock:
            return tuple(self._hosts.values())


@dataclass
class Drive:
    """One fleet; `run` takes it to its end.

    Attributes:
        fleet: As it begins.
        shared: What its hosts have in common; its `tell` is `telling`.
        beginnings: Where each host begins, by name.
        files: Keeps it.
        telling: Told of all that happens.
    """

    fleet: Fleet
    shared: Shared
    beginnings: Mapping[str, Beginning]
    files: FleetFiles
    telling: Telling

    def __post_init__(self) -> None:
        """No host is begun."""
        self._running: dict[str, HostReplay] = {}
        self._left: deque[HostStanding] = deque()
        self._lock = threading.Lock()
        self._interrupted = False
        self._over = threading.Event()
        self._working = 0

    def run(self) -> Fleet:
        """Take every host to its end.

        Returns:
            The fleet, stored.
        """
        began = time.monotonic()
        self.telling(FleetBegan(fleet=msgspec.structs.replace(self.fleet, going=True)))
        waves = max((one.wave for one in self.fleet.hosts), default=0)
        for number in range(1, waves + 1):
            wave = [one for one in self.fleet.hosts if one.wave == number and not one.state.final]
            if wave and self._why_no_more() is None:
                self.telling(WaveBegan(wave=number, waves=waves, hosts=tuple(one.name for one in wave)))
                self._take(wave)
        self._leave_out()
        fleet = msgspec.structs.replace(
            self.fleet,
            hosts=self.telling.hosts,
            duration_ms=round((time.monotonic() - began) * 1000, 3),
            stopped=self.shared.stopping.is_set(),
        )
        self.files.write(fleet)
        self.telling(FleetEnded(fleet=fleet))
        return fleet

    def _take(self, wave: list[HostStanding]) -> None:
        """Take the hosts of a wave to their ends."""
        self._left = deque(wave)
        self._over.clear()
        self._working = max(1, min(self.fleet.request.plan.parallel, len(wave)))
        threads = [threading.Thread(target=self._work, name=f"fleet-{at}") for at in range(self._working)]
        for thread in threads:
            thread.start()
        # Not by joining them: a join that ctrl-C interrupts takes a thread for ended that is not.
        while True:
            try:
                self._wait()
                break
            except KeyboardInterrupt:
                self._interrupt()
        for thread in threads:
            thread.join()

    def _wait(self) -> None:
        while not self._over.wait(LOOK_S):
            if not self.shared.stopping.is_set() and self.files.is_stopped(self.fleet.fleet_id):
                self.shared.stopping.set()
                self.telling(FleetStopping(left_s=None))

    def _interrupt(self) -> None:
        """Begin nothing more, and cut off what runs: at once the second time, after a moment the first."""
        self.shared.stopping.set()
        if self._interrupted:
            self._cut()
            return
        self._interrupted = True
        self.telling(FleetStopping(left_s=MOMENT_S))
        moment = threading.Timer(MOMENT_S, self._cut)
        moment.daemon = True
        moment.start()

    def _cut(self) -> None:
        with self._lock:
            running = list(self._running.values())
        for host in running:
            host.cut()

    def _work(self) -> None:
        """Take one host after the other."""
        try:
            while (host := self._next()) is not None:
                try:
                    host.run()
                finally:
                    with self._lock:
                        del self._running[host.standing.name]
        finally:
            with self._lock:
                self._working -= 1
                if not self._working:
                    self._over.set()

    def _next(self) -> HostReplay | None:
        with self._lock:
            if not self._left or self._why_no_more() is not None:
                return None
            standing = self._left.popleft()
            host = HostReplay(self.shared, standing, self.beginnings[standing.name])
            self._running[standing.name] = host
            return host

    def _why_no_more(self) -> str | None:
        if self.shared.stopping.is_set():
            return "the fleet was stopped before this host was begun"
        ended = {one.name for one in self.telling.hosts} - self.beginnings.keys()
        return enough(self.telling.hosts, self.fleet.request.plan, ended=ended)

    def _leave_out(self) -> None:
        """Hosts that were never begun."""
        why = self._why_no_more() or ""
        state = HostState.STOPPED if self.shared.stopping.is_set() else HostState.SKIPPED
        for one in self.telling.hosts:
            if not one.state.final:
                self.telling(HostMoved(host=msgspec.structs.replace(one, state=state, reason=why)))
