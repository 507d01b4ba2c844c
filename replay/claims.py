"""What a replay says on disk before and behind each step, so that a crash leaves no doubt about what may have run.

A claim is written before a step that changes more than the shell, its result behind it. What was claimed and has no
result may have happened or not: only a person knows, and says so before it can run again.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import msgspec

from capture.trace import Step, StepStatus
from replay import calls
from replay.edits import is_patch
from replay.outcome import Claim, Failure, Replay, ReplayStatus, Standing, StepOutcome, StepState, Word, behind
from replay.syntax import analyse
from replay.syntax.observing import only_reads

_RAN = frozenset({StepState.SUCCESS, StepState.FAILED})
_PASSED = frozenset({StepState.SUCCESS, StepState.SKIPPED})


class Begun(msgspec.Struct, frozen=True, kw_only=True, tag="begun"):
    """The first line: the replay as it began."""

    replay: Replay
    steps: int
    """How many its version has."""
    pid: int = 0
    """The process that replays it; 0: not known."""


class Claimed(msgspec.Struct, frozen=True, kw_only=True, tag="claimed"):
    """A step with effects is about to be handed to the shell; synced to the disk before it is."""

    claim: Claim


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """A step has ended and was judged; what is as it was before is left out."""

    outcome: StepOutcome
    failure: Failure | None = None
    bindings: dict[str, str] | None = None
    """Secrets masked."""
    standing: Standing | None = None
    """Where the shell stands behind it."""


Line = Begun | Claimed | Ended
"""One line of a journal."""


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay has said of itself so far."""

    begun: Begun
    claims: tuple[Claim, ...] = ()
    """In their order."""
    ended: tuple[Ended, ...] = ()
    """In their order; a step that was taken again has several."""
    unknown: Claim | None = None
    """The claim that no result followed."""


def read(lines: Iterable[bytes]) -> Journal | None:
    """Take a journal apart, up to its last whole line.

    Args:
        lines: As they stand in the file, without line ends.

    Returns:
        None when not even its first line is whole: nothing has run then.
    """
    found = list(_whole(lines))
    if not found or not isinstance(found[0], Begun):
        return None
    claims = tuple(line.claim for line in found if isinstance(line, Claimed))
    last = next((line for line in reversed(found) if not isinstance(line, Begun)), None)
    return Journal(
        begun=found[0],
        claims=claims,
        ended=tuple(line for line in found if isinstance(line, Ended)),
        unknown=last.claim if isinstance(last, Claimed) else None,
    )


def _whole(lines: Iterable[bytes]) -> Iterator[Line]:
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return


def has_effects(command: str, shell: str, *, defined: AbstractSet[str] = frozenset()) -> bool:
    """Whether a step may change more than the shell that it runs in.

    Args:
        command: Its text with its values in, or a patch.
        shell: Whose text it is.
        defined: Functions and aliases of earlier steps, which may hide any command behind a harmless name.
    """
    return is_patch(command) or calls.is_call(command) or not only_reads(analyse(command, shell), defined=defined)


def recovered(journal: Journal, recorded: tuple[Step, ...], run_id: str | None) -> Replay:
    """The document of a replay whose process died.

    Args:
        journal: What it had written.
        recorded: The steps of its run, in order; none when there is no run.
        run_id: Of that run.
    """
    begun, last = journal.begun.replay, {one.outcome.step_index: one for one in journal.ended}
    unknown = journal.unknown
    standing = next((one.standing for one in reversed(journal.ended) if one.standing), begun.standing)
    bindings = next((one.bindings for one in reversed(journal.ended) if one.bindings is not None), begun.bindings)
    outcomes = [_outcome(index, last.get(index), unknown) for index in range(1, journal.begun.steps + 1)]
    newest = journal.ended[-1] if journal.ended else None
    failure = newest.failure if newest and not unknown else None
    if unknown:
        ran = sum(one.outcome.status in _RAN for one in journal.ended)
        unknown = _as_recorded(unknown, recorded[ran] if ran < len(recorded) else None, standing)
    return msgspec.structs.replace(
        begun,
        run_id=run_id,
        status=_status(outcomes, failure),
        stopped_at=failure.step_index if failure else None,
        failure=failure,
        bindings=bindings,
        steps=tuple(outcomes),
        standing=standing,
        recovered=True,
        unknown=unknown,
    )


