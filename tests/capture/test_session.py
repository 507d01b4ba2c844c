"""Sessions of a real bash: what a step says of a command, in both modes."""

import shutil
from pathlib import Path

import pytest

from capture.errors import BadInputError, HostError
from capture.launching import launch
from capture.session import Session
from capture.trace import EffectOp, RunStatus, StepStatus
from capture.wire import Ended, Output, Ready, SessionMode, StepBegan, StepEnded
from tests.capture.conftest import Start
from tests.capture.driving import Driver, spec_for

BOTH = pytest.mark.parametrize("mode", list(SessionMode))

COMMANDS = [
    ("echo hi", 0, "hi\n"),
    ("  echo lead", 0, "lead\n"),
    ("echo 'two\nlines'", 0, "two\nlines\n"),
    ('for x in 1 2\ndo\n\techo "$x"\ndone', 0, "1\n2\n"),
    ("cat <<'X'\na\tb\n  $c `d` \\\nX", 0, "a\tb\n  $c `d` \\\n"),
    ("echo a \\\n  b", 0, "a b\n"),
    ("echo 'ünï  ✓' \"q'q\"", 0, "ünï  ✓ q'q\n"),
    ("echo one\necho two", 0, "one\ntwo\n"),
    ("(echo sub; exit 4)", 4, "sub\n"),
    ("false | true; echo ${PIPESTATUS[@]}", 0, "1 0\n"),
    ("printf no-newline", 0, "no-newline"),
    ("if true; then # why\n  echo yes\nfi", 0, "yes\n"),
    ("sh -c 'kill -TERM $$'", 143, "Terminated\n"),
    ("exec does-not-exist", 127, "bash: exec: does-not-exist: not found\n"),
    ("echo ${NOPE:?must be set}", 1, "bash: NOPE: must be set\n"),
    ("echo )", 2, "bash: syntax error near unexpected token `)'\n"),
    ("# only a comment", 0, ""),
    ("", 0, ""),
]


@BOTH
def test_a_step_has_the_exact_command_its_exit_code_and_its_output_alone(start: Start, mode: SessionMode) -> None:
    driver = start(mode)
    steps = [driver.run(command) for command, _, _ in COMMANDS]
    assert [(step.command, step.exit_code, step.output) for step in steps] == COMMANDS
    assert [step.step_index for step in steps] == list(range(1, len(COMMANDS) + 1))
    assert driver.end(RunStatus.SUCCESS) is RunStatus.SUCCESS
    assert driver.trace.steps == tuple(steps)


@BOTH
def test_a_command_that_is_not_complete_fails_and_the_next_one_runs(start: Start, mode: SessionMode) -> None:
    driver = start(mode)
    step = driver.run("echo 'open")
    assert (step.command, step.status, step.unmet_prompt) == ("echo 'open", StepStatus.FAILED, "> ")
    assert driver.run("echo next").output == "next\n"


def test_functions_arrays_and_options_carry_on(handed: Driver) -> None:
    handed.run('f() { echo "f $1"; }; declare -A map=([k]=v); declare -i number=3; set -u')
    assert handed.run("number+=4; f ${map[k]}$number").output == "f v7\n"
    assert handed.run("echo $NOPE").exit_code == 1
    assert handed.run("echo $?").output == "1\n"
    assert handed.run("[[ $- == *u* ]]").exit_code == 0


@BOTH
def test_directory_and_environment_are_told_before_and_after(start: Start, mode: SessionMode) -> None:
    driver = start(mode)
    work = driver.spec.cwd
    moved = driver.run("mkdir sub && cd sub")
    assert (moved.cwd, moved.cwd_after) == (work, f"{work}/sub")
    exported = driver.run("export A='x \"y\" $z\nw' B=ü; unset LC_ALL; local_only=1")
    assert exported.cwd == f"{work}/sub"
    assert exported.env_effects.set == {"A": 'x "y" $z\nw', "B": "ü"}
    assert exported.env_effects.unset == ("LC_ALL",)
    assert driver.run("true").env_effects.set == {}


