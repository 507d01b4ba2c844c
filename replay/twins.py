"""Holds a playbook against what its steps came to another time: what differs is noise, or what is true now."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from capture.trace import EffectOp, FileEffect, FileType, Step, Trace
from replay.calls import as_compared
from replay.edits import is_patch, read_patch
from replay.matching import contents, effects, fitting, masks, printing
from replay.matching.fitting import How, Sample
from replay.matching.lines import counted
from replay.outcome import Replay, StepState
from replay.playbook import Expectation, ExpectedEffect, Playbook, PlaybookStep
from replay.syntax import analyse

Blobs = Callable[[str], bytes | None]
"""Content by its `sha256:…`; None when it was not kept."""
_RAN = (StepState.SUCCESS, StepState.FAILED)
_SHOWN = 60


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps of a playbook came to another time."""

    steps: dict[int, Step]
    """By the step's number in the playbook, from 1; a step that did not run is not in it."""
    values: dict[str, str]
    """Parameters and captures as they were then."""
    shadow: bool = False
    """It was in a shadow, where nobody sees what changes outside of the workspace."""


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """A playbook that what happened matches, as far as it could be made so."""

    playbook: Playbook
    notes: tuple[str, ...] = ()
    """A sentence for each change."""
    failed: tuple[str, ...] = ()
    """A sentence for each step that can't be fitted."""


def twin_of(replay: Replay, trace: Trace) -> Twin:
    """What a replay's steps came to."""
    return Twin(steps=ran_steps(replay, trace), values=replay.bindings, shadow=replay.shadow is not None)


def ran_steps(replay: Replay, trace: Trace) -> dict[int, Step]:
    """What each step of a replay came to at last, by its number in the playbook.

    Args:
        replay: One that ran steps.
        trace: Its recording: longer where a step was mended or gone back to, and ran again.
    """
    ran = [outcome for outcome in replay.steps if outcome.status in _RAN]
    left = list(trace.steps)
    if len(left) <= len(ran):
        return {outcome.step_index: step for outcome, step in zip(ran, left, strict=False)}
    found: dict[int, Step] = {}
    for outcome in reversed(ran):
        # The outcome was noted of the step itself, and no two of them last equally long to the last digit.
        at = next((at for at in reversed(range(len(left))) if left[at].duration_ms == outcome.duration_ms), None)
        if at is not None:
            found[outcome.step_index] = left[at]
            del left[at:]
    return dict(sorted(found.items()))


def twin_by_hand(playbook: Playbook, trace: Trace, values: Mapping[str, str]) -> Twin:
    """What the steps of a playbook came to in a recording of the same work, found by their commands."""
    steps: dict[int, Step] = {}
    at = 0
    for index, step in enumerate(playbook.steps, 1):
        is_it = _done_by_hand(step, values)
        found = next((n for n in range(at, len(trace.steps)) if is_it(trace.steps[n])), None)
        if found is not None:
            steps[index], at = trace.steps[found], found + 1
    return Twin(steps=steps, values=dict(values))


def _done_by_hand(step: PlaybookStep, values: Mapping[str, str]) -> Callable[[Step], bool]:
    """Tells the recorded step that did the work of one of a playbook: by its command, or by the files of a patch."""
    if is_patch(step.run):
        named = {path for edit in read_patch(step.run) for path in (edit.old, edit.new) if path is not None}
        paths = {masks.filled(path, values) for path in named}
        return lambda one: (
            {path for effect in one.file_effects for path in (effect.path, effect.moved_from) if path} == paths
        )
    wanted = re.compile(masks.pattern(step.run.strip(), values), re.DOTALL)
    return lambda one: wanted.fullmatch(one.command.strip()) is not None


def unjudged(playbook: Playbook) -> Playbook:
    """The playbook with nothing compared but exit codes and what later steps take from an output."""
    return msgspec.structs.replace(playbook, steps=tuple(map(_unjudged, playbook.steps)))


def learn(playbook: Playbook, twin: Twin, *, blobs: Blobs) -> Fitted:
    """Take what differs for noise: those places, and only those, become masks.

    Args:
        playbook: As compiled.
        twin: The same thing done again.
        blobs: Contents that the steps wrote.

    Returns:
        The playbook that both match, and what can't be noise: another exit code, another output altogether.
    """
    return _fit(playbook, twin, How.NOISE, blobs)


def refit(playbook: Playbook, twin: Twin, *, blobs: Blobs) -> Fitted:
    """Take what differs for what is true now: only what no longer matches is written anew.

    Args:
        playbook: Any version.
        twin: What its steps came to now.
        blobs: Contents that the steps wrote.

    Returns:
        The playbook that this run matches; exit codes are never taken over.
    """
    return _fit(playbook, twin, How.NEWS, blobs)


