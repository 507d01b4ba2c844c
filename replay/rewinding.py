"""Takes a copy of a workspace back to where a recording began, so that its work can be done again there."""

import os
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from capture.trace import EffectOp, FileEffect, FileType, Trace

Blobs = Callable[[str], bytes | None]

_COMPILED = "__pycache__"
_REFRESHED = ".git/index"
"""Written by git whenever it looks: what it says is in other files too."""


def rewind(trace: Trace, folder: Path, *, blobs: Blobs) -> tuple[str, ...]:
    """Undo in a copy of the workspace what a recording did to the original.

    Args:
        trace: The recording.
        folder: The copy; changed.
        blobs: Content by its `sha256:…`; None when it was not kept.

    Returns:
        Paths that are not what they were, sorted.
    """
    first = _first_effects(trace)
    modes = {seen.path: seen.mode for seen in trace.workspace_before}
    contents = {path: _content_before(effect, folder, blobs) for path, effect in first.items()}
    for path in sorted(first, reverse=True):
        if _was_absent(first[path], path):
            _remove(folder / path)
    lost = []
    for path in sorted(first):
        effect, content = first[path], contents[path]
        if _was_absent(effect, path) or effect.op is EffectOp.CHMOD:
            continue
        if effect.type is FileType.DIRECTORY:
            (folder / path).mkdir(parents=True, exist_ok=True)
        elif content is None:
            lost.append(path)
        else:
            _write(folder / path, content)
    for path in first.keys() & modes.keys():
        if (folder / path).exists() and not (folder / path).is_symlink():
            (folder / path).chmod(modes[path] & 0o7777)
    return tuple(sorted({*lost, *_unseen_changes(trace, folder, first.keys())}))


def _unseen_changes(trace: Trace, folder: Path, rewound: AbstractSet[str]) -> Iterator[str]:
    """Paths that nobody watched (git's own, installed packages), or that somebody changed since."""
    began = trace.run.started_at.timestamp()
    for directory, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != _COMPILED]
        for name in files:
            path = Path(directory, name)
            relative = str(path.relative_to(folder))
            if relative not in rewound and relative != _REFRESHED and path.lstat().st_mtime >= began:
                yield relative


def _first_effects(trace: Trace) -> dict[str, FileEffect]:
    """What happened first to each path of the workspace: it tells what was there before."""
    found: dict[str, FileEffect] = {}
    late = {between.after_step: between.file_effects for between in trace.between}
    groups = [late.get(0, ())]
    for step in trace.steps:
        groups += [step.file_effects, late.get(step.step_index, ())]
    for effect in (effect for group in groups for effect in group if not effect.path.startswith("/")):
        found.setdefault(effect.path, effect)
        if effect.moved_from is not None:
            found.setdefault(effect.moved_from, effect)
    return found


def _was_absent(effect: FileEffect, path: str) -> bool:
    return effect.op is EffectOp.CREATED or (effect.op is EffectOp.MOVED and effect.path == path)


def _content_before(effect: FileEffect, folder: Path, blobs: Blobs) -> bytes | None:
    """The content of a file before the effect, kept or still there."""
    digest = effect.after if effect.op is EffectOp.MOVED else effect.before
    if digest is None or effect.type is not FileType.FILE:
        return None
    kept = blobs(digest)
    if kept is not None:
        return kept
    try:
        now = (folder / effect.path).read_bytes()
    except OSError:
        return None
    return now if "sha256:" + sha256(now).hexdigest() == digest else None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)
