"""What a program may ask for when nobody sits there: replays of active versions, proposals that wait for a person."""

from collections.abc import Callable, Mapping
from pathlib import Path

from app.core.again import Again
from app.core.finding import Finding
from capture.errors import RefusedError
from replay import template
from replay.governance.permits import first_for_a_person
from replay.mending import Stopped
from replay.outcome import Mode, Replay
from replay.playbook import Playbook, VersionStatus
from replay.progress import ReplayEvent
from replay.protocols import Director, Headless, Proposed
from replay.repairs.proposal import RepairStatus
from replay.requests import Request
from replay.sources.offered import SOURCE, Offered

MOST_WAITING = 20
"""Proposals of one replay that may wait for a person at once."""


class Delegated(Finding, Again):
    """What can be done for a program; none of it approves, promotes or sets anything."""

    def looked(self, ref: str, *, cwd: str, values: Mapping[str, str]) -> Replay:
        """Simulate a version, and keep nothing of it.

        Args:
            ref: NAME[@V].
            cwd: The workspace, absolute.
            values: Parameters by name.

        Raises:
            RefusedError: The version is disabled.
            BadInputError: A value is not right.
        """
        stored = self.version(ref)
        playbook = stored.playbook
        if stored.status is VersionStatus.DISABLED:
            raise RefusedError(f"{playbook.name}@{playbook.version} is disabled and never runs; take another version")
        found = self._gathered(playbook, 1, values, {}, None)
        request = Request(
            playbook=playbook,
            digest=stored.digest,
            mode=Mode.SIMULATE,
            workspace=cwd,
            values={**values, **found.values},
            secrets=found.answers,
        )
        return self._look(request)

    def replay_alone(
        self,
        ref: str,
        *,
        cwd: str,
        values: Mapping[str, str],
        inside: Callable[[str], bool],
        director: Director,
        watcher: Callable[[ReplayEvent], None],
    ) -> Replay:
        """Replay an active version strictly, with nobody there; who asked for it stands in the audit log.

        Args:
            ref: NAME[@V].
            cwd: The workspace, absolute.
            values: Parameters by name.
            inside: Whether work may be done in a directory.
            director: May end it.
            watcher: Is told everything that happens.

        Raises:
            RefusedError: The version is not active, a step wants a person, or it works elsewhere.
            BadInputError: A value is not right.
        """
        stored = self.version(ref)
        playbook = stored.playbook
        named = f"{playbook.name}@{playbook.version}"
        if stored.status is not VersionStatus.ACTIVE:
            raise RefusedError(f"{named} is {stored.status}, and only an active version is replayed here; promote it")
        permits = self._policy().permits(workspace=cwd, playbook=playbook.name, home=str(Path.home()))
        kept = first_for_a_person(playbook, permits)
        if kept is not None:
            raise RefusedError(f"step {kept} of {named} wants a person; let one replay it: replaybook replay {named}")
        self._check_places(playbook, named, cwd, values, inside)
        self._audit.append(
            actor=self.actor,
            action="agent-replayed",
            subject=named,
            details={"workspace": cwd, "digest": stored.digest},
        )
        return self.replay(named, mode=Mode.STRICT, cwd=cwd, values=values, director=director, watcher=watcher)

    def _check_places(
        self, playbook: Playbook, named: str, cwd: str, values: Mapping[str, str], inside: Callable[[str], bool]
    ) -> None:
        """Whether its steps work where work may be done.

        Raises:
            RefusedError: One doesn't.
        """
        bound = self._runner.bound(
            Request(playbook=playbook, digest="", mode=Mode.SIMULATE, workspace=cwd, values=values)
        )
        for index, step in enumerate(playbook.steps, 1):
            if step.cwd is None or step.skip or not template.names(step.cwd) <= bound.keys():
                continue
            place = str(Path(cwd, template.render(step.cwd, bound)))
            if not inside(place):
                raise RefusedError(f"step {index} of {named} works in {place}, which is not allowed; --allow it")

    def offer(self, replay_id: str, answer: bytes) -> Proposed:
        """Take proposals for the step that a replay stopped at; they wait for a person like all others.

        Args:
            replay_id: Of a replay that stopped.
            answer: JSON, as the sources outside of this machine answer.

        Raises:
            UnknownNameError: No such replay.
            RefusedError: It did not stop, its playbook is another one by now, or too many wait already.
        """
        replay = self._replays.read(self._replays.resolve(replay_id))
        failure = replay.failure
        waiting = [
            one
            for one in self._reviews.all()
            if (one.replay_id, one.source, one.status) == (replay.replay_id, SOURCE, RepairStatus.PROPOSED)
        ]
        if len(waiting) >= MOST_WAITING:
            raise RefusedError(
                f"{len(waiting)} proposals for {replay.replay_id} wait already; let a person answer them"
            )
        if failure is None or replay.mode is Mode.SIMULATE or not 1 <= failure.step_index <= len(replay.steps):
            raise RefusedError(f"{replay.replay_id} did not stop at a step; only what failed can be repaired")
        playbook, _, row = self._register.load(replay.playbook, replay.version)
        if row.digest != replay.digest:
            raise RefusedError(f"{row.ref} has changed since {replay.replay_id}; replay it again")
        stop = self._stopped_at(replay, failure)
        offered = Offered(answer)
        mender = self._mender(playbook, replay.workspace, Headless())
        base = (playbook, row.digest)
        found = mender.of(Stopped(playbook, row.digest, stop, (), base), (offered,))
        for one in found.repairs:
            self._audit.append(
                actor=self.actor, action="agent-proposed", subject=one.repair_id, details={"for": row.ref}
            )
        return Proposed(repairs=found.repairs, abstained=found.abstained, notes=(*offered.notes, *found.notes))

    def agent_recorded(self, run_id: str, steps: int) -> None:
        """Have the audit log tell that a program has recorded a run."""
        self._audit.append(actor=self.actor, action="agent-recorded", subject=run_id, details={"steps": str(steps)})
