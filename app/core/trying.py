"""One step of a version tried in a shadow, whatever becomes of it: nothing that it comes to counts for the version."""

import os
from collections.abc import Callable, Mapping

import msgspec

from app.core.gathering import not_known
from app.core.replays import Replays
from capture.errors import BadInputError
from replay.governance import policy
from replay.governance.permits import Permits
from replay.outcome import Mode, Replay, Trial
from replay.progress import ReplayEvent
from replay.protocols import Director
from replay.requests import Request
from replay.runner import quiet
from replay.stepping.trying import recorded_values, trying
from replay.verifying import UNSTORED
from replay.wanting import WantedSecret


class Trials(Replays):
    """What can be done with one step."""

    def try_step(  # noqa: PLR0913 - as a replay
        self,
        ref: str,
        step: int,
        *,
        cwd: str,
        alone: bool = False,
        values: Mapping[str, str] | None = None,
        network: bool = False,
        director: Director | None = None,
        watcher: Callable[[ReplayEvent], None] | None = None,
        secrets: Mapping[str, str] | None = None,
        permits: Permits | None = None,
        ask: Callable[[WantedSecret], str | None] | None = None,
    ) -> Replay:
        """Run one step in a copy of a workspace, on the state that the steps before it leave there.

        Args:
            ref: `NAME[@V]`.
            step: Counted from 1.
            cwd: The workspace that is copied.
            alone: No step runs before it; values that they would print are as recorded.
            values: Parameters.
            network: The copy reaches the network as the host does.
            director: Who steps; one that only goes on runs whatever comes before the step as well.
            watcher: Is told everything that happens.
            secrets: Answers that no document holds.
            permits: What each safety level asks of a person.
            ask: For a secret that is kept nowhere.

        Raises:
            BadInputError: There is no such step, or it is left out; a value or the workspace is not right.
            RefusedError: The version is disabled, or there is no isolation on this machine.
        """
        row = self._register.wanted(ref)
        policy.check_run(row, policy.Attempt(mode=Mode.STRICT, shadow=True, draft=True))
        playbook, _, row = self._register.load(row.name, row.version)
        held = recorded_values(playbook, trying(playbook, step, alone=alone))
        found = self._gathered(playbook, 1, values or {}, secrets or {}, ask)
        if found.missing:
            raise BadInputError(not_known(row.ref, found.missing[0]))
        request = Request(
            playbook=msgspec.structs.replace(playbook, version=UNSTORED),
            digest=row.digest,
            mode=Mode.STRICT,
            workspace=os.path.realpath(cwd),
            values={**(values or {}), **found.values},
            held=held,
            shadow=True,
            network=network,
            secrets=found.answers,
            permits=permits or Permits(),
            trial=Trial.STEP,
        )
        done = self._run(request, director, watcher or quiet)
        return msgspec.structs.replace(done, version=row.version)
