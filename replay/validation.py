"""Holds a version against the world in a shadow, and its unrepaired base beside it: green must mean something."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.errors import BadInputError, ReplaybookError, StoppedError
from capture.files.ignore import Ignore
from capture.trace import Trace
from replay.binding import MASKED
from replay.governance.freezing import frozen
from replay.ground import ground_of
from replay.history.sides import replayed
from replay.history.stability import Stability, stability
from replay.library.ids import stamp
from replay.library.rows import Control, Ground, Verdict
from replay.outcome import Divergence, FailureClass, Mode, Replay, ReplayStatus, StepState, Trial
from replay.place import Place
from replay.playbook import ParameterType, Playbook
from replay.protocols import Director
from replay.readiness import UNSEEN
from replay.requests import Request
from replay.rewinding import Blobs, rewind
from replay.runner import Runner
from replay.shadow import Changes, Level, RealWorkspace, strongest

FORBIDDEN = frozenset({FailureClass.READ_ONLY, FailureClass.PERMISSION_DENIED})
"""How a step fails that writes where a shadow lets nobody write."""
_TOLD = 5


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A version to validate."""

    playbook: Playbook
    digest: str


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """The failure that a repair was made for: what the control run must reproduce."""

    base: Subject
    step_index: int
    failure_class: FailureClass
    replay: Replay
    """Where it happened."""
    in_place: bool = False
    """The workspace is still as it left it: both runs begin at the step where it stopped."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a validation came to."""

    verdict: Verdict
    level: Level
    control: Control | None = None
    """None when the version is no repair: there is nothing to reproduce."""
    host_changes: int = 0
    """Paths of the real workspace that changed meanwhile; must be 0."""
    reason: str
    """One sentence for a person."""
    replay_id: str | None = None
    """The replay of the version in the shadow."""
    run_id: str | None = None
    """Its recording: what `show`, the player and `compare` open."""
    network: bool = False
    """The shadow reached the network as the host does."""
    rounds: int = 0
    """Whole replays that were made beside that one."""
    stability: Stability | None = None
    """What all whole replays of it say together, when there were several."""
    ground: Ground | None = None
    """What the verdict rests upon."""


@dataclass(frozen=True, kw_only=True)
class Validator:
    """Validates versions.

    Attributes:
        runner: Runs the replays.
        trace: Reads a recording.
        blobs: Contents that steps wrote.
        ignore: Paths whose changes say nothing.
        told: Is told what goes on.
        director: May stop it; None: nobody does.
        network: All runs reach the network as the host does.
    """

    runner: Runner
    trace: Callable[[str], Trace]
    blobs: Blobs
    ignore: Ignore
    told: Callable[[str], None]
    director: Director | None = None
    network: bool = False

    def validate(self, subject: Subject, *, workspace: str, stopped: Stopped | None, times: int = 1) -> Outcome:
        """Replay a version in a shadow, after its unrepaired base where it is a repair.

        Args:
            subject: The version.
            workspace: The real workspace, which stays as it is.
            stopped: What the repair was made for.
            times: How often the whole of it is to succeed; 1: once, from where the repair was made.

        Returns:
            `green` only when the version succeeds each time, the host is unchanged and the control failed as the
            original did.

        Raises:
            StoppedError: The director stopped it, or replays were frozen.
        """
        level = strongest()
        if level is Level.L0:
            why = "this machine has no isolation; replaybook doctor says why"
            return Outcome(verdict=Verdict.UNAVAILABLE, level=level, reason=why)
        real = RealWorkspace(Path(workspace))
        ground = ground_of(subject.playbook, workspace, at=stamp(self.runner.clock()), ignore=self.ignore)
        name = f"{subject.playbook.name}@{subject.playbook.version}"
        control = None
        if stopped:
            self.told(f"control: step {stopped.step_index} unrepaired, in a shadow of level {level}")
            control = self._control(stopped, workspace)
        self.told(f"validating {name} in a shadow of level {level}")
        first = self._shadowed(subject, workspace, stopped, Trial.VALIDATION)
        whole = [] if stopped and stopped.in_place else [first]
        for number in range(len(whole) + 1, times + 1) if times > 1 else ():
            self.told(f"replaying all of {name} in a fresh shadow: {number} of {times}")
            whole.append(self._round(subject, workspace, stopped))
        changes = real.changes()
        verdict, reason = _verdict(first, control, changes)
        if times > 1:
            verdict, reason = _together(verdict, reason, whole, changes)
        found = first if isinstance(first, Replay) else None
        return Outcome(
            verdict=verdict,
            # A workspace that the strongest level can't show gets the next one.
            level=Level(found.shadow) if found and found.shadow else level,
            control=control,
            host_changes=len(changes.sure),
            reason=reason,
            replay_id=found.replay_id if found else None,
            run_id=found.run_id if found else None,
            network=self.network,
            rounds=len(whole) - (first in whole),
            stability=self._stability(subject.playbook, whole) if times > 1 else None,
            ground=ground,
        )

    def _control(self, stopped: Stopped, workspace: str) -> Control:
        """Run the base version to where it stopped; it must stop there again, for the same reason."""
        again = self._shadowed(stopped.base, workspace, stopped, Trial.CONTROL)
        if isinstance(again, str):
            return Control(reproduced=False)
        found = again.failure
        if found is None:
            return Control(reproduced=False, run_id=again.run_id)
        same = (found.step_index, found.failure_class) == (stopped.step_index, stopped.failure_class)
        # Where it failed as shadows do, that the original failed so too proves nothing.
        reproduced = same and found.artefact is None
        return Control(reproduced=reproduced, failure_class=found.failure_class, run_id=again.run_id)

    def _round(self, subject: Subject, workspace: str, stopped: Stopped | None) -> Replay | str:
        """The whole of it once more, from its beginning."""

        def prepare(place: Place) -> None:
            if stopped is None or not stopped.in_place:
                return
            lost = self._taken_back(stopped, place)
            if lost:
                raise BadInputError(
                    f"the workspace is as a replay left it that stopped, and can't be taken back to where that began "
                    f"({lost}); give a copy of it as it was with --cwd"
                )

        anew = msgspec.structs.replace(stopped, in_place=False) if stopped else None
        return self._shadowed(subject, workspace, anew, Trial.VALIDATION, prepare)

    def _shadowed(
        self,
        subject: Subject,
        workspace: str,
        stopped: Stopped | None,
        trial: Trial,
        prepare: Callable[[Place], None] = lambda _: None,
    ) -> Replay | str:
        """A strict replay in a shadow, or why it could not be made."""
        original = stopped.replay if stopped else None
        resumed = original if stopped and stopped.in_place else None
        request = Request(
            playbook=subject.playbook,
            digest=subject.digest,
            mode=Mode.STRICT,
            workspace=workspace,
            values=given(subject.playbook, original) if original else {},
            from_step=(resumed.stopped_at or 1) if resumed else 1,
            standing=resumed.standing if resumed else None,
            held=resumed.bindings if resumed else {},
            shadow=True,
            network=self.network,
            trial=trial,
            prepare=prepare,
        )
        try:
            replay = self.runner.run(request, director=self.director)
        except ReplaybookError as error:
            return str(error)
        ended = replay.failure is not None and replay.failure.divergence is Divergence.POLICY
        if replay.status is ReplayStatus.CANCELLED or (ended and frozen(self.runner.home)):
            raise StoppedError(f"the validation was stopped: it says nothing of {subject.playbook.name}")
        return replay

    def _taken_back(self, stopped: Stopped, place: Place) -> str | None:
        """Undo in a shadow what the stopped replay did; what can't be undone, in words."""
        done = zip(stopped.base.playbook.steps, stopped.replay.steps, strict=False)
        first = next((one.status for step, one in done if not step.skip), StepState.SKIPPED)
        if stopped.replay.run_id is None or first is StepState.SKIPPED:
            return "it did not begin at its first step"
        lost = rewind(self.trace(stopped.replay.run_id), Path(place.watched), blobs=self.blobs)
        more = f" and {len(lost) - _TOLD} more" if len(lost) > _TOLD else ""
        return ", ".join(lost[:_TOLD]) + more or None

    def _stability(self, playbook: Playbook, whole: list[Replay | str]) -> Stability:
        made = [one for one in reversed(whole) if isinstance(one, Replay) and one.run_id is not None]
        sides = [replayed(one, self.trace(one.run_id or ""), playbook) for one in made]
        return stability(playbook, sides, last=len(whole), left_out={"could not be made": len(whole) - len(made)})


