"""What a run begins with when its first steps are left out: the environment and the workspace (pure)."""

from collections.abc import Iterable

import msgspec

from capture.trace import EffectOp, FileEffect, SeenFile, Step, Trace


def state_before(trace: Trace, gone: Iterable[Step]) -> Trace:
    """The environment and the workspace as some first steps, and what ran behind them, left them.

    Args:
        trace: Any.
        gone: Its first steps.

    Returns:
        The same trace, begun later.
    """
    environment = dict(trace.environment)
    defined = {*trace.defined}
    files = {seen.path: seen for seen in trace.workspace_before}
    last = 0
    for step in gone:
        for effect in trace.late(last):
            apply(effect, files)
        last = step.step_index
        environment |= step.env_effects.set
        for name in step.env_effects.unset:
            environment.pop(name, None)
        defined |= {*step.env_effects.aliases, *step.env_effects.functions}
        defined -= {*step.env_effects.aliases_unset, *step.env_effects.functions_unset}
        for effect in step.file_effects:
            apply(effect, files)
    for effect in trace.late(last) if last else ():
        apply(effect, files)
    seen = tuple(files[path] for path in sorted(files))
    between = tuple(late for late in trace.between if not last or late.after_step > last)
    return msgspec.structs.replace(
        trace,
        environment=environment,
        workspace_before=seen,
        between=between,
        defined=tuple(sorted(defined)),
    )


def apply(effect: FileEffect, files: dict[str, SeenFile]) -> None:
    """What one effect makes of a listing.

    Args:
        effect: One outside of the workspace changes nothing.
        files: By path; changed in place.
    """
    if effect.path.startswith("/"):
        return
    if effect.op is EffectOp.DELETED:
        files.pop(effect.path, None)
        return
    if effect.op is EffectOp.MOVED and effect.moved_from is not None:
        source = effect.moved_from
        for path in [path for path in files if path == source or path.startswith(f"{source}/")]:
            target = effect.path + path[len(source) :]
            files[target] = msgspec.structs.replace(files.pop(path), path=target)
    was = files.get(effect.path)
    files[effect.path] = SeenFile(
        path=effect.path,
        type=effect.type,
        sha256=effect.after if effect.after or was is None or effect.op is not EffectOp.CHMOD else was.sha256,
        mode=effect.mode if effect.mode is not None else (was.mode if was else 0),
    )
