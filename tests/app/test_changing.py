"""What changed between two versions, in rows: by step, old above new, only what differs lit, and nothing that acts."""

import msgspec
import pytest

from app.screens.changing import SAME, change_rows
from app.screens.stating import parameter_rows, question_rows, step_rows
from app.widgets.prose import Row, Tone
from capture.trace import EffectOp
from replay.document import changes
from replay.flows import flows
from replay.playbook import (
    Capture,
    Expectation,
    ExpectedEffect,
    Parameter,
    Playbook,
    PlaybookStep,
    Question,
    Requirement,
)

replace = msgspec.structs.replace
STEP = PlaybookStep(run="make -j 4 all", expect=Expectation(output="one\ntwo\nthree\n"))
BASE = Playbook(name="p", steps=(STEP, PlaybookStep(run="./ship"), PlaybookStep(run="ls")))
HOSTILE = "a\x1b]52;c;aGk=\x07\u202eb [/][@click=app.quit]x[/]"


def text_of(rows: list[Row]) -> str:
    return "\n".join("".join(text for text, _ in row) for row in rows)


def after(**more: object) -> list[Row]:
    return change_rows(changes(BASE, replace(BASE, **more)))


def of_first(**more: object) -> list[Row]:
    return after(steps=(replace(STEP, **more), *BASE.steps[1:]))


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (change_rows(()), SAME),
        (of_first(run="make -j 8 all"), "~ step 1's command changed\n  - make -j 4 all\n  + make -j 8 all"),
        (after(steps=BASE.steps[:2]), "- step 3 dropped\n  - ls"),
        (of_first(expect=replace(STEP.expect, exit=2)), "~ step 1's expected exit code changed\n  - 0\n  + 2"),
        (of_first(expect=Expectation(output="one\n2\nthree\n")), "~ step 1's expected output changed\n  - two\n  + 2"),
        (
            of_first(
                requires=(Requirement(command="make"), Requirement(git=".", clean=True)),
                expect=replace(STEP.expect, effects=(ExpectedEffect(op=EffectOp.CREATED, path="a.out"),)),
            ),
            (
                "~ step 1's requirements added\n  + command make\n  + git ., clean\n"
                "~ step 1's expected effects added\n  + created a.out"
            ),
        ),
        (of_first(env={"A": "1"}, skip=True), "~ step 1's variables added\n  + A=1\n~ step 1 left out"),
        (
            after(parameters={"tag": Parameter(default="v1")}, steps=(BASE.steps[1], STEP, BASE.steps[2])),
            "+ parameter tag added\n  + v1\n\n↕ step 1 moved from 2\n    ./ship",
        ),
    ],
)
def test_a_change_is_told_by_its_step(rows: list[Row], text: str) -> None:
    assert text_of(rows) == text


def test_only_what_differs_is_lit() -> None:
    rows = of_first(run="make -j 8 everything")
    assert [text for row in rows for text, tone in row if tone is Tone.LIT] == ["4", "all", "8", "everything"]


def test_nothing_that_is_shown_can_act() -> None:
    step = PlaybookStep(
        run=f"echo {HOSTILE} {{{{v}}}}",
        cwd=HOSTILE,
        note=HOSTILE,
        env={"A": HOSTILE},
        requires=(Requirement(file=HOSTILE),),
        expect=Expectation(output=HOSTILE, effects=(ExpectedEffect(op=EffectOp.MOVED, path=HOSTILE),)),
        unconfirmed=(HOSTILE,),
        capture=(Capture(name="v", recorded=HOSTILE, pattern="."),),
    )
    bad = Playbook(name="p", steps=(step, step, BASE.steps[1]), parameters={"q": Parameter(default=HOSTILE)})
    rows = [
        *change_rows(changes(BASE, bad)),
        *change_rows(changes(bad, BASE)),
        *step_rows(bad, 1, ways=flows(bad)),
        *question_rows(bad, Question(id="q1", text=HOSTILE, step_index=2, value=HOSTILE)),
        *parameter_rows(bad, {"q": HOSTILE}),
    ]
    shown = text_of(rows)
    assert "aGk=" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
