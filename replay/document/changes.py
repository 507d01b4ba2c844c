"""Says what changed from one version to another in the words of its steps, not of its lines."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum

import msgspec

from capture.trace import StepKind
from replay import calls
from replay.playbook import Parameter, Playbook, PlaybookStep

_ALIKE = 0.5
"""From here on two commands count as one that changed, rather than one dropped and one added."""
_LONGEST = 2000
"""Characters of a command that are compared for likeness."""
_SHOWN = 70


class ChangeKind(StrEnum):
    """What happened to it."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


class Subject(StrEnum):
    """What it happened to."""

    STEP = "step"
    PARAMETER = "parameter"
    PLAYBOOK = "playbook"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between two versions."""

    kind: ChangeKind
    subject: Subject
    step_index: int | None = None
    """In the new version; of a removed step in the old one; None for what is no step."""
    from_index: int | None = None
    """Of a step that has another number now: the old one."""
    name: str | None = None
    """Of a parameter."""
    field: str | None = None
    """What of it changed: `run`, `expect.output`, `default`, `goal`."""
    before: str | None = None
    """Its old value; None when there was none."""
    after: str | None = None
    """Its new value; None when there is none."""

    @property
    def words(self) -> str:
        """What happened, without the values: `step 4's command changed`, `step 6 dropped`."""
        what = f"step {self.step_index}" if self.step_index else f"parameter {self.name}" if self.name else "playbook"
        match self.kind:
            case ChangeKind.MOVED:
                return f"{what} moved from {self.from_index}"
            case ChangeKind.CHANGED if self.field == "skip":
                return f"{what} {'left out' if self.after == 'true' else 'done again'}"
            case ChangeKind.CHANGED:
                return f"{what}'s {FIELD_WORDS.get(self.field or '', self.field)} {self._verb}"
            case ChangeKind.REMOVED:
                return f"{what} dropped"
            case _:
                return f"{what} {self.kind}"

    @property
    def sign(self) -> str:
        """One character for it."""
        return SIGNS[self.kind]

    def line(self) -> str:
        """For a person."""
        head = f"{self.sign} {self.words}"
        match self.kind:
            case ChangeKind.CHANGED if self.field == "skip":
                return head
            case ChangeKind.CHANGED if self._verb == "changed":
                return f"{head}: {_short(self.before)} → {_short(self.after)}"
            case ChangeKind.CHANGED:
                return f"{head}: {_short(self.after if self._verb == 'added' else self.before)}"
            case ChangeKind.REMOVED:
                return f"{head}: {_short(self.before)}"
            case _:
                return f"{head}: {_short(self.after)}"

    @property
    def _verb(self) -> str:
        if self.before in _NOTHING and self.after not in _NOTHING:
            return "added"
        return "dropped" if self.after in _NOTHING else "changed"


SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.MOVED: "↕", ChangeKind.CHANGED: "~"}
FIELD_WORDS = {
    "run": "command",
    "cwd": "directory",
    "env": "variables",
    "requires": "requirements",
    "expect.exit": "expected exit code",
    "expect.output": "expected output",
    "expect.effects": "expected effects",
    "expect.committed": "expected commit",
    "capture": "captured values",
    "unconfirmed": "values in question",
    "timeout": "time limit",
    "safety": "safety level",
    "safety_reason": "reason for its safety level",
    "columns": "width",
    "rows": "height",
    "watch": "watched paths",
}
"""What a field is to a person, where its name alone doesn't say it."""
_NOTHING = (None, "[]", "{}")


def changes(a: Playbook, b: Playbook) -> tuple[Change, ...]:
    """What changed from one playbook to another.

    Args:
        a: The old one.
        b: The new one.

    Returns:
        The playbook's own fields first, then parameters, then steps in the new order; none when both say the same.
    """
    return (*_whole(a, b), *_parameters(a.parameters, b.parameters), *_steps(a.steps, b.steps))


def _whole(a: Playbook, b: Playbook) -> Iterator[Change]:
    apart = {"version", "parameters", "steps", "source_runs"}
    for field, before, after in _fields(a, b, apart):
        yield Change(kind=ChangeKind.CHANGED, subject=Subject.PLAYBOOK, field=field, before=before, after=after)


def _parameters(a: Mapping[str, Parameter], b: Mapping[str, Parameter]) -> Iterator[Change]:
    for name in [*a, *(name for name in b if name not in a)]:
        old, new = a.get(name), b.get(name)
        if old is None or new is None:
            kind = ChangeKind.ADDED if old is None else ChangeKind.REMOVED
            yield Change(kind=kind, subject=Subject.PARAMETER, name=name, before=_default(old), after=_default(new))
            continue
        for field, before, after in _fields(old, new, set()):
            yield Change(
                kind=ChangeKind.CHANGED, subject=Subject.PARAMETER, name=name, field=field, before=before, after=after
            )


def _default(parameter: Parameter | None) -> str | None:
    return None if parameter is None else parameter.default if parameter.default is not None else parameter.type


