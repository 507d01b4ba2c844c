import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from app.widgets.prose import Piece, Row, Tone, clipped, diff_rows, piece, row, rows, wrapped


def texts(folded: list[Row]) -> list[str]:
    return ["".join(text for text, _ in line) for line in folded]


def test_long_rows_fold_at_spaces() -> None:
    assert texts(wrapped(row("the quick brown fox"), 10)) == ["the quick", "brown fox"]


def test_a_word_that_fits_no_line_is_cut() -> None:
    assert texts(wrapped(row("abcdefghij"), 4)) == ["abcd", "efgh", "ij"]


def test_what_follows_a_label_stays_behind_it() -> None:
    labelled = (Piece("why  ", Tone.DIM), piece("one two three four"))
    assert texts(wrapped(labelled, 16)) == ["why  one two", "     three four"]


def test_a_placeholder_is_not_torn_when_it_fits_the_next_line() -> None:
    said = (piece("wrote it in "), piece("{{duration}}", Tone.MASK))
    assert texts(wrapped(said, 16)) == ["wrote it in ", "{{duration}}"]


@given(st.text(alphabet="ab 漢字é", max_size=60), st.integers(min_value=2, max_value=30))
def test_nothing_is_wider_than_asked_and_no_character_is_lost(text: str, width: int) -> None:
    folded = texts(wrapped(row(text), width))
    assert all(cell_len(line) <= width for line in folded)
    assert "".join(folded).replace(" ", "") == text.replace(" ", "")


@given(st.text(max_size=40))
def test_a_piece_is_one_printable_line(text: str) -> None:
    shown = piece(text).text
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert "\t" not in shown


def test_rows_carry_their_signs() -> None:
    assert texts(rows("one\ntwo\n", first="$ ", rest="  ")) == ["$ one", "  two"]
    assert rows("") == []


@pytest.mark.parametrize(
    ("text", "width", "shown"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("漢字", 3, "漢…"), ("a", 0, "")]
)
def test_clipping_shows_that_something_is_missing(text: str, width: int, shown: str) -> None:
    assert clipped(text, width) == shown


def test_a_diff_says_by_signs_what_tones_repeat() -> None:
    shown = diff_rows("--- a\n+++ b\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n")
    assert [(line[0].text, line[0].tone) for line in shown] == [
        (" same", Tone.PLAIN),
        ("-old", Tone.BAD),
        ("+new", Tone.GOOD),
    ]
