import pytest

from replay.matching.beside import Beside, beside


def told(pattern: str, actual: str, values: dict[str, str] | None = None) -> list[tuple[str | None, str | None]]:
    """The pairs that differ."""
    return [(one.expected, one.came) for one in beside(pattern, actual, values or {}) if not one.same]


@pytest.mark.parametrize(
    ("pattern", "actual", "differs"),
    [
        ("a\nb\n", "a\nb\n", []),
        ("took {{duration}}\n", "took 3 ms\n", []),
        ("for {{name}}\n", "for ada\n", []),
        ("for {{name}}\n", "for bob\n", [("for {{name}}", "for bob")]),
        ("a\nb\nc\n", "a\nc\n", [("b", None)]),
        ("a\nc\n", "a\nb\nc\n", [(None, "b")]),
        ("a\nb\nc\n", "a\nx\nc\n", [("b", "x")]),
        ("a\nb\nc\nd\n", "x\nb\ny\nd\n", [("a", "x"), ("c", "y")]),
        ("", "x\n", [(None, "x")]),
        ("x\n", "", [("x", None)]),
        ("{{optional}} note\nend\n", "end\n", []),
        ("{{lines}}\nend\n", "one\ntwo\nend\n", []),
        ("{{repeat}} tick {{number}}\nend\n", "tick 1\ntick 2\ntick 3\nend\n", []),
        ("a  \n", "a\n", []),
    ],
)
def test_only_what_is_no_match_differs(pattern: str, actual: str, differs: list[tuple[str, str]]) -> None:
    assert told(pattern, actual, {"name": "ada"}) == differs


def test_every_line_of_both_is_there_in_its_order() -> None:
    pattern, actual = "a\nb\nc\nd\n", "b\nx\nd\ny\n"
    pairs = beside(pattern, actual, {})
    assert [one.expected for one in pairs if one.expected is not None] == pattern.split()
    assert [one.came for one in pairs if one.came is not None] == actual.split()
    assert Beside("d", "d", same=True) in pairs


def test_long_outputs_are_taken_in_their_order() -> None:
    pattern = "".join(f"line {number}\n" for number in range(20_000))
    actual = pattern.replace("line 5000\n", "").replace("line 9000\n", "line nine\n")
    pairs = beside(pattern, actual, {})
    assert pairs[0].same
    assert pairs[-1] == Beside("line 19999", "line 19999", same=True)
    assert not all(one.same for one in pairs)
