import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import BadInputError
from replay.document import dump, load
from replay.matching import masks
from replay.matching.lines import match_output
from replay.playbook import Expectation, Playbook, PlaybookStep

HEAD = """\
replaybook: 1
name: p
parameters:
  repeat: {default: "3"}
steps:
  - run: make
    expect:
      output: |
"""


def document(*lines: str) -> str:
    return HEAD + "".join(f"        {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("pattern", "came", "matches"),
    [
        ("a\n{{optional}} b\nc", ("a\nb\nc", "a\nc"), ("a\nb\nb\nc", "a\nx\nc", "a", "b\nc")),
        ("{{repeat}} cc {{glob:*.c}}\nld", ("cc a.c\nld", "cc a.c\ncc b.c\nld"), ("ld", "cc a.o\nld", "cc a.c")),
        ("{{optional}} {{repeat}} w {{number}}\nend", ("end", "w 1\nw 22\nend"), ("w x\nend", "w 1")),
        ("{{repeat}} {{optional}} w\nend", ("end", "w\nend"), ("x\nend",)),
        ("{{regex:a{2,3}}} b", ("aa b", "aaa b"), ("a b", "aaaa b", "aa b c")),
        (r"{{regex:\d{4}}}-x", ("2026-x",), ("26-x", "2026}-x")),
        ("{{glob:lib[abc]?.so*}}", ("liba1.so", "libc2.so.6 x"), ("libd1.so", "liba.so")),
        ("{{glob:[!a]x}}", ("bx",), ("ax",)),
        ("{{optional}} a\n{{lines}}\nz", ("z", "a\nz", "q\nr\nz"), ("a", "z\ny")),
        ("{{ip}}", ("10.0.0.1", "fe80::1", "::1"), ("10.0.0", "300.1.1.1", "12:30")),
        ("{{percentage}} done", ("7% done", "99.5 % done"), ("7 done",)),
        ("{{spinner}} get", ("⠋ get", "| get"), ("x get",)),
        ("{{optional}}   indented", ("  indented", ""), ("indented",)),
        (r"\{{optional}} a", ("{{optional}} a",), ("a", "")),
    ],
)
def test_lines_may_be_missing_repeated_or_of_a_form(
    pattern: str, came: tuple[str, ...], matches: tuple[str, ...]
) -> None:
    assert [match_output(pattern, one, {}).mismatch for one in came] == [None] * len(came)
    assert [one for one in matches if match_output(pattern, one, {}).mismatch is None] == []


def test_lines_side_by_side_may_be_optional_and_repeated() -> None:
    pattern = "{{repeat}} cc {{any}}\n{{optional}} warning\nld"
    assert match_output(pattern, "ld\ncc b\nwarning\ncc a", {}, unordered=True).mismatch is None
    assert match_output(pattern, "cc a\nld", {}, unordered=True).mismatch is None
    assert match_output(pattern, "ld\nwarning", {}, unordered=True).mismatch is not None
    assert match_output(pattern, "cc a\nld\nwarning\nwarning", {}, unordered=True).mismatch is not None


def test_a_parameter_of_that_name_is_meant() -> None:
    assert match_output("{{repeat}} times", "3 times", {"repeat": "3"}).mismatch is None
    assert load(document("{{repeat}} times"), where="p.yaml").steps[0].expect.output == "{{repeat}} times\n"


def test_many_lines_that_repeat_are_matched_in_a_moment() -> None:
    pattern = "\n".join(["{{optional}} {{repeat}} {{any}}"] * 30 + ["end"])
    assert match_output(pattern, "x\n" * 3000 + "end", {}).mismatch is None
    assert match_output(pattern, "x\n" * 3000 + "enx", {}).mismatch is not None


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (("ok", "in {{duratoin}}"), '10:12: unknown name {{duratoin}}; did you mean "duration"?'),
        (("{{any}} {{any}} {{an}}",), "9:25: unknown name {{an}}"),
        (("a {{optional}} b",), "9:11: {{optional}} stands at the beginning of a line"),
        (("a", "b", "{{regex:(}}"), '11:9: "(" is no regular expression'),
        (("{{regex:a)(b}}",), '9:9: "a)(b" is no regular expression'),
        (("{{regex:(?P<x>a)}}",), '9:9: "(?P<x>a)" names a group'),
        ((r"{{regex:(a)\1}}",), "names a group"),
        (("x {{glob:[z-a]}}",), '9:11: "[z-a]" is no glob'),
        (("{{globe:*}}",), '9:9: unknown form {{globe:…}}; did you mean "glob"?'),
    ],
)
def test_a_wrong_pattern_is_told_with_its_line_and_column(lines: tuple[str, ...], error: str) -> None:
    with pytest.raises(BadInputError) as refused:
        load(document(*lines), where="p.yaml")
    assert error in str(refused.value)
    assert str(refused.value).startswith("p.yaml:")


def test_a_capture_stands_on_a_line_that_always_comes() -> None:
    text = document("{{optional}} id {{job}}") + '    capture: [{name: job, recorded: "1", pattern: "[0-9]+"}]\n'
    with pytest.raises(BadInputError, match=r"p\.yaml:9:9: \{\{job\}\} is read from a line that may be missing"):
        load(text, where="p.yaml")


@given(st.text(max_size=200))
def test_a_pattern_made_of_an_output_matches_that_output(text: str) -> None:
    output = text.replace("\r\n", "\n")
    assert match_output(masks.mask(output), output, {}).mismatch is None


LINES = st.lists(
    st.sampled_from(
        [
            "{{optional}} a",
            "{{repeat}} b {{glob:*.c}}",
            "{{lines}}",
            "{{regex:[a-z]{2}}} x",
            "\\{{x",
            "  in {{any}}",
            "",
            "c",
        ]
    ),
    max_size=8,
)


@given(LINES, st.booleans())
def test_a_document_with_patterns_survives_its_round_trip(lines: list[str], ends: bool) -> None:  # noqa: FBT001 - hypothesis
    output = "\n".join(lines) + ("\n" if ends else "")
    playbook = Playbook(name="p", steps=(PlaybookStep(run="x", expect=Expectation(output=output)),))
    assert load(dump(playbook), where="p") == playbook
    assert "".join(piece.written for piece in masks.pieces(output)) == output