def _steps(a: Sequence[PlaybookStep], b: Sequence[PlaybookStep]) -> Iterator[Change]:
    pairs = _paired(a, b)
    in_place = _rising([old for old in pairs if old is not None])
    for at in sorted(set(range(len(a))) - set(pairs)):
        yield Change(kind=ChangeKind.REMOVED, subject=Subject.STEP, step_index=at + 1, before=a[at].run)
    for at, old in enumerate(pairs):
        if old is None:
            yield Change(kind=ChangeKind.ADDED, subject=Subject.STEP, step_index=at + 1, after=b[at].run)
            continue
        if old not in in_place:
            yield Change(
                kind=ChangeKind.MOVED, subject=Subject.STEP, step_index=at + 1, from_index=old + 1, after=b[at].run
            )
        for field, before, after in _step_fields(a[old], b[at]):
            yield Change(
                kind=ChangeKind.CHANGED,
                subject=Subject.STEP,
                step_index=at + 1,
                from_index=old + 1 if old != at else None,
                field=field,
                before=before,
                after=after,
            )


def _paired(a: Sequence[PlaybookStep], b: Sequence[PlaybookStep]) -> list[int | None]:
    """For each new step the old one that it was: equal ones, then equal commands, then neighbours that are alike."""
    pairs: list[int | None] = [None] * len(b)
    whole = [[msgspec.json.encode(step) for step in steps] for steps in (a, b)]
    runs = [[step.run.encode() for step in steps] for steps in (a, b)]
    gaps = []
    for verb, i, j, k, m in SequenceMatcher(None, runs[0], runs[1], autojunk=False).get_opcodes():
        if verb == "equal":
            pairs[k:m] = range(i, j)
        elif verb == "replace":
            gaps.append((range(i, j), range(k, m)))
    for keys in (whole, runs):
        _pair_equal(pairs, *keys)
    for old, new in gaps:
        _pair_alike(pairs, a, b, old, new)
    return pairs


def _pair_equal(pairs: list[int | None], old: Sequence[bytes], new: Sequence[bytes]) -> None:
    """Pair what stands elsewhere now, in order."""
    taken = set(pairs)
    free: dict[bytes, list[int]] = {}
    for at in reversed(range(len(old))):
        if at not in taken:
            free.setdefault(old[at], []).append(at)
    for at, key in enumerate(new):
        if pairs[at] is None and free.get(key):
            pairs[at] = free[key].pop()


def _pair_alike(
    pairs: list[int | None], a: Sequence[PlaybookStep], b: Sequence[PlaybookStep], old: range, new: range
) -> None:
    """Pair the steps of two stretches that took each other's place, in order."""
    taken = set(pairs)
    left = [at for at in old if at not in taken]
    same_number = len(old) == len(new)
    for at in new:
        if pairs[at] is not None or not left:
            continue
        found = next((one for one in left if _alike(a[one].run, b[at].run)), left[0] if same_number else None)
        if found is not None:
            pairs[at] = found
            left = [one for one in left if one > found]


def _alike(a: str, b: str) -> bool:
    matcher = SequenceMatcher(None, a[:_LONGEST], b[:_LONGEST], autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _rising(numbers: Sequence[int]) -> frozenset[int]:
    """The longest rising part: what stayed where it was."""
    return frozenset(
        number
        for block in SequenceMatcher(None, sorted(numbers), numbers, autojunk=False).get_matching_blocks()
        for number in numbers[block.b : block.b + block.size]
    )


def _step_fields(a: PlaybookStep, b: PlaybookStep) -> Iterator[tuple[str, str | None, str | None]]:
    called = tuple(_call_fields(a, b)) if a.kind is b.kind is StepKind.TOOL and a.run != b.run else ()
    yield from called
    yield from _fields(a, b, {"expect", "source_step", *(("run",) if called else ())})
    for field, before, after in _fields(a.expect, b.expect, set()):
        yield f"expect.{field}", before, after


def _call_fields(a: PlaybookStep, b: PlaybookStep) -> Iterator[tuple[str, str | None, str | None]]:
    """What changed in a tool's call: the tool, and each field of what it is given."""
    old, new = calls.read(a.run), calls.read(b.run)
    if old is None or new is None:
        return
    if old.name != new.name:
        yield "tool", old.name, new.name
    if isinstance(old.input, dict) and isinstance(new.input, dict):
        for key in dict.fromkeys((*old.input, *new.input)):
            before, after = old.input.get(key, msgspec.UNSET), new.input.get(key, msgspec.UNSET)
            if before != after:
                yield f"input.{key}", _given(before), _given(after)
    elif old.input != new.input:
        yield "input", _given(old.input), _given(new.input)


def _given(value: object) -> str | None:
    if value is msgspec.UNSET:
        return None
    return value if isinstance(value, str) else calls.written("", value).partition(" ")[2]


def _fields(a: msgspec.Struct, b: msgspec.Struct, apart: set[str]) -> Iterator[tuple[str, str | None, str | None]]:
    for field in a.__struct_fields__:
        before, after = getattr(a, field), getattr(b, field)
        if field not in apart and before != after:
            yield field, _said(before), _said(after)


def _said(value: object) -> str | None:
    """A value as text: lists and mappings as JSON."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    line = " ⏎ ".join(text.rstrip("\n").split("\n"))
    return (line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…") or '""'
