"""The integration of fish: people's own startup files, prompts, bindings and handlers keep working, and do no harm."""

import os
import shutil
from pathlib import Path

import pytest

from capture.dialogue import ExpectedPrompt
from capture.scripted import split_commands
from capture.shells import CommandBegan, CommandEnded
from capture.shells.fish import Fish
from capture.shells.fish_text import quoted
from capture.trace import Input
from capture.wire import Ended, Output, SessionMode, StepBegan, StepEnded
from tests.capture.conftest import Start
from tests.capture.driving import Driver

pytestmark = pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")

CONFIG = r"""
alias greet 'echo hello'
abbr -a hw 'echo hello world'
function helper; echo "helped $argv"; end
function fish_prompt
    set -l last $status
    printf 'two lines %s\n' $last
    printf '%suser:%s%s> ' (set_color green) (prompt_pwd) (set_color normal)
end
function fish_right_prompt; date +%H:%M:%S; end
function fish_mode_prompt; echo "[$fish_bind_mode]"; end
function fish_title; echo "title of $argv"; end
function fish_greeting; echo welcome; end
function moved --on-variable PWD; echo "moved to "(basename $PWD) >>$HOME/moves; end
function before --on-event fish_preexec; echo "[before $argv]"; end
function after --on-event fish_postexec; echo "[after $argv]"; end
function asked --on-event fish_prompt; echo "[asked]"; end
set -g fish_key_bindings fish_vi_key_bindings
bind -M insert \cg 'echo bound'
bind -M insert \r 'commandline -f execute'
fish_add_path -P /usr/games
"""


@pytest.fixture
def configured(own_world: Path) -> Path:
    folder = own_world / ".config" / "fish"
    (folder / "conf.d").mkdir(parents=True)
    (folder / "functions").mkdir()
    (folder / "config.fish").write_text(CONFIG)
    (folder / "conf.d" / "part.fish").write_text("set -gx FROM_PART 1\n")
    (folder / "functions" / "filed.fish").write_text("function filed; echo from a file; end\n")
    return folder


@pytest.fixture
def typed(start: Start) -> Driver:
    return start(SessionMode.TYPED, shell="fish")


@pytest.fixture
def handed(start: Start) -> Driver:
    return start(SessionMode.HANDED, shell="fish")


def shown(driver: Driver) -> bytes:
    return b"".join(message.data for message in driver.heard if isinstance(message, Output))


def test_records_are_read_and_a_torn_one_is_left_out(tmp_path: Path) -> None:
    fish = Fish(tmp_path, typed=True)
    token = (tmp_path / "nonce").read_bytes().split()[1]

    def write(*fields: str) -> None:
        with (tmp_path / "side").open("ab") as side:
            side.write(token + b"\0" + "".join(f"{field}\0" for field in fields).encode())

    write("C", "1", "7", "/w", " for a in 1\n echo\nend")
    write("D", "1", "3")
    abbreviations = "abbr -a -- gs 'git \\'s\\''\nabbr -a --position anywhere -- L less\n"
    functions = ("4", "f", "# Defined in - @ line 1\nfunction f\nend", "__rb_x", "own")
    write("D", "1", "3", "1500", "/x", "4", "A", "1\n2", "B", "", "full-job-control", abbreviations, *functions)
    write("D", "2", "0", "", "/x", "=", "", "=", "=")
    began, ended, last = fish.told()
    assert isinstance(began, CommandBegan)
    assert (began.command, began.status, began.cwd) == (" for a in 1\n echo\nend", 7, "/w")
    assert isinstance(ended, CommandEnded)
    assert (ended.status, ended.cwd, ended.environment) == (3, "/x", {"A": "1\n2", "B": ""})
    assert ended.at == began.at + 1.5
    assert (ended.options, ended.aliases) == ({"full-job-control": "on"}, {"gs": "git 's'", "L": "less"})
    assert ended.functions == {"f": "function f\nend"}
    assert isinstance(last, CommandEnded)
    assert (last.environment, last.options, last.aliases, last.functions) == ({"A": "1\n2", "B": ""}, {}, None, None)
    fish.close()