def goes_on_at(replay: Replay) -> int | None:
    """The step that a replay can be gone on with from: None when it came to its end, or nobody knows yet.

    Args:
        replay: One that acted.
    """
    claim = replay.unknown
    if claim:
        return None if claim.word is None else claim.step_index + (claim.word is Word.DONE)
    if replay.stopped_at is not None:
        return replay.stopped_at
    if replay.status is not ReplayStatus.CANCELLED:
        return None
    return next((one.step_index for one in replay.steps if one.status not in _PASSED), None)


def is_open(replay: Replay) -> bool:
    """Whether a person must say what happened; in a shadow nothing has happened that is still there."""
    return replay.unknown is not None and replay.unknown.word is None and replay.shadow is None


def settled(replay: Replay, word: Word, workspace_digest: str | None) -> Replay:
    """A replay with a person's word about the step that nobody knew of.

    Args:
        replay: It has an `unknown`.
        word: What they say.
        workspace_digest: Of the workspace as they saw it.
    """
    claim = replay.unknown
    if claim is None:
        message = f"{replay.replay_id} left no step unknown"
        raise ValueError(message)
    told = claim.behind if word is Word.DONE else None
    return msgspec.structs.replace(
        replay,
        unknown=msgspec.structs.replace(claim, word=word),
        standing=told or replay.standing,
        workspace_digest=workspace_digest,
    )


def going_on(replay: Replay) -> str:
    """Where a replay goes on after a person's word about its unknown step, in one line.

    Args:
        replay: It was settled.
    """
    step = goes_on_at(replay)
    if step is None or replay.unknown is None:
        return ""
    said = "happened" if replay.unknown.word is Word.DONE else "did not happen"
    then = f"it goes on from step {step}" if step <= len(replay.steps) else "it was the last step: nothing is left"
    return f"step {replay.unknown.step_index} of {replay.playbook}@{replay.version} {said}, you say: {then}"


def question(replay: Replay) -> str:
    """What a person must say before the step that nobody knows of can run again, in one line.

    Args:
        replay: It has an `unknown` without a word.
    """
    claim = replay.unknown
    if claim is None:
        return ""
    command = " ".join(claim.run.split())
    return (
        f"step {claim.step_index} of replay {replay.replay_id} ({command}) was begun and has no result, so it may have "
        f"happened or not: {claim.seen}; look at {claim.workspace}, then say "
        f"`replaybook settle {replay.replay_id} done` to go on behind it, or `again` when it did not happen"
    )


def _outcome(index: int, ended: Ended | None, unknown: Claim | None) -> StepOutcome:
    if unknown and index == unknown.step_index:
        return StepOutcome(step_index=index, status=StepState.UNKNOWN, run=unknown.run)
    return ended.outcome if ended else StepOutcome(step_index=index, status=StepState.NOT_RUN)


def _status(outcomes: list[StepOutcome], failure: Failure | None) -> ReplayStatus:
    if failure:
        return ReplayStatus.FAILED
    return ReplayStatus.SUCCESS if all(one.status in _PASSED for one in outcomes) else ReplayStatus.CANCELLED


def _as_recorded(claim: Claim, step: Step | None, standing: Standing | None) -> Claim:
    """A claim without a result, with what the recording tells of it."""
    if step is None:
        return msgspec.structs.replace(claim, seen="its recording does not show that it began")
    if step.status is StepStatus.PARTIAL or standing is None:
        return msgspec.structs.replace(claim, seen="its recording shows that it began, and no end of it")
    seen = f"its recording says that it ended with exit code {step.exit_code}, which nothing was held against"
    return msgspec.structs.replace(claim, seen=seen, behind=behind(standing, step))
