import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.apply_patch import Deleted, read_apply_patch
from capture.errors import BadInputError
from capture.patches import AT_END, FileEdit, Hunk, patch_text, read_patch

WHOLE = """*** Begin Patch
*** Update File: src/app.py
*** Move to: src/main.py
@@ def main():
 import sys
-    return 0
+    return 1

@@
+last
*** Add File: notes/a b.txt
+One line.
+
*** Delete File: old.txt
*** Update File: tail.txt
-x
+y
*** End of File
*** End Patch
"""
KNOWN = [
    "*** Begin Patch",
    "*** Update File: a",
    "*** Add File: b",
    "*** Delete File: c",
    "*** Move to: d",
    "@@",
    "@@ x",
    " a",
    "+b",
    "-c",
    "",
    "*** End of File",
    "*** End Patch",
    "other",
]


def test_each_kind_of_edit_is_read() -> None:
    lines = ((" ", "import sys\n"), ("-", "    return 0\n"), ("+", "    return 1\n"), (" ", "\n"))
    assert read_apply_patch(WHOLE) == (
        FileEdit(
            old="src/app.py",
            new="src/main.py",
            hunks=(Hunk(0, lines, "def main():"), Hunk(1, (("+", "last\n"),), AT_END)),
            parents=True,
        ),
        FileEdit(
            old=None,
            new="notes/a b.txt",
            hunks=(Hunk(1, (("+", "One line.\n"), ("+", "\n"))),),
            whole=True,
            parents=True,
        ),
        Deleted("old.txt"),
        FileEdit(old="tail.txt", new="tail.txt", hunks=(Hunk(0, (("-", "x\n"), ("+", "y\n")), AT_END),)),
    )


def test_what_it_says_is_kept_when_it_is_written_as_our_patch() -> None:
    edits = tuple(one for one in read_apply_patch(WHOLE) if isinstance(one, FileEdit))
    assert read_patch(patch_text(edits)) == edits


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("*** Update File: f", 2),
        ("*** Update File: f\n@@", 4),
        ("*** Update File: f\n@@\n-a\n+b\nother", 6),
        ("*** Update File: f\n@@ x\n@@ y\n-a", 4),
        ("*** Update File: f\n-a\n*** End of File\n-b", 5),
        ("*** Add File: f\nwithout a sign", 3),
        ("*** Delete File: f\n-a", 3),
        ("-a", 2),
    ],
)
def test_what_is_no_patch_says_where(body: str, line: int) -> None:
    with pytest.raises(BadInputError, match=f"line {line} of the patch"):
        read_apply_patch(f"*** Begin Patch\n{body}\n*** End Patch")


@pytest.mark.parametrize(("text", "line"), [("", 1), ("*** Begin Patch", 1), ("*** Begin Patch\n*** Add File: f", 2)])
def test_what_is_cut_short_is_no_patch(text: str, line: int) -> None:
    with pytest.raises(BadInputError, match=f"line {line} of the patch"):
        read_apply_patch(text)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(KNOWN), max_size=8))
def test_anything_is_read_or_refused(lines: list[str]) -> None:
    try:
        edits = read_apply_patch("\n".join(["*** Begin Patch", *lines, "*** End Patch"]))
    except BadInputError:
        return
    ours = tuple(one for one in edits if isinstance(one, FileEdit))
    assert not ours or read_patch(patch_text(ours)) == ours
