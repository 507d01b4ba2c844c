"""A command that a script hands over, from its first key to what the shell made of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from capture.recording.handing import GIVE_UP_S, PROMPT_S, Handing
from capture.wire import RunCommand


class Shell:
    """A terminal, a shell and a clock in one."""

    def __init__(self) -> None:
        self.time = 0.0
        self.typed: list[bytes] = []
        self.interrupts = 0

    def elapsed(self) -> float:
        return self.time

    def keystrokes(self, command: str, environment: Mapping[str, str]) -> bytes:
        assert not environment
        return command.encode() + b"\r"

    def write(self, data: bytes) -> None:
        self.typed.append(data)

    def interrupt(self) -> None:
        self.interrupts += 1


def handing_in(shell: Any, command: str) -> Handing:
    handing = Handing(shell, shell, shell)
    handing.take(RunCommand(command=command))
    assert handing.waiting is not None
    handing.type(handing.waiting)
    return handing


def test_what_is_typed_waits_no_more() -> None:
    shell = Shell()
    handing = handing_in(shell, "ls")
    assert (shell.typed, handing.typed, handing.taken, handing.waiting) == ([b"ls\r"], True, False, None)
    handing.printed(b"ls\x1b[?2004l")
    assert handing.taken
    begun = handing.begun()
    assert begun is not None
    assert begun.command == "ls"
    assert (handing.typed, handing.waiting, handing.begun()) == (False, None, None)


@pytest.mark.parametrize(
    ("typed", "remembered", "text"),
    [
        ("a\nb", "a", "a\nb"),
        ("a \\\n b", "a  b", "a \\\n b"),
        ("echo !!", "echo ls", "echo ls"),
        ("ls", None, "ls"),
    ],
)
def test_a_scripts_text_is_its_own_unless_the_shell_runs_another(typed: str, remembered: str | None, text: str) -> None:
    assert handing_in(Shell(), typed).text(remembered) == text


def test_what_the_shell_says_of_a_text_that_it_did_not_run_is_told_without_the_editors_own() -> None:
    handing = handing_in(Shell(), "if; then")
    handing.printed(b"if; then\x1b[?2004l\r\r\nbash: syntax error\r\n\x1b[?2004h$ ")
    refusal = handing.refused()
    assert refusal is not None
    assert (refusal.command, refusal.output) == ("if; then", b"bash: syntax error\r\n")
    assert (refusal.nothing, refusal.unfinished) == (False, None)


def test_comments_are_nothing_to_run() -> None:
    refusal = handing_in(Shell(), "# one\n\n  # two").refused()
    assert refusal is not None
    assert refusal.nothing


def test_a_prompt_for_the_rest_is_left_again_and_again_until_a_step_begins() -> None:
    shell = Shell()
    handing = handing_in(shell, "echo 'a")
    handing.printed(b"echo 'a\r\n> ")
    handing.more()
    handing.check()
    assert (shell.interrupts, handing.next_check()) == (0, GIVE_UP_S)
    for count in (1, 2):
        shell.time += GIVE_UP_S
        handing.check()
        assert shell.interrupts == count
    refusal = handing.refused()
    assert refusal is not None
    assert refusal.unfinished == "> "
    handing.begun()
    assert handing.next_check() is None


def test_a_line_editor_that_reads_asks_though_the_mark_of_its_prompt_never_comes() -> None:
    shell = Shell()
    handing = Handing(shell, shell, shell)  # type: ignore[arg-type]
    handing.printed(b"\x1b[?2004h")
    assert (handing.asks, handing.next_check()) == (False, PROMPT_S)
    shell.time += PROMPT_S
    assert handing.asks
    handing.asked()
    assert (handing.asks, handing.next_check()) == (False, None)


def test_a_step_that_begins_is_no_prompt() -> None:
    shell = Shell()
    handing = Handing(shell, shell, shell)  # type: ignore[arg-type]
    handing.printed(b"\x1b[?2004h")
    handing.begun()
    shell.time += PROMPT_S
    assert not handing.asks
