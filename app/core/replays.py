"""Replaying versions, and the replays that were made."""

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from app.core.gathering import Gathering, not_known
from app.core.sources import Sources
from app.core.versions import Versions
from capture.errors import BadInputError, RefusedError, UnknownNameError
from capture.files.ignore import load_ignore
from capture.trace import Trace
from replay import resuming
from replay.claims import goes_on_at
from replay.governance import policy
from replay.governance.lists import Known
from replay.governance.permits import Permits
from replay.left import changed_since, drifted
from replay.library.naming import split_ref
from replay.mending import SourcedMender
from replay.outcome import Mode, Replay, Standing, Word
from replay.playbook import Playbook
from replay.progress import ReplayEvent
from replay.protocols import Director, Headless
from replay.repairs.collecting import collect
from replay.repairs.files import WorkspaceFiles
from replay.requests import Request
from replay.runner import quiet
from replay.secret_sources import entry, forget, look_up, store
from replay.verifying import UNSTORED
from replay.wanting import WantedSecret, secrets_wanted


class SecretStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that a playbook wants."""

    name: str
    key: str
    """The parameter, or what the answer is known by: its prompt, or a name."""
    answer: bool
    """Whether it answers a prompt, and is no parameter."""
    question: str
    """What is asked for, as a clause."""
    variable: str
    """The environment variable that may hold it."""
    entry: str
    """What it is called in a keyring."""
    source: str | None
    """Where it would come from now; None: it is asked for."""


class Replays(Versions, Sources, Gathering):
    """What can be done with replays."""

    def replay(  # noqa: PLR0913 - each is one thing that a person says of a replay
        self,
        ref: str,
        *,
        mode: Mode,
        cwd: str,
        values: Mapping[str, str] | None = None,
        from_step: int | None = None,
        shadow: bool = False,
        network: bool = False,
        draft: bool = False,
        director: Director | None = None,
        watcher: Callable[[ReplayEvent], None] | None = None,
        secrets: Mapping[str, str] | None = None,
        permits: Permits | None = None,
        watch: bool = False,
        ask: Callable[[WantedSecret], str | None] | None = None,
    ) -> Replay:
        """Replay a version.

        Raises:
            RefusedError: Policy forbids it.
            BadInputError: A value, the workspace or the step is not right.
        """
        row = self._register.wanted(ref)
        attempt = policy.Attempt(mode=mode, shadow=shadow, draft=draft, numbered=split_ref(ref)[1] is not None)
        policy.check_run(row, attempt)
        playbook, _, row = self._register.load(row.name, row.version)
        if from_step is not None and from_step > len(playbook.steps):
            raise BadInputError(f"{row.ref} has no step {from_step}; it has {len(playbook.steps)}")
        if mode is not Mode.SIMULATE and not shadow:
            self._recovery.check(playbook.name, cwd)
        before = self._stopped_there(playbook.name, cwd, from_step) if from_step else None
        given = self._given(before.standing if before else None, from_step or 1, ask)
        found = self._gathered(playbook, from_step or 1, values or {}, secrets or {}, ask)
        if found.missing and mode is not Mode.SIMULATE:
            raise BadInputError(not_known(row.ref, found.missing[0]))
        request = Request(
            playbook=playbook,
            digest=row.digest,
            mode=mode,
            workspace=cwd,
            values={**(values or {}), **found.values},
            from_step=from_step or 1,
            standing=before.standing if before else None,
            held=before.bindings if before else {},
            given=given,
            shadow=shadow,
            network=network,
            secrets=found.answers,
            permits=permits or Permits(),
            watch=watch,
        )
        return self._run(request, director, watcher or quiet)

    def _run(self, request: Request, director: Director | None, tell: Callable[[ReplayEvent], None]) -> Replay:
        """Carry it out; what a person approves on the way counts however it ends."""
        if request.mode is not Mode.GUIDED:
            return self._runner.run(request, director=director, tell=tell, mender=None)
        mender = self._mender(request.playbook, request.workspace, director or Headless())
        self._mending.append(mender)
        try:
            return self._runner.run(request, director=director, tell=tell, mender=mender)
        finally:
            self._mending.remove(mender)
            # A shell that died takes no approval with it.
            mender.conclude()

    @cached_property
    def _mending(self) -> list[SourcedMender]:
        """Of the guided replays that go on in this process."""
        return []

    def secrets_wanted(self, ref: str) -> tuple[SecretStanding, ...]:
        """The secrets that a version wants, and where each would come from; never what they are."""
        playbook = self.version(ref).playbook
        return tuple(
            SecretStanding(
                name=one.name,
                key=one.key,
                answer=one.answer,
                question=one.question,
                variable=one.variable,
                entry=entry(playbook.name, one.name),
                source=found.source if (found := look_up(playbook.name, one, os.environ)) else None,
            )
            for one in secrets_wanted(playbook)
        )

    def store_secret(self, called: str, value: Callable[[], str]) -> None:
        """Put a secret into the keyring.

        Args:
            called: `PLAYBOOK/NAME`.
            value: Asked for once it is clear that there is such a secret; goes nowhere else.
        """
        place = self._entry(called)
        store(place, value())

    def forget_secret(self, called: str) -> bool:
        """Take a secret out of the keyring; returns whether it was there."""
        return forget(called)

    def _entry(self, called: str) -> str:
        """What a secret is called in the keyring.

        Raises:
            BadInputError: It names no playbook.
            UnknownNameError: The playbook wants no such secret.
        """
        name, slash, secret = called.partition("/")
        if not (name and slash and secret):
            raise BadInputError(f"{called!r} names no secret of a playbook; write PLAYBOOK/NAME")
        standing = self.secrets_wanted(name)
        if secret not in {one.name for one in standing}:
            wants = ", ".join(one.name for one in standing) or "none"
            raise UnknownNameError(f"{name} wants no secret {secret}; it wants {wants}")
        return next(one.entry for one in standing if one.name == secret)

    def replays(self, ref: str | None = None) -> tuple[Replay, ...]:
        """Replays of stored versions, newest first; of one playbook when it is named."""
        name = self._shelf.resolve(ref)[0] if ref else None
        self._recovery.take_in()
        stored = (one for one in reversed(self._replays.readable()) if one.version != UNSTORED)
        return tuple(one for one in stored if name in (None, one.playbook))

    def unknown(self) -> tuple[Replay, ...]:
        """Replays with a step that may have happened or not: it does not run again before a person says which."""
        return self._recovery.open()

    def settle(self, replay_id: str, word: Word) -> Replay:
        """Say whether a step happened that a killed replay left unknown.

        Raises:
            UnknownNameError: No such replay.
            RefusedError: It left nothing unknown, or that was settled already.
        """
        return self._recovery.settle(replay_id, word)

    def _stopped_there(self, name: str, workspace: str, step: int) -> Replay | None:
        """The newest replay of a playbook in this workspace, when it goes on at that step; none in a shadow counts.

        Raises:
            RefusedError: The workspace is not as that replay left it.
        """
        acted = (one for one in self.replays(name) if one.mode is not Mode.SIMULATE and one.shadow is None)
        last = next((one for one in acted if one.workspace == workspace), None)
        if last is None or goes_on_at(last) != step:
            return None
        reason = self._changed_since(last)
        if reason is not None:
            raise RefusedError(
                f"{workspace} {reason} since replay {last.replay_id} stopped before step {step}; replay from the start"
            )
        return last

    def _given(
        self, standing: Standing | None, step: int, ask: Callable[[WantedSecret], str | None] | None
    ) -> dict[str, str]:
        """The secrets that a shell held before a step: as they are exported now, or as a person says them.

        Raises:
            RefusedError: One is said by nobody, or something else of it was not kept.
        """
        if standing is None:
            return {}
        given = {name: os.environ[name] for name in resuming.secrets(standing) if name in os.environ}
        for name in resuming.secrets(standing) if ask else ():
            question = f"a value for the variable {name}"
            said = given.get(name) or (ask and ask(WantedSecret(name=name, key=name, answer=False, question=question)))
            given |= {name: said} if said else {}
        reason = resuming.without(standing, given)
        if reason is not None:
            raise RefusedError(
                f"the shell can't stand before step {step} again: {reason}; export it, or replay from the start"
            )
        return given

    def _changed_since(self, replay: Replay) -> str | None:
        """What has changed in its workspace; a killed replay took no digest, but its recording tells of each file."""
        if replay.workspace_digest is not None or not replay.recovered:
            return changed_since(replay.workspace_digest, replay.workspace)
        if replay.run_id is None:
            # It was killed before its shell was started: nothing had happened.
            return None
        return drifted(self.trace(replay.run_id), replay.workspace, load_ignore(self.home))

    def _mender(self, playbook: Playbook, workspace: str, director: Director) -> SourcedMender:
        ignore = load_ignore(self.home)

        def files_at(cwd: str) -> WorkspaceFiles:
            return WorkspaceFiles(cwd=cwd, workspace=workspace, environment=os.environ, ignored=ignore.matches)

        recorded = self._recording(playbook)
        return SourcedMender(
            inbox=self._inbox,
            files_at=files_at,
            workspace=workspace,
            recorded_files=recorded.workspace_before if recorded else (),
            recorded_environment=recorded.environment if recorded else {},
            home=str(Path.home()),
            rules=lambda: collect(self.home).rules,
            denied=self._denied(playbook, workspace),
            outside=self._sources_for(director),
        )

    def _denied(self, playbook: Playbook, workspace: str) -> Callable[[str], str | None]:
        """What the user's policy has against a command that a repair would bring in."""
        lists = self._policy().permits(workspace=workspace, playbook=playbook.name, home=str(Path.home())).lists

        def denied(command: str) -> str | None:
            ruled = lists.judge(command, playbook.shell, Known())
            return ruled.message if ruled else None

        return denied

    def _recording(self, playbook: Playbook) -> Trace | None:
        """The run that a playbook was compiled from; None when it is gone."""
        try:
            return self.trace(playbook.source_runs[0]) if playbook.source_runs else None
        except UnknownNameError:
            return None
