"""The ways of values beside the steps: lanes, and what of them stands out."""

from pathlib import Path

import pytest

from app.screens.playbook import PlaybookScreen
from app.screens.stating import parameter_rows, question_rows, step_rows
from app.widgets.prose import Row, Tone
from app.widgets.rails import MOST, Rails, Thread
from replay.document import load
from replay.flows import flows
from replay.playbook import Question
from tests.app.driving import driving
from tests.app.written import DOCUMENT, core_with


def drawn(rails: Rails, rows: int) -> list[str]:
    return ["".join(text for text, _ in rails.pieces(row, lit=None)).rstrip() for row in range(rows)]


def text_of(rows: list[Row]) -> str:
    return "\n".join("".join(text for text, _ in row) for row in rows)


@pytest.mark.parametrize(
    ("threads", "lines"),
    [
        ((), ["", "", ""]),
        ((Thread(0, ()),), ["", "", ""]),
        ((Thread(0, (2,)),), ["╭─", "│", "╰▸"]),
        ((Thread(0, (1, 2), weak=True),), ["╭┄", "├?", "╰?"]),
        # One that ends makes room for the next.
        ((Thread(0, (1,)), Thread(2, (3,))), ["╭─", "╰▸", "╭─", "╰▸"]),
        # What a step makes of what it takes; a way is jumped over, not touched.
        ((Thread(0, (1,)), Thread(1, (2,))), ["╭──", "╰┬▸", " ╰▸"]),
        ((Thread(0, (2,)), Thread(1, (3,), weak=True)), ["╭──", "│╭┄", "╰┆▸", " ╰?"]),
        ((Thread(0, (2,)), Thread(1, (2,))), ["╭──", "│╭─", "╰┴▸"]),
    ],
)
def test_ways_run_in_lanes(threads: tuple[Thread, ...], lines: list[str]) -> None:
    assert drawn(Rails(threads), len(lines)) == lines


def test_there_are_never_too_many_lanes() -> None:
    rails = Rails([Thread(row, (100 + row,)) for row in range(50)])
    assert rails.width == MOST + 2
    assert all(len(line) <= rails.width for line in drawn(rails, 200))


def test_what_belongs_to_the_row_under_the_cursor_stands_out() -> None:
    rails = Rails([Thread(0, (2,)), Thread(1, (3,), weak=True)])
    tones = {row: {tone for text, tone in rails.pieces(row, lit=3) if text.strip()} for row in range(4)}
    assert tones == {0: {Tone.DIM}, 1: {Tone.DIM, Tone.WARN}, 2: {Tone.DIM, Tone.WARN}, 3: {Tone.WARN}}


async def test_a_playbook_shows_which_step_takes_what_from_which(tmp_path: Path) -> None:
    async with driving(core_with(tmp_path), size=(80, 24)) as driver:
        driver.app.open_playbook("release")
        await driver.until_says("╭─ · 1 ./bundle.sh")
        assert "│  · 2 cat notes.txt" in driver.text
        assert "╰▸ · 3 ./tag.sh" in driver.text
        screen = driver.app.screen
        assert isinstance(screen, PlaybookScreen)
        await driver.until(lambda: "{{build}}  to step 3" in screen.step.text)
        await driver.press("end")
        await driver.until(lambda: "{{build}}  from step 1" in screen.step.text)
        assert "command     ./tag.sh" in screen.step.text
        assert "output      any: it is not compared" in screen.step.text


def test_a_parameter_tells_each_place_where_it_is_used() -> None:
    said = text_of(parameter_rows(load(DOCUMENT, where="p"), {}))
    assert "tag  string · as typed" in said
    assert "used in   step 3    ./tag.sh {{build}} {{tag}}" in said
    assert "build  printed by step 1" in said
    assert "recorded  71" in said


def test_a_question_shows_what_it_rests_on() -> None:
    text = DOCUMENT.replace("    capture:\n", '    unconfirmed: ["7"]\n    capture:\n').replace("build {{", "7 of {{")
    book = load(text.replace("cat notes.txt", "cat notes-7"), where="p")
    asked = Question(id="q1", text="is it?", step_index=2, value="7")
    rows = question_rows(book, asked)
    assert "step 1 prints\n  7 of {{build}}\n\nstep 2 uses\n$ cat notes-7" in text_of(rows)
    assert [text for row in rows for text, tone in row if tone is Tone.LIT] == ["7", "7"]
    assert "value       7  to step 2, in question" in text_of(step_rows(book, 1, ways=flows(book)))