def _fit(playbook: Playbook, twin: Twin, how: How, blobs: Blobs) -> Fitted:
    values, steps = dict(twin.values), []
    notes: list[str] = []
    failed: list[str] = []
    for index, step in enumerate(playbook.steps, 1):
        came = twin.steps.get(index)
        if came is None:
            steps.append(step)
            continue
        known = msgspec.structs.replace(twin, values=dict(values))
        one = _One(index, step, came, known, how, blobs, shell=playbook.shell)
        expect = one.expectation()
        notes += one.notes
        failed += one.failed
        values |= one.captured
        steps.append(msgspec.structs.replace(step, expect=expect))
    fresh = msgspec.structs.replace(playbook, steps=tuple(steps))
    return Fitted(playbook=fresh, notes=tuple(notes), failed=tuple(failed))


def _unjudged(step: PlaybookStep) -> PlaybookStep:
    names = {capture.name for capture in step.capture}
    read = [
        line
        for line in counted(step.expect.output or "")
        if any(piece.is_name and piece.text in names for piece in masks.pieces(line))
    ]
    gap = f"{{{{{masks.LINES}}}}}"
    output = "\n".join([gap, *(text for line in read for text in (line, gap))]) if read else None
    return msgspec.structs.replace(step, expect=Expectation(exit=step.expect.exit, output=output))


