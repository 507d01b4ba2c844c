"""Random work in a small tree: what is told must be what two looks by another code path differ in, contents and all."""

import os
import shutil
import stat
from collections.abc import Callable, Iterable, Sequence
from hashlib import md5
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.files import effects
from capture.files.effects import Hints, Workspace
from capture.files.ignore import Ignore
from capture.files.inotify import KernelEvents
from capture.trace import EffectOp, FileEffect

NAMES = ("a", "b", "c", "d")
OPERATIONS = (
    "write",
    "append",
    "same_again",
    "edit_in_place",
    "hidden_edit",
    "mkdir",
    "remove",
    "move",
    "swap",
    "chmod",
    "symlink",
    "hardlink",
    "copy",
    "transient",
    "replace_atomically",
)


class Seen(NamedTuple):
    """One path, as the oracle sees it."""

    kind: int
    mode: int
    content: bytes


def walk(root: Path) -> dict[str, Seen]:
    """Everything under a directory, contents read."""
    found: dict[str, Seen] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            status = path.lstat()
            if path.is_symlink():
                content = os.fsencode(path.readlink())
            else:
                content = md5(path.read_bytes(), usedforsecurity=False).digest() if path.is_file() else b""
            mode = stat.S_IMODE(status.st_mode)
            found[str(path.relative_to(root))] = Seen(stat.S_IFMT(status.st_mode), mode, content)
    return found


