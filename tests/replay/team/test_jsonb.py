import msgspec
from hypothesis import given
from hypothesis import strategies as st

from replay.team.jsonb import from_jsonb, from_text, to_jsonb, to_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("a0\\u\0\ufdd0", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a\0\ufdd0", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_comes_back_as_it_went_in(value: object) -> None:
    written = to_jsonb(value)
    assert "\\u0000" not in written.replace("\\\\", "")
    assert from_jsonb(written, msgspec.UnsetType | object) == value  # type: ignore[arg-type]


@given(st.text("a01\0\ufdd0"))
def test_so_does_text(text: str) -> None:
    assert "\0" not in to_text(text)
    assert from_text(to_text(text)) == text
