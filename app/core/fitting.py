"""Expectations fitted to what really happens: noise learned of a second run, versions brought up to date."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from app.core.replays import Replays
from app.core.versions import StoredVersion
from capture.errors import BadInputError, UnknownNameError
from capture.trace import Run, Trace
from replay import binding, document
from replay.compiler import compile_traces
from replay.governance.audit import Action
from replay.outcome import Replay, StepState
from replay.playbook import Compilation, Playbook
from replay.protocols import Director
from replay.tools.offered import tools_for
from replay.twins import Twin, refit, twin_by_hand, twin_of
from replay.verifying import Verification, Verifier


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing a version up to date came to."""

    base: str
    """`NAME@V` of the version that was looked at."""
    made: StoredVersion | None
    """The new draft; None when every line still matches."""
    changes: tuple[str, ...]
    """A sentence for each change."""
    left: tuple[str, ...]
    """A sentence for each step that was left as it is."""
    diff: str


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What doing a version again in a shadow came to."""

    base: str
    """`NAME@V` of the version that was done again."""
    made: StoredVersion | None
    """The new draft; None when nothing was learned."""
    found: Verification


class Fitting(Replays):
    """What can be done to make expectations fit."""

    def compile_verified(  # noqa: PLR0913 - each is one thing that a person says of it
        self,
        runs: Sequence[str],
        *,
        name: str,
        keep: frozenset[int] = frozenset(),
        drop: frozenset[int] = frozenset(),
        env: Sequence[str] = (),
        cwd: str | None = None,
        progress: Callable[[str], None] | None = None,
        director: Director | None = None,
    ) -> tuple[Compilation, Verification]:
        """Compile, do the work again in a shadow, and store the draft with its noise masked.

        Args:
            runs: Runs of the same work.
            name: Of the playbook.
            keep: Recorded steps that must stay.
            drop: Recorded steps that are left out.
            env: Variables of before the first run that are to be set first; `all` for all that it uses.
            cwd: The workspace as it was before the first run; None: that run's, taken back to where it began.
            progress: Is told what goes on.
            director: May stop it.

        Raises:
            RefusedError: The director stopped it; nothing is stored.
        """
        traces = [self.trace(run) for run in runs]
        known = tools_for(self.home, (step.kind for trace in traces for step in trace.steps)).known
        compilation = compile_traces(
            traces, name=name, blobs=self.home.blob, keep=keep, drop=drop, env=env, known_tools=known
        )
        workspace = os.path.realpath(cwd) if cwd else None
        compilation, found = self._verifier(progress, director).verify(compilation, traces[0], workspace=workspace)
        return self._stored(compilation, traces), found

    def verify(
        self,
        ref: str,
        *,
        cwd: str | None = None,
        progress: Callable[[str], None] | None = None,
        director: Director | None = None,
    ) -> Verified:
        """Do a compiled version again in a shadow; what varies is masked in the next draft.

        Args:
            ref: `NAME[@V]`.
            cwd: The workspace as it was before the first run; None: that run's, taken back to where it began.
            progress: Is told what goes on.
            director: May stop it.

        Raises:
            BadInputError: No compile made the version.
            RefusedError: It was edited since, or the director stopped it; nothing is stored.
        """
        row = self._register.wanted(ref)
        compilation = self._shelf.compilation(row.name, row.version)
        if compilation is None or not compilation.playbook.source_runs:
            raise BadInputError(f"{row.ref} was not compiled from a recording; there is none to hold it against")
        stored = self._as_compiled(row.ref, compilation)
        traces = [self.trace(run) for run in stored.playbook.source_runs]
        workspace = os.path.realpath(cwd) if cwd else None
        fresh, found = self._verifier(progress, director).verify(compilation, traces[0], workspace=workspace)
        if not found.learned:
            return Verified(base=row.ref, made=None, found=found)
        fresh = msgspec.structs.replace(fresh, verified=(*compilation.verified, *fresh.verified))
        made = self._stored(fresh, traces, based_on=row.version).playbook
        return Verified(base=row.ref, made=self.version(f"{made.name}@{made.version}"), found=found)

    def _verifier(self, progress: Callable[[str], None] | None, director: Director | None) -> Verifier:
        told = progress or (lambda _: None)
        return Verifier(runner=self._runner, trace=self.trace, blobs=self.home.blob, told=told, director=director)

    def update(self, ref: str, source: str) -> Update:
        """Write anew what a version expects and a run no longer shows; all that still matches stays.

        Args:
            ref: `NAME[@V]`.
            source: A replay of it, or a run of the same work.

        Raises:
            UnknownNameError: There is no such version, replay or run.
            BadInputError: The replay is of another playbook, or the run holds none of its steps.
        """
        row = self._register.wanted(ref)
        playbook, _, row = self._register.load(row.name, row.version)
        twin, absent, origin = self._source(playbook, row.digest, source)
        fitted = refit(playbook, twin, blobs=self.home.blob)
        left = (*fitted.failed, *(f"step {index} was not done in that run" for index in absent))
        if not fitted.notes:
            return Update(base=row.ref, made=None, changes=(), left=left, diff="")
        numbered, made = self._register.add(fitted.playbook, made_from=(row.ref, origin), based_on=row.version)
        self._audit.append(actor=self.actor, action=Action.UPDATED, subject=made.ref, details={"digest": made.digest})
        return Update(
            base=row.ref,
            made=self.version(made.ref),
            changes=fitted.notes,
            left=left,
            diff=document.diff(playbook, numbered),
        )

    def _source(self, playbook: Playbook, digest: str, source: str) -> tuple[Twin, list[int], str]:
        """What the steps came to in a replay or a run, the steps that were not done in it, and its id."""
        replay = self._replay_of(source)
        if replay is None:
            trace = self.trace(source)
            twin = self._by_hand(playbook, trace)
            return twin, _absent(playbook, twin), trace.run.run_id
        if replay.playbook != playbook.name:
            raise BadInputError(f"replay {replay.replay_id} is of {replay.playbook}, not of {playbook.name}")
        if replay.run_id is None:
            raise BadInputError(f"replay {replay.replay_id} ran no step; name one that did")
        twin = twin_of(replay, self.trace(replay.run_id))
        absent = _absent(playbook, twin)
        if replay.digest != digest:
            return twin, absent, replay.replay_id
        # What passed, matched: also what a step found done already.
        stopped = {one.step_index for one in replay.steps if one.status is StepState.FAILED}
        steps = {index: step for index, step in twin.steps.items() if index in stopped}
        return msgspec.structs.replace(twin, steps=steps), absent, replay.replay_id

    def _replay_of(self, source: str) -> Replay | None:
        with suppress(UnknownNameError):
            return self._replays.read(self._replays.resolve(source))
        run = self.trace(source).run
        return None if run.replay_id is None else self._replays.read(run.replay_id)

    def _by_hand(self, playbook: Playbook, trace: Trace) -> Twin:
        twin = twin_by_hand(playbook, trace, binding.bind(playbook, {}, _builtins(trace.run)))
        if not twin.steps:
            raise BadInputError(
                f"run {trace.run.name} has none of the steps of {playbook.name}; name a run of the same work"
            )
        return twin


def _builtins(run: Run) -> dict[str, str]:
    """What the machine's own names stood for when a run was recorded."""
    today = run.started_at.astimezone().date().isoformat()
    machine = {"user": run.user, "host": run.host, "kernel": run.kernel}
    return {"cwd": run.workspace, "home": run.user_home, "today": today, **machine}


def _absent(playbook: Playbook, twin: Twin) -> list[int]:
    return [index for index in range(1, len(playbook.steps) + 1) if index not in twin.steps]
