"""Does compiled work again in a shadow, twice where it differs, and has the playbook learn what is noise."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from capture.errors import BadInputError, ReplaybookError, StoppedError
from capture.trace import Trace
from replay import document
from replay.outcome import Mode, Replay, ReplayStatus
from replay.place import Place
from replay.playbook import Compilation
from replay.protocols import Director
from replay.requests import Request
from replay.rewinding import rewind
from replay.runner import Runner
from replay.shadow import Level, RealWorkspace, strongest
from replay.twins import Blobs, Fitted, Twin, learn, twin_of, unjudged

UNSTORED = 0
"""The version of what is replayed to learn its noise: no version yet, so none may seem to have been replayed."""
_TOLD = 5


class Learning(StrEnum):
    """What doing it again came to."""

    SAME = "same"
    """Everything came out as recorded."""
    LEARNED = "learned"
    """Some of it varies, and is masked now."""
    FAILED = "failed"
    """Some of it can't be noise, or could not be done again."""
    UNAVAILABLE = "unavailable"
    """There is no shadow for it here."""


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned by doing it again."""

    state: Learning
    level: Level
    replays: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    """A sentence for each place that varies."""
    failed: tuple[str, ...] = ()
    """A sentence for all that is not noise."""
    host_changes: int = 0
    """Paths of the real workspace that changed meanwhile; must be 0."""

    @property
    def passed(self) -> bool:
        """Whether all of it could be done again."""
        return self.state in (Learning.SAME, Learning.LEARNED)

    def lines(self) -> list[str]:
        """For a person."""
        said = {
            Learning.SAME: f"verified in a shadow of level {self.level}: everything came out as recorded",
            Learning.LEARNED: f"verified in a shadow of level {self.level}: what varies is masked now",
            Learning.FAILED: f"not verified in a shadow of level {self.level}",
            Learning.UNAVAILABLE: "not verified: no shadow here",
        }[self.state]
        changed = [f"  {self.host_changes} paths of the real workspace changed meanwhile"] if self.host_changes else []
        told = [f"  noise: {note}" for note in self.learned]
        return [said, *told, *(f"  {reason}" for reason in self.failed), *changed]


@dataclass(frozen=True)
class Verifier:
    """Learns by replaying.

    Attributes:
        runner: Runs the replays.
        trace: Reads the recording of a replay.
        blobs: Contents that steps wrote.
        told: Is told what goes on.
        director: May stop it.
    """

    runner: Runner
    trace: Callable[[str], Trace]
    blobs: Blobs
    told: Callable[[str], None]
    director: Director | None = None

    def verify(
        self, compilation: Compilation, recorded: Trace, *, workspace: str | None
    ) -> tuple[Compilation, Verification]:
        """Do the work again in a shadow, and a second time when the first taught something.

        Args:
            compilation: As compiled.
            recorded: The recording that it is the model of.
            workspace: As it was before the recording; None: that of the recording, taken back to where it began.

        Returns:
            The compilation with its noise masked, and what happened.

        Raises:
            StoppedError: The director stopped it.
        """
        level, real = strongest(), Path(workspace or recorded.run.workspace)
        why = _unavailable(level, real)
        if why:
            return compilation, Verification(state=Learning.UNAVAILABLE, level=level, failed=(why,))
        host = RealWorkspace(real)
        replays: list[str] = []
        found = Fitted(playbook=compilation.playbook)
        for replay, fitted in self._rounds(compilation, recorded if workspace is None else None, str(real)):
            replays += [replay.replay_id] if replay else []
            found = fitted
        changes = host.changes()
        failed = (*found.failed, changes.doubt) if changes.doubt else found.failed
        state = Learning.LEARNED if found.notes else Learning.SAME
        fresh = msgspec.structs.replace(
            compilation,
            playbook=found.playbook,
            notes=(*compilation.notes, *found.notes),
            verified=tuple(replays),
        )
        return fresh, Verification(
            state=Learning.FAILED if failed or changes.sure else state,
            level=level,
            replays=tuple(replays),
            learned=found.notes,
            failed=failed,
            host_changes=len(changes.sure),
        )

    def _rounds(
        self, compilation: Compilation, begin: Trace | None, workspace: str
    ) -> Iterator[tuple[Replay | None, Fitted]]:
        """Once, and again where something differed; each time with all that was learned so far."""
        so_far = Fitted(playbook=compilation.playbook)
        for attempt in ("once more", "a second time"):
            self.told(f"doing the work {attempt} in a shadow, to learn what varies")
            replay = self._replayed(compilation, begin, workspace)
            if isinstance(replay, str):
                yield None, msgspec.structs.replace(so_far, failed=(*so_far.failed, replay))
                return
            if replay.status is ReplayStatus.CANCELLED:
                raise StoppedError("verifying was stopped: nothing was learned and nothing is stored")
            taught = self._taught(so_far, replay)
            go_on = taught.notes != so_far.notes and not taught.failed
            so_far = taught
            yield replay, so_far
            if not go_on:
                return

    def _taught(self, so_far: Fitted, replay: Replay) -> Fitted:
        fitted = learn(so_far.playbook, self._twin_of(replay), blobs=self.blobs)
        stopped = replay.failure if replay.status is not ReplayStatus.SUCCESS else None
        failed = [stopped.message] if stopped else [f"the replay ended {replay.status}"]
        if replay.status is ReplayStatus.SUCCESS:
            failed = list(fitted.failed)
        return Fitted(
            playbook=fitted.playbook,
            notes=(*so_far.notes, *fitted.notes),
            failed=tuple(dict.fromkeys((*so_far.failed, *failed))),
        )

    def _twin_of(self, replay: Replay) -> Twin:
        if replay.run_id is None:
            return Twin(steps={}, values=replay.bindings)
        return twin_of(replay, self.trace(replay.run_id))

    def _replayed(self, compilation: Compilation, begin: Trace | None, workspace: str) -> Replay | str:
        """One replay, or why there is none."""
        playbook = msgspec.structs.replace(unjudged(compilation.playbook), version=UNSTORED)

        def prepare(place: Place) -> None:
            if begin is None:
                return
            # Another beginning is another work: what differs then is no noise.
            lost = rewind(begin, Path(place.watched), blobs=self.blobs)
            if lost:
                raise BadInputError(
                    f"the workspace can't be taken back to where the recording began ({', '.join(lost[:_TOLD])}"
                    f"{' and more' if len(lost) > _TOLD else ''}); give a copy of it as it was with --cwd"
                )

        request = Request(
            playbook=playbook,
            digest=document.digest(playbook),
            mode=Mode.STRICT,
            workspace=workspace,
            shadow=True,
            prepare=prepare,
        )
        try:
            return self.runner.run(request, director=self.director)
        except ReplaybookError as error:
            return str(error)


def _unavailable(level: Level, workspace: Path) -> str | None:
    if level is Level.L0:
        return "this machine has no isolation; replaybook doctor says why"
    if not workspace.is_dir():
        return f"workspace {workspace} is gone; give a copy of it as it was with --cwd"
    return None
