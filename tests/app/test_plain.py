"""Questions and answers on lines, as who listens has them: on a real terminal that can't move its cursor."""

import re
from collections.abc import Callable, Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.plain.talk import MOST, LeftError, Talk, counted
from app.cli.voice import Words
from replay.shadow import Level, strongest
from tests.forking import called
from tests.program import COMMAND, Program
from tests.seat import Seat, end_all, replaybook

GOLDEN = Path(__file__).with_name("plain.txt")
SIGNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2190-\u2bff]")
"""Sequences, arrows, frames, blocks and signs."""
VARIES = (
    (re.compile(r"\d{8}-\d{9}-\w+"), "ID"),
    (re.compile(r"\d+ ms"), "N ms"),
    (re.compile(r"isolation level L\d"), "isolation level LN"),
    (re.compile(r"[0-9a-f]{64}"), "SHA256"),
)
QUALITY = re.compile(r"quality \d+%\n.*?\nnext:", re.DOTALL)
"""How well a playbook was compiled: told elsewhere."""

Sit = Callable[..., Seat]


@pytest.fixture
def sit(program: Program, own_world: Path) -> Iterator[Sit]:
    """Opens dumb terminals with the program in them; nothing is left at the end."""
    (own_world / ".bashrc").write_text("PS1='shell> '\n")
    seats: list[Seat] = []

    def begin(*arguments: str, **more: Any) -> Seat:
        seats.append(replaybook(program.home, *arguments, cwd=program.cwd, environment={"TERM": "dumb"}, **more))
        return seats[-1]

    yield begin
    for seat in seats:
        seat.leave()
    end_all(program.home)


def talked(seat: Seat, *exchange: str) -> None:
    """Wait for a question and answer it, time and again."""
    for question, answer in zip(exchange[::2], exchange[1::2], strict=True):
        seat.wait_for(question)
        seat.type(f"{answer}\r")


def project(program: Program) -> Path:
    data = program.cwd / "data"
    data.mkdir()
    (data / "scores.csv").write_text("beta,2\nalpha,1\n", encoding="utf-8")
    return data


def lines_of(seen: bytes, program: Program) -> str:
    """What was printed, without what differs each time."""
    text = seen.decode().replace("\r\n", "\n").replace(str(program.cwd), "/work")
    for pattern, instead in VARIES:
        text = pattern.sub(instead, text)
    return QUALITY.sub("quality\nnext:", text)


def test_the_main_job_on_a_dumb_terminal(program: Program, sit: Sit) -> None:
    data, seat = project(program), sit()
    talked(seat, "next?", "help", "next?", "rec", "next?", "record", "recording?", "", "for?", "sorts scores")
    talked(seat, "shell> ", "sort data/scores.csv > sorted.csv", "shell> ", "exit")
    talked(seat, "next?", "recordings", "go back.", "1", "next?", "step 1", "next?", "compile tidy")
    seat.wait_for("compiled tidy@1")
    (data / "scores.csv").rename(data / "results.csv")
    (program.cwd / "sorted.csv").unlink()
    talked(seat, "next?", "playbooks", "go back.", "tidy", "next?", "simulate", "workspace?", "", "values", "")
    talked(seat, "next?", "guided", "workspace?", "", "values", "", "yes or no?", "yes")
    talked(seat, "(replay) ", "list", "(replay) ", "continue", "1 waiting.", "approve", "approve it: ", "approve")
    seat.wait_for("tidy version 2, draft. What next?")
    printed = lines_of(seat.seen, program)
    (now := program.home.with_name(GOLDEN.name)).write_text(printed, encoding="utf-8")
    assert printed == GOLDEN.read_text(encoding="utf-8"), f"when it should read so, copy {now}"
    assert (program.cwd / "sorted.csv").read_text() == "alpha,1\nbeta,2\n"
    if strongest() is not Level.L0:
        talked(
            seat, "", "validate", "next?", "promote", "type promote to make tidy version 2 the active one: ", "promote"
        )
        seat.wait_for("tidy@2 is active")
    talked(seat, "next?", "quit")
    assert seat.over() == 0
    assert not SIGNS.findall(seat.seen.decode())
    assert seat.restored


def test_an_approval_wants_its_word_behind_the_question(program: Program, sit: Sit) -> None:
    data = project(program)
    program.record("sort data/scores.csv > sorted.csv")
    program.json("compile", "work", "--name", "tidy")
    (data / "scores.csv").rename(data / "results.csv")
    (program.cwd / "sorted.csv").unlink()
    program.json("replay", "tidy", "--mode", "guided", "--draft", code=5)
    seat = sit()
    talked(seat, "1 repair waits for you.", "inbox", "go back.", "1")
    seat.wait_for("new:   - run: sort data/results.csv > sorted.csv")
    seat.wait_for("1 waiting. ")
    seat.type("approve\rapprove\rapprove\r")
    seat.wait_for("type approve to approve it: ")
    seat.type("yes\r")
    seat.wait_for("not approved")
    talked(seat, "1 waiting.", "edit", "your own command", "sort data/results.csv -o sorted.csv", "approve it: ", "")
    seat.wait_for("not approved")
    talked(seat, "1 waiting.", "reject 2", "go from 1 to 1", "")
    (repair,) = program.rows_of("repairs")
    assert repair["status"] == "proposed"
    talked(seat, "next?", "inbox", "go back.", "1", "1 waiting.", "reject", "next?", f"repair {repair['repair_id']}")
    seat.wait_for("rejected")
    seat.type("quit\r")
    assert seat.over() == 0


