"""Fleets on disk: a document each, and beside it, while it goes on, what holds it and what stops it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from capture.errors import BadInputError, RefusedError, UnknownNameError
from capture.home import PRIVATE_FILE, PRIVATE_FOLDER, Home
from replay.fleet.ending import begun_in, last_begun, state_of
from replay.fleet.model import Fleet, HostStanding, HostState
from replay.library.journals import Journals, is_held
from replay.library.records import Records
from replay.outcome import Mode, Replay

GOING, STOP, LOCK = ".going", ".stop", ".lock"


class FleetFiles:
    """Those of a home.

    Args:
        home: Whose.
        read: A stored replay by its id; None: there is none.
    """

    def __init__(self, home: Home, read: Callable[[str], Replay | None]) -> None:
        self._folder = home.path / "fleets"
        self._records = Records(self._folder, Fleet, what="fleet")
        self._journals = Journals(home)
        self._read = read

    def write(self, fleet: Fleet) -> None:
        """Keep its document.

        Raises:
            HostError: The disk said no.
        """
        self._records.write(fleet.fleet_id, msgspec.structs.replace(fleet, going=False))

    def begin(self, fleet: Fleet) -> None:
        """Keep its first document, and say in the one that it resumes which one goes on with it.

        Raises:
            RefusedError: Another one goes on with that already, or works on one of its hosts just now.
            HostError: The disk said no.
        """
        with self._exclusive():
            self._check_alone(fleet)
            if fleet.resumes is not None:
                before = self._records.read(fleet.resumes)
                self.check_last(before)
                # Said first: of two documents that both go on with a host, each would run its steps.
                self._records.write(before.fleet_id, msgspec.structs.replace(before, resumed_as=fleet.fleet_id))
            self.write(fleet)

    def _check_alone(self, fleet: Fleet) -> None:
        """Refuse a host where the same playbook is being replayed in the same directory: each would run its steps."""
        if fleet.mode is Mode.SIMULATE:
            return
        begun = {one.name for one in fleet.hosts if not one.state.final}
        for path in self._folder.glob(f"*{GOING}"):
            if path.stem == fleet.fleet_id or not self._records.has(path.stem) or not self.is_going(path.stem):
                continue
            other = self._records.read(path.stem)
            alike = (other.playbook, other.request.cwd) == (fleet.playbook, fleet.request.cwd)
            if not alike or other.mode is Mode.SIMULATE:
                continue
            now = self.fleet(path.stem)
            taken = next((one.name for one in now.hosts if one.name in begun and not one.state.final), None)
            if taken is not None:
                raise RefusedError(
                    f"fleet {now.fleet_id} replays {fleet.playbook} on {taken} just now; wait for its end, or stop it"
                )

    def check_last(self, fleet: Fleet) -> None:
        """Refuse to go on with what another fleet goes on with.

        Raises:
            RefusedError: One does.
        """
        if (later := self._later(fleet)) is not None:
            raise RefusedError(
                f"fleet {fleet.fleet_id} was resumed as {later}; go on with that one: replaybook fleet {later} --resume"
            )

    def resolve(self, given: str) -> str:
        """The id that is meant by it or by an unambiguous prefix.

        Raises:
            UnknownNameError: None, or more than one.
        """
        return self._records.resolve(given)

    def ids(self) -> tuple[str, ...]:
        """All ids, oldest first."""
        return self._records.ids()

    def is_going(self, fleet_id: str) -> bool:
        """Whether a process works at it."""
        return is_held(self._path(fleet_id, GOING))

    @contextmanager
    def held(self, fleet_id: str) -> Iterator[None]:
        """While inside, this process works at it."""
        self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        path = self._path(fleet_id, GOING)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            path.unlink(missing_ok=True)
            self._path(fleet_id, STOP).unlink(missing_ok=True)
            os.close(descriptor)

    def stop(self, fleet_id: str) -> None:
        """Have the process that works at it begin nothing more."""
        self._path(fleet_id, STOP).touch(mode=PRIVATE_FILE)

    def is_stopped(self, fleet_id: str) -> bool:
        """Whether somebody wants it stopped."""
        return self._path(fleet_id, STOP).exists()

    def fleet(self, fleet_id: str) -> Fleet:
        """It as it stands now: its document says how it began and how it ended, its hosts' replays what is between.

        Raises:
            UnknownNameError: There is none.
            BadInputError: Its document is damaged.
        """
        going = self.is_going(fleet_id)
        stored = self._records.read(fleet_id)
        hosts = tuple(self._now(stored, one, going=going) for one in stored.hosts)
        return msgspec.structs.replace(stored, hosts=hosts, going=going, resumed_as=self._later(stored))

    def _later(self, fleet: Fleet) -> str | None:
        """The fleet that goes on with it; one whose document was never written does not."""
        later = fleet.resumed_as
        return later if later is not None and self._records.has(later) else None

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """While inside, no other process begins a fleet."""
        self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def all(self) -> tuple[Fleet, ...]:
        """All that can be read, newest first."""
        found: list[Fleet] = []
        for fleet_id in reversed(self.ids()):
            try:
                found.append(self.fleet(fleet_id))
            except (UnknownNameError, BadInputError):
                continue
        return tuple(found)

    def _now(self, fleet: Fleet, host: HostStanding, *, going: bool) -> HostStanding:
        """A host that had no end when the document was written, or waited for a person's word."""
        replay_id = fleet.assigned.get(host.name, "")
        if host.state is HostState.UNKNOWN and host.replay_id:
            return host if host.settled else _since(host, self._read(host.replay_id))
        if host.state.final:
            return host
        if replay_id and (replay := self._read(replay_id)) is not None:
            state, reason = state_of(replay, lost="the process of the fleet ended" if replay.recovered else None)
            return msgspec.structs.replace(
                host,
                state=state,
                reason=reason,
                replay_id=replay_id,
                run_id=replay.run_id,
                step=last_begun(replay),
                begun=(*host.begun, *begun_in(replay)),
                started_at=replay.started_at,
                duration_ms=replay.duration_ms,
            )
        journal = self._journals.read(replay_id) if replay_id else None
        if journal is not None:
            begun = [one.step_index for one in journal.claims] + [one.outcome.step_index for one in journal.ended]
            return msgspec.structs.replace(
                host,
                state=HostState.RUNNING if going else HostState.UNKNOWN,
                reason="" if going else "its process died, and its shell still ends",
                replay_id=replay_id,
                run_id=journal.begun.replay.run_id,
                started_at=journal.begun.replay.started_at,
                step=max(begun, default=0),
                begun=(*host.begun, *sorted(set(begun))),
            )
        if going:
            return host
        return msgspec.structs.replace(
            host, state=HostState.STOPPED, reason="the process of the fleet ended before this host was begun"
        )

    def _path(self, fleet_id: str, suffix: str) -> Path:
        return self._folder / f"{Path(fleet_id).name}{suffix}"


def _since(host: HostStanding, replay: Replay | None) -> HostStanding:
    """A host that was unknown: a person has said a word since, or its shell has come to its end."""
    if replay is None:
        return host
    if (claim := replay.unknown) is not None and claim.word is not None:
        reason = f"step {claim.step_index} was settled: {claim.word}"
        return msgspec.structs.replace(host, reason=reason, settled=True)
    state, reason = state_of(replay, lost="the connection was lost")
    return msgspec.structs.replace(host, state=state, reason=reason)
