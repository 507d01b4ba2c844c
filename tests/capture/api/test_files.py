from pathlib import Path

import pytest

import capture
from capture.errors import BadInputError
from capture.home import Home
from capture.patches import read_patch
from capture.tape.reader import load_trace, run_ids
from capture.trace import EffectOp, Step, StepKind, StepStatus, Trace
from tests.capture.api.test_recording import TOKEN

PATCH = """--- a.txt
+++ a.txt
@@ -1,2 +1,2 @@
 one
-two
+2
--- new.txt
+++ new.txt
@@ -0,0 +1,1 @@
+made
"""


@pytest.fixture
def home(own_world: Path) -> Home:
    return Home(own_world / "replaybook")


def only(home: Home) -> Trace:
    (run_id,) = run_ids(home)
    return load_trace(home, run_id)


def told(step: Step) -> list[tuple[str, str]]:
    return [(str(one.op), one.path) for one in step.file_effects]


def test_files_are_changed_and_recorded_with_what_they_held(home: Home, tmp_path: Path) -> None:
    with capture.record(workspace=tmp_path) as run:
        run.file("write", "deep/a.txt", content="one\ntwo\n", postconditions=["file:deep/a.txt"])
        run.file("write", tmp_path / "deep/a.txt", content="one\n2\n", mode=0o755)
        run.file("move", "deep/a.txt", to="b.txt")
        assert (tmp_path / "b.txt").read_text() == "one\n2\n"
        run.file("delete", "b.txt")
        run.shell("true")
    made, modified, moved, deleted, after = only(home).steps
    assert {step.kind for step in (made, modified, moved, deleted)} == {StepKind.FILE}
    assert [told(step) for step in (made, modified, moved, deleted)] == [
        [("created", "deep/a.txt")],
        [("modified", "deep/a.txt")],
        [("moved", "b.txt")],
        [("deleted", "b.txt")],
    ]
    assert made.command == "--- /dev/null\n+++ deep/a.txt\tparents\n@@ -0,0 +1,2 @@\n+one\n+two\n"
    assert home.blob(modified.file_effects[0].before or "") == b"one\ntwo\n"
    assert home.blob(modified.file_effects[0].after or "") == b"one\n2\n"
    assert modified.file_effects[0].mode == 0o755
    assert moved.file_effects[0].moved_from == "deep/a.txt"
    for step in (made, modified, moved, deleted):
        assert read_patch(step.command)
    # What they did is told once: the directory that was made on the way is what is left.
    assert told(after) == []
    assert [one.path for one in only(home).late(4)] == ["deep"]


def test_a_patch_changes_all_of_its_files_or_none(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    patch = PATCH.replace("--- new.txt", "--- /dev/null")
    with capture.record(workspace=tmp_path, watch=False) as run:
        run.file("patch", patch=patch)
        assert ((tmp_path / "a.txt").read_text(), (tmp_path / "new.txt").read_text()) == ("one\n2\n", "made\n")
        (tmp_path / "new.txt").unlink()
        with pytest.raises(BadInputError, match=r"hunk 1 of a\.txt fits in 0 places"):
            run.file("patch", patch=patch)
        assert not (tmp_path / "new.txt").exists()
    (step,) = only(home).steps
    assert told(step) == [("modified", "a.txt"), ("created", "new.txt")]
    assert step.command == patch


def test_what_was_done_already_is_told(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("now\n")
    with capture.record(workspace=tmp_path) as run:
        run.file("write", "a.txt", done=True)
        run.file("write", "a.txt", done=True, before="then\n")
        run.file("delete", "gone.txt", done=True, before="it was\n")
        run.file("move", "x", to="a.txt", done=True)
    unknown, known, gone, moved = only(home).steps
    assert unknown.file_effects[0].op is EffectOp.MODIFIED
    assert "-then\n+now\n" in known.command
    assert "-it was\n" in gone.command
    assert (moved.file_effects[0].moved_from, moved.file_effects[0].path) == ("x", "a.txt")
    assert (tmp_path / "a.txt").read_text() == "now\n"


def test_what_fails_is_a_failed_step_and_changes_nothing(home: Home, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "in").touch()
    with capture.record(workspace=tmp_path, watch=False) as run:
        with pytest.raises(OSError, match="folder"):
            run.file("delete", "folder")
        with pytest.raises(NotADirectoryError):
            run.file("move", "folder/in", to="folder/in/x")
        for words, arguments in (
            ("give content=", ("write", "a")),
            ("give to=", ("move", "folder/in")),
            ("is not there", ("delete", "none")),
            ("write, patch, move, delete", ("chmod", "a")),
            ("give patch=", ("patch",)),
        ):
            with pytest.raises(BadInputError, match=words):
                run.file(*arguments)
    assert all(step.status is StepStatus.FAILED and not step.file_effects for step in only(home).steps)


def test_bytes_and_secrets_are_told_by_digest(home: Home, tmp_path: Path) -> None:
    with capture.record(workspace=tmp_path) as run:
        run.file("write", "logo.png", content=b"\x89PNG\xff")
        run.file("write", ".env", content=f"TOKEN={TOKEN}\n")
    logo, secret = only(home).steps
    assert logo.command == ": created logo.png, which no patch can tell"
    assert home.blob(logo.file_effects[0].after or "") == b"\x89PNG\xff"
    assert TOKEN not in secret.command
    assert home.blob(secret.file_effects[0].after or "") is None
