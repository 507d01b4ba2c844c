"""Finding the playbook that was made for a task, and dispatching it when it clearly fits and is ready."""

import dataclasses
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from app.core.gathering import not_known
from app.core.replays import Replays
from capture.errors import BadInputError, RefusedError, ReplaybookError, UnknownNameError
from replay import binding
from replay.finding import deciding, proposing, vectors, words
from replay.finding.deciding import Dispatch, Fit, Why
from replay.finding.index import FILE, Index
from replay.finding.ranking import ranked
from replay.finding.values import Match, Standing, Text, text_of
from replay.governance.freezing import check_frozen
from replay.governance.permits import first_for_a_person
from replay.library.naming import is_name
from replay.library.rows import ReplayRow, VersionRow
from replay.outcome import Mode, Replay, ReplayStatus
from replay.playbook import Playbook, VersionStatus
from replay.progress import ReplayEvent
from replay.protocols import Director
from replay.requests import Request
from replay.wanting import WantedSecret, secrets_wanted

SHOWN = 10
"""Playbooks that are told when nothing is said of how many."""
MOST = 50
"""Playbooks that are ranked at all."""
LONGEST = 2000
"""Characters of a task that are read."""
_NEAREST = 8
_RAN = frozenset({ReplayStatus.SUCCESS, ReplayStatus.FAILED, ReplayStatus.NEEDS_REVIEW})


class FoundPlaybook(msgspec.Struct, frozen=True, kw_only=True):
    """A playbook that was found for a task."""

    playbook: str
    version: int
    status: VersionStatus
    goal: str | None
    score: float
    """What it is ranked by among those of its status; comparable within one search only."""
    succeeded: int
    """Replays of that version that succeeded, of those that ran steps."""
    tried: int