class Work:
    """Operations on paths, each by two numbers; what can't be done isn't."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.count = 0

    def path(self, number: int) -> Path:
        """One of the tree's places, at most three deep."""
        parts = [NAMES[number % 4], NAMES[number // 4 % 4], NAMES[number // 16 % 4]]
        return self.root.joinpath(*parts[: 1 + number // 64 % 3])

    def do(self, operation: str, one: int, two: int) -> None:
        self.count += 1
        try:
            getattr(self, operation)(self.path(one), self.path(two))
        except (OSError, shutil.Error):
            return

    def write(self, path: Path, _other: Path) -> None:
        path.write_text(f"{self.count}")

    def append(self, path: Path, _other: Path) -> None:
        with path.open("a") as file:
            file.write("+")

    def same_again(self, path: Path, _other: Path) -> None:
        path.write_bytes(path.read_bytes())

    def edit_in_place(self, path: Path, _other: Path) -> None:
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(os.urandom(size))

    def hidden_edit(self, path: Path, other: Path) -> None:
        """Same size, and the time of before."""
        before = path.stat()
        self.edit_in_place(path, other)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def mkdir(self, path: Path, _other: Path) -> None:
        path.mkdir(parents=True)

    def remove(self, path: Path, _other: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    def move(self, path: Path, other: Path) -> None:
        path.rename(other)

    def swap(self, path: Path, other: Path) -> None:
        aside = self.root / "aside"
        path.rename(aside)
        try:
            other.rename(path)
        finally:
            aside.rename(other if not other.exists() else path)

    def chmod(self, path: Path, _other: Path) -> None:
        path.chmod(stat.S_IMODE(path.lstat().st_mode) ^ 0o011, follow_symlinks=True)

    def symlink(self, path: Path, other: Path) -> None:
        path.symlink_to(os.path.relpath(other, path.parent))

    def hardlink(self, path: Path, other: Path) -> None:
        other.hardlink_to(path)

    def copy(self, path: Path, other: Path) -> None:
        if path.is_dir():
            # Into itself it would be copied without an end, as no program does.
            if not Path(os.path.realpath(other)).is_relative_to(os.path.realpath(path)):
                shutil.copytree(path, other, symlinks=True)
        else:
            shutil.copy2(path, other, follow_symlinks=False)

    def transient(self, path: Path, _other: Path) -> None:
        path.mkdir()
        (path / "x").write_text("x")
        shutil.rmtree(path)

    def replace_atomically(self, path: Path, _other: Path) -> None:
        new = path.with_name("new")
        new.write_text(f"{self.count}")
        new.rename(path)


def applied(before: dict[str, Seen], told: Sequence[FileEffect], after: dict[str, Seen]) -> dict[str, Seen]:
    """The tree that the effects make of the one before: contents from the one after, but only where an effect is."""
    tree = dict(before)
    moves = [effect for effect in told if effect.op is EffectOp.MOVED and effect.moved_from is not None]
    held = {effect.path: below(before, effect.moved_from or "") for effect in moves}
    deleted = [effect.path for effect in told if effect.op is EffectOp.DELETED]
    for path in (*deleted, *(effect.moved_from or "" for effect in moves)):
        tree.pop(path, None)
    for effect in moves:
        for name in held[effect.path]:
            tree.pop(f"{effect.moved_from}{name}", None)
    for effect in sorted(moves, key=lambda effect: effect.path):
        for name, seen in held[effect.path].items():
            if f"{effect.moved_from}{name}" not in deleted:
                tree[effect.path + name] = seen
    for effect in told:
        if effect.op is not EffectOp.DELETED and effect.path in after:
            tree[effect.path] = after[effect.path]
    return tree


def below(tree: dict[str, Seen], top: str) -> dict[str, Seen]:
    """A path and what lies under it, by the rest of its name."""
    return {path[len(top) :]: seen for path, seen in tree.items() if path == top or path.startswith(f"{top}/")}


def hold(before: dict[str, Seen], told: tuple[FileEffect, ...], after: dict[str, Seen]) -> None:
    """Every difference is told, and nothing else is."""
    touched = {effect.path for effect in told} | {effect.moved_from for effect in told if effect.moved_from}
    moved = [effect for effect in told if effect.op is EffectOp.MOVED]

    def carried(path: str) -> bool:
        """Whether a directory above it was moved, by which it came or went."""
        return any(
            path.startswith((f"{effect.path}/", f"{effect.moved_from}/")) for effect in moved if effect.moved_from
        )

    for path in before.keys() | after.keys():
        if before.get(path) != after.get(path):
            assert path in touched or carried(path), f"{path} is not told: {told}"
    for effect in told:
        was, now = before.get(effect.path), after.get(effect.path)
        if effect.op is EffectOp.CREATED:
            assert now is not None, effect
            assert was is None or was.kind != now.kind or moved, effect
        elif effect.op is EffectOp.DELETED:
            assert was is not None, effect
            assert now is None or was.kind != now.kind or moved, effect
        elif effect.op is EffectOp.MOVED:
            assert now is not None, effect
            assert effect.moved_from in before, effect
        elif effect.op is EffectOp.CHMOD:
            assert now is not None, effect
            assert moved or (was is not None and was.mode != now.mode and was.content == now.content), effect
    assert applied(before, told, after) == after, told


Batch = list[tuple[str, int, int]]
BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 191), st.integers(0, 191)), min_size=1, max_size=8),
    min_size=1,
    max_size=6,
)


def play(root: Path, batches: Iterable[Batch], hints: Callable[[KernelEvents], Hints]) -> None:
    kernel = KernelEvents(str(root))
    workspace = Workspace(root, Ignore(()), enter=kernel.enter)
    try:
        work = Work(root)
        for number in range(0, 192, 7):
            work.do("mkdir" if number % 3 == 0 else "write", number, 0)
        workspace.baseline()
        kernel.drain()
        before = walk(root)
        for batch in batches:
            for operation in batch:
                work.do(*operation)
            told = workspace.changes(hints(kernel))
            after = walk(root)
            hold(before, told, after)
            before = after
        assert not [effect for effect in workspace.changes(hints(kernel)) if effect.before != effect.after]
    finally:
        kernel.close()


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES)
def test_a_whole_look_tells_every_change_and_no_other(batches: list[Batch]) -> None:
    with TemporaryDirectory() as folder:
        play(Path(folder).resolve(), batches, lambda kernel: kernel.drain())


@settings(max_examples=60, deadline=None)
@given(batches=BATCHES, lost=st.lists(st.booleans(), min_size=1, max_size=7))
def test_a_look_where_the_kernel_points_tells_the_same(batches: list[Batch], lost: list[bool]) -> None:
    rest = list(lost)

    def hints(kernel: KernelEvents) -> Hints:
        """Now and then events are lost, as when the queue runs over."""
        found = kernel.drain()
        return Hints(overflow=True) if rest and rest.pop() else found

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(effects, "RESCAN_LIMIT", 0)
        play(Path(folder).resolve(), batches, hints)
