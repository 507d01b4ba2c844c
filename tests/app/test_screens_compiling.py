"""What the screens show of compiling: decisions and how they are reversed, mistakes, several recordings."""

from pathlib import Path

import msgspec
from textual.widgets import TabbedContent

from app.screens.comparing import asked_rows, command_rows, patch_rows, requirement_row, step_words
from app.screens.describing import QUESTIONS, listed, mistake_rows, mistake_words, note_rows
from app.screens.home import HomeScreen
from app.screens.playbook import PlaybookScreen
from app.screens.replay import ReplayScreen
from app.screens.stating import parameter_rows, step_rows
from app.widgets.prose import Row, Tone
from app.widgets.steps import Mark
from capture.errors import BadInputError
from capture.home import Home
from capture.trace import StepKind
from replay.playbook import (
    Dropped,
    Link,
    LinkStrength,
    Parameter,
    ParameterType,
    Playbook,
    PlaybookStep,
    QualityPart,
    Question,
    Requirement,
    SafetyLevel,
    VersionStatus,
)
from tests.app.driving import driving
from tests.app.stand_in import COMMANDS, StandIn, Stored, compilation, playbook, recorded_trace

PATCH = """--- conf/app.ini
+++ conf/app.ini	whole
@@ -1,2 +1,2 @@
 title = {{title}}
-port = 8080
+port = 9090
--- /dev/null
+++ made.txt
@@ -0,0 +1 @@
+one
"""


def text_of(rows: list[Row]) -> str:
    return "\n".join("".join(text for text, _ in row) for row in rows)


def lit(rows: list[Row]) -> list[str]:
    return [text for row in rows for text, tone in row if tone is Tone.LIT]


def compiled(*, steps_from: int = 2, **more: object) -> Stored:
    """Version 1, whose first recorded step was left out."""
    book = playbook()
    steps = tuple(msgspec.structs.replace(step, source_step=at) for at, step in enumerate(book.steps[1:], steps_from))
    book = msgspec.structs.replace(book, steps=steps, source_runs=(recorded_trace().run.run_id,))
    made = msgspec.structs.replace(compilation(), playbook=book, **more)
    return Stored(playbook=book, status=VersionStatus.DRAFT, compilation=made)


async def test_what_was_left_out_stands_where_it_was_done_and_is_taken_back_by_a_key() -> None:
    core = StandIn(versions={1: compiled()})
    async with driving(core, size=(80, 24)) as driver:
        driver.app.open_playbook("publish-notes@1")
        await driver.until_says("1 left out")
        screen = driver.app.screen
        assert isinstance(screen, PlaybookScreen)
        first, second = screen.steps.rows[:2]
        assert (first.index, first.command, first.mark) == (-1, COMMANDS[0], Mark.SKIPPED)
        assert second.index == 1
        assert "k keep" not in driver.text
        await driver.press("home")
        await driver.until(lambda: "looking around" in screen.step.text)
        assert "output of step 1" in screen.step.text
        await driver.until_says("k keep")
        assert "? help" in driver.text
        await driver.press("k")
        await driver.until(lambda: ("keep", "publish-notes@1", 1) in core.calls)
        await driver.until(lambda: screen.ref == "publish-notes@2")
        assert "is a draft with step 1 of the recording kept" in driver.notices


async def test_a_step_whose_recording_is_gone_is_named_by_its_number() -> None:
    rows = list(listed(compiled().playbook, compiled().compilation, None))
    assert rows[0].command == "step 1 of the recording"


class Slow(StandIn):
    """Answers once it is let."""

    def answer(self, ref: str, question: str, *, yes: bool) -> Stored:
        assert self.go_on.wait(30)
        return super().answer(ref, question, yes=yes)


async def test_questions_are_answered_where_they_stand() -> None:
    asked = tuple(Question(id=f"q{n}", text=f"question {n}?", step_index=n, value=str(n)) for n in (1, 2))
    core = Slow(versions={1: compiled(questions=asked)})
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes@1")
        await driver.until_says("? 2 asked")
        screen = driver.app.screen
        assert isinstance(screen, PlaybookScreen)
        assert [one.index for one in screen.steps.rows][1:5] == [1, -QUESTIONS - 1, 2, -QUESTIONS - 2]
        # Where no question is under the cursor there is nothing to say yes to.
        await driver.press("y", "n")
        await driver.press("a", "a")
        await driver.until(lambda: "? question 2?" in screen.step.text)
        await driver.press("a")
        await driver.until(lambda: "? question 1?" in screen.step.text)
        assert "k keep" not in driver.text
        # An answer that is on its way is not given twice.
        await driver.press("down", "down", "y", "y")
        core.go_on.set()
        await driver.until(lambda: "with your yes to q2" in driver.notices)
        answers = [call for call in core.calls if call[0] == "answer"]
        assert answers == [("answer", "publish-notes@1", "q2", True)]