class _One:
    """One step and what it came to."""

    def __init__(  # noqa: PLR0913 - a step, what it came to, and all that says how it is read
        self, index: int, step: PlaybookStep, came: Step, twin: Twin, how: How, blobs: Blobs, *, shell: str
    ) -> None:
        self.notes: list[str] = []
        self.failed: list[str] = []
        self.captured: dict[str, str] = {}
        self._index = index
        self._step = step
        self._came = as_compared(came)
        self._values = twin.values
        self._outside_unseen = twin.shadow
        self._how = how
        self._blobs = blobs
        self._shell = shell

    def expectation(self) -> Expectation:
        """What it must come to now."""
        expect = self._step.expect
        if self._came.exit_code != expect.exit or self._came.timed_out or self._came.unmet_prompt is not None:
            ended = f"exit {self._came.exit_code}" if self._came.signal is None else self._came.signal
            self.failed.append(
                f"step {self._index} ended with {ended} and was expected to exit {expect.exit}: "
                "nothing of it is taken over"
            )
            return expect
        output = self._output(expect.output)
        return msgspec.structs.replace(expect, output=output, effects=self._effects(expect.effects))

    @property
    def _noise(self) -> bool:
        return self._how is How.NOISE

    def _sample(self, output: str) -> Sample:
        analysis = analyse(self._step.run, self._shell)
        return Sample(
            output=output,
            values=self._values,
            captures=self._step.capture,
            moment=self._came.started_at,
            hints=printing.hints(analysis),
            unordered=printing.side_by_side(analysis),
        )

    def _output(self, pattern: str | None) -> str | None:
        if pattern is None or self._came.full_screen or self._came.output_truncated:
            return pattern
        fit = fitting.fitted(pattern, self._sample(self._came.output), self._how)
        self.captured = fit.captured
        if self._noise and not fit.alike:
            self.failed.append(f"step {self._index} printed something else altogether: {_head(self._came.output)!r}")
            return pattern
        if self._noise and (taken := self._asked_for(pattern, fit.pattern)):
            self.failed.append(
                f"step {self._index} prints another value than {taken}, which later steps may use: answer its question"
            )
            return pattern
        self.notes += [self._told(old, new) for old, new in fit.changes]
        return fit.pattern

    def _asked_for(self, old: str, new: str) -> str | None:
        """A value that nobody has said whether later steps take it from here, and that differs."""

        def times(value: str, pattern: str) -> int:
            return len(masks.value_at(value).findall(pattern))

        return next((value for value in self._step.unconfirmed if times(value, new) < times(value, old)), None)

    def _told(self, old: str, new: str) -> str:
        if not self._noise:
            return f"step {self._index}: {_renewal(old, new)}{_lost(old, new)}"
        if not old:
            return f"step {self._index} prints {_head(new)!r} in some runs only"
        return f"step {self._index}: {_head(old)!r} varies from run to run, and is compared as {_head(new)!r}"

    def _effects(self, expected: tuple[ExpectedEffect, ...] | None) -> tuple[ExpectedEffect, ...] | None:
        if expected is None or not self._came.effects_seen:
            return expected
        bound = [effects.bound(effect, {**self._values, **self.captured}) for effect in expected]
        missing, unexpected = effects.parted_effects(bound, self._came.file_effects, holds=self._out_of_sight)
        if missing or unexpected:
            fresh = (self._learned if self._noise else self._renewed)(expected, bound, missing, unexpected)
        else:
            fresh = expected
        return None if fresh is None else tuple(map(self._content, fresh))

    def _out_of_sight(self, effect: ExpectedEffect) -> bool:
        return self._outside_unseen and effect.path.startswith("/")

    def _learned(
        self,
        expected: Sequence[ExpectedEffect],
        bound: Sequence[ExpectedEffect],
        missing: Sequence[ExpectedEffect],
        unexpected: Sequence[FileEffect],
    ) -> tuple[ExpectedEffect, ...] | None:
        """Paths that vary by their pattern; None when other paths are changed altogether."""
        pairs = dict(zip([effect.path for effect in missing], unexpected, strict=False))
        fits = len(missing) == len(unexpected) and all(
            effect in bound and _alike(effect, change) for effect, change in zip(missing, unexpected, strict=True)
        )
        if not fits:
            told = [f"{one.op} {one.path}" for one in missing] + [f"{one.op} {one.path}" for one in unexpected]
            self.notes.append(
                f"step {self._index} does not always change the same files ({_head('; '.join(told))}): "
                "what it changes is not compared"
            )
            return None
        fresh = []
        for effect, literal in zip(expected, bound, strict=True):
            change = pairs.get(literal.path) if literal in missing else None
            fresh.append(effect if change is None else self._varying(effect, change))
        return tuple(fresh)

    def _varying(self, effect: ExpectedEffect, change: FileEffect) -> ExpectedEffect:
        path = fitting.fitted_path(effect.path, change.path, self._sample(""))
        self.notes.append(f"step {self._index}: the path {effect.path} varies, and is compared as {path}")
        return msgspec.structs.replace(effect, path=path)

    def _renewed(
        self,
        expected: Sequence[ExpectedEffect],
        bound: Sequence[ExpectedEffect],
        missing: Sequence[ExpectedEffect],
        unexpected: Sequence[FileEffect],
    ) -> tuple[ExpectedEffect, ...]:
        """Those that still happen as they are written, and those that happen now."""
        gone = {effect.path for effect in missing}
        kept = [
            effect
            for effect, literal in zip(expected, bound, strict=True)
            if literal.path not in gone and literal.moved_from not in gone
        ]
        self.notes += [f"step {self._index}: {effect.op} {effect.path} no longer happens" for effect in missing]
        self.notes += [f"step {self._index}: {change.op} {change.path} happens now" for change in unexpected]
        return (*kept, *map(self._new, unexpected))

    def _new(self, change: FileEffect) -> ExpectedEffect:
        known = {**self._values, **self.captured}
        return ExpectedEffect(
            op=change.op,
            path=masks.lifted(change.path, known, moment=self._came.started_at),
            directory=change.type is FileType.DIRECTORY,
            content=self._digest(change) if _written(change) else None,
        )

    def _content(self, effect: ExpectedEffect) -> ExpectedEffect:
        """With the digest of what was written, where it is another one."""
        # What a patch leaves is what it makes of the file, and is not compared with the recording.
        if effect.content is None or is_patch(self._step.run):
            return effect
        literal = effects.bound(effect, {**self._values, **self.captured})
        happened = (change for change in self._came.file_effects if effects.is_path(literal.path, change.path))
        change = next((one for one in happened if _written(one)), None)
        if change is None or self._is(effect.content, change):
            return effect
        if self._noise:
            self.notes.append(f"step {self._index}: what it writes to {effect.path} varies, and is not compared")
            return msgspec.structs.replace(effect, content=None)
        self.notes.append(f"step {self._index}: what it writes to {effect.path} is another content now")
        return msgspec.structs.replace(effect, content=self._digest(change))

    def _is(self, digest: str, change: FileEffect) -> bool:
        data = self._blobs(change.after) if change.after else None
        known = {**self._values, **self.captured}
        return data is not None and contents.is_content(data, digest, known, moment=self._came.started_at)

    def _digest(self, change: FileEffect) -> str | None:
        data = self._blobs(change.after) if change.after else None
        known = {**self._values, **self.captured}
        return None if data is None else masks.content_digest(data, known, moment=self._came.started_at)


def _written(change: FileEffect) -> bool:
    return change.type is FileType.FILE and change.op not in (EffectOp.DELETED, EffectOp.CHMOD)


def _alike(effect: ExpectedEffect, change: FileEffect) -> bool:
    """Whether both may be the same change of a file whose name varies."""
    same_folder = effect.path.rpartition("/")[0] == change.path.rpartition("/")[0]
    same_kind = effect.directory is (change.type is FileType.DIRECTORY)
    return effect.op is change.op and same_kind and same_folder and not effect.path.endswith(effects.TREE)


def _renewal(old: str, new: str) -> str:
    if not new:
        return f"{_head(old)!r} is no longer printed"
    return f"{_head(old)!r} is {_head(new)!r} now" if old else f"{_head(new)!r} is printed now"


def _lost(old: str, new: str) -> str:
    """What of a pattern could not stay."""
    names = dict.fromkeys(piece.written for piece in masks.pieces(old) if piece.is_name and piece.written not in new)
    return f"; no longer there: {' '.join(names)}" if names else ""


def _head(text: str) -> str:
    line = text.strip("\n").partition("\n")[0]
    return line[:_SHOWN] + ("…" if len(line) > _SHOWN else "")
