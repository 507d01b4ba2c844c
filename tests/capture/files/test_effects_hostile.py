"""Work that makes trouble, done by real tools in a small tree and in one too big to be looked at whole."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from capture.files import effects, snapshot
from capture.files.effects import Hints, Workspace
from capture.files.ignore import Ignore
from capture.trace import EffectOp, FileType
from tests.capture.files.test_effects import Tree, digest, told

MANY = 1_000
ROOT = os.geteuid() == 0


@pytest.fixture(params=["small", "big"])
def tree(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tree]:
    """A tree of a few files; as a big one it is looked at only where the kernel says that something happened."""
    if request.param == "big":
        monkeypatch.setattr(effects, "RESCAN_LIMIT", 0)
    root = tmp_path / "work"
    (root / "sub" / "deep").mkdir(parents=True)
    for name in ("a", "b", "sub/c", "sub/deep/d"):
        (root / name).write_text(name)
    made = Tree(root)
    made.workspace.baseline()
    yield made
    made.kernel.close()


def counted(found: list[str]) -> dict[str, int]:
    """How many effects of each kind."""
    kinds = [one.split(" ")[0] for one in found]
    return {kind: kinds.count(kind) for kind in kinds}


@pytest.mark.parametrize(
    "command",
    [
        "mkdir -p x && for n in {{1..{many}}}; do echo $n >x/f$n; done",
        "for n in {{1..{many}}}; do [ -d x$((n % 100)) ] || mkdir x$((n % 100)); echo $n >x$((n % 100))/f$n; done",
    ],
)
def test_thousands_at_once(tree: Tree, command: str) -> None:
    found = tree.after(command.format(many=MANY))
    assert sum("/f" in one for one in found) == MANY
    assert len(found) == sum(1 for _ in tree.root.rglob("x*")) + MANY
    assert tree.after("true") == []
    assert len(tree.after("rm -r x*")) == len(found)


def test_directories_that_are_filled_faster_than_they_can_be_watched(tree: Tree, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for number in range(MANY):
        place = source / f"p{number % 60}" / f"q{number % 7}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"f{number}").write_text(str(number))
    expected = sum(1 for _ in source.rglob("*")) + 1
    subprocess.run(["tar", "cf", tmp_path / "source.tar", "-C", tmp_path, "source"], check=True)
    assert counted(tree.after("tar xf ../source.tar")) == {"created": expected}
    assert counted(tree.after("cp -a ../source copy")) == {"created": expected}
    assert tree.after("mv copy moved") == ["moved moved from copy"]
    assert counted(tree.after("mv ../source sub/in")) == {"created": expected}
    assert counted(tree.after("mv sub/in ../out")) == {"deleted": expected}
    assert tree.after("echo x >>moved/p3/q3/f3 || echo x >moved/p3/q3/new") != []
    assert tree.after("true") == []


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_clone(tree: Tree) -> None:
    made = (
        "git init -q ../repo && cd ../repo && mkdir d{0..39} && for n in {1..600}; do echo $n >d$((n % 40))/f$n;"
        " done && git add . && git -c user.name=n -c user.email=e commit -qm all"
    )
    assert tree.after(made) == []
    assert counted(tree.after("git clone -q ../repo clone")) == {"created": 600 + 40 + 1}
    assert (tree.root / "clone" / ".git").is_dir()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("mv a t; mv b a; mv sub/c b; mv t sub/c", ["modified a", "modified b", "modified sub/c"]),
        (
            "mv sub/deep t; mkdir sub/deep; mv t sub/deep/in",
            ["created sub/deep/in", "moved sub/deep/in/d from sub/deep/d"],
        ),
        ("for n in x y z; do mv a $n; mv $n a; done", []),
        ("mv a x; mv x y; mv y z", ["moved z from a"]),
        ("ln a h; echo more >>h", ["created h", "modified a"]),
        ("ln -s nowhere l; ln -s sub dir", ["created dir", "created l"]),
        ("ln -s sub dir; touch dir/new", ["created dir", "created sub/new"]),
        ("chmod 4755 a; chmod 1777 sub", ["chmod a", "chmod sub"]),
        ("cp -p a ../t; printf X >a; touch -r ../t a", ["modified a"]),
        ("truncate -s 0 a; printf a >a", ["modified a"]),
        ("rm a; printf a >a", ["modified a"]),
        ("rm -r sub; mkdir -p sub/deep; printf sub/c >sub/c; printf sub/deep/d >sub/deep/d", None),
        ("touch -d 1999-01-01 a", ["modified a"]),
        ("touch -d 2099-01-01 a; printf b >b", ["modified a", "modified b"]),
        ("mkdir t; touch t/x; rm -r t; touch u; rm u", []),
        ("mv a A", ["moved A from a"]),
        ("mv a $'new\\nline'; mv b ' b '", ["moved  b  from b", "moved new\nline from a"]),
        ("mkfifo p; rm b; mkfifo b", ["created p", "modified b"]),
        ("mv sub s; mv s/deep .; mv s/c deep/c; rmdir s", None),
        ("dd if=/dev/zero of=a bs=1 count=1 conv=notrunc status=none", ["modified a"]),
        ("exec 3>>a; echo x >&3; mv a z; echo y >&3", None),
        ("cp -a sub copy; rm -r sub; mv copy sub", None),
    ],
)
def test_trouble(tree: Tree, command: str, expected: list[str] | None) -> None:
    before = {path: path.read_bytes() for path in tree.root.rglob("*") if path.is_file()}
    found = tree.effects(command)
    if expected is not None:
        assert sorted(map(told, found)) == sorted(expected)
    for effect in found:
        path = tree.root / effect.path
        if effect.type is FileType.FILE and effect.op is not EffectOp.DELETED:
            assert effect.after == f"sha256:{sha256(path.read_bytes()).hexdigest()}"
    after = {path: path.read_bytes() for path in tree.root.rglob("*") if path.is_file()}
    paths = {tree.root / path for effect in found for path in (effect.path, effect.moved_from or effect.path)}
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert all(paths & {path, *path.parents} for path in changed)
    assert tree.after("true") == []


def test_the_content_written_again_is_told_as_such(tree: Tree) -> None:
    (effect,) = tree.effects("rm a; printf a >a")
    assert (effect.before, effect.after) == (digest("a"), digest("a"))


def test_a_link_that_is_turned_elsewhere(tree: Tree) -> None:
    tree.effects("ln -s a l; ln -s nowhere d")
    (one, two) = tree.effects("ln -sfn b l; ln -sfn sub d")
    assert [(effect.path, effect.type, effect.before, effect.after) for effect in (one, two)] == [
        ("d", FileType.SYMLINK, digest("nowhere"), digest("sub")),
        ("l", FileType.SYMLINK, digest("a"), digest("b")),
    ]


@pytest.mark.skipif(not ROOT, reason="only root gives files away")
def test_another_owner_alone_is_no_effect(tree: Tree) -> None:
    assert tree.after("chown 1234 a sub") == []
    assert tree.after("chown 1234:1234 b; printf x >>b") == ["modified b"]


def test_a_socket(tree: Tree) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tree.root / "s"))
        (effect,) = tree.effects("true")
        assert (effect.op, effect.path, effect.type, effect.after) == (EffectOp.CREATED, "s", FileType.OTHER, None)


def test_big_and_sparse_files(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "HASHED_FILE_LIMIT", 1 << 20)
    (effect,) = tree.effects("truncate -s 8G sparse")
    assert (effect.size, effect.after) == (8 << 30, None)
    (effect,) = tree.effects("printf x | dd of=sparse bs=1 seek=5000000000 conv=notrunc status=none")
    assert (effect.op, effect.size, effect.after) == (EffectOp.MODIFIED, 8 << 30, None)
    (effect,) = tree.effects("truncate -s 3 sparse")
    assert effect.after == f"sha256:{sha256(bytes(3)).hexdigest()}"


def test_a_name_that_is_no_text(tree: Tree) -> None:
    assert tree.after(r"mv a $'\xff\xfe'") == [r"moved \xff\xfe from a"]
    assert tree.after(r"echo x >>$'\xff\xfe'") == [r"modified \xff\xfe"]


def test_a_workspace_that_is_removed_and_made_again(tree: Tree) -> None:
    found = tree.after('root=$PWD; cd ..; rm -r "$root"; mkdir -p "$root/sub"; printf a >"$root/a"; touch "$root/n"')
    assert found == ["modified a", "deleted b", "created n", "deleted sub/c", "deleted sub/deep", "deleted sub/deep/d"]
    assert tree.after("touch sub/later") == ["created sub/later"]
    assert len(tree.after('root=$PWD; cd ..; rm -r "$root"')) == 5
    tree.root.mkdir()
    assert tree.after("touch again") == ["created again"]


def test_a_workspace_that_is_moved_away_and_back(tree: Tree) -> None:
    assert tree.after('root=$PWD; cd ..; mv "$root" aside; echo x >>aside/sub/c; mv aside "$root"') == [
        "modified sub/c"
    ]


@pytest.mark.parametrize("jump_ns", [-(10**18), 10**18])
def test_a_clock_that_jumps(tmp_path: Path, jump_ns: int) -> None:
    """The file system's stamps then say nothing about when something was seen."""
    file = tmp_path / "f"
    file.write_text("a")
    now = [file.stat().st_ctime_ns]
    workspace = Workspace(tmp_path, Ignore(), now_ns=lambda: now[0])
    workspace.baseline()
    now[0] += jump_ns
    assert workspace.changes(Hints()) == ()
    file.write_text("b")
    (effect,) = workspace.changes(Hints())
    assert (effect.before, effect.after) == (digest("a"), digest("b"))
    now[0] -= jump_ns
    assert workspace.changes(Hints()) == ()


