"""Operations on files as tools: what they change, what they leave, and what they refuse."""

import asyncio
from hashlib import sha256
from pathlib import Path

import pytest

from replay.tools.answers import SAID_ERROR, TOOK, Answer
from replay.tools.executing import Around, NotDoneError
from replay.tools.filing import FileTools, Workspace


def do(root: Path, tool: str, given: object, cwd: str = ".") -> Answer:
    around = Around(cwd=str(root / cwd), workspace=str(root), environment={})
    return asyncio.run(FileTools().call(tool, given, around))


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def test_a_file_is_written_moved_patched_and_deleted(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    made = {"path": "a.txt", "content": "one\ntwo\n", "mode": "700"}
    assert do(tmp_path, "file/write", made, "sub").text == '{\n  "already": [],\n  "changed": [\n    "a.txt"\n  ]\n}\n'
    assert (tmp_path / "sub/a.txt").stat().st_mode & 0o777 == 0o700
    assert do(tmp_path, "file/write", made, "sub").code == TOOK
    assert do(tmp_path, "file/move", {"from": "sub/a.txt", "to": "b.txt"}).code == TOOK
    patch = "--- b.txt\n+++ b.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n"
    assert do(tmp_path, "file/patch", {"patch": patch}).code == TOOK
    assert (tmp_path / "b.txt").read_text() == "one\nthree\n"
    assert do(tmp_path, "file/delete", {"path": "b.txt", "sha256": digest("one\nthree\n")}).code == TOOK
    assert not (tmp_path / "b.txt").exists()


def test_what_changed_meanwhile_is_merged_or_stands_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("zero\none\ntwo\nthree\nfour\n")
    wanted = {"path": "a.txt", "base": "one\ntwo\nthree\nfour\n", "content": "one\ntwo\nthree\n4\n"}
    assert do(tmp_path, "file/write", wanted).code == TOOK
    assert file.read_text() == "zero\none\ntwo\nthree\n4\n"
    clash = do(tmp_path, "file/write", {"path": "a.txt", "base": "one\n", "content": "1\n"} | {"base": "five\n"})
    assert (clash.code, "does not fit" in clash.text) == (SAID_ERROR, True)
    for tool, given in (
        ("file/delete", {"path": "a.txt", "sha256": digest("another")}),
        ("file/write", {"path": "a.txt", "content": "new"}),
        ("file/write", {"path": "a.txt", "content": "new", "replaces": digest("another")}),
    ):
        assert do(tmp_path, tool, given).code == SAID_ERROR
    assert file.read_text() == "zero\none\ntwo\nthree\n4\n"
    replaced = {"path": "a.txt", "content": "", "replaces": digest(file.read_text())}
    assert (do(tmp_path, "file/write", replaced).code, file.read_text()) == (TOOK, "")


def test_nothing_changes_where_one_of_two_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a\n")
    patch = "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-a\n+b\n--- gone\n+++ gone\n@@ -1,1 +1,1 @@\n-a\n+b\n"
    assert do(tmp_path, "file/patch", {"patch": patch}).code == SAID_ERROR
    assert (tmp_path / "a").read_text() == "a\n"


@pytest.mark.parametrize("path", ["../out.txt", "/etc/out.txt", "link/out.txt", "to_file", "", "a\0b", "."])
def test_nothing_outside_of_the_workspace_is_touched(tmp_path: Path, path: str) -> None:
    root, outside = tmp_path / "work", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("s")
    (root / "link").symlink_to(outside)
    (root / "to_file").symlink_to(outside / "secret")
    for tool, given in (
        ("file/write", {"path": path, "content": "x", "replaces": digest("s")}),
        ("file/patch", {"patch": f"--- /dev/null\n+++ {path}\n@@ -0,0 +1,1 @@\n+x\n"}),
        ("file/move", {"from": "to_file", "to": path}),
        ("file/delete", {"path": path, "sha256": digest("s")}),
    ):
        with pytest.raises(NotDoneError):
            do(root, tool, given)
    assert [(one.name, one.read_text()) for one in outside.iterdir()] == [("secret", "s")]


def test_an_input_of_another_form_is_refused(tmp_path: Path) -> None:
    for tool, given in (("file/write", {"path": "a"}), ("file/read", {}), ("file/patch", {"patch": "no"})):
        with pytest.raises(NotDoneError):
            do(tmp_path, tool, given)


def test_a_folder_that_becomes_a_link_before_the_write_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outside = tmp_path / "work", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "kept").write_text("kept\n")
    (root / "sub").symlink_to(outside)
    (root / "own").write_text("own\n")
    monkeypatch.setattr(Workspace, "place", lambda _self, path: root / path)
    for tool, given in (
        ("file/write", {"path": "sub/new", "content": "new"}),
        ("file/write", {"path": "sub/kept", "base": "kept\n", "content": "changed\n"}),
        ("file/delete", {"path": "sub/kept", "sha256": digest("kept\n")}),
        ("file/move", {"from": "sub/kept", "to": "taken"}),
        ("file/move", {"from": "own", "to": "sub/own"}),
    ):
        assert do(root, tool, given).code not in {TOOK, SAID_ERROR}
    assert [(one.name, one.read_text()) for one in outside.iterdir()] == [("kept", "kept\n")]
