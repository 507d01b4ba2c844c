import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.edits import Already, Change, FileEdit, Refused, changed, plan, shell_text
from replay.outcome import FailureClass

LONG = "".join(f"line {number}\n" for number in range(300))


@dataclass
class Held:
    contents: dict[str, bytes] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)

    def content(self, path: str) -> bytes | None:
        return self.contents.get(path)

    def mode(self, path: str) -> int | None:
        return self.modes.get(path, 0o644)


def edit(before: str, after: str, *, whole: bool = True, crlf: bool = False) -> FileEdit:
    return FileEdit(old="f", new="f", hunks=changed(before, after, whole=whole), whole=whole, crlf=crlf)


def applied(one: FileEdit, now: str) -> str | FailureClass | None:
    """The text that it makes, None when it is made already, or why not."""
    found = plan(one, Held({"f": now.encode()}))
    match found:
        case Change(content=content):
            assert content is not None
            return content.decode()
        case Already():
            return None
        case Refused(failure_class=failure_class):
            return failure_class


@pytest.mark.parametrize(
    ("now", "becomes"),
    [
        ("a\nb\nc\nd\n", "a\nB\nc\nd\n"),
        ("new\na\nb\nc\nd\n", "new\na\nB\nc\nd\n"),
        ("a\nb\nc\nD\n", "a\nB\nc\nD\n"),
        ("a\nb\nc\nd", "a\nB\nc\nd"),
        ("a\nB\nc\nd\n", None),
        ("a\nB\nc\nnew\nd\n", None),
        ("a\nx\nc\nd\n", FailureClass.EFFECTS_CHANGED),
        ("a\nc\nd\n", FailureClass.EFFECTS_CHANGED),
        ("", FailureClass.EFFECTS_CHANGED),
    ],
)
def test_a_whole_file_is_merged_three_ways(now: str, becomes: object) -> None:
    assert applied(edit("a\nb\nc\nd\n", "a\nB\nc\nd\n"), now) == becomes


@pytest.mark.parametrize(
    ("now", "becomes"),
    [
        (LONG, LONG.replace("line 150\n", "changed\n")),
        ("more\n" + LONG, "more\n" + LONG.replace("line 150\n", "changed\n")),
        (LONG.replace("line 150\n", "changed\n"), None),
        (LONG.replace("line 150\n", "drifted\n"), FailureClass.EFFECTS_CHANGED),
        (LONG.replace("line 149\n", "drifted\n"), FailureClass.EFFECTS_CHANGED),
        ("more\n" + LONG * 2, FailureClass.EFFECTS_CHANGED),
    ],
)
def test_a_long_file_is_patched_where_its_lines_stand(now: str, becomes: object) -> None:
    assert applied(edit(LONG, LONG.replace("line 150\n", "changed\n"), whole=False), now) == becomes


def test_a_refusal_names_the_hunk_and_what_was_found() -> None:
    one = edit(LONG, LONG.replace("line 150\n", "changed\n"), whole=False)
    found = plan(one, Held({"f": LONG.replace("line 150\n", "line 15 0\n").encode()}))
    assert isinstance(found, Refused)
    assert found.message == "hunk 1 (line 148) of f does not fit: 'line 150' was recorded there, 'line 15 0' found"


def test_line_ends_stay_what_they_were() -> None:
    one = edit("a\nb\n", "a\nc\n", crlf=True)
    assert applied(one, "a\r\nb\r\nz\r\n") == FailureClass.EFFECTS_CHANGED
    assert applied(one, "z\r\na\r\nb\r\n") == "z\r\na\r\nc\r\n"
    assert applied(one, "a\nb\n") is FailureClass.EFFECTS_CHANGED


def test_made_deleted_and_moved_files_mind_what_is_there() -> None:
    made = FileEdit(old=None, new="f", hunks=changed("", "a\n", whole=True))
    gone = FileEdit(old="f", new=None, hunks=changed("a\n", "", whole=True))
    moved = FileEdit(old="e", new="f")
    there, other = Held({"f": b"a\n"}), Held({"f": b"b\n"})
    assert [plan(one, Held()) for one in (made, gone)] == [Change(path="f", content=b"a\n"), Already("f")]
    assert [plan(one, there) for one in (made, gone)] == [Already("f"), Change(path="f", deleted=True)]
    assert [getattr(plan(one, other), "failure_class", None) for one in (made, gone)] == [
        FailureClass.ALREADY_EXISTS,
        FailureClass.EFFECTS_CHANGED,
    ]
    assert plan(moved, Held({"e": b""})) == Change(path="f", moved_from="e")
    assert plan(moved, there) == Already("f")
    assert getattr(plan(moved, Held({"e": b"", "f": b""})), "failure_class", None) is FailureClass.ALREADY_EXISTS


def test_a_mode_is_set_where_it_is_another_one() -> None:
    one = FileEdit(old="f", new="f", mode=0o755)
    assert plan(one, Held({"f": b""})) == Change(path="f", mode=0o755)
    assert plan(one, Held({"f": b""}, {"f": 0o755})) == Already("f")


BASE = st.lists(st.sampled_from("abcd"), min_size=1, max_size=8).map(lambda lines: "".join(f"{x}\n" for x in lines))


@given(BASE, BASE)
def test_what_did_not_drift_becomes_what_was_recorded(before: str, after: str) -> None:
    assert applied(edit(before, after), after) is None or before == after
    assert applied(edit(before, after), before) == after or before == after


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "text", ["a\nb 'c' \\n {{d}}\n", "no end", "END_OF_FILE\n$HOME\n", "", "a\r\nb\r\n", "\x1b[1m%s\x07"]
)
def test_the_shell_writes_it_to_the_byte(tmp_path: Path, shell: str, text: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    (tmp_path / "old").write_text("x")
    changes = [
        Change(path="it's", content=text.encode(), mode=0o700),
        Change(path="new", moved_from="old", content=text.encode()),
    ]
    command = shell_text(changes, lambda path: str(tmp_path / path), shell)
    subprocess.run([shell, "-c", command], check=True, capture_output=True)
    assert [(tmp_path / name).read_bytes() for name in ("it's", "new")] == [text.encode()] * 2
    assert (tmp_path / "it's").stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "old").exists()
