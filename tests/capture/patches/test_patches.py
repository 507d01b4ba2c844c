import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import BadInputError
from capture.patches import FileEdit, changed, lifted, patch_text, read_patch

LINES = st.lists(st.sampled_from(["a", "b", "", " c", "-- d", "++ e", "@@", "\\", "{{f}}", "é"]), max_size=12)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, st.sampled_from(["", "\n"]))


@given(TEXTS.filter(bool), TEXTS.filter(bool), st.booleans(), st.sampled_from([None, 0o755]))
def test_a_patch_is_read_as_it_was_written(before: str, after: str, whole: bool, mode: int | None) -> None:  # noqa: FBT001 - drawn
    hunks = changed(before, after, whole=whole)
    edits = (FileEdit(old="f g", new="f g", hunks=hunks, whole=whole, mode=mode), FileEdit(old="h", new=None))
    assert read_patch(patch_text(edits)) == edits


def test_lines_that_look_like_a_file_are_lines_where_the_counts_say_so() -> None:
    lines = changed("-- d\n", "++ e\n", whole=False)
    edits = (
        FileEdit(old="f", new="f", hunks=lines),
        FileEdit(old="g", new=None),
        FileEdit(old="h", new="h", hunks=lines),
    )
    assert read_patch(patch_text(edits)) == edits


def test_a_person_need_not_count() -> None:
    (edit,) = read_patch("--- f\n+++ f\n@@ -1,9 +1,7 @@\n a\n\n-b\n+c\n")
    assert edit.hunks[0].old == ["a\n", "\n", "b\n"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("--- f\n", 1),
        ("--- f\n+++ f\n a\n", 1),
        ("--- f\n+++ f\n@@ -1 +1 @@\nx\n", 4),
        ("--- /dev/null\n+++ /dev/null\n", 1),
    ],
)
def test_what_is_no_patch_says_where(text: str, line: int) -> None:
    with pytest.raises(BadInputError, match=f"line {line} of the patch"):
        read_patch(text)


def test_only_what_is_written_is_lifted() -> None:
    patch = "--- a/x\n+++ a/x\n@@ -1,2 +1,2 @@\n x\n-x\n+x\n"
    assert lifted(patch, lambda line: line.replace("x", "y")) == "--- a/y\n+++ a/y\n@@ -1,2 +1,2 @@\n x\n-x\n+y\n"
