"""A list parted into commands that do the same one by one."""

import pytest

from replay.stepping.parts import parts_of


def parted(command: str) -> list[tuple[str, str]]:
    return [(str(part.joint), part.text) for part in parts_of(command, "bash")]


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("a && b; c", [(";", "a"), ("&&", "b"), (";", "c")]),
        ("a || b", [(";", "a"), ("||", "b")]),
        ("a | b && c > d", [(";", "a | b"), ("&&", "c > d")]),
        ("a", []),
        ("a | b", []),
        ("a & b", []),
        ("echo 'a; b'", []),
        ("false; echo $_", []),
        ("a | b; echo ${PIPESTATUS[0]}", []),
    ],
)
def test_pipelines_and_what_tells_of_the_command_before_stay_whole(command: str, parts: list[tuple[str, str]]) -> None:
    assert parted(command) == parts


def test_a_part_runs_by_how_the_one_before_it_ended() -> None:
    always, good, bad = (parts_of(command, "bash")[1] for command in ("a; b", "a && b", "a || b"))
    assert [(part.runs_after(0), part.runs_after(1)) for part in (always, good, bad)] == [
        (True, True),
        (True, False),
        (False, True),
    ]


def test_what_has_a_list_behind_it_may_fail_as_it_may_in_the_list() -> None:
    first, second = parts_of("a && b", "bash")
    assert (first.guarded, second.guarded) == (True, False)
    assert first.handed.endswith("&& :")
