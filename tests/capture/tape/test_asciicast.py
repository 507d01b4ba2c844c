import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from capture.events import Frame
from capture.tape.asciicast import Version, to_asciicast
from capture.trace import Input, RunStatus, Step
from tests.capture.samples import a_run, a_step

BEGIN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RUN = a_run(name="release", status=RunStatus.SUCCESS, started_at=BEGIN, columns=100, rows=30)
FRAMES = (
    Frame(at_us=100_000, data=b"$ "),
    Frame(at_us=1_500_000, data="né".encode()[:2]),
    Frame(at_us=1_600_000, data="né".encode()[2:] + b"\x1b[0m\r\n"),
    Frame(at_us=2_000_000, data=b"", resize=(120, 40)),
    Frame(at_us=1_900_000, data=b"late"),
)


def step(index: int, command: str, after_s: float, output: tuple[int, int] = (2, 11)) -> Step:
    return a_step(
        step_index=index,
        command=command,
        exit_code=3,
        started_at=BEGIN + timedelta(seconds=after_s),
        output_start=output[0],
        output_end=output[1],
    )


def lines(version: Version) -> list[Any]:
    return [json.loads(line) for line in to_asciicast(RUN, FRAMES, [step(1, "echo né\necho 2", 1.2)], version)]


def test_version_2_has_absolute_times() -> None:
    header, *events = lines(2)
    assert header == {
        "version": 2,
        "width": 100,
        "height": 30,
        "timestamp": int(BEGIN.timestamp()),
        "title": "release",
        "env": {"SHELL": "bash"},
        "replaybook": {"commands": ["echo né\necho 2"]},
    }
    assert events == [
        [0.1, "o", "$ "],
        [1.2, "m", "echo né"],
        [1.5, "o", "n"],
        [1.6, "o", "é\x1b[0m\r\n"],
        [2.0, "r", "120x40"],
        [2.0, "m", "end: echo né (exit 3)"],
        [2.0, "o", "late"],
    ]


def test_version_3_has_intervals_that_add_up_and_the_exit_status() -> None:
    header, *events = lines(3)
    assert header["version"] == 3
    assert header["term"] == {"cols": 100, "rows": 30}
    assert [code for _, code, _ in events] == ["o", "m", "o", "o", "r", "m", "o", "x"]
    assert round(sum(interval for interval, _, _ in events), 6) == 2.0
    assert events[-1] == [0, "x", "3"]


def test_a_character_that_never_ended_is_not_dropped() -> None:
    out = list(to_asciicast(RUN, [Frame(at_us=0, data=b"a\xc3")], [], 2))
    assert [json.loads(line)[2] for line in out[1:]] == ["a", "\ufffd"]


def test_marks_cut_the_output_where_their_step_began_and_ended() -> None:
    steps = [step(1, "echo a", 0.1, (2, 4)), step(2, "true", 0.3, (6, 6)), step(3, "sleep 1", 0.4, (8, 8))]
    out = to_asciicast(RUN, [Frame(at_us=200_000, data=b"$ a\n$ b\n")], steps, 2)
    assert [json.loads(line) for line in out][1:] == [
        [0.2, "o", "$ "],
        [0.2, "m", "echo a"],
        [0.2, "o", "a\n"],
        [0.2, "m", "end: echo a (exit 3)"],
        [0.2, "o", "$ "],
        [0.2, "m", "true"],
        [0.2, "m", "end: true (exit 3)"],
        [0.2, "o", "b\n"],
        [0.4, "m", "sleep 1"],
        [0.401, "m", "end: sleep 1 (exit 3)"],
    ]


def test_a_size_that_the_screen_has_already_is_not_told_again() -> None:
    frames = [Frame(at_us=at, data=b"", resize=size) for at, size in enumerate([(100, 30), (90, 30), (90, 30)])]
    assert [json.loads(line)[2] for line in list(to_asciicast(RUN, frames, [], 2))[1:]] == ["90x30"]


def test_an_invisible_sign_stands_there_by_its_number() -> None:
    frames = [Frame(at_us=0, data="é\u202e\u009b\U000e0001日".encode())]
    line = list(to_asciicast(RUN, frames, [], 2))[1]
    assert line == '[0.0,"o","é\\u202e\\u009b\\udb40\\udc01日"]'
    assert json.loads(line)[2] == "é\u202e\u009b\U000e0001日"


def typed(*inputs: tuple[str, str | None], printed: Sequence[bytes], end: int | None = None) -> list[list[Any]]:
    """The events of one step that was asked, its output in so many frames, a second apart."""
    size = len(b"".join(printed)) if end is None else end
    lines = tuple(Input(prompt=prompt, text=text, secret=text is None) for prompt, text in inputs)
    asked = msgspec.structs.replace(step(1, "ask", 0, (0, size)), inputs=lines)
    frames = [Frame(at_us=at * 1_000_000, data=data) for at, data in enumerate(printed, 1)]
    return [json.loads(line)[1:] for line in list(to_asciicast(RUN, frames, [asked], 2))[1:]][1:]


END = ["m", "end: ask (exit 3)"]


def test_a_line_is_typed_behind_its_prompt_when_its_echo_comes() -> None:
    assert typed(("who? ", "ada\n"), printed=[b"hi\r\nwho? ", b"ada\r\n", b"$ "], end=14) == [
        ["o", "hi\r\nwho? "],
        ["i", "ada\r"],
        ["o", "ada\r\n"],
        END,
        ["o", "$ "],
    ]


def test_a_secret_is_typed_as_bullets() -> None:
    assert typed(("pw: ", None), printed=[b"pw: ", b"\r\n"])[1] == ["i", "••••••••\r"]


@pytest.mark.parametrize("cut", range(1, 20))
def test_equal_prompts_are_answered_in_their_order_however_the_output_is_cut(cut: int) -> None:
    whole = b">>> 1\r\n1\r\n>>> 2\r\n2\r\n>>> "
    pieces = [whole[at : at + cut] for at in range(0, len(whole), cut)]
    found = typed((">>> ", "1\n"), (">>> ", "2\n"), printed=pieces)
    shown = [data if code == "o" else f"[{data}]" for code, data in found[:-1]]
    assert "".join(shown) == ">>> [1\r]1\r\n1\r\n>>> [2\r]2\r\n2\r\n>>> "


def test_a_coloured_prompt_and_none_at_all_are_found_too() -> None:
    assert typed(("who? ", "a\n"), printed=[b"w\x1b[1mho\x1b[0m? ", b"a\r\n"])[1] == ["i", "a\r"]
    assert typed(("", "a\n"), ("", "b\n"), printed=[b"a\r\n", b"b\r\n"]) == [
        ["i", "a\r"],
        ["o", "a\r\n"],
        ["i", "b\r"],
        ["o", "b\r\n"],
        END,
    ]


def test_what_has_no_place_in_the_output_is_typed_before_the_step_ends() -> None:
    assert typed(("gone? ", "a\n"), ("no? ", "\x04"), printed=[b"x", b"$ "], end=1) == [
        ["o", "x"],
        ["i", "a\r"],
        ["i", "\x04"],
        END,
        ["o", "$ "],
    ]
