"""Replaying a version on many hosts, and the fleets that there were."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import msgspec

from app.core.gathering import Gathering, not_known
from app.inventories import inventory, with_params
from capture.errors import BadInputError, RefusedError
from capture.standby import standing_by
from replay.claims import goes_on_at, question
from replay.fleet import model
from replay.fleet.asking import asked
from replay.fleet.driving import Drive, Telling
from replay.fleet.fitting import unfit
from replay.fleet.keeping import FleetFiles
from replay.fleet.model import Fleet, FleetRequest, HostStanding, HostState, Target
from replay.fleet.one import Beginning, Shared, why_not
from replay.fleet.stopping import Stopping
from replay.fleet.waves import amount, enough, numbered
from replay.governance import policy
from replay.governance.freezing import check_frozen
from replay.library.ids import stamp
from replay.library.journals import Journals
from replay.library.naming import split_ref
from replay.outcome import Mode, Replay
from replay.playbook import Playbook


def _nothing(event: model.FleetEvent) -> None:
    del event


class Fleets(Gathering):
    """What can be done with them; the Protocol of `replay.fleet.model`."""

    @cached_property
    def _fleets(self) -> FleetFiles:
        return FleetFiles(self.home, self._ended)

    def targets(
        self, ref: str, hosts: str, *, limits: Sequence[str] = (), params: Sequence[str] = ()
    ) -> tuple[Target, ...]:
        """The hosts that a comma list names, or an inventory file holds.

        Args:
            ref: NAME[@V]: what is replayed on them, whose parameters host variables may be.
            hosts: The list, or the file.
            limits: Groups or patterns; with any, only hosts of them.
            params: HOST:NAME=VALUE each.

        Raises:
            UnknownNameError: No such playbook.
            BadInputError: The file can't be read, or a host is not there.
        """
        row = self._register.wanted(ref)
        playbook, _, _ = self._register.load(row.name, row.version)
        return with_params(inventory(hosts).targets(playbook.parameters, limits), params)

    def start_fleet(
        self, request: FleetRequest, *, watcher: model.Watcher | None = None, ask: model.Ask | None = None
    ) -> Fleet:
        """Take a fleet to its end.

        Raises:
            UnknownNameError: No such playbook.
            RefusedError: Policy forbids it, it can't be judged on a host, or one of these hosts waits for `settle`, or
                another fleet is at the same work there.
            BadInputError: The inventory, a value or the plan is not right; nothing was begun.
        """
        row = self._register.wanted(request.ref)
        numbered_ref = split_ref(request.ref)[1] is not None
        policy.check_run(
            row, policy.Attempt(mode=request.mode, shadow=False, draft=request.draft, numbered=numbered_ref)
        )
        playbook, _, row = self._register.load(row.name, row.version)
        _check(request, playbook)
        if request.mode is not Mode.SIMULATE:
            self._check_hosts(playbook.name, request.targets)
        hosts = tuple(
            HostStanding(target=target, wave=wave, steps=len(playbook.steps))
            for target, wave in zip(request.targets, numbered(request.targets, request.plan), strict=True)
        )
        fleet = self._new(msgspec.structs.replace(request, ref=row.ref), playbook, row.digest, hosts)
        beginnings = {name: Beginning(replay_id=replay_id) for name, replay_id in fleet.assigned.items()}
        return self._drive(fleet, playbook, beginnings, watcher or _nothing, ask)

    def resume_fleet(
        self, fleet_id: str, *, watcher: model.Watcher | None = None, ask: model.Ask | None = None
    ) -> Fleet:
        """Go on with the hosts that were skipped, stopped, unreachable or settled; the others stay as they are.

        Raises:
            UnknownNameError: No such fleet.
            RefusedError: It still goes on, was resumed before, a canary did not pass, or no host is left but such as
                wait for a person.
        """
        before = self.fleet(fleet_id)
        if before.going:
            raise RefusedError(f"fleet {before.fleet_id} still goes on; stop it, or wait for its end")
        self._fleets.check_last(before)
        playbook, _, row = self._register.load(before.playbook, before.version)
        draft = before.request.draft
        policy.check_run(row, policy.Attempt(mode=before.mode, draft=draft, numbered=True))
        if row.digest != before.digest:
            raise RefusedError(f"{row.ref} is not what fleet {before.fleet_id} replayed; start another fleet")
        beginnings, waiting = self._left(before)
        if not beginnings:
            why = next(iter(waiting.values()), None)
            none = f"fleet {before.fleet_id} has no host left to go on with"
            raise RefusedError(none if why is None else f"{next(iter(waiting))}: {why}")
        hosts = tuple(
            HostStanding(
                target=one.target, wave=one.wave, steps=one.steps, begun=one.begun, after=one.replay_id or one.after
            )
            if one.name in beginnings
            else msgspec.structs.replace(one, reason=waiting.get(one.name, one.reason))
            for one in before.hosts
        )
        no_more = enough(hosts, before.request.plan, ended={one.name for one in hosts} - beginnings.keys())
        if no_more is not None:
            raise RefusedError(f"fleet {before.fleet_id} can't go on: {no_more}")
        fleet = self._new(before.request, playbook, row.digest, hosts)
        fleet = msgspec.structs.replace(fleet, resumes=before.fleet_id)
        beginnings = {
            name: replace(beginning, replay_id=fleet.assigned[name]) for name, beginning in beginnings.items()
        }
        return self._drive(fleet, playbook, beginnings, watcher or _nothing, ask)

    def stop_fleet(self, fleet_id: str) -> None:
        """Begin no other host and no other step; from any thread or process. Returns at once.

        Raises:
            UnknownNameError: No such fleet.
            RefusedError: It is at its end.
        """
        found = self._fleets.resolve(fleet_id)
        if not self._fleets.is_going(found):
            raise RefusedError(f"fleet {found} is at its end; nothing to stop")
        self._fleets.stop(found)

    def fleets(self) -> tuple[Fleet, ...]:
        """All of them, newest first."""
        self._recovery.take_in()
        return self._fleets.all()

    def fleet(self, fleet_id: str) -> Fleet:
        """One of them, as it stands now.

        Raises:
            UnknownNameError: No such fleet.
        """
        self._recovery.take_in()
        return self._fleets.fleet(self._fleets.resolve(fleet_id))

    # -- how it is set up

    def _ended(self, replay_id: str) -> Replay | None:
        return self._replays.read(replay_id) if self._replays.has(replay_id) else None

    def _check_hosts(self, playbook: str, targets: Sequence[Target]) -> None:
        """Refuse hosts on which a step of this playbook may have happened or not."""
        doubts = self._doubts(playbook)
        in_doubt = next((doubts[target.name] for target in targets if target.name in doubts), None)
        if in_doubt is not None:
            raise RefusedError(in_doubt)

    def _doubts(self, playbook: str) -> dict[str, str]:
        """By host, what a person must say before anything of this playbook runs there."""
        return {
            replay.workspace.partition(":/")[0]: question(replay)
            for replay in self._recovery.open()
            if replay.playbook == playbook and not replay.workspace.startswith("/")
        }

    def _new(self, request: FleetRequest, playbook: Playbook, digest: str, hosts: tuple[HostStanding, ...]) -> Fleet:
        return Fleet(
            fleet_id=self._ids.new(),
            playbook=playbook.name,
            version=playbook.version,
            digest=digest,
            mode=request.mode,
            request=request,
            hosts=hosts,
            started_at=stamp(self.clock()),
            assigned={one.name: self._ids.new() for one in hosts if not one.state.final},
        )

    def _left(self, fleet: Fleet) -> tuple[dict[str, Beginning], dict[str, str]]:
        """Where the hosts that are left go on, by name; and why others wait for a person."""
        doubts = self._doubts(fleet.playbook)
        beginnings, waiting = dict[str, Beginning](), dict[str, str]()
        for one in fleet.hosts:
            if one.state is HostState.UNKNOWN and not one.settled:
                waiting[one.name] = one.reason
            elif one.goes_on and one.name in doubts:
                waiting[one.name] = doubts[one.name]
            elif one.goes_on:
                try:
                    beginnings[one.name] = self._going_on(one)
                except RefusedError as error:
                    waiting[one.name] = str(error)
        return beginnings, waiting

    def _going_on(self, host: HostStanding) -> Beginning:
        """Where it goes on.

        Raises:
            RefusedError: Its shell can't stand there again.
        """
        replay = self._ended(host.replay_id or host.after or "")
        step = None if replay is None else goes_on_at(replay)
        if replay is None or step is None or step == 1:
            return Beginning(replay_id="")
        if (reason := why_not(replay.standing)) is not None:
            raise RefusedError(f"it can't go on at step {step}: {reason}; replay it from the start")
        return Beginning(replay_id="", from_step=step, standing=replay.standing, held=replay.bindings)

    def _drive(
        self,
        fleet: Fleet,
        playbook: Playbook,
        beginnings: Mapping[str, Beginning],
        watcher: model.Watcher,
        ask: model.Ask | None,
    ) -> Fleet:
        check_frozen(self.home)
        request, keeping = fleet.request, threading.Lock()
        found = self._gathered(playbook, 1, request.values, {}, None)
        if found.missing and request.mode is not Mode.SIMULATE:
            raise BadInputError(not_known(fleet.request.ref, found.missing[0]))
        permits = self._policy().permits(workspace="", playbook=playbook.name, home="")
        person = _Person(ask)

        def keep(replay: Replay) -> None:
            with keeping:
                self._keep(replay)

        def recover() -> None:
            with keeping:
                self._recovery.take_in()

        with standing_by(), asked(person if ask else None) as asking, self._fleets.held(fleet.fleet_id):
            telling = Telling(watcher, fleet.hosts)
            shared = Shared(
                home=self.home,
                journals=Journals(self.home),
                clock=self.clock,
                keep=keep,
                recover=recover,
                read=self._ended,
                playbook=playbook,
                digest=fleet.digest,
                request=request,
                permits=msgspec.structs.replace(permits, yes_to=request.yes_to),
                answers=found.answers,
                secrets=found.values,
                asking=asking,
                asked=lambda: person.took_s,
                stopping=Stopping(lambda: self._fleets.is_stopped(fleet.fleet_id)),
                tell=telling,
            )
            self._fleets.begin(fleet)
            return Drive(fleet, shared, beginnings, self._fleets, telling).run()


class _Person:
    """Who answers what `ssh` asks, and how long that has taken."""

    def __init__(self, ask: model.Ask | None) -> None:
        self._ask = ask
        self.took_s = 0.0
        """Seconds."""

    def __call__(self, question: model.Question) -> str | None:
        began = time.monotonic()
        try:
            return None if self._ask is None else self._ask(question)
        finally:
            self.took_s += time.monotonic() - began


def _check(request: FleetRequest, playbook: Playbook) -> None:
    """Refuse what can't begin.

    Raises:
        BadInputError: Hosts, plan or values are not right.
        RefusedError: The playbook can't be replayed on hosts.
    """
    if not request.targets:
        raise BadInputError("--hosts names no host; name some as a,b,c, or an inventory file that lists one")
    names = [target.name for target in request.targets]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInputError(f"host {twice} is named twice; a step would run there twice")
    if request.mode is Mode.GUIDED:
        raise BadInputError("repairs need the workspace at hand: a fleet replays with --mode strict or simulate")
    amount(request.plan.max_failures, len(names), what="--max-failures")
    for target in request.targets:
        unknown = next((name for name in {**request.values, **target.values} if name not in playbook.parameters), None)
        if unknown is not None:
            known = ", ".join(playbook.parameters) or "none"
            raise BadInputError(f"{target.name}: {playbook.name} has no parameter {unknown!r}; it has: {known}")
    if (reason := unfit(playbook)) is not None:
        raise RefusedError(f"{playbook.name} can't be replayed on hosts: {reason}; replay it without --hosts")