def test_ctrl_c_leads_home_and_from_there_out(program: Program, sit: Sit) -> None:
    project(program)
    program.record("sort data/scores.csv > sorted.csv")
    seat = sit()
    talked(seat, "next?", "recordings", "go back.", "1")
    seat.wait_for("Recording work. What next?")
    seat.type("\x03")
    seat.wait_for("left there; this is Home again")
    seat.wait_for("next?")
    seat.type("\x03")
    assert seat.over() == 130
    assert seat.restored


def plain(program: Program, typed: str) -> tuple[int, str]:
    done = called((COMMAND, "--home", program.home, "--plain"), cwd=program.cwd, typed=typed)
    return done.returncode, done.stdout + done.stderr


def test_any_command_can_be_typed_and_what_goes_wrong_is_a_line(program: Program) -> None:
    project(program)
    program.record("sort data/scores.csv > sorted.csv")
    code, said = plain(program, "show work --step 9\nreplaybook show work\nplay work\nshow 'x\naudit --verify\nquit\n")
    assert code == 0
    assert "has no step 9" in said
    assert "step 1, success" in said
    assert "play moves the cursor" in said
    assert "show is no answer here" in said
    assert "Traceback" not in said
    assert not SIGNS.findall(said)


def test_the_end_of_input_leaves_wherever_it_is(program: Program) -> None:
    project(program)
    program.record("sort data/scores.csv > sorted.csv")
    for typed in ("", "recordings\n1\n", "recordings\n1\nquit\nno more is read\n"):
        code, said = plain(program, typed)
        assert code == 0, said


def test_what_was_recorded_acts_on_no_terminal(program: Program) -> None:
    program.record("printf '\\033]52;c;aGk=\\007\\033[31mred\\n'", name="red \033[31m\u202e name")
    code, said = plain(program, "recordings\n1\nstep 1\nback\nquit\n")
    assert code == 0
    assert "step 1, success" in said
    assert "\033" not in said
    assert "\u202e" not in said


def talk(*lines: str, commands: tuple[str, ...] = ("show",)) -> tuple[Talk, list[list[str]]]:
    ran: list[list[str]] = []
    given = iter(lines)

    def run(words: list[str]) -> int:
        ran.append(words)
        return 0

    return Talk(run, commands, lambda _: next(given, None)), ran


def test_a_beginning_that_means_one_word_is_that_word() -> None:
    menu = {"show": "a", "shadow": "b", "quit": "c"}
    asked, ran = talk("s", "", "SHA 2", "show 1")
    assert asked.choose("?", menu) == ("shadow", "2")
    assert asked.choose("?", menu) == ("show", "1")
    assert ran == []


def test_a_command_that_is_no_word_of_the_menu_is_run() -> None:
    asked, ran = talk("show 'a b' --step 2", "replaybook show c", "ba")
    assert asked.choose("?", {"back": ""}) == ("back", "")
    assert ran == [["show", "a b", "--step", "2"], ["show", "c"]]


def test_quit_and_the_end_of_input_leave() -> None:
    for lines in ((), ("quit",)):
        with pytest.raises(LeftError):
            talk(*lines)[0].choose("?", {"quit": ""})


def test_one_of_a_list_is_named_by_its_number_or_its_name() -> None:
    asked, _ = talk("0", "3", "-1", "two", "1", "", "1")
    listed = [("one", "is first"), ("two", "is last")]
    assert [asked.pick("thing", listed) for _ in range(3)] == ["two", "one", None]
    assert asked.pick("thing", listed, holding="LAST") == "two"
    assert asked.pick("thing", listed, holding="nothing") is None


def test_a_long_list_is_told_in_part(capsys: pytest.CaptureFixture[str]) -> None:
    listed = [(str(number), f"thing {number}") for number in range(1000)]
    assert talk("1000")[0].pick("thing", listed) == "999"
    told = capsys.readouterr().out.splitlines()
    assert len(told) == MOST + 1
    assert "970 more" in told[-1]


def test_nothing_is_meant_by_a_word_that_is_not_whole() -> None:
    for typed in ("", "y", "yes", "promot", "Promote", "promote it"):
        assert not talk(typed)[0].means("promote", "do it")
    assert talk(" promote ")[0].means("promote", "do it")


def test_numbers_are_said_as_people_say_them() -> None:
    assert [counted(number, "run") for number in (0, 1, 2)] == ["no run", "1 run", "2 runs"]


@given(st.lists(st.sampled_from(["-- a", "++ b", "@@ -1", "- c", "+ d", "", "e"])), st.data())
def test_no_line_of_a_change_is_left_out(before: list[str], data: st.DataObject) -> None:
    after = data.draw(st.permutations([*before, "--- f", "+++ g", "-", "+"]))
    diff = "\n".join(unified_diff(before, after, "a", "b", lineterm=""))
    told = list(Words().change(diff))
    changed = diff.split("\n")[2:]
    for sign, word in (("-", "old: "), ("+", "new: ")):
        assert [line[5:] for line in told if line.startswith(word)] == [
            line[1:] for line in changed if line.startswith(sign)
        ]
