"""What may be known of a host: looked at over the line before a step, its recorded effects verified behind it."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Self

import msgspec

from capture.errors import BadInputError
from capture.trace import EffectOp, FileEffect, FileType, Step
from replay import template
from replay.fleet.looking import FarMachine, State
from replay.fleet.questions import CONTENT_LIMIT
from replay.matching import contents, masks
from replay.matching.effects import bound, is_mode
from replay.outcome import Check, CheckState, Divergence, Failure, FailureClass, Judgement
from replay.playbook import ExpectedEffect, PlaybookStep
from replay.readiness import MachineReadiness

TYPES = {"f": FileType.FILE, "d": FileType.DIRECTORY, "l": FileType.SYMLINK}
SILENT = Check(
    kind="host_looked_at",
    state=CheckState.FAIL,
    subject="the host",
    message="the host does not say what is known of the step's needs: it is not run",
    failure_class=FailureClass.UNCLASSIFIED,
)


class HostReadiness(MachineReadiness):
    """A host at the other end of a line. Made by `opened`.

    Args:
        machine: The host; what it knows is of now.
        workspace: The directory there that the playbook works in, absolute.
        steps: Of the playbook: a look behind one looks at what the next one needs as well.
        rest: As of a `MachineReadiness`.
    """

    def __init__(self, machine: FarMachine, workspace: str, steps: Sequence[PlaybookStep], **rest: Any) -> None:
        super().__init__(machine=machine, **rest)
        self._machine = machine
        self._workspace = workspace
        self._steps = steps
        self._before: dict[str, State] = {}
        self._fresh = True

    @classmethod
    def opened(cls, machine: FarMachine, workspace: str, steps: Sequence[PlaybookStep], **rest: Any) -> Self:
        """Begin once it is known what the startup files there define."""
        found = None

        def look() -> None:
            nonlocal found
            found = cls(machine, workspace, steps, **rest)

        machine.settled(look)
        return found or cls(machine, workspace, steps, **rest)

    def check(self, step: PlaybookStep, command: str, values: Mapping[str, str]) -> tuple[Check, ...]:
        """Look at everything that the step needs, and at what it is to change; changes nothing."""
        found: tuple[Check, ...] = ()

        def look() -> None:
            nonlocal found
            found = super(HostReadiness, self).check(step, command, values)
            self._before = self._states(step, values)

        if not self._fresh:
            self._machine.forget()
        self._fresh = False
        return found if self._machine.settled(look) else (*found, SILENT)

    def carry_out(self, patch: str) -> str:
        """The shell text that makes a patch's changes to the files there as they are now.

        Args:
            patch: Of a file step, with its values in.

        Raises:
            BadInputError: It does not apply.
        """

        def look() -> None:
            # Until all is known, it does not apply to what is not.
            with contextlib.suppress(BadInputError):
                super(HostReadiness, self).carry_out(patch)

        if not self._machine.settled(look):
            raise BadInputError("the host does not say what its files hold; nothing was written")
        return super().carry_out(patch)

    def moved_on(self, step: Step) -> None:
        """The shell is behind this step now."""
        self._machine.forget()
        self._fresh = False
        super().moved_on(step)

    def judge(
        self, step: PlaybookStep, actual: Step, values: Mapping[str, str], *, recorded: Mapping[str, str] | None
    ) -> Judgement:
        """Hold what happened against what was expected; of files, the paths that the step is to change."""
        if not step.expect.effects:
            return super().judge(step, actual, values, recorded=recorded)
        judged = Judgement(step=actual, failure=None)

        def look() -> None:
            nonlocal judged
            self._read_ahead(step, values)
            if not self._fresh:
                self._look_ahead(actual.step_index, values)
            now = self._states(step, values)
            if self._machine.wants:
                # By what is not known yet nothing is judged.
                return
            effects = tuple(self._happened(step, values, now))
            seen = msgspec.structs.replace(actual, file_effects=effects, effects_seen=True)
            judged = super(HostReadiness, self).judge(step, seen, values, recorded=recorded)

        settled = self._machine.settled(look)
        large = next(self._too_large(step, values), None)
        why = f"{large} is too large to be compared over the line" if large else "the host did not tell of its files"
        if settled and (judged.failure is not None or large is None):
            return judged
        return Judgement(step=actual, failure=_not_judged(step, actual, why), captured=judged.captured)

    def _look_ahead(self, behind: int, values: Mapping[str, str]) -> None:
        """Ask what the next step needs together with what this one has done: nothing happens between the two."""
        self._fresh = True
        step = next((one for one in self._steps[behind:] if not one.skip), None)
        if step is not None and template.names(step.run) <= values.keys():
            super().check(step, template.render_shell(step.run, values, self._shell), values)
            self._states(step, values)

    def _read_ahead(self, step: PlaybookStep, values: Mapping[str, str]) -> None:
        """Ask for the contents that count together with what the files are: that spares a turn over the line."""
        for effect in _literal(step, values):
            if effect.content is not None and effect.op is not EffectOp.DELETED:
                self._machine.read_bytes(self._absolute(effect.path), CONTENT_LIMIT)

    def _states(self, step: PlaybookStep, values: Mapping[str, str]) -> dict[str, State]:
        """What the paths are that a step is to change."""
        paths: dict[str, None] = {}
        for effect in _literal(step, values):
            paths |= dict.fromkeys(path for path in (effect.path, effect.moved_from) if path is not None)
        return {path: self._machine.state(self._absolute(path)) for path in paths}

    def _happened(
        self, step: PlaybookStep, values: Mapping[str, str], now: Mapping[str, State]
    ) -> Iterator[FileEffect]:
        """What became of these paths since the step was checked."""
        moved = {
            effect.path: effect.moved_from
            for effect in _literal(step, values)
            if effect.op is EffectOp.MOVED and effect.moved_from is not None
        }
        for path, state in now.items():
            before = self._before.get(path, State("", ""))
            if path in moved.values() and not state.kind:
                # Told with where it went; that it was there at all is what makes it a move.
                continue
            origin = moved.get(path)
            if origin is not None and self._was_moved(origin, now):
                yield _effect(path, EffectOp.MOVED, before, state, origin)
            elif (op := _op(before, state)) is not None:
                yield _effect(path, op, before, state)

    def _was_moved(self, origin: str, now: Mapping[str, State]) -> bool:
        return bool(self._before.get(origin, State("", "")).kind) and not now[origin].kind

    def _too_large(self, step: PlaybookStep, values: Mapping[str, str]) -> Iterator[str]:
        """Files whose content counts, and which don't come over the line."""
        for effect in _literal(step, values):
            if effect.content is not None and not effect.optional:
                size = self._machine.state(self._absolute(effect.path)).size
                if size is not None and size > CONTENT_LIMIT:
                    yield effect.path

    def _absolute(self, path: str) -> str:
        return _absolute(self._workspace, path)

    def _read(self, path: str) -> bytes | None:
        place = self._absolute(path)
        state = self._machine.state(place)
        if state.kind == "l":
            return contents.of_link(state.told.encode(errors="surrogateescape"))
        return self._machine.read_bytes(place, CONTENT_LIMIT) if state.kind == "f" else None

    def _holds(self, effect: ExpectedEffect, actual: Step, values: Mapping[str, str]) -> bool:
        """Whether what a step should have brought about is there without its doing."""
        state = self._machine.state(self._absolute(effect.path))
        if effect.op is EffectOp.DELETED or not state.kind:
            return effect.op is EffectOp.DELETED and not state.kind
        if effect.op is EffectOp.CHMOD:
            return effect.mode is not None and state.mode is not None and is_mode(effect.mode, state.mode)
        if effect.directory:
            return state.kind == "d"
        content = self._read(effect.path)
        if effect.content is None or content is None:
            return False
        return contents.is_content(content, effect.content, values, moment=actual.started_at)