def test_a_record_is_told_once_it_is_whole_however_much_of_the_next_has_come(tmp_path: Path) -> None:
    """fish writes each word of a record by itself, and the host may look between any two."""
    fish = Fish(tmp_path, typed=True)
    token = (tmp_path / "nonce").read_bytes().split()[1]
    records = [("C", "1", "0", "/w", "true"), ("D", "1", "0", "", "/w", "=", "", "=", "="), ("C", "2", "0", "/w", "ls")]
    told = 0
    with (tmp_path / "side").open("ab", buffering=0) as side:
        for number, fields in enumerate(records, 1):
            for byte in token + b"\0" + "".join(f"{field}\0" for field in fields).encode():
                side.write(bytes([byte]))
                told += len(fish.told())
                assert told >= number - 1
            assert told == number
    fish.close()


@pytest.mark.usefixtures("configured")
def test_the_users_own_config_prompt_bindings_and_handlers_keep_working(start: Start, own_world: Path) -> None:
    user = start(SessionMode.TYPED, shell="fish")
    assert user.type_command("greet; helper me; filed").output == "hello\nhelped me\nfrom a file\n"
    failed = user.type_command("sh -c 'exit 9'")
    assert (failed.exit_code, failed.output) == (9, "")
    user.type_command("mkdir sub; cd sub")
    assert (own_world / "moves").read_text() == "moved to sub\n"
    seen = shown(user)
    for wanted in (b"welcome", b"two lines 9", b"[insert]", b"[before greet", b"[after greet", b"[asked]", b"title of"):
        assert wanted in seen
    assert user.type_command("echo $FROM_PART $PATH[1]").output == "1 /usr/games\n"
    assert "'echo bound'" in user.type_command("bind -M insert \\cg").output


@pytest.mark.parametrize("terminal", ["xterm-256color", "screen", "dumb"])
@pytest.mark.usefixtures("configured")
def test_output_holds_no_prompt_no_title_and_no_mark_of_a_partial_line(start: Start, terminal: str) -> None:
    user = start(SessionMode.TYPED, shell="fish", environment={**os.environ, "TERM": terminal})
    for command, output in (("printf partial", b"partial"), ("echo whole", b"whole\r\n"), ("true", b"")):
        step = user.type_command(command)
        raw = user.raw[step.output_start : step.output_end]
        assert (raw, step.output_bytes) == (output, len(output))
    if terminal == "dumb":
        return
    coloured = user.type_command(r"printf '\e]0;of the program\a\e[31mred'")
    assert user.raw[coloured.output_start : coloured.output_end] == b"\x1b]0;of the program\x07\x1b[31mred"


@pytest.mark.usefixtures("configured")
def test_an_abbreviation_is_recorded_as_what_it_became_and_a_replay_expands_none(start: Start) -> None:
    step = start(SessionMode.TYPED, shell="fish").type_command("hw")
    assert (step.command, step.output) == ("echo hello world", "hello world\n")
    replayed = start(SessionMode.HANDED, shell="fish").run("hw")
    assert (replayed.command, replayed.exit_code) == ("hw", 127)


def test_the_nonce_is_nowhere_once_the_shell_takes_commands(typed: Driver) -> None:
    folder = Path(typed.spec.folder or "")
    assert (folder / "nonce").read_bytes() == b""
    listed = typed.run("env; cat /proc/$fish_pid/cmdline /proc/$fish_pid/environ | tr '\\0' '\\n'").output
    assert "__rb" not in listed
    assert not any(len(word) == 32 and set(word) <= set("0123456789abcdef") for word in listed.split())


