"""The integration of bash: people's own startup files keep working, and what they do to them does no harm."""

import os
from pathlib import Path

import pytest

from capture.shells import CommandBegan, CommandEnded, own_shell
from capture.shells.bash import STRINGS, Bash
from capture.shells.declarations import parse_declarations
from capture.shells.versions import too_old
from capture.wire import Output, SessionMode, StepEnded
from tests.capture.conftest import Start
from tests.capture.driving import Driver


@pytest.mark.parametrize(
    ("dump", "variables"),
    [
        ('declare -x A="plain"\n', {"A": "plain"}),
        ('declare -x A="a \\"q\\" \\$v \\\\ \\`c\\`"\n', {"A": 'a "q" $v \\ `c`'}),
        ('declare -x A="two\nlines"\ndeclare -x B=""\n', {"A": "two\nlines", "B": ""}),
        ("declare -x A=$'tab\\there\\n\\'q\\' \\303\\274 \\x41\\u00e9\\E'\n", {"A": "tab\there\n'q' ü Aé\x1b"}),
        ('declare -x NOVALUE\ndeclare -rx A="r"\ndeclare -ix N="3"\n', {"A": "r", "N": "3"}),
        ('export A="posix"\ndeclare -ax L=([0]="x")\n', {"A": "posix"}),
        ('declare -x A="declare -x B=\\"fake\\""\n', {"A": 'declare -x B="fake"'}),
    ],
)
def test_exported_variables_are_read_back(dump: str, variables: dict[str, str]) -> None:
    assert parse_declarations(dump) == variables


def test_a_torn_record_is_left_out_and_an_unfinished_one_waits(tmp_path: Path) -> None:
    bash = Bash(tmp_path, typed=True)
    token = (tmp_path / "nonce").read_bytes().split()[1]

    def write(*fields: bytes) -> None:
        with (tmp_path / "side").open("ab") as side:
            side.write(b"".join(field + b"\0" for field in (token, *fields)))

    write(b"C", b"1", b"1.5", b"0", b"/w")
    write(b"C", b"2", b"2,5", b"7", b"/w", b"12", b"   12* echo 'a\n b'\n")
    write(b"C", b"3", b"4.5", b"0", b"/w", b"13", b"   12  an older one\n")
    with (tmp_path / "side").open("ab") as side:
        side.write(token + b"\0D\0002\0003.5\0")
    assert bash.told() == (
        CommandBegan(seq=2, at=2.5, status=7, cwd="/w", command="echo 'a\n b'", entry=12),
        CommandBegan(seq=3, at=4.5, status=0, cwd="/w", command=None),
    )
    with (tmp_path / "side").open("ab") as side:
        side.write(b"""4\0/x\0declare -x A="1"\n\0errexit\0alias a='it'\\''s'\n\0f () \n{ \n    :\n}\n\0""")
    assert bash.told() == (
        CommandEnded(
            seq=2,
            at=3.5,
            status=4,
            cwd="/x",
            environment={"A": "1"},
            options={"errexit": "on"},
            aliases={"a": "it's"},
            functions={"f": "{ \n    :\n}"},
        ),
    )
    bash.close()


RC = r"""
alias greet='echo hello'
helper() { echo "helped $1"; }
PS1='\[\e[32m\]user:\w\$ \[\e[0m\]'
PROMPT_COMMAND='last=$?; echo "[pc $last]" >&2'
HISTCONTROL=ignoreboth
HISTIGNORE='ls:pwd'
HISTTIMEFORMAT='%F '
trap 'true' DEBUG
set -o vi
"""


@pytest.fixture
def user(start: Start, own_world: Path) -> Driver:
    (own_world / ".bashrc").write_text(RC)
    return start(SessionMode.TYPED)


def test_the_users_own_startup_prompt_and_traps_keep_working(user: Driver) -> None:
    assert user.run("greet; helper me").output == "hello\nhelped me\n"
    failed = user.run("(exit 9)")
    assert (failed.exit_code, failed.output) == (9, "")
    shown = b"".join(message.data for message in user.heard if isinstance(message, Output))
    assert b"[pc 9]" in shown
    assert b"\x1b[32muser:" in shown
    assert user.run("trap -p DEBUG").output == "trap -- 'true' DEBUG\n"