@pytest.mark.skipif(ROOT, reason="root reads everything")
def test_what_can_not_be_read(tree: Tree) -> None:
    (effect,) = tree.effects("printf x >a; chmod 0 a")
    assert (effect.op, effect.after) == (EffectOp.MODIFIED, None)
    assert tree.after("chmod 0 sub") == ["chmod sub"]
    assert tree.after("chmod 700 sub; echo x >>sub/c") == ["chmod sub", "modified sub/c"]


@pytest.mark.skipif(not ROOT or shutil.which("unshare") is None, reason="mounts want root")
def test_another_file_system_in_the_tree(tree: Tree) -> None:
    mount = "mount -t tmpfs none sub 2>/dev/null || exit 0; echo x >sub/on-it"
    try:
        found = tree.after(mount)
        if not os.path.ismount(tree.root / "sub"):
            pytest.skip("nothing can be mounted here")
        assert set(found) >= {"created sub/on-it", "deleted sub/c", "deleted sub/deep/d"}
        assert tree.after("echo y >>sub/on-it; mkdir sub/d") == ["created sub/d", "modified sub/on-it"]
    finally:
        subprocess.run(["umount", tree.root / "sub"], check=False, capture_output=True)
    assert {"deleted sub/on-it", "created sub/c"} <= set(tree.after("true"))