@BOTH
@pytest.mark.parametrize(
    ("shell", "option", "switch"), [("bash", "pipefail", "set -o pipefail"), ("zsh", "nullglob", "setopt null_glob")]
)
def test_options_aliases_and_functions_are_effects_too(
    tmp_path: Path, mode: SessionMode, shell: str, option: str, switch: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    driver = Driver(spec_for(tmp_path, mode, shell=shell))
    try:
        driver.wait_for(Ready)
        made = driver.run(f"{switch}; alias ll='ls -l'; greet() {{ echo hi; }}").env_effects
        assert (made.options, made.aliases, list(made.functions)) == ({option: True}, {"ll": "ls -l"}, ["greet"])
        assert "echo hi" in made.functions["greet"]
        assert not driver.run("greet").env_effects.any
        gone = driver.run("unalias ll; unset -f greet").env_effects
        assert (gone.aliases_unset, gone.functions_unset, gone.options) == (("ll",), ("greet",), {})
    finally:
        driver.session.close()


@BOTH
def test_file_effects_belong_to_the_step_that_made_them(start: Start, mode: SessionMode) -> None:
    driver = start(mode)
    first = driver.run("echo 1 > a; mkdir d")
    second = driver.run("mv a d/b; touch e")
    assert [(effect.op, effect.path) for effect in first.file_effects] == [
        (EffectOp.CREATED, "a"),
        (EffectOp.CREATED, "d"),
    ]
    assert [(effect.op, effect.path) for effect in second.file_effects] == [
        (EffectOp.MOVED, "d/b"),
        (EffectOp.CREATED, "e"),
    ]


def test_output_is_byte_exact_between_the_offsets(handed: Driver) -> None:
    step = handed.run(r"printf 'a\0b\xff\r\n\e[31mred\e[0m\n'")
    assert handed.raw[step.output_start : step.output_end] == b"a\0b\xff\r\r\n\x1b[31mred\x1b[0m\r\n"
    assert step.output_bytes == step.output_end - step.output_start
    assert step.output.endswith("red\n")


def test_forged_marks_are_plain_output(handed: Driver) -> None:
    step = handed.run(r"printf '\e]133;D;0\a\e]133;D;0123456789abcdef0123456789abcdef;1;0\a\e]133;C\a'; false")
    assert step.exit_code == 1
    assert step.output_bytes > 40
    assert handed.run("echo after").output == "after\n"


def test_no_child_can_learn_the_nonce(handed: Driver) -> None:
    step = handed.run("env | grep -c '^__rb'; for f in $(dirname \"$__rb_dir\")/*/nonce; do wc -c <$f; done")
    assert step.output == "0\n0\n"


def test_many_lines_come_whole_and_within_bounds(handed: Driver) -> None:
    step = handed.run("seq 1 100000")
    assert step.output_bytes == 688_895
    assert step.output_truncated
    assert step.output.startswith("1\n2\n")
    assert step.output.endswith("99999\n100000\n")
    assert handed.raw[step.output_start : step.output_end].count(b"\r\n") == 100_000


@BOTH
def test_a_command_of_ten_thousand_characters(start: Start, mode: SessionMode) -> None:
    driver = start(mode)
    command = "echo " + "x" * 10_000 + " | wc -c"
    step = driver.run(command)
    assert (step.command, step.output) == (command, "10001\n")


def test_variables_lent_to_one_command_are_taken_back(handed: Driver) -> None:
    handed.run("export KEPT=old; declare -i plain=5")
    step = handed.run('echo "$KEPT $plain $NEW" | cat', environment={"KEPT": "lent", "plain": "7", "NEW": "q\"$x' y"})
    assert step.output == "lent 7 q\"$x' y\n"
    assert (step.env_effects.set, step.env_effects.unset) == ({}, ())
    assert handed.run('echo "$KEPT $plain ${NEW-unset}"; declare -p plain').output == (
        'old 5 unset\ndeclare -i plain="5"\n'
    )


@pytest.mark.parametrize("command", ["a\0b", "a\rb", "a\x1b[201~b"])
def test_what_can_not_be_typed_is_refused(handed: Driver, command: str) -> None:
    with pytest.raises(BadInputError, match="take it out"):
        handed.session.run(command)


def test_break_and_return_do_no_harm(handed: Driver) -> None:
    handed.run("break; continue")
    handed.run("return 3")
    assert handed.run("echo still").output == "still\n"


@BOTH
def test_a_failing_step_under_errexit_ends_the_shell_and_is_closed_with_its_status(
    start: Start, mode: SessionMode
) -> None:
    driver = start(mode)
    driver.run("set -e")
    assert driver.run("! true").exit_code == 1
    driver.session.run("(exit 5)")
    assert driver.wait_for(StepEnded).step.exit_code == 5
    assert driver.wait_for(Ended).status is RunStatus.FAILED


@BOTH
def test_exit_is_a_step_that_ends_the_session(start: Start, mode: SessionMode) -> None:
    driver = start(mode)
    driver.session.run("exit 3")
    step = driver.wait_for(StepEnded).step
    assert (step.command, step.exit_code, step.status) == ("exit 3", 3, StepStatus.FAILED)
    assert driver.wait_for(Ended).status is RunStatus.FAILED
    assert driver.session.receive(5) is None
    assert driver.trace.run.status is RunStatus.FAILED


def test_exec_is_one_step_until_the_other_program_ends(handed: Driver) -> None:
    handed.session.run("exec sh -c 'echo other; exit 6'")
    step = handed.wait_for(StepEnded).step
    assert (step.output, step.exit_code) == ("other\n", 6)


def test_the_orderly_end_takes_its_status_from_the_last_step(start: Start) -> None:
    good, bad, empty = start(), start(), start()
    good.run("false")
    good.run("true")
    bad.run("false")
    assert [driver.end() for driver in (good, bad, empty)] == [RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.SUCCESS]


def test_messages_come_in_the_order_of_what_happened(handed: Driver) -> None:
    handed.run("echo out")
    kinds = [type(message) for message in handed.heard if not isinstance(message, Output)]
    assert kinds == [Ready, StepBegan, StepEnded, Ready]
    began, ended = (
        next(index for index, message in enumerate(handed.heard) if isinstance(message, kind))
        for kind in (StepBegan, StepEnded)
    )
    # The terminal may hand on the text before the end of its line.
    printed = [message.data for message in handed.heard[began + 1 : ended] if isinstance(message, Output)]
    assert b"".join(printed) == b"out\r\n"


def test_a_front_end_that_shows_nothing_is_told_of_steps_alone(start: Start) -> None:
    driver = start(SessionMode.HANDED, shows_output=False)
    assert driver.run("echo recorded").output == "recorded\n"
    driver.end()
    assert not any(isinstance(message, Output) for message in driver.heard)
    assert b"recorded" in driver.raw


def test_jobs_are_told_as_at_a_prompt(handed: Driver) -> None:
    step = handed.run("sleep 100 &")
    assert step.output.startswith("[1] ")
    assert handed.run("kill %1; wait %1 2>/dev/null; echo $?").output.splitlines()[-1] == "143"


def test_own_variables_are_kept_from_the_shell(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAYBOOK_HOME", "/elsewhere")
    monkeypatch.setenv("THEIRS", "kept")
    monkeypatch.delenv("TERM")
    driver = start()
    assert driver.run('echo "${REPLAYBOOK_HOME-none} $THEIRS $TERM"').output == "none kept xterm-256color\n"
    assert "THEIRS" in driver.trace.environment


def test_secrets_reach_neither_tape_nor_trace(handed: Driver) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    step = handed.run(f"export GITHUB_TOKEN={token}; echo $GITHUB_TOKEN > t; echo $GITHUB_TOKEN")
    handed.end()
    home = Path(handed.spec.home)
    assert token not in step.command + step.output + str(step.env_effects)
    leaking = [path for path in home.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    assert leaking == []
    assert [effect.path for effect in step.file_effects] == ["t"]


@BOTH
def test_a_session_that_ends_at_once_lets_the_startup_files_come_to_their_end(
    tmp_path: Path, mode: SessionMode, own_world: Path
) -> None:
    (own_world / ".bashrc").write_text("mkdir ~/lock; sleep 0.4; rmdir ~/lock; touch ~/through\n")
    with Session.start(spec_for(tmp_path, mode)) as session:
        assert session.finish(RunStatus.PARTIAL) is RunStatus.PARTIAL
    assert (own_world / "through").exists()
    assert not (own_world / "lock").exists()


def test_a_variable_that_is_no_text_is_named_before_anything_starts(tmp_path: Path) -> None:
    spec = spec_for(tmp_path, environment={"PATH": "/usr/bin:/bin", "ODD": "a\udcff"})
    with pytest.raises(HostError, match="the variable ODD holds bytes"):
        launch(spec)
    assert not (tmp_path / "home" / "runs").exists()
