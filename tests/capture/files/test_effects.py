import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from capture.files import effects
from capture.files.effects import Hints, Workspace
from capture.files.ignore import Ignore
from capture.files.inotify import KernelEvents
from capture.trace import EffectOp, FileEffect, FileType

LATER_NS = 10_000_000_000
"""Far behind any change of the test: what was seen counts as settled."""


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


class Tree:
    """A workspace, a shell in it, and what each command changed; the kernel says where."""

    def __init__(self, root: Path, *, settled: bool = True, also: Sequence[str] = ()) -> None:
        self.root = root
        self.kept: list[bytes] = []
        clock = (lambda: time.time_ns() + LATER_NS) if settled else time.time_ns
        self.kernel = KernelEvents(str(root))
        self.workspace = Workspace(
            root, Ignore(), also=also, keep=self.kept.append, now_ns=clock, enter=self.kernel.enter
        )

    def after(self, command: str, hints: Hints | None = None) -> list[str]:
        return [told(effect) for effect in self.effects(command, hints)]

    def effects(self, command: str, hints: Hints | None = None) -> tuple[FileEffect, ...]:
        subprocess.run(["bash", "-euc", command], cwd=self.root, check=True)
        effects = self.workspace.changes(hints or self.kernel.drain())
        self.workspace.settle()
        return effects


def told(effect: FileEffect) -> str:
    source = f" from {effect.moved_from}" if effect.moved_from else ""
    return f"{effect.op} {effect.path}{source}"


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    root = tmp_path / "work"
    root.mkdir()
    (root / "a.txt").write_text("a")
    (root / "b.txt").write_text("b")
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "sub" / "deep" / "c.txt").write_text("c")
    made = Tree(root)
    made.workspace.baseline()
    yield made
    made.kernel.close()


def test_the_first_view_lists_every_file_with_its_content(tree: Tree) -> None:
    files, complete = tree.workspace.baseline()
    assert complete
    assert {(file.path, file.type, file.sha256) for file in files} == {
        ("a.txt", FileType.FILE, digest("a")),
        ("b.txt", FileType.FILE, digest("b")),
        ("sub", FileType.DIRECTORY, None),
        ("sub/deep", FileType.DIRECTORY, None),
        ("sub/deep/c.txt", FileType.FILE, digest("c")),
    }


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("true", []),
        ("cat a.txt >/dev/null; ls -R >/dev/null", []),
        ("echo x >new; mkdir -p d/e", ["created d", "created d/e", "created new"]),
        ("echo x >>a.txt", ["modified a.txt"]),
        ("rm a.txt", ["deleted a.txt"]),
        ("rm -r sub", ["deleted sub", "deleted sub/deep", "deleted sub/deep/c.txt"]),
        ("mv a.txt z.txt", ["moved z.txt from a.txt"]),
        ("mv a.txt b.txt", ["moved b.txt from a.txt"]),
        ("mv sub other", ["moved other from sub"]),
        ("mv sub/deep .; rmdir sub", ["moved deep from sub/deep", "deleted sub"]),
        ("mv sub other; mv other/deep/c.txt .", ["moved other from sub", "moved c.txt from sub/deep/c.txt"]),
        ("mv sub other; echo x >>other/deep/c.txt", ["moved other from sub", "modified other/deep/c.txt"]),
        ("mv sub other; touch other/n", ["moved other from sub", "created other/n"]),
        ("mv sub other; rm other/deep/c.txt", ["moved other from sub", "deleted sub/deep/c.txt"]),
        ("chmod 600 a.txt; chmod 700 sub", ["chmod a.txt", "chmod sub"]),
        ("chmod 600 a.txt; echo x >>a.txt", ["modified a.txt"]),
        ("ln -s a.txt link; ln b.txt hard", ["created hard", "created link"]),
        ("mkfifo pipe", ["created pipe"]),
        ("touch a.txt", ["modified a.txt"]),
        ("cp -p a.txt t; mv t a.txt", []),
        ("ln a.txt x; rm x", []),
        ("rm a.txt; mkdir a.txt", ["deleted a.txt", "created a.txt"]),
        ("rm -r sub; echo x >sub", ["deleted sub", "created sub", "deleted sub/deep", "deleted sub/deep/c.txt"]),
        ("mv a.txt t; mv b.txt a.txt; mv t b.txt", ["modified a.txt", "modified b.txt"]),
        ("rm a.txt; echo other >new", ["deleted a.txt", "created new"]),
        (
            "rm -r sub; mkdir fresh",
            ["deleted sub", "deleted sub/deep", "deleted sub/deep/c.txt", "created fresh"],
        ),
        ("mkdir .git; touch .git/index a.txt~", []),
    ],
)
def test_what_a_command_changed(tree: Tree, command: str, expected: list[str]) -> None:
    assert sorted(tree.after(command)) == sorted(expected)
    assert tree.after("true") == []


def test_an_effect_carries_content_size_and_mode(tree: Tree) -> None:
    (effect,) = tree.effects("printf new >a.txt; chmod 640 a.txt")
    assert (effect.before, effect.after, effect.size, effect.mode) == (digest("a"), digest("new"), 3, 0o640)
    assert tree.kept == [b"new", b"a"]