@pytest.mark.parametrize(
    "harm",
    [
        "function fish_prompt; echo -n 'mine> '; end",
        "functions -e fish_prompt fish_title fish_right_prompt",
        "function fish_title; end",
        "function fish_prompt; false; end",
        "function printf; end; function echo; builtin echo $argv; end",
        "function fish_postexec_mine --on-event fish_postexec; builtin echo noise; end",
        "function early --on-event fish_preexec; set -g seen $argv; end",
        "fish_vi_key_bindings",
        "fish_default_key_bindings; bind \\r 'commandline -f execute'",
        "bind --erase --all; bind \\r execute",
        "bind '' self-insert; bind \\x1f undo",
        "status job-control full",
        "set -g fish_trace 1; set -e fish_trace",
        "set -gx name A; set -gx names B C; set -gx mode x; set -gx seq y",
        "set -e HOME; set -e PATH[-1]",
        "set -g fish_history other",
        "emit fish_prompt; emit fish_preexec forged; emit fish_postexec forged",
        "set -g IFS :; set -gx LC_ALL C",
        "function on_exit --on-event fish_exit; echo bye; end",
        "set -U fish_user_paths /usr/games",
        "set -g fish_escape_delay_ms 500",
        "exec 2>&1",
    ],
)
def test_commands_are_seen_whatever_is_done_to_the_shell(typed: Driver, harm: str) -> None:
    done = typed.type_command(harm)
    assert (done.command, done.cwd_after) == (harm, typed.spec.cwd)
    step = typed.type_command("builtin echo next; sh -c 'exit 3'")
    last = typed.run("builtin printf last")
    assert (step.command, step.exit_code, step.output) == ("builtin echo next; sh -c 'exit 3'", 3, "next\n")
    assert (last.command, last.exit_code, last.output) == ("builtin printf last", 0, "last")


def test_a_command_without_a_status_of_its_own_has_succeeded(typed: Driver) -> None:
    for before, command, code in (
        ("false", "set x 1", 0),
        ("false", "# a remark", 0),
        ("false", "set x (false)", 1),
        ("ls *.nomatch", "ls *.nomatch", 124),
        ("ls *.nomatch", "set x 1", 0),
        ("false", "echo $status", 0),
        ("true", "status is-login", 1),
    ):
        typed.type_command(before)
        step = typed.type_command(command)
        assert (step.command, step.exit_code) == (command, code), before
        if command == "echo $status":
            assert step.output == "1\n"


def test_what_a_command_leaves_behind_in_the_shell_is_told(typed: Driver) -> None:
    typed.run("set -gx LIST a 'b c'; set -gx MORE_PATH x y; set -gx EMPTY")
    set_by = typed.run("set -gx LIST z 'b c'; set -gxa MORE_PATH z; set -e EMPTY; set -g private 1").env_effects
    assert (set_by.set, set_by.unset) == ({"LIST": "z b c", "MORE_PATH": "x:y:z"}, ("EMPTY",))
    defined = typed.run("function f\n  echo 'in f'\nend; alias l 'ls -l'; abbr -a gs 'git status'").env_effects
    assert defined.functions.keys() == {"f", "l"}
    assert defined.functions["f"] == "function f\n  echo 'in f'\nend"
    assert defined.aliases == {"gs": "git status"}
    gone = typed.run("functions -e f; abbr -e gs; status job-control full").env_effects
    assert (gone.functions_unset, gone.aliases_unset) == (("f",), ("gs",))
    assert gone.options == {"full-job-control": True}
    assert typed.run("function ls; echo mine; end").env_effects.functions["ls"] == "function ls\n echo mine; \nend"


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("echo ))", "fish: Unexpected ')' for unopened parenthesis\necho ))\n     ^\n"),
        ("for i in 1 2", "fish: Missing end to balance this for loop\nfor i in 1 2\n^~^\n"),
    ],
)
def test_what_fish_can_not_run_is_a_step_with_its_message_alone(typed: Driver, command: str, output: str) -> None:
    step = typed.run(command)
    assert (step.command, step.exit_code, step.output) == (command, 127, output)
    assert typed.run("echo on").output == "on\n"


@pytest.mark.parametrize("mode", SessionMode)
def test_a_script_s_text_is_taken_as_it_is(start: Start, mode: SessionMode) -> None:
    driver = start(mode, shell="fish")
    for command in (
        "echo 'a\tb' \"$HOME\" \\\n  c",
        "for i in 1 2\n\techo $i\nend",
        "# only a remark",
        "echo 'it\\'s' \"q\\\"q\" back\\\\slash ünï 🙂",
        " echo private",
        "   ",
        "echo a # remark",
        "echo one\necho two",
        "echo '\x1b[31m \x08 \x7f'",
    ):
        step = driver.run(command)
        assert (step.command, step.exit_code) == (command, 0)


