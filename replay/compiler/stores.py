"""Tells the files of a git store, which are named by what they hold, from files of the work."""

import re
from collections.abc import Iterable

import msgspec

from capture.trace import EffectOp, Trace
from replay.playbook import ExpectedEffect

_OBJECT = re.compile(r"(?P<store>(?:.*/)?objects)/[0-9a-f]{2}(?P<file>/(?:[0-9a-f]{38}|[0-9a-f]{62}))?")
_ANY_FOLDER = "/{{regex:[0-9a-f][0-9a-f]}}"
_ANY_OBJECT = f"{_ANY_FOLDER}/{{{{hash}}}}"
Told = tuple[str, ExpectedEffect]
"""A path as it was recorded, and what must happen to it."""


def bare_repositories(trace: Trace) -> frozenset[str]:
    """Folders of the workspace, relative to it, that are git repositories without a working tree."""
    paths = {seen.path for seen in trace.workspace_before}
    paths |= {effect.path for step in trace.steps for effect in step.file_effects}
    found = {path.removesuffix("HEAD") for path in paths if path == "HEAD" or path.endswith("/HEAD")}
    return frozenset(folder for folder in found if f"{folder}config" in paths)


def in_stores(effects: Iterable[Told], repositories: frozenset[str]) -> list[Told]:
    """The effects with new objects of bare repositories told as any: a commit made at another time has another name.

    Args:
        effects: All of a step's.
        repositories: Folders, as of `bare_repositories`.

    Returns:
        Of a store's new objects one that stands for any and must come, and one for folders, which come as far as they
        are not there yet.
    """
    told: dict[tuple[str, EffectOp], Told] = {}
    for path, effect in effects:
        found = _OBJECT.fullmatch(path)
        store = found["store"] if found else ""
        if found is None or effect.op is EffectOp.DELETED or store.removesuffix("objects") not in repositories:
            told[path, effect.op] = path, effect
            continue
        folder = ExpectedEffect(op=effect.op, path=f"{store}{_ANY_FOLDER}", directory=True, optional=True)
        told[folder.path, effect.op] = path, folder
        if found["file"]:
            file = msgspec.structs.replace(effect, path=f"{store}{_ANY_OBJECT}", content=None)
            told[file.path, effect.op] = path, file
    return list(told.values())
