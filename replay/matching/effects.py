"""Which paths a step changed, held against those that it was expected to change; contents aside."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from capture.trace import EffectOp, FileEffect, FileType
from replay.matching import masks
from replay.playbook import ExpectedEffect

TREE = "/**"
"""Ends the path of an effect that stands for all that lies below a directory."""
_USUAL_MODES = ({0o644, 0o664}, {0o755, 0o775})


class EffectsMismatch(msgspec.Struct, frozen=True, kw_only=True):
    """Which paths were not changed as recorded."""

    missing: tuple[str, ...]
    """Expected changes that did not happen, as `created site.js`."""
    unexpected: tuple[str, ...]
    """Changes that the recording hadn't."""
    subject: str
    """The first path that it is about."""


def match_effects(
    expected: Sequence[ExpectedEffect], actual: Sequence[FileEffect], *, holds: Callable[[ExpectedEffect], bool]
) -> EffectsMismatch | None:
    """Hold the paths that a step changed against those that it must change; contents aside.

    Creating and writing again count alike, and a change that did not happen is no loss when what it was for holds.

    Args:
        expected: Paths may hold the names of masks, and no other.
        actual: What changed.
        holds: Whether the wanted state of an effect (its path literal) is there already.

    Returns:
        What differs, or None.
    """
    missing, unexpected = parted_effects(expected, actual, holds=holds)
    if not missing and not unexpected:
        return None
    return EffectsMismatch(
        missing=tuple(f"{effect.op} {effect.path}" for effect in missing),
        unexpected=tuple(f"{change.op} {change.path}" for change in unexpected),
        subject=masks.plain(missing[0].path) if missing else unexpected[0].path,
    )


def parted_effects(
    expected: Sequence[ExpectedEffect], actual: Sequence[FileEffect], *, holds: Callable[[ExpectedEffect], bool]
) -> tuple[list[ExpectedEffect], list[FileEffect]]:
    """As `match_effects`: the expected changes that are missing, and the changes that were not expected."""
    wanted = [change for effect in expected for change in _wanted(effect)]
    happened = [change for effect in actual for change in _happened(effect)]
    missing = [
        effect
        for effect in wanted
        if not effect.optional and not any(_same(effect, change) for change in happened) and not _held(effect, holds)
    ]
    unexpected = [
        change
        for change in happened
        if not rewritten_alike(change) and not any(_about(effect, change.path) for effect in wanted)
    ]
    return missing, unexpected


def bound(effect: ExpectedEffect, values: Mapping[str, str]) -> ExpectedEffect:
    """The effect with known values in its paths; the names of masks stay."""
    origin = None if effect.moved_from is None else masks.filled(effect.moved_from, values)
    return msgspec.structs.replace(effect, path=masks.filled(effect.path, values), moved_from=origin)


def _wanted(effect: ExpectedEffect) -> tuple[ExpectedEffect, ...]:
    """A move as what it comes to: one path written, another one gone."""
    if effect.op is not EffectOp.MOVED or effect.moved_from is None:
        return (effect,)
    gone = ExpectedEffect(op=EffectOp.DELETED, path=effect.moved_from, directory=effect.directory)
    return (msgspec.structs.replace(effect, op=EffectOp.CREATED, moved_from=None), gone)


def _happened(effect: FileEffect) -> tuple[FileEffect, ...]:
    if effect.op is not EffectOp.MOVED or effect.moved_from is None:
        return (effect,)
    gone = FileEffect(path=effect.moved_from, op=EffectOp.DELETED, type=effect.type)
    return (msgspec.structs.replace(effect, op=EffectOp.CREATED, moved_from=None), gone)


def kind(op: EffectOp) -> EffectOp:
    """What a change comes to: creating and writing again count alike."""
    return EffectOp.MODIFIED if op in (EffectOp.CREATED, EffectOp.MOVED) else op


def is_path(pattern: str, path: str) -> bool:
    """Whether the path of an effect, values in, is this path."""
    if pattern.endswith(TREE):
        return re.match(masks.pattern(pattern.removesuffix("**"), {}), path) is not None
    return re.fullmatch(masks.pattern(pattern, {}), path) is not None


def _about(wanted: ExpectedEffect, path: str) -> bool:
    return is_path(wanted.path, path)


def _same(wanted: ExpectedEffect, change: FileEffect) -> bool:
    """Whether the change is the wanted one."""
    if wanted.path.endswith(TREE):
        return is_path(wanted.path, change.path)
    return (
        kind(wanted.op) is kind(change.op)
        and is_path(wanted.path, change.path)
        and (wanted.op is EffectOp.DELETED or wanted.directory is (change.type is FileType.DIRECTORY))
    )


def is_mode(expected: str, actual: int) -> bool:
    """Whether permission bits are the expected ones (octal), or both those of new files under another usual umask."""
    wanted = int(expected, 8)
    return wanted == actual or any({wanted, actual} <= usual for usual in _USUAL_MODES)


def was_there(effect: ExpectedEffect) -> bool:
    """Whether a file of that very name stood there before, when this was recorded."""
    varies = any(piece.is_name for piece in masks.pieces(effect.path))
    return effect.op is EffectOp.MODIFIED and not effect.directory and not varies and not effect.path.endswith(TREE)


def rewritten_alike(change: FileEffect) -> bool:
    """Whether a file was written with the content that it had."""
    return change.op is EffectOp.MODIFIED and change.before is not None and change.before == change.after


def _held(effect: ExpectedEffect, holds: Callable[[ExpectedEffect], bool]) -> bool:
    """Whether the wanted state is there already; not to be told of a path that varies."""
    if any(piece.is_name for piece in masks.pieces(effect.path)):
        return False
    below = effect.path.endswith(TREE)
    path = masks.plain(effect.path.removesuffix(TREE))
    return holds(msgspec.structs.replace(effect, path=path, directory=effect.directory or below))
