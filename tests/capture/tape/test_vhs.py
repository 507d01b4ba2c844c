import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pexpect
from hypothesis import given
from hypothesis import strategies as st

from capture.printable import printable
from capture.provenance import Imported
from capture.tape.vhs import to_vhs
from capture.trace import Input, Run, RunStatus, Step
from tests.capture.samples import a_run, a_step

BEGIN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RUN = a_run(name="re\nlease", status=RunStatus.SUCCESS, started_at=BEGIN, shell="zsh", columns=100, rows=30)
KEYS = {"Enter": "\n", "Tab": "\t", "Escape": "\x1b", "Backspace": "\x7f"}


def step(command: str, *, after_s: float = 0, lasts_s: float = 0.5, **fields: Any) -> Step:
    started_at = BEGIN + timedelta(seconds=after_s)
    usual = {"cwd": "/w x", "cwd_after": "/w x", "started_at": started_at, "duration_ms": lasts_s * 1000}
    return a_step(command=command, **{**usual, **fields})


def tape(*steps: Step, run: Run = RUN, idle_s: float = 2.0) -> list[str]:
    return list(to_vhs(run, steps, idle_s=idle_s))


def pressed(lines: Iterable[str]) -> str:
    """What VHS types: its strings end at their own quote or at the line's end, and know no escapes."""
    typed = ""
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "Type":
            quote = rest[0]
            assert quote in "\"'`"
            assert rest.index(quote, 1) == len(rest) - 1, line
            typed += rest[1:-1]
        elif word.startswith("Ctrl+"):
            typed += chr(ord(word.removeprefix("Ctrl+")) - 64)
        else:
            typed += KEYS.get(word, "")
    return typed


def test_a_session_with_its_pauses() -> None:
    assert tape(step("make", after_s=1, lasts_s=4), step("ls 'a'", after_s=6), idle_s=1.5) == [
        "# re lease: recorded 2026-05-04, typed anew by `vhs FILE`",
        'Set Shell "zsh"',
        "Set FontSize 16",
        "Set Padding 20",
        "Set Width 1000",
        "Set Height 640",
        "",
        "Hide",
        "Type \"cd '/w x' && clear\"",
        "Enter",
        "Sleep 500ms",
        "Show",
        "",
        'Type "make"',
        "Enter",
        "Sleep 1500ms",
        "",
        "Type \"ls 'a'\"",
        "Enter",
        "Sleep 1500ms",
    ]


def test_answers_are_typed_and_secrets_are_not() -> None:
    inputs = (
        Input(prompt="Name? ", text="ada\n"),
        Input(prompt="Pass\x1bword: ", text=None, secret=True),
        Input(prompt="", text="bye\x04"),
    )
    lines = tape(step("./ask", lasts_s=2, inputs=inputs))
    assert lines[lines.index('Type "./ask"') :] == [
        'Type "./ask"',
        "Enter",
        "Sleep 500ms",
        'Type "ada"',
        "Enter",
        "Sleep 500ms",
        "# secret: what was typed at 'Pass\\x1bword: ' is not recorded; type it here",
        "Enter",
        "Sleep 500ms",
        'Type "bye"',
        "Ctrl+D",
        "Sleep 2000ms",
    ]


def test_an_interrupt_is_pressed_and_what_would_hang_or_end_the_film_is_left_out() -> None:
    lines = tape(step("sleep 9", signal="SIGINT"), step("vim\nx", after_s=1, full_screen=True), step("exit 3"))
    assert lines[lines.index('Type "sleep 9"') :] == [
        'Type "sleep 9"',
        "Enter",
        "Sleep 500ms",
        "Ctrl+C",
        "Sleep 500ms",
        "",
        "# left out, because what was typed into its full screen is not recorded: vim x",
        "",
        "# left out, because it would close the terminal that is filmed: exit 3",
    ]


def test_a_tab_at_the_prompt_completes_nothing() -> None:
    lines = tape(step("cat <<-E\n\ta\nE", inputs=(Input(prompt="", text="\tb\n"),)))
    assert lines[lines.index("Ctrl+V") :][:3] == ["Ctrl+V", "Tab", 'Type "a"']
    assert lines[lines.index('Type "b"') - 2 :][:2] == ["Sleep 250ms", "Tab"]


def test_an_unsegmented_run_says_that_there_is_nothing_to_type() -> None:
    lines = tape(step("bash"), run=msgspec.structs.replace(RUN, shell="", imported=Imported(format="typescript")))
    assert lines[-1] == "# nothing in this recording tells commands apart: there is nothing to type"
    assert not any(line.startswith(("Type", "Set Shell")) for line in lines)


def test_what_a_tape_types_does_the_same_in_a_real_bash(tmp_path: Path) -> None:
    command = "cat <<-E > out\n\ta `echo \"b\"` 'c' é日 $((1 + 1)) \\\\\n\tE"
    typed = pressed(tape(step(command, cwd=str(tmp_path))))
    shell = pexpect.spawn("bash", ["--norc"], timeout=60, env={**os.environ, "PS1": "ready> ", "PS2": "more> "})
    shell.expect_exact("ready> ")
    for line in typed.splitlines():
        # A key that comes before the line editor is there would mean something else.
        shell.send(f"{line}\r")
        shell.expect(r"\n.*(?:ready|more)> ")
    shell.sendline("exit")
    shell.expect(pexpect.EOF)
    shell.close()
    assert (tmp_path / "out").read_text(encoding="utf-8") == "a b 'c' é日 2 \\\n"


@given(st.text(max_size=40) | st.text("\"'`\n\\#$\t", max_size=40))
def test_any_answer_is_typed_as_it_was_and_holds_no_control(text: str) -> None:
    lines = tape(step("ask", inputs=(Input(prompt="", text=text),)))
    begin = lines.index('Type "ask"') + 2
    wanted = "".join(
        {"\r": "\n", "\x08": "\x7f"}.get(one, one if 0 < ord(one) < 31 or ord(one) == 127 else printable(one))
        for one in text
    )
    assert pressed(lines[begin:]) == wanted
    assert all(printable(line) == line and "\n" not in line and "\t" not in line for line in lines)