def test_paths_elsewhere(tmp_path: Path, tree: Tree) -> None:
    outside = tmp_path / "outside"
    (outside / "dir").mkdir(parents=True)
    (outside / "one").write_text("1")
    watched = [str(outside / "dir"), str(outside / "one"), str(outside / "later"), str(tree.root / ".git" / "config")]
    watching = Tree(tree.root, also=watched)
    try:
        watching.workspace.baseline()
        out = str(outside)
        assert watching.after("touch ../outside/unwatched") == []
        assert watching.after("echo x >>../outside/one; touch ../outside/dir/new a") == [
            f"created {out}/dir/new",
            f"modified {out}/one",
            "modified a",
        ]
        assert watching.after("mkdir ../outside/later; echo x >../outside/later/f") == [
            f"created {out}/later",
            f"created {out}/later/f",
        ]
        assert watching.after("echo y >>../outside/later/f") == [f"modified {out}/later/f"]
        assert watching.after("mv b ../outside/dir/b") == [f"moved {out}/dir/b from b"]
        assert watching.after("rm ../outside/one; mkdir .git; echo c >.git/config; touch .git/index") == [
            "created .git/config",
            f"deleted {out}/one",
        ]
        assert watching.after("true") == []
    finally:
        watching.kernel.close()


def test_rules_hold_elsewhere_from_the_path_that_was_asked_for(tmp_path: Path) -> None:
    root, outside = tmp_path / "work", tmp_path / ".git"
    root.mkdir()
    outside.mkdir()
    watching = Tree(root, also=[str(outside)])
    try:
        watching.workspace.baseline()
        assert watching.after("cd ../.git; touch HEAD x.pyc; mkdir __pycache__") == [f"created {outside}/HEAD"]
    finally:
        watching.kernel.close()


def test_a_wide_path_does_not_tell_the_workspace_twice(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    watching = Tree(root, also=[str(tmp_path)])
    try:
        watching.workspace.baseline()
        assert watching.after("touch a ../beside") == [f"created {tmp_path}/beside", "created a"]
    finally:
        watching.kernel.close()
