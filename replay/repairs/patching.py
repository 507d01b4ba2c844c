"""Makes the next version of a playbook out of a version and a patch; changes nothing else and asks no one."""

import re
from collections.abc import Sequence

import msgspec

from capture.errors import BadInputError
from replay.playbook import Expectation, ExpectedEffect, Parameter, Playbook, PlaybookStep, Requirement
from replay.repairs import editing, lifting, rebinding, refs, settling
from replay.repairs.proposal import PatchEntry, PatchOp


def apply(playbook: Playbook, patch: Sequence[PatchEntry]) -> Playbook:
    """Change a playbook as a patch says.

    Args:
        playbook: The base version; every `step_index` of the patch counts its steps.
        patch: Changes, in the order that they are made in.

    Returns:
        The next version.

    Raises:
        BadInputError: A step that isn't there, or a value that the change can't take.
    """
    changed = playbook
    for entry in patch:
        if not 1 <= entry.step_index <= len(playbook.steps):
            raise BadInputError(
                f"step {entry.step_index} is not in {playbook.name}: it has {len(playbook.steps)} steps"
            )
        changed = _changed(changed, entry)
    return msgspec.structs.replace(
        changed, version=playbook.version + 1, steps=_with_inserted(playbook, changed.steps, patch)
    )


def origins(patch: Sequence[PatchEntry], count: int) -> tuple[int | None, ...]:
    """Which step of the base each step of the next version was, counted from 1; None: a new one.

    Args:
        patch: What was changed.
        count: How many steps the base has.
    """
    found: list[int | None] = []
    for index in range(1, count + 1):
        mine = [entry.op for entry in patch if entry.step_index == index]
        found += [None] * mine.count(PatchOp.INSERT_BEFORE)
        found.append(index)
        found += [None] * mine.count(PatchOp.INSERT_AFTER)
    return tuple(found)


def _changed(playbook: Playbook, entry: PatchEntry) -> Playbook:
    """One change that leaves the number of steps as it is."""
    index = entry.step_index
    match entry.op:
        case PatchOp.REBIND:
            rename = refs.rename if _is_ref(entry) else rebinding.rebind
            old = _field(entry, "from")
            return rename(settling.settle(playbook, old), index, old, _field(entry, "to"))
        case PatchOp.SET_PARAMETER:
            name, value = _field(entry, "name"), _field(entry, "value")
            if isinstance(entry.value, dict) and "from" in entry.value:
                return lifting.lift(playbook, index, entry.value["from"], name, value)
            before = playbook.parameters.get(name, Parameter())
            parameters = playbook.parameters | {name: msgspec.structs.replace(before, default=value)}
            return msgspec.structs.replace(playbook, parameters=parameters)
        case PatchOp.INSERT_BEFORE | PatchOp.INSERT_AFTER:
            return playbook
        case _:
            steps = list(playbook.steps)
            steps[index - 1] = _step(steps[index - 1], entry)
            return msgspec.structs.replace(playbook, steps=tuple(steps))


def _step(step: PlaybookStep, entry: PatchEntry) -> PlaybookStep:
    """One change to one step."""
    match entry.op:
        case PatchOp.REPLACE:
            return with_run(step, _text(entry))
        case PatchOp.SKIP:
            return msgspec.structs.replace(step, skip=True, note=_text(entry))
        case PatchOp.SET_ENV:
            env = step.env | {_field(entry, "name"): _field(entry, "value")}
            return msgspec.structs.replace(step, env=env, requires=_without_env(step, _field(entry, "name")))
        case PatchOp.SET_TIMEOUT:
            return msgspec.structs.replace(step, timeout=_text(entry))
        case PatchOp.SET_EXPECTATION:
            return msgspec.structs.replace(step, expect=_expectation(entry))
        case _:
            raise BadInputError(f"step {entry.step_index}: {entry.op} is no change to a step")


def with_run(step: PlaybookStep, run: str) -> PlaybookStep:
    """A step with another command; what referred to replaced words follows them.

    Args:
        step: The base.
        run: The new command.

    Returns:
        The step: its needs and effects follow, its captures and its expected output are kept, but for a
        replaced word that the output quotes.
    """
    pairs = _replaced_words(step.run, run)
    needs = (_requirement(need, step.run, run, pairs) for need in step.requires)
    expect = step.expect
    if expect.effects is not None:
        effects = tuple(_effect(effect, pairs) for effect in expect.effects)
        expect = msgspec.structs.replace(expect, effects=effects)
    if expect.output is not None:
        expect = msgspec.structs.replace(expect, output=_output(expect.output, pairs))
    requires = tuple(need for need in needs if need is not None)
    return msgspec.structs.replace(step, run=run, requires=requires, expect=expect)


