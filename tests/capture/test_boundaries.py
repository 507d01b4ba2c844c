"""Where a step begins and ends, whatever is typed, in each shell of the POSIX family, through a real terminal."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from capture.trace import Step
from capture.wire import Ready, SessionMode, StepBegan, StepEnded
from tests.capture.conftest import Start
from tests.capture.driving import PATIENCE_S, Driver


@pytest.fixture(params=["bash", "zsh"])
def typed(request: pytest.FixtureRequest, start: Start, own_world: Path) -> Driver:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    (own_world / ".bashrc").write_text("PS1='outer> '\n", encoding="utf-8")
    (own_world / ".zshrc").write_text("PS1='outer> '\nsetopt interactive_comments\n", encoding="utf-8")
    return start(SessionMode.TYPED, shell=request.param)


def begin(driver: Driver, command: str, output: str) -> None:
    """Type a command and wait until it has printed something."""
    driver.type(command + "\r")
    driver.wait_for(StepBegan)
    driver.wait_for_output(output.encode())


def ended(driver: Driver) -> Step:
    return driver.wait_for(StepEnded).step


def talk(driver: Driver, command: str, prompt: str, lines: dict[str, str]) -> Step:
    """A program with a dialogue: each line is typed once what came before it is answered."""
    begin(driver, command, prompt)
    for line, answer in lines.items():
        driver.type(line + "\r")
        if answer:
            driver.wait_for_output(answer.encode())
    return ended(driver)


# -- shells and consoles within


INNER = {
    "bash": ("bash --norc --noprofile", "bash-"),
    "zsh": ("PS1='in> ' zsh -f", "in> "),
    "sh": ("PS1='in> ' sh", "in> "),
    "python": (f"{sys.executable} -q", ">>> "),
}


@pytest.mark.parametrize("inner", INNER)
def test_a_shell_within_is_one_step_with_its_dialogue(typed: Driver, inner: str) -> None:
    command, prompt = INNER[inner]
    if inner != "python" and shutil.which(inner) is None:
        pytest.skip(f"{inner} is not installed")
    said = "print(40 + 2)" if inner == "python" else "echo $((40 + 2))"
    leave = "raise SystemExit(4)" if inner == "python" else "exit 4"
    step = talk(typed, command, prompt, {said: "42\r\n", leave: ""})
    assert (step.step_index, step.command, step.exit_code) == (1, command, 4)
    assert [given.text for given in step.inputs] == [f"{said}\n", f"{leave}\n"]
    assert typed.type_command("echo outside").output == "outside\n"


@pytest.mark.parametrize("command", ["su -s /bin/sh -c 'exec sh -i' root", "sudo -n sh -i"])
def test_another_users_shell_is_one_step(typed: Driver, command: str) -> None:
    if os.geteuid() != 0 or shutil.which(command.split(maxsplit=1)[0]) is None:
        pytest.skip("needs to be root, to be asked for no password")
    step = talk(typed, command, "# ", {"cd /; echo $((40 + 2))": "\n42\r\n", "exit 5": ""})
    assert (step.step_index, step.command, step.exit_code) == (1, command, 5)
    assert step.cwd_after == typed.spec.cwd
    assert typed.type_command("(exit 6)").exit_code == 6


def test_a_shell_on_another_host_is_one_step(typed: Driver, host: str) -> None:
    command = f"{host} 'PS1=far\\>\\  exec sh -i'"
    step = talk(typed, command, "far> ", {"cd /; echo $((40 + 2))": "\n42\r\n", "exit 9": ""})
    assert (step.step_index, step.command, step.exit_code) == (1, command, 9)
    assert "42" in step.output
    assert step.cwd_after == typed.spec.cwd
    assert typed.type_command("echo back").output == "back\n"


def test_marks_of_a_shell_within_change_nothing(typed: Driver) -> None:
    """Even those that carry a nonce, as long as it is not the session's."""
    forged = "\\033]133;D;0123456789abcdef0123456789abcdef;1;7\\007\\033]133;C\\007\\033]633;D;5\\007"
    step = talk(typed, "PS1='in> ' sh", "in> ", {f"printf '{forged}forged\\n'": "forged\r\n", "exit 3": ""})
    assert (step.step_index, step.exit_code) == (1, 3)
    assert typed.type_command("echo two").step_index == 2


# -- keys


def test_ctrl_d_ends_a_program_and_at_the_prompt_the_shell(typed: Driver) -> None:
    begin(typed, "echo go; cat", "go\r\n")
    typed.type("line\r")
    typed.wait_for_output(b"line\r\nline\r\n")
    typed.type("\x04")
    step = ended(typed)
    assert (step.exit_code, step.output) == (0, "go\nline\nline\n")
    assert [given.text for given in step.inputs][:1] == ["line\n"]
    typed.wait_for_shown(b"outer> ")
    typed.type("\x04")
    assert typed.session.finish() is not None
    assert [step.command for step in typed.trace.steps] == ["echo go; cat"]


def test_ctrl_c_in_a_program_and_at_the_prompt(typed: Driver) -> None:
    begin(typed, "echo go; sleep 60", "go\r\n")
    typed.session.interrupt()
    step = ended(typed)
    assert (step.exit_code, step.signal) == (130, "SIGINT")
    typed.wait_for(Ready)
    typed.type("echo never")
    typed.break_off()
    typed.type("\r\r")
    step = typed.type_command("echo seen")
    assert (step.step_index, step.command, step.output) == (2, "echo seen", "seen\n")


