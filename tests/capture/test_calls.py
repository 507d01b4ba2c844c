import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.calls import Call, read_call, result_text
from capture.printable import printable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab \n"{', max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), JSON)
def test_a_call_is_one_line_that_is_read_back(name: str, value: object) -> None:
    call = Call(name, value)
    assert "\n" not in call.text
    assert read_call(call.text) == call


@pytest.mark.parametrize(
    "text", ["ls", "tool:x", "tool: {}", "tool:x {", "echo tool:x {}", "tool:x {} {}", 'tool:x "\udcff"']
)
def test_other_text_is_no_call(text: str) -> None:
    assert read_call(text) is None


def test_a_result_has_one_value_a_line_in_an_order_that_does_not_depend_on_the_server() -> None:
    assert result_text({"b": [1, 2], "a": "x"}) == '{\n  "a": "x",\n  "b": [\n    1,\n    2\n  ]\n}\n'
    assert result_text("as it is") == "as it is\n"
    assert result_text(None) == result_text("") == ""


def test_what_a_terminal_would_act_on_is_shown() -> None:
    assert result_text("\x1b[2J\r\nred\x07 \ud800") == "\u241b[2J\nred\u2407 \ufffd\n"
    assert result_text({"text": "\x1b"}) == '{\n  "text": "\\u001b"\n}\n'


@given(st.text("a \t\n\r\x00\x1b\x7f\x85\u00e9\ud800", max_size=6))
def test_each_control_is_shown_and_nothing_else_changes(text: str) -> None:
    ends = text.replace("\r\n", "\n")
    shown = "".join(one if one in "a \t\n\u00e9" else printable(one) for one in ends)
    assert result_text(text) == (shown if shown.endswith("\n") or not text else f"{shown}\n")