def test_the_deciding_part_of_a_command_stands_out_and_its_reason_names_it() -> None:
    step = PlaybookStep(
        run="cd {{project}} &&\nrm -rf dist",
        safety=SafetyLevel.NEEDS_CONFIRM,
        safety_reason="rm deletes what it names",
    )
    start = step.run.index("rm -rf")
    rows = step_rows(Playbook(name="p", steps=(step,)), 1, lit=(start, len(step.run)))
    assert lit(rows) == ["rm -rf dist"]
    assert "! needs confirm" in text_of(rows)
    assert "rm -rf dist: rm deletes what it names" in text_of(rows)
    assert lit(command_rows(step.run, None)) == []
    assert lit(command_rows(step.run, (3, start + 2))) == ["{{project}} &&", "rm"]


def test_a_file_step_is_a_diff_and_no_shell_text() -> None:
    step = PlaybookStep(kind=StepKind.FILE, run=PATCH)
    rows = patch_rows(PATCH)
    tones = {text: tone for row in rows for text, tone in row}
    assert text_of(rows) == (
        "edit conf/app.ini\n  title = {{title}}\n- port = 8080\n+ port = 9090\n\ncreate made.txt\n+ one"
    )
    assert (tones["port = 8080"], tones["port = 9090"], tones["{{title}}"]) == (Tone.BAD, Tone.GOOD, Tone.MASK)
    assert step_words(step) == "edit conf/app.ini; create made.txt"
    assert "$" not in text_of(step_rows(Playbook(name="p", steps=(step,)), 1))
    shell = "cat > conf/app.ini << 'END_OF_FILE'"
    assert text_of(asked_rows(step, shell)) == text_of(rows)
    assert text_of(asked_rows(PlaybookStep(run="make"), "make -s")) == "$ make -s"


def test_what_a_step_needs_is_said_in_full() -> None:
    needs = [
        Requirement(git=".", ref="main", clean=True),
        Requirement(port="8080"),
        Requirement(disk="500 MB"),
        Requirement(file="a.txt", sha256="0" * 64),
    ]
    assert [" ".join(text_of([requirement_row(need)]).split()) for need in needs] == [
        "git . a repository, at main, nothing uncommitted",
        "port 8080 free",
        "disk 500 MB free",
        "file a.txt as recorded, or it warns",
    ]


def test_parameters_say_their_type_their_choices_and_where_they_are_used() -> None:
    book = playbook()
    level = Parameter(type=ParameterType.CHOICE, choices=("low", "high"), default="low")
    book = msgspec.structs.replace(book, parameters={**book.parameters, "level": level})
    said = text_of(parameter_rows(book, {"level": "high"}))
    assert "level  choice" in said
    assert "low · high" in said
    assert "used in   step 2" in said
    assert "used in   no step" in said
    assert "set here  high" in said


def test_notes_show_quality_in_parts_links_and_each_decision_once() -> None:
    made = msgspec.structs.replace(
        compilation(),
        links=(Link(from_step=1, to_step=2, value="1.4", strength=LinkStrength.WEAK),),
        dropped=(Dropped(source_step_index=1, reason="it only looks around"),),
        notes=("left out step 1 of the recording: it only looks around", "a decision"),
        quality=msgspec.structs.replace(
            compilation().quality,
            parts=(
                QualityPart(name="checked", score=1.0, weight=0.6, why="all of it"),
                QualityPart(name="answered", score=0.5, weight=0.4, why="questions open: 1"),
            ),
        ),
    )
    said = text_of(note_rows(made))
    assert "✓ checked" in said
    assert "! answered     50%  questions open: 1" in said
    assert "step 2 takes 1.4 from what step 1 prints (weak)" in said
    assert said.count("it only looks around") == 1
    assert said.count("a decision") == 1


def test_a_mistake_is_shown_in_its_line_under_its_column() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 31))
    reason = "/home/ada/p/1.yaml:20:3: unknown name {{a}}"
    lines = text_of(mistake_rows(reason, text)).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("> 20 line 20"))
    assert lines[0] == "✗ line 20, column 3: unknown name {{a}}"
    assert lines[at + 1].index("^") == lines[at].index("line 20") + 2
    assert not any(line[5:] == "line 1" for line in lines)
    assert mistake_words("it is no UTF-8 text") == "it is no UTF-8 text"