def test_the_same_content_written_again_is_told_apart_from_new_content(tree: Tree) -> None:
    (effect,) = tree.effects("printf a >a.txt")
    assert (effect.op, effect.before, effect.after) == (EffectOp.MODIFIED, digest("a"), digest("a"))
    assert tree.kept == []


def test_a_restored_modification_time_hides_nothing(tree: Tree) -> None:
    (effect,) = tree.effects("touch -r a.txt ../stamp; printf Z >a.txt; touch -r ../stamp a.txt")
    assert (effect.op, effect.after) == (EffectOp.MODIFIED, digest("Z"))


def test_an_edit_that_leaves_no_trace_in_the_times_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f"
    file.write_text("a")
    workspace = Workspace(tmp_path, Ignore())
    workspace.baseline()
    frozen = file.stat()
    file.write_text("b")
    real = os.scandir

    class Stuck:
        """The same tick: the new content under the old times."""

        def __init__(self, entry: "os.DirEntry[str]") -> None:
            self.name, self.path, self._entry = entry.name, entry.path, entry

        def is_dir(self, *, follow_symlinks: bool = True) -> bool:
            return self._entry.is_dir(follow_symlinks=follow_symlinks)

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            return frozen if self.name == "f" else self._entry.stat(follow_symlinks=follow_symlinks)

    class Listing:
        def __init__(self, path: str) -> None:
            self._path = path

        def __enter__(self) -> list[Stuck]:
            with real(self._path) as entries:
                return [Stuck(entry) for entry in entries]

        def __exit__(self, *exception: object) -> None: ...

    monkeypatch.setattr("capture.files.snapshot.os.scandir", Listing)
    (effect,) = workspace.changes(Hints())
    assert (effect.before, effect.after) == (digest("a"), digest("b"))


def test_a_link_is_its_target(tree: Tree) -> None:
    tree.effects("ln -s a.txt link")
    (effect,) = tree.effects("ln -sfn b.txt link")
    assert (effect.type, effect.before, effect.after) == (FileType.SYMLINK, digest("a.txt"), digest("b.txt"))


def test_content_past_the_limit_is_hashed_but_not_kept(tree: Tree) -> None:
    (effect,) = tree.effects("head -c 2000000 /dev/zero >big")
    assert effect.after == f"sha256:{sha256(bytes(2_000_000)).hexdigest()}"
    assert tree.kept == []


def test_a_name_that_is_no_text_can_be_told(tree: Tree) -> None:
    (effect,) = tree.effects(r"touch $'bad\xff'")
    assert effect.path.encode("utf-8") == rb"bad\xff"


def test_the_home_inside_the_workspace_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "inside"
    home.mkdir()
    workspace = Workspace(tmp_path, Ignore(folders=(home,)))
    assert workspace.baseline() == ((), True)
    (home / "catalog.json").write_text("{}")
    assert workspace.changes(Hints()) == ()


def test_a_workspace_that_goes_away_is_deleted(tree: Tree) -> None:
    subprocess.run(["rm", "-r", str(tree.root)], check=True)
    assert {effect.op for effect in tree.workspace.changes(Hints())} == {EffectOp.DELETED}


@pytest.fixture
def no_rescan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "RESCAN_LIMIT", 0)


@pytest.mark.usefixtures("no_rescan")
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("touch sub/deep/new", ["created sub/deep/new"]),
        ("mkdir -p x/y; touch x/y/z", ["created x", "created x/y", "created x/y/z"]),
        ("rm -r sub", ["deleted sub", "deleted sub/deep", "deleted sub/deep/c.txt"]),
        ("mv sub other", ["moved other from sub"]),
        ("rm -r sub; mkdir -p sub/new", ["created sub/new", "deleted sub/deep", "deleted sub/deep/c.txt"]),
        ("true", []),
    ],
)
def test_a_big_tree_is_looked_at_where_directories_changed(tree: Tree, command: str, expected: list[str]) -> None:
    assert sorted(tree.after(command)) == expected
    assert tree.after("true") == []


@pytest.mark.usefixtures("no_rescan")
def test_lost_events_mean_a_full_look(tree: Tree) -> None:
    assert tree.after("echo x >>sub/deep/c.txt", Hints(overflow=True)) == ["modified sub/deep/c.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_can_not_be_read_any_more_is_not_called_deleted(tree: Tree) -> None:
    try:
        assert tree.after("chmod 0 sub") == ["chmod sub"]
    finally:
        (tree.root / "sub").chmod(0o700)


def test_what_was_there_is_kept_once_it_changes_as_far_as_there_is_room_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 3 * (1000 + effects.FOUND_OVERHEAD)
    monkeypatch.setattr(effects, "FOUND_BYTES", room)
    old = {f"{number}.txt": f"{number}" * 1000 for number in range(5)}
    for name, text in {**old, "twin.txt": old["0.txt"], "empty.txt": ""}.items():
        (tmp_path / name).write_text(text)
    tree = Tree(tmp_path)
    tree.workspace.baseline()
    tree.after("for file in ?.txt; do echo new > $file; done; rm twin.txt empty.txt")
    tree.workspace.settle()
    tree.kernel.close()
    kept = {content.decode() for content in tree.kept} - {"new\n"}
    assert len(kept) == 3
    assert kept < set(old.values())