def test_a_replay_lends_variables_for_one_command_and_keeps_no_history(handed: Driver, own_world: Path) -> None:
    handed.run("set -g KEPT a b; set -gx OUT c")
    lent = handed.run(
        "echo $LENT $KEPT $OUT $EMPTY.", environment={"LENT": "a b", "KEPT": "x", "OUT": "y", "EMPTY": ""}
    )
    assert lent.output == "a b x y .\n"
    assert handed.run("echo $LENT-unset (count $KEPT) $OUT; env | grep -c '^KEPT='").output == "2 c\n0\n"
    handed.run("true", environment={"PATH": "/nowhere:/bin"})
    assert handed.run("echo $PATH").output == os.environ["PATH"].replace(":", " ") + "\n"
    handed.end()
    assert not list(own_world.rglob("*_history"))


def test_a_persons_history_is_kept_without_what_began_with_a_blank(typed: Driver) -> None:
    typed.type_command("echo remembered")
    private = typed.type_command(" echo hidden")
    assert (private.command, private.output) == (" echo hidden", "hidden\n")
    listed = typed.type_command("history").output
    assert "echo remembered" in listed
    assert "hidden" not in listed


def test_a_persons_pasted_block_is_one_step(typed: Driver) -> None:
    typed.type("\x1b[200~echo first\nsh -c 'exit 2'\x1b[201~\r")
    step = typed.wait_for(StepEnded).step
    assert (step.command, step.output, step.exit_code) == ("echo first\nsh -c 'exit 2'", "first\n", 2)


def test_what_is_typed_ahead_becomes_steps_of_its_own(typed: Driver) -> None:
    typed.type("sleep 0.3; echo first\recho second\r")
    steps = [typed.wait_for(StepEnded).step for _ in range(2)]
    assert [step.command for step in steps] == ["sleep 0.3; echo first", "echo second"]
    assert steps[1].output == "second\n"


def test_ctrl_c_errors_and_empty_enters_at_the_prompt_make_no_step(typed: Driver) -> None:
    typed.type("echo never\x03")
    typed.type("\r\r")
    typed.type("echo ))\r\x03")
    assert typed.type_command("echo seen").step_index == 1


def test_ctrl_c_and_ctrl_z_in_a_program(typed: Driver) -> None:
    assert "on\n" in typed.interrupt_then_stop().output
    went_on = typed.type_command("fg; echo there")
    # fish itself tells no status of a job that it has put back.
    assert (went_on.exit_code, went_on.output.splitlines()[-1]) == (0, "there")


def test_late_words_of_a_background_job_do_no_harm(typed: Driver) -> None:
    typed.type_command("sh -c 'sleep 0.2; echo late' &")
    step = typed.type_command("wait; echo next")
    assert (step.command, step.exit_code) == ("wait; echo next", 0)
    assert "next\n" in step.output


def test_a_nested_fish_is_one_step_and_its_own_marks_make_none(typed: Driver) -> None:
    typed.type("fish --no-config\r")
    typed.wait_for(StepBegan)
    typed.wait_for_output(b"\x1b[K\r")
    typed.type("echo inner\rexit 4\r")
    step = typed.wait_for(StepEnded).step
    assert (step.command, step.exit_code) == ("fish --no-config", 4)
    assert "inner\n" in step.output


@pytest.mark.parametrize(
    ("last", "status"),
    [("exit 6", 6), ("exec sh -c 'exit 3'", 3), ("kill -9 $fish_pid", 137), ("kill -SEGV $fish_pid", 139)],
)
def test_the_end_of_the_shell_is_the_end_of_its_last_step(typed: Driver, last: str, status: int) -> None:
    typed.type(last + "\r")
    step = typed.wait_for(StepEnded).step
    assert (step.command, step.exit_code) == (last, status)


