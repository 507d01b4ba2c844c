"""Tests of keeping with an analysis what was told of it."""

from replay.syntax import Analysis, analyse
from replay.syntax.kept import kept


def test_an_analysis_is_asked_once_and_another_one_anew() -> None:
    asked = []

    @kept
    def length(analysis: Analysis) -> int:
        asked.append(analysis.text)
        return len(analysis.text)

    one, other = analyse("ls"), analyse("pwd")
    assert (length(one), length(other), length(one)) == (2, 3, 2)
    assert asked == ["ls", "pwd"]


def test_two_functions_of_one_name_keep_apart() -> None:
    def made(answer: int) -> int:
        @kept
        def told(analysis: Analysis) -> int:
            return answer + len(analysis.text)

        return told(analyse("true"))

    assert (made(1), made(2)) == (5, 6)
