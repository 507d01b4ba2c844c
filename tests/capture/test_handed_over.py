"""Commands of a replay lie in a file where a key makes the shell look: any text arrives as it is."""

import hashlib
import shutil
from pathlib import Path

import pytest

from capture.wire import SessionMode
from tests.capture.conftest import Start
from tests.capture.driving import Driver

SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"there is no {name}"))
    for name in ("bash", "zsh", "fish")
]
ODD = "tab\there \x01\x02\x1f\x7f é 漢 😀 !x !! ~ \\ \x1b[5200~ \x1b[A"
"""What a line editor would take for keys, were it typed."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sums(driver: Driver, text: str) -> str:
    """What the shell makes of a quoted word, as a digest."""
    step = driver.run(f"printf %s '{text}' | sha256sum")
    assert step.command == f"printf %s '{text}' | sha256sum"
    return step.output.split()[0]


@pytest.mark.parametrize("shell", SHELLS)
def test_any_text_arrives_as_it_is(start: Start, shell: str) -> None:
    driver = start(shell=shell)
    for text in ("x" * 5_000, "long " * 16_000, "one\n\ttwo\n  three\n", "x" * 4_095 + "\n" + "y" * 4_097):
        assert sums(driver, text) == digest(text)
    odd = ODD if shell != "fish" else ODD.replace("\\", "")
    assert sums(driver, odd) == digest(odd)
    assert driver.run("echo next").output == "next\n"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_heredoc_and_lists_are_one_step(start: Start, shell: str) -> None:
    driver = start(shell=shell)
    step = driver.run("cat <<'END' > made\n\ta $HOME !! `x`\nEND\necho one\nfalse\necho two $?")
    assert (step.output, step.exit_code) == ("one\ntwo 1\n", 0)
    assert Path(driver.spec.workspace, "made").read_text() == "\ta $HOME !! `x`\n"
    assert driver.run("echo (").exit_code != 0
    assert shell == "zsh" or driver.run("# nothing to do").exit_code == 0
    assert driver.run("echo on").output == "on\n"


def test_what_bash_remembers_of_the_step_before_stays(start: Start) -> None:
    driver = start()
    driver.run("sh -c 'exit 3' | sh -c 'exit 4'")
    assert driver.run("echo $? ${PIPESTATUS[*]}").output == "4 3 4\n"
    driver.run("true first last")
    assert driver.run("echo $_").output == "last\n"
    assert driver.run("echo ${READLINE_LINE-none} ${READLINE_POINT-none} ${text-none}").output == "none none none\n"
    assert driver.run("history; fc -l").output == ""
    assert driver.run("nowhere-to-be-found").output == "bash: nowhere-to-be-found: command not found\n"


def test_bash_takes_commands_whatever_is_set(start: Start) -> None:
    driver = start()
    for before in ("set -o vi", "set -f", "shopt -s extglob", "trap 'n=1' DEBUG", "set -eu", "set -x"):
        driver.run(before)
        assert driver.run("echo a\necho 'b c'").output.splitlines()[-1] == "b c"
        assert driver.run("echo $?").output.splitlines()[-1] == "0"


def test_a_bash_without_its_line_editor_takes_lines(start: Start) -> None:
    driver = start()
    driver.run("set +o emacs")
    assert driver.run("echo é $((1 + 1))").output == "é 2\n"
    assert driver.run("set -o emacs").exit_code == 0
    assert driver.run("echo 'a\tb'").output == "a\tb\n"


def test_a_step_begins_where_the_users_prompt_code_has_gone(start: Start) -> None:
    driver = start()
    driver.run("mkdir sub; PROMPT_COMMAND+=('cd sub 2>/dev/null')")
    step = driver.run("pwd; : > made")
    assert step.cwd == f"{driver.spec.workspace}/sub"
    assert step.output == f"{driver.spec.workspace}/sub\n"


def test_functions_are_told_of_after_a_command_that_may_define_some(start: Start) -> None:
    driver = start()
    assert not driver.run("echo plain").env_effects.functions
    assert driver.run("greet() { echo hi; }").env_effects.functions
    assert driver.run("alias ll='ls -l'").env_effects.aliases
    assert driver.run("greet").output == "hi\n"
    assert driver.run("eval 'other() { :; }'").env_effects.functions


@pytest.mark.parametrize("shell", SHELLS)
def test_lent_variables_hold_for_one_command(start: Start, shell: str) -> None:
    driver = start(SessionMode.HANDED, shell=shell)
    lent = {"LENT": "a\n b'", "EMPTY": ""}
    assert driver.run("printenv LENT EMPTY", environment=lent).output == "a\n b'\n\n"
    assert driver.run("printenv LENT EMPTY").output == ""