async def test_a_document_that_can_not_be_read_says_where_and_stays(tmp_path: Path) -> None:
    class Wrong(StandIn):
        def version(self, ref: str) -> Stored:
            raise BadInputError(f'{path}:2:1: unknown field nmae; did you mean "name"? ({ref})')

    home = Home(tmp_path / "home").prepare()
    path = home.playbooks / "publish-notes" / "1.yaml"
    path.parent.mkdir()
    path.write_text("replaybook: 1\nnmae: a\n", encoding="utf-8")
    async with driving(Wrong(home=home), size=(80, 24)) as driver:
        driver.app.open_playbook("publish-notes")
        await driver.until_says("> 2 nmae: a")
        assert "line 2, column 1" in driver.text
        screen = driver.app.screen
        assert screen.query_one(TabbedContent).active == "tab-5"
        await driver.press("s", "V", "k", "e", "u", "equals_sign")
        assert driver.app.screen is screen


async def test_values_are_asked_with_their_type_and_used_by_the_next_replay(tmp_path: Path) -> None:
    book = playbook()
    port = Parameter(type=ParameterType.INT, default="8080")
    book = msgspec.structs.replace(book, parameters={**book.parameters, "port": port})
    core = StandIn(versions={1: Stored(playbook=book, status=VersionStatus.DRAFT)})
    async with driving(core, size=(80, 24)) as driver:
        driver.app.open_playbook("publish-notes", cwd=str(tmp_path))
        await driver.until_says("git log")
        await driver.press("e")
        await driver.until_says("port  int")
        await driver.press("enter", "x", "ctrl+s")
        await driver.until_says("it wants a whole number")
        await driver.press("backspace", "9", "0", "tab", *"yes", "tab", *"yes", "tab", *"auto_ok", "enter")
        screen = driver.app.screen
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        await driver.until(lambda: "set here  90" in driver.app.screen.parameters.text)  # type: ignore[attr-defined] # a PlaybookScreen
        del screen
        await driver.press("s", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayScreen))
        await driver.until(lambda: any(call[0] == "replay" for call in core.calls))
        assert next(call for call in core.calls if call[0] == "replay")[4] == {"port": "90"}
        assert core.network
        assert core.permits is not None
        assert (core.permits.ask, core.permits.yes_to) == (True, "auto_ok")


async def test_a_value_without_a_default_is_not_taken_when_it_is_none_of_its_choices(tmp_path: Path) -> None:
    level = Parameter(type=ParameterType.CHOICE, choices=("low", "high"))
    book = msgspec.structs.replace(playbook(), parameters={"level": level})
    core = StandIn(versions={1: Stored(playbook=book, status=VersionStatus.DRAFT)})
    async with driving(core) as driver:
        driver.app.open_playbook("publish-notes", cwd=str(tmp_path))
        await driver.until_says("git log")
        await driver.press("t", "enter")
        await driver.until_says("one of low, high")
        await driver.press("x", "enter")
        await driver.until_says("it wants one of low, high")
        await driver.press("backspace", *"low", "enter")
        await driver.until(lambda: any(call[0] == "replay" and call[4] == {"level": "low"} for call in core.calls))


def two_recordings() -> StandIn:
    first = recorded_trace()
    second = msgspec.structs.replace(
        first, run=msgspec.structs.replace(first.run, run_id="20260301-100000-cd34", name="again")
    )
    return StandIn(traces=[first, second])


async def test_marked_recordings_are_compiled_into_one_playbook_in_the_order_of_the_marks() -> None:
    core = two_recordings()
    first, second = (trace.run.run_id for trace in core.traces)
    async with driving(core, size=(80, 24)) as driver:
        await driver.until_says("again")
        await driver.press("tab", "end", "space", "home", "down", "up", "space")
        await driver.until_says("2 marked · c compiles them")
        assert "● again" in driver.text
        assert "? help" in driver.text
        await driver.press("c")
        await driver.until_says("Compile 2 recordings")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, PlaybookScreen))
        assert ("compile", (second, first), "again", frozenset()) in core.calls


async def test_where_recordings_part_is_shown_to_be_read_and_the_marks_stay() -> None:
    core = two_recordings()
    core.apart = (
        "the recordings do not align: step 2 of notes is 'a [b]', step 1 of again is 'b'; compile them one by one"
    )
    async with driving(core, size=(80, 24)) as driver:
        await driver.until_says("again")
        await driver.press("tab", "space", "end", "space", "c", "enter")
        await driver.until_says("Not compiled")
        assert "step 2 of notes is 'a [b]'" in driver.text
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HomeScreen))
        assert "2 marked" in driver.text
        await driver.press("space")
        await driver.until_says("1 marked")
