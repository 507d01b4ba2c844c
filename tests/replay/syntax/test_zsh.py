"""Tests of what zsh's own expansions read."""

import pytest

from replay.syntax import analyse


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("mv $f ${f:r}.jpg", ["f", "f"]),
        ("print ${f:h:t}", ["f"]),
        ("print ${r:h}", ["r"]),
        ("print ${f:u} $u", ["f", "u"]),
        # What doesn't begin with a letter is an offset.
        ("print ${f:$n}", ["f", "n"]),
    ],
)
def test_a_letter_behind_the_colon_is_no_variable(command: str, names: list[str]) -> None:
    assert [use.name for use in analyse(command, "zsh").variables_read] == names


def test_in_bash_it_is_one() -> None:
    assert [use.name for use in analyse("echo ${f:r}", "bash").variables_read] == ["f", "r"]


def test_what_is_modified_still_must_be_set_where_it_destroys() -> None:
    (use,) = analyse("rm -r ${target:h}/cache", "zsh").variables_read
    assert use.name == "target"
    assert use.destructive