def test_ctrl_z_stops_and_fg_goes_on_with_a_program(typed: Driver) -> None:
    begin(typed, "sh -c 'echo go; read line; echo got $line; exit 7'", "go\r\n")
    typed.type("\x1a")
    stopped = ended(typed)
    assert stopped.exit_code in (146, 148)
    begin(typed, "fg", "sh -c")
    typed.type("word\r")
    went_on = ended(typed)
    assert (went_on.command, went_on.exit_code) == ("fg", 7)
    assert "got word" in went_on.output
    begin(typed, "sleep 60 &\r fg %sleep", "sleep 60")


def test_bg_lets_a_stopped_program_go_on(typed: Driver) -> None:
    typed.type_command("mkfifo gate done")
    begin(typed, "sh -c 'echo go; read line <gate; echo $line >done'", "go\r\n")
    typed.type("\x1a")
    assert ended(typed).exit_code in (146, 148)
    assert typed.type_command("bg").exit_code == 0
    assert "late" in typed.type_command("echo late >gate; cat done").output


def test_output_that_comes_late_is_on_the_tape_and_in_no_step_that_it_is_not_of(typed: Driver) -> None:
    typed.type_command("mkfifo gate")
    started = typed.type_command("(read line <gate; echo from $((40 + 2))) &")
    assert started.exit_code == 0
    (Path(typed.spec.cwd) / "gate").write_text("now\n")
    typed.wait_for_shown(b"from 42")
    step = typed.type_command("mkdir sub; cd sub; (exit 3)")
    assert (step.command, step.exit_code, step.cwd_after) == ("mkdir sub; cd sub; (exit 3)", 3, f"{typed.spec.cwd}/sub")
    assert "from 42" not in started.output + step.output
    assert b"from 42" in typed.raw


# -- what is typed


def test_empty_enters_blanks_and_comments_make_no_step(typed: Driver) -> None:
    typed.type("\r\r  \r")
    assert typed.type_command("echo one").step_index == 1
    step = typed.type_command("echo two # not this")
    assert (step.step_index, step.command, step.output) == (2, "echo two # not this", "two\n")
    assert typed.type_command(" echo three").command == " echo three"


def test_what_is_typed_ahead_is_of_the_next_step_alone(typed: Driver) -> None:
    typed.type_command("mkfifo gate")
    begin(typed, "echo go; read answer; cat gate; echo end", "go\r\n")
    typed.type("mine\r")
    typed.wait_for_output(b"mine\r\n")
    typed.type("echo one\recho two; (exit 3)\r")
    typed.wait_for_output(b"echo two; (exit 3)\r\n")
    (Path(typed.spec.cwd) / "gate").write_text("through\n")
    steps = [ended(typed) for _ in range(3)]
    assert [step.command for step in steps[1:]] == ["echo one", "echo two; (exit 3)"]
    assert [step.output for step in steps] == ["go\nmine\nthrough\nend\n", "one\n", "two\n"]
    assert [given.text for given in steps[0].inputs] == ["mine\n"]
    assert (steps[1].inputs, steps[2].inputs, steps[2].exit_code) == ((), (), 3)


def test_a_pasted_block_loses_nothing(typed: Driver) -> None:
    typed.type("\x1b[200~cd /\npwd\nfor i in 1 2; do\n  echo $i\ndone\n(exit 4)\x1b[201~\r")
    steps = [ended(typed)]
    while steps[-1].exit_code != 4:
        steps.append(ended(typed))
    commands = "\n".join(step.command for step in steps)
    assert commands == "cd /\npwd\nfor i in 1 2; do\n  echo $i\ndone\n(exit 4)"
    assert "".join(step.output for step in steps) == "/\n1\n2\n"
    assert (steps[-1].exit_code, steps[-1].cwd_after) == (4, "/")
    assert typed.type_command("echo after").output == "after\n"


def test_a_syntax_error_changes_no_step_beside_it(typed: Driver) -> None:
    before = typed.type_command("echo before")
    typed.type("echo ))\r")
    typed.wait_for_shown(b"error")
    step = typed.type_command("(exit 5)")
    assert (before.output, step.command, step.exit_code, step.output) == ("before\n", "(exit 5)", 5, "")


@pytest.mark.parametrize(
    ("last", "status"),
    [
        ("exit 6", 6),
        ("exec sh -c 'echo replaced; exit 3'", 3),
        ("set -e; false", 1),
        ("set -eu\necho $unset_name", 1),
        ("kill -9 $$", 137),
        ("kill -SEGV $$", 139),
        ("trap 'echo bye' EXIT; exit 8", 8),
    ],
)
def test_the_end_of_the_shell_is_the_end_of_its_last_step(typed: Driver, last: str, status: int) -> None:
    typed.type(last.replace("\n", "\r") + "\r")
    steps = [ended(typed)]
    while typed.session.receive(PATIENCE_S) is not None:
        pass
    steps = list(typed.trace.steps)
    assert (steps[-1].command, steps[-1].exit_code) == (last.splitlines()[-1], status)


def test_the_next_command_sees_the_status_of_the_one_before(typed: Driver) -> None:
    typed.type_command("PROMPT_COMMAND=':'; precmd() { :; }")
    for status in (42, 0, 1):
        typed.type_command(f"(exit {status})")
        assert typed.type_command("echo $?").output == f"{status}\n"
    typed.type_command("trap 'echo err' ERR; set -e; if (exit 3); then :; fi; (exit 3) && :")
    assert typed.type_command("echo $?; set +e").output == "3\n"


def test_set_u_and_set_e_that_are_survived(typed: Driver) -> None:
    failed = typed.type_command("set -u; echo start; true $unset_name")
    assert (failed.exit_code, failed.output.splitlines()[0]) == (1, "start")
    assert typed.type_command("set +u; echo ok").output == "ok\n"
    assert typed.type_command("set -e; if false; then :; fi; set +e").exit_code == 0
    assert typed.type_command("false").exit_code == 1
