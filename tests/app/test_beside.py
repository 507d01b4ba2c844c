"""Recorded beside actual as rows, of steps that print more than anybody reads."""

import pytest

from app.screens.judged import BEFORE, MOST_LINES, judged_pairs
from replay.outcome import Failure
from replay.playbook import Expectation, PlaybookStep
from tests.app.stand_in import default_failure, step

LONG = "".join(f"line {number}\n" for number in range(20_000))


@pytest.mark.parametrize("failure", [None, default_failure()])
def test_a_long_output_is_shown_in_part_and_says_so(failure: Failure | None) -> None:
    came = LONG.replace("line 15000\n", "line 15000 [b]other[/b]\x1b[31m\n") if failure else LONG
    wanted = PlaybookStep(run="make", expect=Expectation(output=LONG))
    pairs = judged_pairs(wanted, step(1, "make", output=came), failure, {})
    assert len(pairs) < MOST_LINES + 10
    texts = ["".join(text for text, _ in pair.actual) for pair in pairs]
    assert any(text.startswith("⋯ ") for text in texts)
    lit = [text for text, pair in zip(texts, pairs, strict=True) if pair.differs]
    assert lit == ["line 15000 [b]other[/b]␛[31m"] * bool(failure)
    if failure:
        assert texts.index(lit[0]) <= BEFORE + 3


def test_a_step_that_passed_has_nothing_lit_whatever_it_printed() -> None:
    wanted = PlaybookStep(run="date", expect=Expectation(output="now {{any}}\n"))
    pairs = judged_pairs(wanted, step(1, "date", output="something else\n"), None, {})
    assert not any(pair.differs for pair in pairs)