def test_history_follows_the_users_rules_though_every_command_is_seen(user: Driver) -> None:
    typed = ["echo a", " echo hidden", "echo a", "pwd", "echo $HISTCONTROL"]
    steps = [user.type_command(command) for command in typed]
    assert [step.command for step in steps] == typed
    assert steps[-1].output == "ignoreboth\n"
    listed = user.type_command("HISTTIMEFORMAT= history").output
    assert [line.split(None, 1)[1] for line in listed.splitlines()] == [
        "echo a",
        "echo $HISTCONTROL",
        "HISTTIMEFORMAT= history",
    ]


def test_a_changed_history_rule_counts_from_then_on(typed: Driver) -> None:
    for command in ("echo a", "echo a", "HISTCONTROL=ignoredups", "echo b", "echo b"):
        typed.type_command(command)
    listed = typed.type_command("history").output
    assert [line.split(None, 1)[1] for line in listed.splitlines()] == [
        "echo a",
        "echo a",
        "HISTCONTROL=ignoredups",
        "echo b",
        "history",
    ]


@pytest.mark.parametrize(
    "harm",
    [
        "PROMPT_COMMAND='echo mine >&2'",
        'PROMPT_COMMAND="echo mine >&2; $PROMPT_COMMAND"',
        "PROMPT_COMMAND+='; echo mine >&2'",
        "PROMPT_COMMAND=('echo mine >&2' 'echo more >&2')",
        "unset PROMPT_COMMAND",
        "PS0=mine",
        "PS1='mine> '",
        "PS1='mine> '; PS0=; PROMPT_COMMAND=",
        "shopt -u promptvars",
        "shopt -u cmdhist lithist",
        "IFS=:; set -f -u -C; LC_ALL=de_DE.UTF-8",
        "set -o posix",
        "set -x",
        "printf() { :; }; read() { :; }; alias local=false",
        "exec 3>&1 1>/dev/null 3>&1; exec 1>&2",
    ],
)
def test_commands_are_seen_whatever_is_done_to_the_prompt(typed: Driver, harm: str) -> None:
    typed.type_command(harm)
    step = typed.type_command("echo next; (exit 3)")
    last = typed.type_command("echo last")
    assert (step.command, step.exit_code) == ("echo next; (exit 3)", 3)
    assert (last.command, last.exit_code) == ("echo last", 0)
    assert "last\n" in last.output


@pytest.mark.parametrize("mode", [SessionMode.TYPED, SessionMode.HANDED])
@pytest.mark.parametrize("strings", [(), (STRINGS,)], ids=["arrays", "strings"])
def test_errors_that_are_sent_into_a_file_hold_what_commands_said_and_nothing_of_ours(
    start: Start, own_world: Path, monkeypatch: pytest.MonkeyPatch, mode: SessionMode, strings: tuple[str, ...]
) -> None:
    for name in strings:
        monkeypatch.setenv(name, "1")
    (own_world / ".bashrc").write_text("PS1='$ '\ntrap 'true' DEBUG\n")
    driver = start(mode)
    log = Path(driver.spec.workspace, "log")
    run = driver.run if mode is SessionMode.HANDED else driver.type_command
    run("exec 2>log")
    steps = [run("echo said; echo told >&2; (exit 3)"), run("for i in 1 2; do echo $i >&2; done")]
    assert [(step.exit_code, step.output) for step in steps] == [(3, "said\n"), (0, "")]
    assert log.read_text() == "told\n1\n2\n"
    if not strings:
        # A prompt command that was left empty is `:` there, and traced.
        run("set -x")
        run("echo traced")
        run("set +x")
        assert log.read_text() == "told\n1\n2\n+ echo traced\n+ set +x\n"
    run("exec 2>&-")
    assert run("echo none >&2; echo closed").output == "closed\n"
    run("exec 2>/dev/tty")
    assert run("trap -p DEBUG; echo here >&2").output == "trap -- 'true' DEBUG\nhere\n"


def test_history_expansion_is_recorded_as_what_it_became(typed: Driver) -> None:
    typed.run("echo one")
    step = typed.run("!! two")
    assert (step.command, step.output) == ("echo one two", "one two\n")
    refused = typed.run('echo "x!nope"')
    assert (refused.command, refused.exit_code) == ('echo "x!nope"', 1)
    assert "event not found" in refused.output


