"""Prompts and answers: recorded ones, a person's, and those that nobody answers."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from capture.dialogue import Answers, ExpectedPrompt, Seen, TypedLines, Verdict
from capture.trace import Input, StepStatus
from capture.wire import SessionMode, StepBegan, StepEnded
from tests.capture.conftest import Start
from tests.capture.driving import Driver

NAME = ExpectedPrompt(pattern="Name: ", whole_line=True, send="Ada\n")
AGE = ExpectedPrompt(pattern="Age", whole_line=False, send="36\n")


def seen(line: str, **changes: Any) -> Seen:
    values: dict[str, Any] = {"new_output": line, "quiet_s": 0.02, "waiting": True, **changes}
    return Seen(last_line=line, **values)


def test_answers_are_given_in_order_and_once() -> None:
    answers = Answers([NAME, AGE])
    assert answers.decide(seen("Age? ")) is Verdict.WAIT
    assert answers.decide(seen("Name: ")) is NAME
    assert answers.decide(seen("Name: ")) is Verdict.WAIT
    assert answers.decide(seen("Your Age? ")) is AGE
    assert not answers.left


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        ({"waiting": True, "quiet_s": 0.0}, Verdict.WAIT),
        ({"waiting": True, "quiet_s": 0.02}, NAME),
        ({"waiting": None, "quiet_s": 0.02}, Verdict.WAIT),
        ({"waiting": None, "quiet_s": 0.06}, NAME),
        ({"waiting": False, "quiet_s": 9.0}, Verdict.WAIT),
    ],
)
def test_an_answer_waits_until_the_program_reads(state: dict[str, object], decision: object) -> None:
    assert Answers([NAME]).decide(seen("Name: ", **state)) is decision


@pytest.mark.parametrize(
    ("prompts", "state", "decision"),
    [
        ([NAME], {"blocked_s": 1.0}, Verdict.UNMET),
        ([NAME], {"blocked_s": 0.9}, Verdict.WAIT),
        ([], {"blocked_s": 1.0}, Verdict.UNMET),
        ([NAME], {"waiting": None, "quiet_s": 3.0}, Verdict.UNMET),
        ([], {"waiting": None, "quiet_s": 60.0}, Verdict.WAIT),
        ([NAME], {"waiting": False, "quiet_s": 60.0}, Verdict.WAIT),
    ],
)
def test_another_prompt_is_never_answered(
    prompts: list[ExpectedPrompt], state: dict[str, object], decision: Verdict
) -> None:
    assert Answers(prompts).decide(seen("Delete customer: ", **state)) is decision


@pytest.mark.parametrize(
    "line",
    [
        "[sudo] password for deploy: ",
        "Continue? [Y/n] ",
        "Overwrite (yes/no): ",
        "(y or n) ",
        "continue connecting (yes/no/[fingerprint])? ",
        "rm: remove regular file 'a'? ",
        "Press any key to continue . . .",
        "--More--(12%)",
        "Username for 'https://git.shop': ",
        "  Enter a value: ",
        "mysql> ",
        "root@web1:~# ",
    ],
)
def test_a_question_is_known_by_its_words_where_nobody_sees_who_reads(line: str) -> None:
    assert Answers(()).decide(seen(line, waiting=None, quiet_s=3.0)) is Verdict.UNMET
    assert Answers(()).decide(seen(line, waiting=None, quiet_s=2.9)) is Verdict.WAIT
    assert Answers(()).decide(seen(line, waiting=False, quiet_s=9.0)) is Verdict.WAIT


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Downloading: ",
        "50% [=====>    ]",
        "[==> ",
        "50% ",
        "(1/3) installing",
        "reading key files ",
        "Entering: ",
        "Content-Type: ",
    ],
)
def test_what_may_stand_before_slow_work_is_no_question(line: str) -> None:
    assert Answers(()).decide(seen(line, waiting=None, quiet_s=60.0)) is Verdict.WAIT


def test_keystrokes_become_the_line_that_the_program_reads() -> None:
    lines = TypedLines()
    lines.begin("Name: ", secret=False)
    assert [lines.key(key) for key in "Bob\x7f\x7f\x7fAda"] == [None] * 9
    assert lines.key("\r") == Input(prompt="Name: ", text="Ada\n")
    assert not lines.begun


def test_a_secret_line_is_kept_nowhere() -> None:
    told: list[str] = []

    def tell(line: str) -> int:
        told.append(line)
        return 2

    lines = TypedLines(tell)
    lines.begin("Password: ", secret=True)
    for key in "hunterx\x7f2":
        lines.key(key)
    assert lines.key("\r") == Input(prompt="Password: ", text=None, secret=True, which=2)
    assert told == ["hunter2"]
    told.clear()
    assert "hunter2" not in str(vars(lines))


ASK = 'read -p "Name: " n; read -p "Age? " a; echo "<$n $a>"'


@pytest.mark.parametrize("mode", list(SessionMode))
def test_a_step_is_answered_as_recorded(start: Start, mode: SessionMode) -> None:
    step = start(mode).run(ASK, prompts=[NAME, AGE], timeout_s=20)
    assert step.output == "Name: Ada\nAge? 36\n<Ada 36>\n"
    assert step.inputs == (
        Input(prompt="Name: ", text="Ada\n"),
        Input(prompt="Age? ", text="36\n"),
    )
    assert step.unmet_prompt is None


def test_a_program_that_reads_without_a_prompt_is_answered_too(handed: Driver) -> None:
    silent = ExpectedPrompt(pattern="", whole_line=True, send="a\n")
    step = handed.run("head -2 > f; cat f | wc -l", prompts=[silent, silent])
    assert step.output == "a\na\n2\n"
    assert [given.text for given in step.inputs] == ["a\n", "a\n"]


def test_a_password_is_typed_and_stored_nowhere(handed: Driver) -> None:
    secret = ExpectedPrompt(pattern="Password: ", whole_line=True, send="correct-horse\n")
    step = handed.run('read -s -p "Password: " p; echo; echo ${#p}', prompts=[secret])
    assert step.output == "Password: \n13\n"
    assert step.inputs == (Input(prompt="Password: ", text=None, secret=True),)
    handed.end()
    leaking = [path for path in Path(handed.spec.home).rglob("*") if path.is_file() and b"correct" in path.read_bytes()]
    assert leaking == []


def test_it_is_kept_which_passwords_were_the_same(handed: Driver) -> None:
    ask = 'read -s -p "Password: " p; echo; '
    right, other = (ExpectedPrompt(pattern="", whole_line=False, send=f"{one}\n") for one in ("correct", "other"))
    step = handed.run(ask * 3, prompts=[right, right, other])
    same = Input(prompt="Password: ", text=None, secret=True)
    assert step.inputs == (same, same, msgspec.structs.replace(same, which=2))
    assert handed.run(ask, prompts=[other]).inputs[0].which == 2


@pytest.mark.parametrize(
    "command",
    [
        'read -p "Delete customer: " n; echo "got $n"; touch done',
        "bash -c 'read -p \"Delete customer: \" n; touch done'",
        'python3 -c \'input("Delete customer: "); open("done", "w")\'',
    ],
)
@pytest.mark.parametrize("prompts", [[], [NAME]])
def test_a_prompt_that_was_not_recorded_ends_the_step_unanswered(
    handed: Driver, command: str, prompts: list[ExpectedPrompt]
) -> None:
    step = handed.run(command, prompts=prompts, timeout_s=25)
    assert step.unmet_prompt == "Delete customer: "
    assert (step.status, step.inputs, step.timed_out) == (StepStatus.FAILED, (), False)
    assert not (Path(handed.spec.cwd) / "done").exists()
    assert handed.run("echo next").output == "next\n"


@pytest.mark.parametrize("mode", list(SessionMode))
def test_input_that_a_program_left_is_no_command(start: Start, mode: SessionMode) -> None:
    driver = start(mode)
    chatty = ExpectedPrompt(pattern="Sure", whole_line=False, send="y\ntouch surprise\ntouch")
    driver.run('read -p "Sure? " -n 1 a; echo', prompts=[chatty])
    assert driver.run("ls").output == ""


def test_a_person_answers_and_the_dialogue_is_kept(typed: Driver) -> None:
    typed.type(ASK + "\r")
    typed.wait_for(StepBegan)
    typed.wait_for_output(b"Name: ")
    typed.type("Bob\x7f\x7f\x7fAda\r")
    typed.wait_for_output(b"Age? ")
    typed.type("36\r")
    step = typed.wait_for(StepEnded).step
    assert step.command == ASK
    assert step.inputs == (Input(prompt="Name: ", text="Ada\n"), Input(prompt="Age? ", text="36\n"))


def test_a_persons_password_is_stored_nowhere(typed: Driver) -> None:
    typed.type('read -s -p "Password: " p; echo ${#p}\r')
    typed.wait_for(StepBegan)
    typed.wait_for_output(b"Password: ")
    typed.type("correct-horse\r")
    step = typed.wait_for(StepEnded).step
    assert step.inputs == (Input(prompt="Password: ", text=None, secret=True),)
    assert step.output == "Password: 13\n"
    typed.end()
    leaking = [path for path in Path(typed.spec.home).rglob("*") if path.is_file() and b"correct" in path.read_bytes()]
    assert leaking == []


def test_a_full_screen_program_is_marked_and_its_keys_are_no_dialogue(typed: Driver) -> None:
    typed.type(r"printf '\e[?1049h'; stty raw -echo; head -c 1 >/dev/null; stty sane; printf '\e[?1049l'" + "\r")
    typed.wait_for(StepBegan)
    typed.wait_for_output(b"\x1b[?1049h")
    typed.type("q")
    step = typed.wait_for(StepEnded).step
    assert step.full_screen
    assert step.inputs == ()
