from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.home import Home
from capture.importers.foreign import Began, Ended, LeftOut, Moved, Printed
from capture.importers.marks import Marks
from capture.printable import plain_text
from capture.provenance import StepSource
from tests.capture.importers.importing import HEADER_3, cast, exported, home_in, origin, shown, taken

FINAL_TERM = (
    "\x1b]133;A\x07$ \x1b]133;B\x07ls /nope\r\n\x1b]133;C\x07ls: no\r\n\x1b]133;D;2\x07"
    "\x1b]133;A\x07$ \x1b]133;B\x07\r\n\x1b]133;A\x07$ \x1b]133;B\x07vim x\by\r\n\x1b]133;C\x07\x1b[?1049hscreen"
    "\x1b[?1049l\x1b]133;D;0\x1b\\"
)
VS_CODE = (
    "\x1b]633;P;Cwd=/w\x07\x1b]633;A\x07$ \x1b]633;B\x07x\r\n"
    "\x1b]633;E;for i in 1\\x3b do\\x0a  echo \\\\$i\\x0adone;nonce\x07"
    "\x1b]633;C\x07\\1\r\n\x1b]633;D;0\x07\x1b]633;P;Cwd=/w/sub\\x20dir\x07\x1b]633;A\x07$ \x1b]633;B\x07"
    "\x1b]633;D\x07\x1b]633;A\x07$ "
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def steps(home: Home, *pieces: str) -> list[tuple[Any, ...]]:
    trace = taken(home, shown(*pieces))
    assert origin(trace).steps_from is StepSource.MARKS
    return [(step.command, step.exit_code, step.output, step.cwd, step.cwd_after) for step in trace.steps]


def test_osc_133_with_the_command_as_it_was_echoed(home: Home) -> None:
    trace = taken(home, shown(FINAL_TERM))
    assert [(step.command, step.exit_code, step.output, step.full_screen) for step in trace.steps] == [
        ("ls /nope", 2, "ls: no\n", False),
        ("vim y", 0, "", True),
    ]


def test_osc_633_with_the_exact_command_and_directory(home: Home) -> None:
    assert steps(home, VS_CODE) == [("for i in 1; do\n  echo \\$i\ndone", 0, "\\1\n", "/w", "/w/sub dir")]


def test_the_same_in_single_letters(home: Home) -> None:
    assert steps(home, *VS_CODE) == steps(home, VS_CODE)
    assert [step[:3] for step in steps(home, *FINAL_TERM)] == [step[:3] for step in steps(home, FINAL_TERM)]


@pytest.mark.parametrize(
    ("told", "command"),
    [
        (";cmdline_url=echo%20%22h%C3%A9%22", 'echo "hé"'),
        (";cmdline='echo \"a;b'\\''", "ls"),
        (";cmdline=echo\\ hi", "echo hi"),
        (";other=x", "ls"),
    ],
)
def test_what_kitty_and_fish_say_of_the_command(home: Home, told: str, command: str) -> None:
    ((found, *_),) = steps(home, f"\x1b]133;A\x07$ \x1b]133;B\x07ls\r\n\x1b]133;C{told}\x07x\x1b]133;D;0\x07")
    assert found == command


def test_directories_of_osc_7_and_iterm2(home: Home) -> None:
    found = steps(
        home,
        "\x1b]7;file://host/home/a%20b\x07\x1b]133;A\x07\x1b]133;B\x07cd c\r\n\x1b]133;C\x07\x1b]133;D;0\x07"
        "\x1b]1337;CurrentDir=/home/a b/c\x07\x1b]133;A\x07",
    )
    assert found == [("cd c", 0, "", "/home/a b", "/home/a b/c")]


def test_an_end_that_never_came_leaves_the_exit_code_open(home: Home) -> None:
    found = steps(home, "\x1b]133;B\x07one\r\n\x1b]133;C\x07a\r\n\x1b]133;A\x07$ \x1b]133;B\x07two\r\n\x1b]133;C\x07b")
    assert [step[:3] for step in found] == [("one", None, "a\n"), ("two", None, "b")]


def test_a_command_that_ended_its_shell_has_the_exit_code_of_the_session(home: Home) -> None:
    events = [[0, "o", "\x1b]133;B\x07exit 3\r\n\x1b]133;C\x07"], [1, "o", "exit\r\n"], [0, "x", "3"]]
    (step,) = taken(home, cast(HEADER_3, *events)).steps
    assert (step.command, step.exit_code, step.output) == ("exit 3", 3, "exit\n")


def test_a_command_that_nothing_tells_is_no_step(home: Home) -> None:
    trace = taken(home, shown("\x1b]133;C\x07out\x1b]133;D;0\x07"))
    assert origin(trace).steps_from is StepSource.NOTHING
    assert "commands whose text the marks don't tell are no steps" in origin(trace).left_out[0]
    assert trace.run.unsegmented


def test_the_marks_stay_in_the_recording(home: Home) -> None:
    trace = taken(home, shown(FINAL_TERM))
    again = taken(home, "\n".join(exported(home, trace)).encode())
    assert origin(again).steps_from is StepSource.MARKERS
    assert [(step.command, step.output) for step in again.steps] == [
        (step.command, step.output) for step in trace.steps
    ]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            [
                "\x1b",
                "]",
                "133",
                "633",
                ";A",
                ";B",
                ";C",
                ";D;1",
                ";E;x\\",
                "\x07",
                "\x1b\\",
                "ls",
                "é",
                "7;file:/",
                "\x00",
            ]
        ),
        max_size=40,
    ),
    st.data(),
)
def test_however_it_is_cut_the_same_bytes_and_steps_come_out(parts: list[str], data: st.DataObject) -> None:
    whole = "".join(parts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    together, apart = (
        list(Marks(LeftOut()).read(iter([Printed(0, piece) for piece in given if piece])))
        for given in ([whole], pieces)
    )
    for found in (together, apart):
        assert b"".join(one.data for one in found if isinstance(one, Printed)) == whole
    boundaries = [[one for one in found if isinstance(one, Began | Ended | Moved)] for found in (together, apart)]
    assert [type(one) for one in boundaries[0]] == [type(one) for one in boundaries[1]]
    assert not any("\x1b" in plain_text(one.command.encode()) for one in boundaries[0] if isinstance(one, Began))
