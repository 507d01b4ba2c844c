from pathlib import Path

import pytest

from replay.edits import Change, FileEdit, Hunk, plan, shell_text
from tests.replay.edits.test_applying import Held, applied

TWICE = "class A:\n    def f():\n        x\nclass B:\n    def f():\n        x\n"
FIRST = TWICE[: TWICE.index("class B")]
END = "*** End of File"


def loose(*hunks: Hunk) -> FileEdit:
    return FileEdit(old="f", new="f", hunks=hunks)


def changed(old: str, new: str, heading: str = "") -> Hunk:
    return Hunk(0, (("-", old), ("+", new)), heading)


@pytest.mark.parametrize(
    ("hunks", "becomes"),
    [
        ([changed("        x\n", "        y\n")], TWICE.replace("x", "y", 1)),
        ([changed("        x\n", "        y\n", "class B:")], "y".join(TWICE.rsplit("x", 1))),
        ([changed("        x\n", "        y\n", END)], "y".join(TWICE.rsplit("x", 1))),
        ([changed("class B:\n", "class C:\n"), changed("        x\n", "y\n")], FIRST + "class C:\n    def f():\ny\n"),
        ([Hunk(1, (("+", "        x\n"),), END)], TWICE + "        x\n"),
    ],
)
def test_a_hunk_without_a_line_goes_to_the_first_place_behind_its_heading(hunks: list[Hunk], becomes: str) -> None:
    assert applied(loose(*hunks), TWICE) == becomes


def test_a_last_line_without_an_end_gets_one() -> None:
    assert applied(loose(Hunk(1, (("+", "b\n"),), END)), "a") == "a\nb\n"
    assert applied(loose(changed("a\n", "b\n", END)), "a") == "b\n"


@pytest.mark.parametrize(
    "hunk", [changed("z\n", "y\n"), changed("        x\n", "y\n", "class C:"), changed("class A:\n", "y\n", END)]
)
def test_a_hunk_without_a_place_is_refused(hunk: Hunk) -> None:
    found = plan(loose(hunk), Held({"f": TWICE.encode()}))
    assert "hunk 1 (its line unknown) of f does not fit" in getattr(found, "message", "")


def test_directories_above_are_made_where_the_edit_says_so(tmp_path: Path) -> None:
    made = FileEdit(old=None, new="a b/c/f", hunks=(Hunk(1, (("+", "x\n"),)),), parents=True)
    change = plan(made, Held())
    assert isinstance(change, Change)
    text = shell_text([change], lambda path: str(tmp_path / path), "bash")
    assert text.startswith(f"mkdir -p -- '{tmp_path}/a b/c' &&\n")
