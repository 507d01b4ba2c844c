"""What stands in a tool's call stays where it stands, whatever its values hold."""

import re

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from capture.calls import Call, read_call, result_text
from capture.errors import BadInputError
from replay import calls, template
from replay.calls import Bare

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["{{n}}", "\\{{n}}", '"}', "\\", "\ue000x", "{{", "}}", '","x":"', "tool:a {}", "3", "true"]
)
LEAVES = TEXTS | st.integers(-(2**53), 2**53) | st.booleans() | st.none() | st.floats(-1e6, 1e6)
INPUTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


@settings(max_examples=60, deadline=None)
@given(INPUTS)
def test_a_recorded_call_renders_to_itself(given_: object) -> None:
    call = Call("files/write", given_)
    text = template.escape_command(call.text)
    assert read_call(template.render_shell(text, {"n": "no"})) == call
    assert not template.names(text)
    assert calls.is_call(text)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_no_value_breaks_out_of_its_string(value: str, other: str) -> None:
    text = calls.written("t", {"a": "<{{x}}> {{y}}", "b": "{{x}}", "c": ["{{y}}"]})
    rendered = read_call(template.render_shell(text, {"x": value, "y": other}))
    assert rendered == Call("t", {"a": f"<{value}> {other}", "b": value, "c": [other]})


@settings(max_examples=40, deadline=None)
@given(INPUTS)
def test_a_call_reads_as_it_was_written(given_: object) -> None:
    text = calls.written("t", {"of": given_, "n": Bare("n")})
    assert calls.read(text) == Call("t", {"of": given_, "n": Bare("n")})


@settings(max_examples=40, deadline=None)
@given(INPUTS, TEXTS)
@example(["{{"], "\\")
def test_a_lifted_value_renders_to_what_it_was(given_: object, value: str) -> None:
    call = Call("t", {"of": given_, "v": value})
    lifted = template.lift(template.escape_command(call.text), value, "v")
    rendered = read_call(template.render_shell(lifted, {"v": value, "n": "no"}))
    assert rendered == call


def test_a_number_stays_a_number() -> None:
    lifted = template.lift(Call("t", {"port": 8080, "text": "8080", "id": 18080}).text, "8080", "port")
    assert lifted == 'tool:t {"port":{{port}},"text":"{{port}}","id":18080}'
    assert template.render_shell(lifted, {"port": "9"}) == 'tool:t {"port":9,"text":"9","id":18080}'


@pytest.mark.parametrize("value", ["", "8080,", "[]", '"x"', "1e", "01", "nan", '1,"x":2'])
def test_a_number_is_no_other_json(value: str) -> None:
    with pytest.raises(BadInputError, match="number, true or false"):
        template.render_shell('tool:t {"port":{{port}}}', {"port": value})


def test_a_value_that_is_missing_is_named() -> None:
    with pytest.raises(BadInputError, match=re.escape("{{a}} has no value; set it with --set a=VALUE")):
        template.render_shell('tool:t {"a":"{{a}}"}', {})


def test_the_words_of_a_call_stand_behind_their_fields() -> None:
    text = Call("t", {"user": "ada", "tags": ["x", 3], "of": {"day": "2026-01-02"}}).text
    places = [(place.before, place.word) for place in template.words(text)]
    assert places == [("user=", "ada"), ("tags=", "x"), ("tags=", "3"), ("day=", "2026-01-02")]


@pytest.mark.parametrize(
    "text", ["tool:", "tool:x", "tool:x {", "echo tool:x {}", "tool:x {} {}", 'tool:x {"a":{{A}}}']
)
def test_other_texts_are_no_calls(text: str) -> None:
    assert not calls.is_call(text)
    assert calls.read(text) is None


@pytest.mark.parametrize(
    "written",
    ['{"b":[1,2],"a":"x"}', '{ "a": "x",\n "b": [1, 2] }\n', '{"result": {"a": "x", "b": [1, 2]}}'],
)
def test_an_answer_is_the_same_however_its_json_is_laid_out(written: str) -> None:
    assert calls.plain_answer(written) == result_text({"a": "x", "b": [1, 2]})


@pytest.mark.parametrize("text", ["", "done\n", "7\n", "{not json", "[1, 2", '"x"', "{" * 5000])
def test_an_answer_that_is_no_json_stays_as_it_is(text: str) -> None:
    assert calls.plain_answer(text) == text


def test_a_text_that_a_server_puts_under_a_name_is_that_text() -> None:
    assert calls.plain_answer('{"result": "ticket 7 made"}') == "ticket 7 made\n"


def test_a_field_name_is_never_lifted() -> None:
    text = Call("t", {"site": "site"}).text
    assert msgspec.json.decode(template.lift(text, "site", "v").removeprefix("tool:t ")) == {"site": "{{v}}"}
