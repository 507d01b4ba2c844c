"""The fuzzing of documents in its full count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replay.document.test_hostile_documents import WORDS, well_told

pytestmark = pytest.mark.bench


@settings(deadline=None, max_examples=20_000)
@given(st.lists(WORDS, max_size=60).map("".join))
def test_any_heap_of_yaml_in_the_full_count(text: str) -> None:
    well_told(text)


@settings(deadline=None, max_examples=20_000)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_in_the_full_count(data: bytes) -> None:
    well_told(data.decode("utf-8", "surrogateescape"))
