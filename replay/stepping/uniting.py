"""One step of what its parts did, as if the whole of it had run at once (pure)."""

from collections.abc import Sequence
from functools import reduce

import msgspec

from capture.trace import EffectOp, EnvEffects, FileEffect, Step


def united(ran: Sequence[Step], command: str) -> Step:
    """A list as one step.

    Args:
        ran: Its parts that ran, in order; at least one.
        command: The text of the whole.

    Returns:
        Their outputs joined, their effects united, the exit code of the last.
    """
    first, last = ran[0], ran[-1]
    return msgspec.structs.replace(
        last,
        step_index=first.step_index,
        command=command,
        cwd=first.cwd,
        started_at=first.started_at,
        duration_ms=sum(step.duration_ms for step in ran),
        output="".join(step.output for step in ran),
        output_bytes=sum(step.output_bytes for step in ran),
        output_truncated=any(step.output_truncated for step in ran),
        output_start=first.output_start,
        full_screen=any(step.full_screen for step in ran),
        inputs=tuple(one for step in ran for one in step.inputs),
        file_effects=_files([effect for step in ran for effect in step.file_effects]),
        effects_seen=all(step.effects_seen for step in ran),
        env_effects=reduce(_env, [step.env_effects for step in ran]),
        maskings=tuple(one for step in ran for one in step.maskings),
    )


def _files(effects: Sequence[FileEffect]) -> tuple[FileEffect, ...]:
    """What came of each path in the end, sorted."""
    found: dict[str, FileEffect] = {}
    for effect in effects:
        origin = found.pop(effect.moved_from, None) if effect.moved_from else None
        before = found.pop(effect.path, None)
        made = _moved(origin, effect) if origin else _again(before, effect) if before else effect
        if made is not None:
            found[made.path] = made
    return tuple(found[path] for path in sorted(found))


def _moved(origin: FileEffect, effect: FileEffect) -> FileEffect:
    """A path that moved on after something had happened to it."""
    if origin.op is EffectOp.CREATED:
        return msgspec.structs.replace(effect, op=EffectOp.CREATED, before=None, moved_from=None)
    return msgspec.structs.replace(effect, before=origin.before, moved_from=origin.moved_from or origin.path)


def _again(before: FileEffect, effect: FileEffect) -> FileEffect | None:  # noqa: PLR0911 - one for each pair of a table
    """What two effects on the same path come to; None: nothing."""
    match before.op, effect.op:
        case EffectOp.CREATED, EffectOp.DELETED:
            return None
        case EffectOp.MOVED, EffectOp.DELETED:
            return msgspec.structs.replace(effect, path=before.moved_from or effect.path, before=before.before)
        case EffectOp.DELETED, EffectOp.CREATED:
            return msgspec.structs.replace(effect, op=EffectOp.MODIFIED, before=before.before)
        case EffectOp.CHMOD, _:
            return effect
        case ((EffectOp.CREATED | EffectOp.MOVED), (EffectOp.MODIFIED | EffectOp.CHMOD)):
            return msgspec.structs.replace(effect, op=before.op, before=before.before, moved_from=before.moved_from)
        case EffectOp.MODIFIED, EffectOp.CHMOD:
            return msgspec.structs.replace(before, mode=effect.mode)
        case _:
            return msgspec.structs.replace(effect, before=before.before)


def _env(one: EnvEffects, two: EnvEffects) -> EnvEffects:
    """Both, the later one's word last."""

    def kept(names: tuple[str, ...], again: dict[str, str], gone: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({*names, *gone} - (again.keys() - set(gone))))

    def left(values: dict[str, str], again: dict[str, str], gone: tuple[str, ...]) -> dict[str, str]:
        return {name: value for name, value in (values | again).items() if name in again or name not in gone}

    return EnvEffects(
        set=left(one.set, two.set, two.unset),
        unset=kept(one.unset, two.set, two.unset),
        options=one.options | two.options,
        aliases=left(one.aliases, two.aliases, two.aliases_unset),
        aliases_unset=kept(one.aliases_unset, two.aliases, two.aliases_unset),
        functions=left(one.functions, two.functions, two.functions_unset),
        functions_unset=kept(one.functions_unset, two.functions, two.functions_unset),
    )
