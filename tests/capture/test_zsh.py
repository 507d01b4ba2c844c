"""The integration of zsh: people's own startup files, prompts, hooks and plugins keep working, and do no harm."""

import os
import shutil
from pathlib import Path

import pytest

from capture.wire import Output, SessionMode, StepEnded
from tests.capture.conftest import Start
from tests.capture.driving import Driver

pytestmark = pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")

PLUGINS = [
    Path("/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh"),
    Path("/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh"),
]
RC = r"""
alias greet='echo hello'
helper() { echo "helped $1" }
PROMPT=$'two lines\n%F{green}user:%~%f %# ' RPROMPT='%*'
precmd() { print "[pc $?]" }
preexec() { print -n $'\e]0;title\a' }
setopt hist_ignore_space hist_ignore_all_dups interactive_comments no_unset
zle-line-init() { zle reset-prompt }
zle -N zle-line-init
TRAPEXIT() { echo bye }
bindkey -v
"""


@pytest.fixture
def typed(start: Start) -> Driver:
    return start(SessionMode.TYPED, shell="zsh")


@pytest.fixture
def handed(start: Start) -> Driver:
    return start(SessionMode.HANDED, shell="zsh")


def test_the_users_own_startup_prompt_hooks_and_options_keep_working(start: Start, own_world: Path) -> None:
    (own_world / ".zshrc").write_text(RC)
    user = start(SessionMode.TYPED, shell="zsh")
    assert user.run("greet; helper me").output == "hello\nhelped me\n"
    failed = user.run("(exit 9)")
    assert (failed.exit_code, failed.output) == (9, "")
    shown = b"".join(message.data for message in user.heard if isinstance(message, Output))
    assert b"[pc 9]" in shown
    assert b"two lines" in shown
    hidden = user.type_command(" echo hidden # comment")
    assert (hidden.command, hidden.output) == (" echo hidden # comment", "hidden\n")
    assert user.type_command("echo $unset_variable").exit_code == 1
    assert "hidden" not in user.type_command("fc -l 1").output


def test_the_users_zdotdir_is_theirs(start: Start, own_world: Path) -> None:
    folder = own_world / "dots"
    folder.mkdir()
    (folder / ".zshenv").write_text("FROM_ENV=1\n")
    (folder / ".zshrc").write_text("FROM_RC=1\n")
    driver = start(SessionMode.TYPED, shell="zsh", environment={**os.environ, "ZDOTDIR": str(folder)})
    assert driver.run("echo $ZDOTDIR $FROM_ENV $FROM_RC").output == f"{folder} 1 1\n"


def test_no_child_inherits_anything_of_ours(typed: Driver) -> None:
    listed = typed.run("setopt all_export; env").output
    assert "ZDOTDIR" not in listed
    assert "REPLAYBOOK" not in listed
    assert "__rb" not in typed.run("env").output


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.stem)
def test_plugins_do_no_harm(start: Start, own_world: Path, plugin: Path) -> None:
    if not plugin.exists():
        pytest.skip("not installed")
    (own_world / ".zshrc").write_text(f"source {plugin}\n")
    driver = start(SessionMode.TYPED, shell="zsh")
    typed = ["echo first", "echo 'sec ond' | cat", "echo fi"]
    assert [driver.type_command(command).command for command in typed] == typed
    assert driver.run(f"source {plugin}; (exit 4)").exit_code == 4
    assert driver.run("echo 'https://example.org/?a=b'").output == "https://example.org/?a=b\n"


@pytest.mark.parametrize(
    "harm",
    [
        "precmd_functions=()",
        "precmd_functions=() preexec_functions=()",
        "precmd_functions=(f); f() { echo mine }",
        "precmd() { PROMPT='mine> ' }",
        "PROMPT=mine; unset RPROMPT",
        "zle -N zle-line-init true",
        "zle -D zle-line-init",
        "bindkey -d; bindkey -v",
        "PROMPT_EOL_MARK=''",
        "PROMPT_EOL_MARK='%F{red}no newline%f'",
        "unsetopt prompt_sp",
        "setopt ksh_arrays sh_word_split no_unset all_export no_clobber",
        "alias local=false print=false builtin=false",
        "print() { : }; read() { : }",
        "IFS=:",
        "emulate sh",
        "exec 3>&1 1>/dev/null 3>&1; exec 1>&2",
    ],
)
def test_commands_are_seen_whatever_is_done_to_the_hooks(typed: Driver, harm: str) -> None:
    done = typed.type_command(harm)
    assert (done.command, done.exit_code, done.cwd_after) == (harm, 0, typed.spec.cwd)
    step = typed.type_command("echo next; (exit 3)")
    last = typed.type_command("printf last")
    assert (step.command, step.exit_code) == ("echo next; (exit 3)", 3)
    assert (last.command, last.exit_code) == ("printf last", 0)
    assert last.output.endswith("last")