class FoundPlaybooks(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for a task."""

    task: str
    playbooks: tuple[FoundPlaybook, ...]
    """Best first; what is active before all else."""


class Finding(Replays):
    """What can be asked for by a task."""

    def find(self, task: str, *, most: int = SHOWN) -> FoundPlaybooks:
        """Playbooks by name, goal, steps and parameters, ranked by their words and by how their replays went.

        Args:
            task: In any words.
            most: So many at the most.

        Raises:
            BadInputError: The task is empty.
        """
        found = self._matches(_checked(task))[:most]
        return FoundPlaybooks(task=task, playbooks=tuple(map(_told, found)))

    def dispatch(  # noqa: PLR0913 - each is one thing that is said of it
        self,
        goal: str,
        *,
        cwd: str,
        values: Mapping[str, str] | None = None,
        alone: bool = False,
        run: bool = False,
        director: Director | None = None,
        watcher: Callable[[ReplayEvent], None] | None = None,
    ) -> Dispatch:
        """Say what is to be replayed for a goal: only what clearly fits, binds, and simulate says is ready.

        Args:
            goal: What is to be done.
            cwd: The workspace, absolute.
            values: Parameters by name.
            alone: Nobody is there: a playbook with a step that wants a person is none.
            run: Replay it at once, strictly.
            director: Who steps; as for `replay`.
            watcher: Is told everything that happens in that replay.

        Raises:
            BadInputError: The goal is empty, or the workspace is not there.
        """
        given = dict(values or {})
        fits = [self._fit(goal, one.standing, cwd, given) for one in self._matches(_checked(goal))[:_NEAREST]]
        chosen = deciding.choose([fit for fit, _ in fits])
        answer = Dispatch(goal=goal, workspace=cwd)
        if not isinstance(chosen, Fit):
            why, message = chosen
            nearest = tuple(fit.standing.ref for fit, _ in fits[:3])
            return msgspec.structs.replace(answer, why=why, message=message, candidates=nearest)
        from_goal = next(read for fit, read in fits if fit is chosen)
        found = self._answered(answer, chosen.standing, given, from_goal, alone=alone)
        if not run or found.replay is None:
            return found
        replay = self.replay(
            found.replay, mode=Mode.STRICT, cwd=cwd, values={**from_goal, **given}, director=director, watcher=watcher
        )
        return msgspec.structs.replace(found, run=replay)

    # -- searching

    @cached_property
    def _index(self) -> Index:
        return Index(self.home.path / FILE)

    def close(self) -> None:
        """See `Parts.close`."""
        if "_index" in vars(self):
            self._index.close()
        super().close()

    def _matches(self, task: str) -> tuple[Match, ...]:
        """What is found, each as its file is now."""
        wanted = words.wanted(task)
        self._refresh()
        found = self._index.find(wanted, most=MOST)
        if self._looked_at(found):
            # A file was edited by hand: what stands in the index is another text, and perhaps another status.
            self._refresh()
            found = self._index.find(wanted, most=MOST)
        return ranked(found, near=vectors.near(task, found, self._vectors) if self._vectors and found else None)

    @cached_property
    def _vectors(self) -> vectors.Vectors | None:
        return vectors.named()

    def _looked_at(self, found: tuple[Match, ...]) -> bool:
        """Whether one of the first is no longer what the index says; the catalog has taken that in then."""
        moved = False
        for one in (match.standing for match in found[:SHOWN]):
            try:
                row = self._register.row(one.name, one.version)
                moved = moved or (row.digest, row.status) != (one.digest, one.status)
            except (UnknownNameError, BadInputError):
                moved = True
        return moved

    def _refresh(self) -> None:
        """Take in what has changed since the index was written."""
        self._freshen()
        stamp = self._stamp()
        if not self._index.is_of(stamp):
            self._index.update(stamp, self._standings(), self._text)

    def _stamp(self) -> str:
        """Another one whenever the catalog, or the folder of playbooks, has changed."""
        stats = []
        catalog = self._catalog.storage.path
        for path in (catalog, catalog.with_suffix(".journal"), self.home.playbooks):
            try:
                seen = path.stat()
                stats.append((seen.st_ino, seen.st_size, seen.st_mtime_ns))
            except FileNotFoundError:
                stats.append((0, 0, 0))
        return str(stats)

    def _standings(self) -> Iterator[Standing]:
        """Every playbook by the version that counts."""
        folders = set(os.listdir(self.home.playbooks))  # noqa: PTH208 - names are all that is wanted
        counting: dict[str, Mapping[str, Any]] = {}
        # As they are stored: ten thousand of them are made rows of in a time in which they are searched ten times.
        for row in self._catalog.storage.documents(VersionRow.TABLE):
            name = row["name"]
            if name in folders and (name not in counting or _counts(row) > _counts(counting[name])):
                counting[name] = row
        for name in filter(is_name, folders - counting.keys()):
            known: list[dict[str, Any]] = [
                msgspec.to_builtins(row) for row in self._register.rows(name) if row.problem is None
            ]
            if known:
                counting[name] = max(known, key=_counts)
        tried, succeeded = self._fared()
        for name, one in counting.items():
            ref = f"{name}@{one['version']}"
            yield Standing(
                name=name,
                version=one["version"],
                digest=one["digest"],
                status=VersionStatus(one["status"]),
                goal=one.get("goal") or "",
                succeeded=succeeded[ref],
                tried=tried[ref],
            )

    def _fared(self) -> tuple[Counter[str], Counter[str]]:
        """How often each version was replayed with steps that ran, and how often that succeeded."""
        tried, succeeded = Counter[str](), Counter[str]()
        for one in self._catalog.storage.documents(ReplayRow.TABLE):
            if one["mode"] != Mode.SIMULATE and one["status"] in _RAN:
                ref = f"{one['playbook']}@{one['version']}"
                tried[ref] += 1
                succeeded[ref] += one["status"] == ReplayStatus.SUCCESS
        return tried, succeeded

    def _text(self, standing: Standing) -> Text:
        """What is searched of a version; of one that can't be read, its name and goal are all."""
        try:
            playbook, _, _ = self._register.load(standing.name, standing.version)
        except ReplaybookError:
            return Text(steps="", parameters="")
        return text_of(playbook)

    # -- dispatching

    def _fit(self, goal: str, standing: Standing, cwd: str, given: Mapping[str, str]) -> tuple[Fit, dict[str, str]]:
        """How well a playbook fits, and which values it would take from the goal."""
        try:
            playbook, _, _ = self._register.load(standing.name, standing.version)
        except ReplaybookError:
            return deciding.fit(goal, goal, standing), {}
        read = proposing.proposed(goal, playbook, given)
        known = {name: value for name, value in given.items() if name in playbook.parameters} | read
        try:
            bound = self._runner.bound(_simulation(playbook, standing.digest, cwd, known))
        except BadInputError:
            bound = known
        left = proposing.uncovered(goal, frozenset(read), {**bound, "": cwd})
        return deciding.fit(left, goal, standing), read

    def _answered(
        self, answer: Dispatch, standing: Standing, given: Mapping[str, str], read: dict[str, str], *, alone: bool
    ) -> Dispatch:
        """Whether the chosen playbook binds and is ready."""
        values = {**read, **given}
        try:
            simulated, hidden = self._ready(standing, answer.workspace, values, alone=alone)
        except _NotYetError as error:
            why, message, checks = error.args
        except BadInputError as error:
            why, message, checks = Why.UNBOUND, str(error), ()
        except RefusedError as error:
            why, message, checks = Why.NOT_READY, str(error), ()
        else:
            return msgspec.structs.replace(
                answer,
                replay=standing.ref,
                bindings=simulated.bindings,
                values={name: value for name, value in values.items() if name not in hidden},
                proposed=tuple(read),
                message=f"{standing.ref} fits and is ready",
            )
        return msgspec.structs.replace(
            answer, why=why, message=message, checks=checks, candidates=(standing.ref,), proposed=tuple(read)
        )

    def _ready(
        self, standing: Standing, workspace: str, values: Mapping[str, str], *, alone: bool
    ) -> tuple[Replay, set[str]]:
        """The simulation of what is ready, and the names of its secret parameters.

        Raises:
            _NotYetError: It is not ready.
            BadInputError: A value is not right.
            RefusedError: No replay may begin there.
        """
        playbook, _, row = self._register.load(standing.name, standing.version)
        if row.status is not VersionStatus.ACTIVE:
            raise _NotYetError(Why.INACTIVE, f"{row.ref} is {row.status}; a person must promote it first", ())
        permits = self._policy().permits(workspace=workspace, playbook=playbook.name, home=str(Path.home()))
        if alone and (kept := first_for_a_person(playbook, permits)):
            message = f"step {kept} of {row.ref} wants a person; let one replay it: replaybook replay {row.ref}"
            raise _NotYetError(Why.NEEDS_PERSON, message, ())
        check_frozen(self.home)
        self._recovery.check(playbook.name, workspace)
        secrets = self._gathered(playbook, 1, values, {}, None)
        request = _simulation(playbook, row.digest, workspace, {**values, **secrets.values})
        wanted = sorted(binding.missing(playbook, self._runner.bound(request)))
        if secrets.missing or wanted:
            raise _NotYetError(Why.UNBOUND, _wants(row.ref, playbook, secrets.missing, wanted), ())
        simulated = self._look(dataclasses.replace(request, secrets=secrets.answers))
        if simulated.status is not ReplayStatus.READY:
            checks, message = deciding.in_the_way(simulated)
            raise _NotYetError(Why.NOT_READY, f"{row.ref} is {message}", checks)
        return simulated, {secret.key for secret in secrets_wanted(playbook)}

    def _look(self, request: Request) -> Replay:
        """Simulate, and leave no replay behind."""
        return dataclasses.replace(self._runner, keep=lambda _: None).run(request)


class _NotYetError(Exception):
    """It can't be dispatched: why, in a sentence, and what simulate has found."""


def _wants(ref: str, playbook: Playbook, secrets: Sequence[WantedSecret], wanted: Sequence[str]) -> str:
    """What is said where a value is not known."""
    if secrets:
        return not_known(ref, secrets[0])
    hidden = next((one for one in secrets_wanted(playbook) if one.key == wanted[0]), None)
    if hidden is not None:
        return not_known(ref, hidden)
    return f"parameter {wanted[0]} of {ref} wants a value; give it with --set {wanted[0]}=VALUE"


def _checked(task: str) -> str:
    if not task.strip():
        raise BadInputError("an empty task finds nothing; say in a few words what is to be done")
    if len(task) > LONGEST:
        raise BadInputError(f"a task of {len(task):,} characters is too long; say it in at most {LONGEST:,}")
    return task


def _told(match: Match) -> FoundPlaybook:
    one = match.standing
    return FoundPlaybook(
        playbook=one.name,
        version=one.version,
        status=one.status,
        goal=one.goal or None,
        score=match.score,
        succeeded=one.succeeded,
        tried=one.tried,
    )


def _counts(row: Mapping[str, Any]) -> tuple[bool, bool, int]:
    """The greater, the more a version counts, as `Register.wanted` takes it: active, not disabled, newer."""
    return row["status"] == VersionStatus.ACTIVE, row["status"] != VersionStatus.DISABLED, row["version"]


def _simulation(playbook: Playbook, digest: str, cwd: str, values: Mapping[str, str]) -> Request:
    return Request(playbook=playbook, digest=digest, mode=Mode.SIMULATE, workspace=cwd, values=values)