@lru_cache(maxsize=4096)
def _absolute(folder: str, path: str) -> str:
    return str(PurePath(folder, path))


def _literal(step: PlaybookStep, values: Mapping[str, str]) -> Iterator[ExpectedEffect]:
    """The effects of a step, their paths as texts."""
    for one in step.expect.effects or ():
        effect = bound(one, values)
        origin = None if effect.moved_from is None else masks.plain(effect.moved_from)
        yield msgspec.structs.replace(effect, path=masks.plain(effect.path), moved_from=origin)


def _op(before: State, now: State) -> EffectOp | None:
    """What happened to a path; None: nothing."""
    if not before.kind or not now.kind:
        changed = EffectOp.CREATED if now.kind else EffectOp.DELETED
        return None if before.kind == now.kind else changed
    if before.kind == now.kind == "d":
        return None if before.mode == now.mode else EffectOp.CHMOD
    if before.kind != now.kind or before.digest != now.digest:
        return EffectOp.MODIFIED
    if before.mode != now.mode:
        return EffectOp.CHMOD
    # Another time or inode: it was written again with what it held.
    return None if before == now else EffectOp.MODIFIED


def _effect(path: str, op: EffectOp, before: State, now: State, origin: str | None = None) -> FileEffect:
    kind = now.kind or before.kind
    return FileEffect(
        path=path,
        op=op,
        type=TYPES.get(kind, FileType.OTHER),
        before=before.digest,
        after=now.digest,
        size=now.size,
        mode=now.mode,
        moved_from=origin,
    )


def _not_judged(step: PlaybookStep, actual: Step, why: str) -> Failure:
    command = step.run.strip().partition("\n")[0]
    return Failure(
        step_index=actual.step_index,
        divergence=Divergence.EFFECTS,
        failure_class=FailureClass.EFFECTS_CHANGED,
        message=f"step {actual.step_index} ({command}) ran, and what it wrote could not be judged: {why}",
        expected="the recorded effects",
        actual="not known",
    )
