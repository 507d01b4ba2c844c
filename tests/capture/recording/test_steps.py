"""What a running step gathers, and what it becomes."""

import pytest

from capture.recording.steps import KEPT_TEXT, Ending, OpenStep, signal_name
from capture.secrets.redaction import Redactor
from capture.trace import Input, StepStatus


def open_step() -> OpenStep:
    return OpenStep(step_index=1, command="cmd", cwd="/w", at=10.0, output_start=5)


def ending(exit_code: int | None = 0) -> Ending:
    return Ending(at=10.25, exit_code=exit_code, cwd="/x", output_end=9)


def test_short_output_is_kept_whole() -> None:
    step = open_step()
    step.printed(b"\x1b[1ma\x1b[0m\r\nName: ")
    assert step.last_line() == "Name: "
    written = step.end(ending(), Redactor())
    assert (written.output, written.output_bytes, written.output_truncated) == ("a\nName: ", 17, False)
    assert (written.duration_ms, written.cwd_after, written.output_start, written.output_end) == (250.0, "/x", 5, 9)


def test_long_output_says_that_it_is_cut() -> None:
    step = open_step()
    step.printed(b"first\r\n" + b"x" * (KEPT_TEXT + 10) + b"\r\nlast")
    output = step.end(ending(), Redactor()).output
    assert output.startswith("first\nxxx")
    assert output.endswith("xxx\nlast")
    assert len(output) < KEPT_TEXT + 10


@pytest.mark.parametrize("cut", range(9))
def test_the_alternate_screen_is_seen_across_pieces(cut: int) -> None:
    step = open_step()
    data = b"x\x1b[?1049h"
    step.printed(data[:cut])
    step.printed(data[cut:])
    assert step.full_screen


def test_only_what_came_since_the_answer_is_new_and_its_echo_is_not() -> None:
    step = open_step()
    step.printed(b"Name: ")
    step.answered(Input(prompt="Name: ", text="Ada\n"), echo="Ada\n")
    step.printed(b"Ad")
    assert step.new_output() == ""
    step.printed(b"a\r\nAge? ")
    assert step.new_output() == "Age? "


@pytest.mark.parametrize(
    ("exit_code", "status", "signal"),
    [
        (0, StepStatus.SUCCESS, None),
        (1, StepStatus.FAILED, None),
        (130, StepStatus.FAILED, "SIGINT"),
        (255, StepStatus.FAILED, None),
        (None, StepStatus.PARTIAL, None),
    ],
)
def test_how_a_step_ended(exit_code: int | None, status: StepStatus, signal: str | None) -> None:
    step = open_step()
    written = step.end(ending(exit_code), Redactor())
    assert (written.status, written.signal) == (status, signal)
    assert signal_name(exit_code) == signal


@pytest.mark.parametrize(
    ("unread", "inputs", "output"),
    [
        (0, ["read\n", "one\n", "two\n"], b"read\r\none\r\ntwo\r\nend\r\n"),
        (4, ["read\n", "one\n"], b"read\r\none\r\nend\r\n"),
        (8, ["read\n"], b"read\r\nend\r\n"),
        (7, ["read\n", "one\n", "two\n"], b"read\r\none\r\ntwo\r\nend\r\n"),
        (99, ["read\n", "one\n", "two\n"], b"read\r\none\r\ntwo\r\nend\r\n"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_whole_unread_lines_are_taken_back_with_their_echo(
    unread: int, inputs: list[str], output: bytes, *, at_once: bool
) -> None:
    step = OpenStep(step_index=1, command="cat", cwd="/", at=0.0, output_start=0)
    for text in ("read\n", "one\n", "two\n"):
        step.typing()
        step.answered(Input(prompt="", text=text, secret=False), echo=text)
        if not at_once:
            step.printed(text.replace("\n", "\r\n").encode())
    step.printed(b"read\r\none\r\ntwo\r\nend\r\n" if at_once else b"end\r\n")
    step.take_back(unread)
    assert [given.text for given in step.inputs] == inputs
    assert step._output.pieces() == (output,)