def _replaced_words(old: str, new: str) -> dict[str, str]:
    """Words that took another's place, where the commands are else alike."""
    before, after = ([editing.value(word) for word in editing.words(run)] for run in (old, new))
    if len(before) != len(after):
        return {}
    return {a: b for a, b in zip(before, after, strict=True) if a and b and a != b and a not in after}


def _requirement(need: Requirement, old: str, new: str, pairs: dict[str, str]) -> Requirement | None:
    """What the new command needs in the place of what the old one did; None when it is needed no more."""
    if need.subject in pairs:
        return msgspec.structs.replace(need, **{need.kind: pairs[need.subject]}, sha256=None)
    if need.kind in ("file", "directory") and _names(old, need.subject) and not _names(new, need.subject):
        return None
    if need.kind != "command" or not editing.uses(old, need.subject) or editing.uses(new, need.subject):
        return need
    still_read = "/" in need.subject and _names(new, need.subject)
    return Requirement(file=need.subject, sha256=need.sha256) if still_read else None


def _names(run: str, subject: str) -> bool:
    """Whether a word of a command is this very text."""
    return any(editing.value(word) == subject for word in editing.words(run))


def _effect(effect: ExpectedEffect, pairs: dict[str, str]) -> ExpectedEffect:
    moved_from = effect.moved_from and pairs.get(effect.moved_from, effect.moved_from)
    return msgspec.structs.replace(effect, path=pairs.get(effect.path, effect.path), moved_from=moved_from)


def _output(output: str, pairs: dict[str, str]) -> str:
    """The expected output with replaced words changed where the tool quotes them: in quotes, or in npm's header."""
    for old, new in pairs.items():
        quotes = re.compile(rf"(?<=['\"`]){re.escape(old)}(?=['\"`])")
        header = re.compile(rf"(?m)(^> \S+@\S+ ){re.escape(old)}$")
        output = header.sub(rf"\1{_literal(new)}", quotes.sub(_literal(new), output))
    return output


def _literal(text: str) -> str:
    """Text as the replacement of a pattern."""
    return text.replace("\\", r"\\")


def _without_env(step: PlaybookStep, name: str) -> tuple[Requirement, ...]:
    return tuple(need for need in step.requires if need.env != name)


def _expectation(entry: PatchEntry) -> Expectation:
    if not isinstance(entry.value, dict):
        raise BadInputError(f"step {entry.step_index}: an expectation is an object such as {{output: …}}")
    try:
        return msgspec.convert(entry.value, Expectation, strict=False)
    except msgspec.ValidationError as error:
        raise BadInputError(f"step {entry.step_index}: {error}; see `expect` in the playbook document") from error


def _with_inserted(
    base: Playbook, steps: tuple[PlaybookStep, ...], patch: Sequence[PatchEntry]
) -> tuple[PlaybookStep, ...]:
    """The steps with new ones put in; a new step runs where its neighbour does."""
    result: list[PlaybookStep] = []
    for index, step in enumerate(steps, 1):
        mine = [entry for entry in patch if entry.step_index == index]
        cwd = base.steps[index - 1].cwd
        result += [_new_step(entry, cwd) for entry in mine if entry.op is PatchOp.INSERT_BEFORE]
        result.append(step)
        result += [_new_step(entry, None) for entry in mine if entry.op is PatchOp.INSERT_AFTER]
    return tuple(result)


def _new_step(entry: PatchEntry, cwd: str | None) -> PlaybookStep:
    return PlaybookStep(run=_text(entry), cwd=cwd, note="added by a repair")


def _is_ref(entry: PatchEntry) -> bool:
    return isinstance(entry.value, dict) and entry.value.get("kind") == "ref"


def _text(entry: PatchEntry) -> str:
    if not isinstance(entry.value, str):
        raise BadInputError(f"step {entry.step_index}: {entry.op} wants text")
    return entry.value


def _field(entry: PatchEntry, name: str) -> str:
    if not isinstance(entry.value, dict) or name not in entry.value:
        raise BadInputError(f"step {entry.step_index}: {entry.op} wants an object with {name!r}")
    return entry.value[name]