@pytest.mark.parametrize("mode", SessionMode)
def test_a_session_that_is_ended_before_its_prompt_stands_is_not_killed(start: Start, mode: SessionMode) -> None:
    driver = start(mode, shell="fish")
    driver.session.end()
    ended = driver.wait_for(Ended).exit_code
    assert ended is not None
    assert ended < 128, "a signal ended it"


def test_ctrl_d_ends_the_shell_and_makes_no_step(typed: Driver) -> None:
    typed.type_command("echo last")
    typed.type("\x04")
    while typed.session.receive(30):
        pass
    assert [step.command for step in typed.trace.steps] == ["echo last"]


def test_a_persons_answer_is_kept_and_their_password_stored_nowhere(typed: Driver) -> None:
    typed.type("read -P 'name? ' answer; read -s -P 'password? ' secret; echo $answer (string length $secret)\r")
    typed.wait_for(StepBegan)
    typed.wait_for_output(b"name? ")
    typed.type("ann\r")
    typed.wait_for_output(b"password? ")
    typed.type("correct-horse\r")
    step = typed.wait_for(StepEnded).step
    assert step.inputs == (Input(prompt="name? ", text="ann\n"), Input(prompt="password? ", text=None, secret=True))
    assert (step.exit_code, step.output.splitlines()[-1]) == (0, "ann 13")
    typed.end()
    assert not [path for path in Path(typed.spec.home).rglob("*") if path.is_file() and b"correct" in path.read_bytes()]


def test_a_scripts_answers_are_given_and_what_is_hidden_is_no_text(handed: Driver) -> None:
    answers = [
        ExpectedPrompt(pattern=f"{asked}[?] ", whole_line=False, send=f"{said}\n")
        for asked, said in (("name", "abcdef"), ("password", "uvwxyz"))
    ]
    step = handed.run("read -P 'name? ' a; read -s -P 'password? ' b; echo $a (string length $b)", prompts=answers)
    assert [given.text for given in step.inputs] == ["abcdef\n", None]
    assert step.output.splitlines()[-1] == "abcdef 6"


def test_a_text_becomes_one_word_of_fish(handed: Driver) -> None:
    for text in ("plain", "it's", "back\\slash", "'\\'", "end\\", '$HOME (x) "y"', "two\nlines"):
        assert handed.run(f"printf %s {quoted(text)}").output == text


@pytest.mark.parametrize(
    "command",
    [
        "sleep 60",
        "while true; end",
        "while true; sleep 0.05; end",
        "read -P 'what? ' x",
        "sh -c 'trap \"\" INT; sleep 60'",
    ],
)
def test_a_step_that_takes_too_long_is_ended_and_the_shell_goes_on(handed: Driver, command: str) -> None:
    assert handed.run(command, timeout_s=0.3).timed_out
    step = handed.run("echo on")
    assert (step.exit_code, step.output) == (0, "on\n")


def test_a_script_is_cut_where_fish_says_that_a_command_ends() -> None:
    commands = (
        "for i in 1 2\n  echo $i\n\nend",
        "echo 'a\nb'",
        "echo a |\ncat",
        "set x (echo 1 \\\n 2)",
        'function f\n  if true\n    echo "x (\n  "\n  end\nend; f',
        "echo )",
        "switch a; case a\n  # in between\nend",
        "echo last",
    )
    assert split_commands("# first\n\n" + "\n".join(commands) + "\n# last\n", "fish") == commands


def test_what_is_typed_ahead_is_of_the_next_step_alone(typed: Driver) -> None:
    typed.type_command("mkfifo gate")
    typed.type("echo go; cat gate; echo end\r")
    typed.wait_for(StepBegan)
    typed.wait_for_output(b"go\r\n")
    typed.type("echo ahead\r")
    typed.wait_for_output(b"echo ahead\r\n")
    (Path(typed.spec.cwd) / "gate").write_text("through\n")
    first, second = (typed.wait_for(StepEnded).step for _ in range(2))
    assert (first.output, first.inputs) == ("go\nthrough\nend\n", ())
    assert (second.command, second.output, second.inputs) == ("echo ahead", "ahead\n", ())
