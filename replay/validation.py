"""Holds a version against the world in a shadow, and its unrepaired base beside it: green must mean something."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from capture.errors import ReplaybookError
from replay.binding import MASKED
from replay.library.rows import Control, Verdict
from replay.outcome import FailureClass, Mode, Replay, ReplayStatus
from replay.playbook import ParameterType, Playbook
from replay.readiness import UNSEEN
from replay.runner import Request, Runner
from replay.shadow import Changes, Level, RealWorkspace, strongest

FORBIDDEN = frozenset({FailureClass.READ_ONLY, FailureClass.PERMISSION_DENIED})
"""How a step fails that writes where a shadow lets nobody write."""


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
    network: bool = False
    """The shadow reached the network as the host does."""


def validate(
    runner: Runner,
    subject: Subject,
    *,
    workspace: str,
    stopped: Stopped | None,
    told: Callable[[str], None],
    network: bool = False,
) -> Outcome:
    """Replay a version in a shadow, after its unrepaired base where it is a repair.

    Args:
        runner: Runs the replays.
        subject: The version.
        workspace: The real workspace, which stays as it is.
        stopped: What the repair was made for.
        told: Is told what goes on.
        network: Both runs reach the network as the host does.

    Returns:
        `green` only when the version succeeds, the host is unchanged and the control failed as the original did.
    """
    level = strongest()
    if level is Level.L0:
        return Outcome(
            verdict=Verdict.UNAVAILABLE, level=level, reason="this machine has no isolation; replaybook doctor says why"
        )
    real = RealWorkspace(Path(workspace))
    control = None
    if stopped:
        told(f"control: step {stopped.step_index} unrepaired, in a shadow of level {level}")
        control = _control(runner, stopped, workspace, network=network)
    told(f"validating {subject.playbook.name}@{subject.playbook.version} in a shadow of level {level}")
    replay = _shadowed(runner, subject, workspace, stopped, network=network)
    changes = real.changes()
    verdict, reason = _verdict(replay, control, changes)
    return Outcome(
        verdict=verdict,
        # A workspace that the strongest level can't show gets the next one.
        level=Level(replay.shadow) if isinstance(replay, Replay) and replay.shadow else level,
        control=control,
        host_changes=len(changes.sure),
        reason=reason,
        replay_id=replay.replay_id if isinstance(replay, Replay) else None,
        network=network,
    )


def _control(runner: Runner, stopped: Stopped, workspace: str, *, network: bool) -> Control:
    """Run the base version to where it stopped; it must stop there again, for the same reason."""
    again = _shadowed(runner, stopped.base, workspace, stopped, network=network)
    if isinstance(again, str) or again.failure is None:
        return Control(reproduced=False)
    found = again.failure
    if found.artefact:
        # It failed as shadows do: that the original failed so too proves nothing.
        return Control(reproduced=False, failure_class=found.failure_class)
    same = (found.step_index, found.failure_class) == (stopped.step_index, stopped.failure_class)
    return Control(reproduced=same, failure_class=found.failure_class)


def _shadowed(
    runner: Runner, subject: Subject, workspace: str, stopped: Stopped | None, *, network: bool
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
        network=network,
    )
    try:
        return runner.run(request)
    except ReplaybookError as error:
        return str(error)


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
