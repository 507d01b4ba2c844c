"""What the recorded effects tell of files and of the shell's environment at any moment of a session."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import TypeAlias

from capture.pauses import Unrecorded
from capture.trace import EffectOp, FileEffect, FileType, Step, Trace

State: TypeAlias = tuple[str, ...]
"""What a path, a variable or an option is, comparable by `==`."""
ABSENT: State = ("absent",)
"""There is no such thing."""


class FileStates:
    """The files of a session, from the first look at the workspace and each step's effects."""

    def __init__(self, trace: Trace) -> None:
        self._complete = trace.workspace_complete and trace.run.imported is None
        self._before = {seen.path: _state(seen.type, seen.sha256, seen.mode) for seen in trace.workspace_before}
        self._changes: dict[str, list[tuple[int, State | None]]] = defaultdict(list)
        self._carried: dict[str, list[int]] = defaultdict(list)
        for step in trace.steps:
            for effect in (*step.file_effects, *trace.late(step.step_index)):
                for path, state in _outcomes(effect):
                    self._changes[path].append((step.step_index, state))
                if effect.op is EffectOp.MOVED and effect.type is FileType.DIRECTORY:
                    for folder in (effect.path, effect.moved_from or effect.path):
                        self._carried[folder].append(step.step_index)
        for effect in trace.late(0):
            self._before.update(_outcomes(effect))

    def before(self, path: str, step_index: int) -> State | None:
        """What a path was when a recorded step began; None when the recording doesn't tell."""
        changes = self._changes.get(path, [])
        at = bisect_left(changes, step_index, key=lambda change: change[0])
        since = changes[at - 1][0] if at else 0
        # What a moved directory held is told by no effect of its own.
        if any(since <= moved < step_index for moved in self._moves_of(path)):
            return None
        if at:
            return changes[at - 1][1]
        known_empty = self._complete and not path.startswith("/")
        return self._before.get(path, ABSENT if known_empty else None)

    def _moves_of(self, path: str) -> Iterator[int]:
        """The steps that moved a directory above the path."""
        while self._carried and "/" in path.lstrip("/"):
            path = path.rpartition("/")[0]
            yield from self._carried.get(path, ())

    def same(self, path: str, first: int, last: int) -> bool:
        """Whether a path was, before one recorded step and after another, provably the same."""
        before = self.before(path, first)
        return before is not None and before == self.before(path, last + 1)


class ShellStates:
    """Exported variables and options of a session's shell."""

    def __init__(self, trace: Trace) -> None:
        self._environment = trace.environment
        self._changes: dict[str, list[tuple[int, State]]] = defaultdict(list)
        told = [(step.step_index, shell_changes(step)) for step in trace.steps]
        told += [(pause.after_step, _unseen_changes(pause, at)) for at, pause in enumerate(trace.pauses)]
        for index, changes in sorted(told, key=itemgetter(0)):
            for name, state in changes.items():
                self._changes[name].append((index, state))

    def same(self, name: str, first: int, last: int) -> bool:
        """Whether a variable or option was, before one recorded step and after another, provably the same."""
        return self._before(name, first) == self._before(name, last + 1)

    def _before(self, name: str, step_index: int) -> State:
        changes = self._changes.get(name, [])
        at = bisect_left(changes, step_index, key=lambda change: change[0])
        if at:
            return changes[at - 1][1]
        if name.startswith(OPTION):
            # A change of an option is noted only where it was the opposite before.
            return ("off",) if changes and changes[0][1] == ("on",) else ("on",)
        value = self._environment.get(name)
        return ABSENT if value is None else ("set", value)


OPTION = "option "
"""Stands before the name of an option."""


def _unseen_changes(pause: Unrecorded, number: int) -> Mapping[str, State]:
    """What a pause made of variables and options, by name: something else each time."""
    options = (OPTION + name for name in pause.options)
    return dict.fromkeys((*pause.set, *options), ("unseen", str(number))) | dict.fromkeys(pause.unset, ABSENT)


def shell_changes(step: Step) -> Mapping[str, State]:
    """What a step made of variables and options, by name."""
    effects = step.env_effects
    return {
        **{name: ("set", value) for name, value in effects.set.items()},
        **dict.fromkeys(effects.unset, ABSENT),
        **{OPTION + name: ("on",) if on else ("off",) for name, on in effects.options.items()},
    }


def touched(effects: tuple[FileEffect, ...]) -> set[str]:
    """All paths that the effects are about, those that were moved away included."""
    return {path for effect in effects for path, _ in _outcomes(effect)}


def _outcomes(effect: FileEffect) -> Iterator[tuple[str, State | None]]:
    if effect.op is EffectOp.DELETED:
        yield effect.path, ABSENT
        return
    yield effect.path, None if effect.mode is None else _state(effect.type, effect.after, effect.mode)
    if effect.op is EffectOp.MOVED and effect.moved_from is not None:
        yield effect.moved_from, ABSENT


def _state(kind: FileType, digest: str | None, mode: int) -> State | None:
    """None for content that is not known."""
    if kind is FileType.DIRECTORY:
        return kind, oct(mode)
    return None if digest is None else (kind, digest, oct(mode))