def test_a_replay_expands_no_history_and_leaves_none(handed: Driver, own_world: Path) -> None:
    assert handed.run('echo "x!nope" !!').output == "x!nope !!\n"
    handed.end()
    assert not (own_world / ".bash_history").exists()


def test_a_persons_history_is_saved(typed: Driver, own_world: Path) -> None:
    typed.type_command("echo remembered")
    typed.type("\x04")
    while typed.session.receive(30):
        pass
    assert "echo remembered" in (own_world / ".bash_history").read_text()


def test_what_is_typed_ahead_becomes_steps_of_its_own(typed: Driver) -> None:
    typed.type("sleep 0.3; echo first\recho second\r")
    steps = [typed.wait_for(StepEnded).step for _ in range(2)]
    assert [step.command for step in steps] == ["sleep 0.3; echo first", "echo second"]
    assert steps[1].output == "second\n"


def test_commands_pasted_together_by_a_person_lose_nothing(typed: Driver) -> None:
    typed.type("\x1b[200~echo first\necho second\x1b[201~\r")
    first = typed.wait_for(StepEnded).step
    second = typed.wait_for(StepEnded).step
    assert (first.output, second.output) == ("first\n", "second\n")
    assert second.command == "echo second"


def test_a_nested_shell_is_one_step(typed: Driver) -> None:
    typed.type("bash --norc\r")
    typed.wait_for_shown(b"bash-5")
    typed.type("echo inner\rexit 4\r")
    step = typed.wait_for(StepEnded).step
    assert (step.command, step.exit_code) == ("bash --norc", 4)
    assert "inner\n" in step.output


def test_a_history_that_is_off_is_on_but_saved_nowhere(start: Start, own_world: Path) -> None:
    (own_world / ".bashrc").write_text("set +o history\nHISTSIZE=0\n")
    driver = start(SessionMode.TYPED)
    assert driver.type_command("echo seen").command == "echo seen"
    driver.end()
    assert not (own_world / ".bash_history").exists()


def test_where_the_history_is_switched_off_no_other_commands_text_is_told(typed: Driver) -> None:
    typed.type_command("echo before")
    typed.type_command("set +o history")
    unknown = [typed.type_command("echo unknown; (exit 3)"), typed.type_command("set -o history")]
    assert [(step.command, step.output, step.exit_code) for step in unknown] == [("", "unknown\n", 3), ("", "", 0)]
    assert typed.type_command("echo again").command == "echo again"
    assert typed.run("set +o history; echo script").command == "set +o history; echo script"
    assert typed.run("echo given").command == "echo given"


def test_a_locale_with_a_decimal_comma_does_no_harm(start: Start) -> None:
    driver = start(environment={**os.environ, "LC_NUMERIC": "de_DE.UTF-8"})
    assert driver.run("sleep 0.02").duration_ms >= 20


@pytest.mark.parametrize("harm", ["PROMPT_COMMAND='echo mine >&2'", "unset PROMPT_COMMAND", "PROMPT_COMMAND="])
def test_a_bash_without_arrays_of_prompt_commands_loses_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setenv(STRINGS, "1")
    driver = start(SessionMode.TYPED)
    driver.type_command("PROMPT_COMMAND='echo users >&2'")
    driver.type_command(harm)
    step = driver.type_command("mkdir -p d; cd d; export A=1; (exit 3)")
    assert (step.exit_code, step.cwd_after.rpartition("/")[2], step.env_effects.set) == (3, "d", {"A": "1"})
    assert driver.type_command("echo next").output.startswith("next\n")


@pytest.mark.parametrize(
    ("login", "recorded"),
    [("/usr/bin/fish", "fish"), ("/bin/zsh", "zsh"), ("/bin/tcsh", "bash"), ("", "bash")],
)
def test_the_users_own_shell_is_recorded_where_it_can_be(login: str, recorded: str) -> None:
    assert own_shell({"SHELL": login}) == recorded


def test_a_shell_that_was_replaced_is_asked_again(tmp_path: Path) -> None:
    shell = tmp_path / "bash"
    for version, refused in (("4.3.48", True), ("5.2.15", False)):
        shell.write_text(f"#!/bin/sh\necho 'GNU bash, version {version}(1)-release'\n# {version}\n")
        shell.chmod(0o755)
        assert (too_old("bash", {"PATH": str(tmp_path)}) is not None) is refused
