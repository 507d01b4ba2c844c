"""Tests of looking values up in what was typed and shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.compiler.typed import Held, Told
from replay.matching import masks

LINES = st.lists(st.text("ab1/._- ", max_size=8), min_size=1, max_size=8)
VALUES = st.text("ab1/.", min_size=1, max_size=4)


@given(texts=LINES, value=VALUES)
def test_held_finds_the_texts_that_a_search_of_each_finds(texts: list[str], value: str) -> None:
    assert list(Held(texts).holding(value)) == [at for at, text in enumerate(texts) if value in text]


@given(texts=LINES, value=VALUES)
def test_told_knows_from_where_on_a_value_was_told(texts: list[str], value: str) -> None:
    told, stands = Told(texts), masks.value_at(value)
    for at in range(len(texts)):
        assert told.holds(at, value) == any(value in text for text in texts[: at + 1])
        assert told.holds_token(at, value) == any(stands.search(text) for text in texts[: at + 1])


@given(text=st.text("ab1/.~ é-", max_size=24), value=VALUES)
def test_the_places_of_a_value_are_those_that_its_expression_finds(text: str, value: str) -> None:
    found = [found.start() for found in re.finditer(masks.value_at(value), text)]
    assert list(masks.places_of(value, text)) == found


@pytest.mark.parametrize(("value", "at"), [("8080", 0), ("80", 1)])
def test_a_text_told_twice_counts_from_its_first_time(value: str, at: int) -> None:
    told = Told(["port 8080", "80", "port 8080"])
    assert [told.holds_token(step, value) for step in range(3)] == [step >= at for step in range(3)]