def given(playbook: Playbook, original: Replay) -> dict[str, str]:
    """The values that the user had set for an earlier replay, as far as they may be known."""
    return {
        name: original.bindings[name]
        for name, parameter in playbook.parameters.items()
        if parameter.type is not ParameterType.PATH
        and parameter.default != original.bindings.get(name, MASKED)
        and original.bindings.get(name, MASKED) != MASKED
    }


def _verdict(replay: Replay | str, control: Control | None, changes: Changes) -> tuple[Verdict, str]:
    if changes.sure:
        return Verdict.RED, f"{len(changes.sure)} paths of the real workspace changed meanwhile: {changes.sure[0]}"
    if isinstance(replay, str):
        return Verdict.INCONCLUSIVE, replay
    if why := unseen(replay) or _by_the_shadow(replay):
        return Verdict.INCONCLUSIVE, why
    if replay.status is not ReplayStatus.SUCCESS:
        return Verdict.RED, replay.failure.message if replay.failure else f"the replay ended {replay.status}"
    unlike = "the unrepaired step did not fail in the shadow as it did outside"
    doubt = unlike if control and not control.reproduced else changes.doubt
    if doubt:
        return Verdict.INCONCLUSIVE, doubt
    return Verdict.GREEN, "every step was as recorded"


def _together(verdict: Verdict, reason: str, whole: list[Replay | str], changes: Changes) -> tuple[Verdict, str]:
    """The verdict of several whole replays: as bad as the worst."""
    found = [_verdict(one, None, changes) for one in whole]
    for kind in (Verdict.RED, Verdict.INCONCLUSIVE):
        why = [told for one, told in found if one is kind]
        if verdict is kind:
            return verdict, f"{reason} (in {len(why)} of {len(whole)} replays)" if why else reason
        if why:
            return kind, f"{why[0]} (in {len(why)} of {len(whole)} replays)"
    return Verdict.GREEN, f"{reason}, in each of {len(whole)} whole replays"


def _by_the_shadow(replay: Replay) -> str | None:
    """Why a failure says nothing of the version."""
    failure = replay.failure
    if failure is None or failure.artefact is None:
        return None
    return f"step {failure.step_index} may have failed by the shadow alone: {failure.artefact}"


def unseen(replay: Replay) -> str | None:
    """Why it says nothing, when a step that came through, or was forbidden to, changes what a shadow doesn't hold."""
    blind = {step.step_index for step in replay.steps if any(check.kind == UNSEEN for check in step.checks)}
    failure = replay.failure
    if failure and failure.step_index in blind and failure.failure_class in FORBIDDEN:
        return f"step {failure.step_index} writes outside of the workspace, which nothing in a shadow may"
    if blind and failure is None:
        return f"what step {min(blind)} changes outside of the workspace can't be seen in a shadow"
    return None