@pytest.mark.parametrize("mode", SessionMode)
@pytest.mark.parametrize("fault", ["return 3", ": ${nope?gone}", ": $((1 / 0))", "kill -INT $$"])
def test_a_fault_in_the_users_own_hook_does_no_harm(
    start: Start, own_world: Path, mode: SessionMode, fault: str
) -> None:
    """From the first prompt on: all but the first one make zsh leave out whatever is behind them."""
    (own_world / ".zshrc").write_text(f"precmd() {{ {fault} }}\n")
    driver = start(mode, shell="zsh")
    assert driver.run("echo one; (exit 4)").exit_code == 4
    step = driver.run("cd /; echo two")
    assert (step.command, step.output, step.exit_code, step.cwd_after) == ("cd /; echo two", "two\n", 0, "/")


def test_words_that_are_split_at_anything_do_no_harm(typed: Driver) -> None:
    typed.run("IFS=:0123456789; setopt sh_word_split")
    step = typed.run("mkdir d; cd d; export A=1; (exit 13)")
    assert (step.exit_code, step.cwd_after, step.env_effects.set) == (13, f"{typed.spec.cwd}/d", {"A": "1"})
    assert typed.run('echo "$?"').output == "13\n"


def test_history_expansion_is_recorded_as_what_it_became(typed: Driver) -> None:
    typed.run("echo one")
    step = typed.run("!! two")
    assert (step.command, step.output) == ("echo one two", "one two\n")


def test_a_syntax_error_is_a_step_with_its_message_alone(typed: Driver) -> None:
    step = typed.run("echo ))")
    assert (step.command, step.exit_code, step.output) == ("echo ))", 1, "zsh: parse error near `)'\n")


def test_a_replay_lends_variables_for_one_command_and_keeps_no_history(handed: Driver, own_world: Path) -> None:
    lent = handed.run('echo "$LENT" "x!nope"', environment={"LENT": "a b", "PATH": os.environ["PATH"]})
    assert lent.output == "a b x!nope\n"
    assert handed.run("echo ${LENT-unset}").output == "unset\n"
    both = handed.run("echo one\necho two; (exit 5)")
    assert (both.command, both.exit_code, both.output) == ("echo one\necho two; (exit 5)", 5, "one\ntwo\n")
    handed.end()
    assert not (own_world / ".zsh_history").exists()


def test_a_persons_pasted_block_is_one_step(typed: Driver) -> None:
    typed.type("\x1b[200~echo first\n(exit 2)\x1b[201~\r")
    step = typed.wait_for(StepEnded).step
    assert (step.command, step.output, step.exit_code) == ("echo first\n(exit 2)", "first\n", 2)


def test_ctrl_c_at_the_prompt_and_empty_enters_make_no_step(typed: Driver) -> None:
    typed.type("echo never")
    typed.break_off()
    typed.type("\r\r")
    assert typed.type_command("echo seen").step_index == 1


def test_ctrl_c_and_ctrl_z_in_a_program(typed: Driver) -> None:
    assert typed.interrupt_then_stop().exit_code in (145, 146, 147, 148)
    assert typed.type_command("fg").exit_code == 7


@pytest.mark.parametrize(
    ("last", "status"),
    [("exit 6", 6), ("exec sh -c 'exit 3'", 3), ("set -e; false", 1), ("kill -9 $$", 137), ("kill -SEGV $$", 139)],
)
def test_the_end_of_the_shell_is_the_end_of_its_last_step(typed: Driver, last: str, status: int) -> None:
    typed.type(last + "\r")
    step = typed.wait_for(StepEnded).step
    assert (step.command, step.exit_code) == (last, status)
