from app.emulator import Pen, Span
from app.scrollback import Match, Spot, found, marked, nearest, selected_part, word_at


def test_capitals_count_when_there_is_one_in_what_is_searched() -> None:
    rows = ["Make all", "make it, Make it"]
    assert found(rows, "make") == [Match(0, 0, 4), Match(1, 0, 4), Match(1, 9, 13)]
    assert found(rows, "Make") == [Match(0, 0, 4), Match(1, 9, 13)]
    assert found(rows, "") == []


def test_columns_are_cells_not_characters() -> None:
    assert found(["漢字 x e\u0301 x"], "x") == [Match(0, 5, 6), Match(0, 9, 10)]
    assert word_at("漢字 word", 6) == (5, 8)


def test_the_search_goes_round() -> None:
    matches = [Match(1, 0, 2), Match(1, 5, 7), Match(4, 0, 2)]
    assert nearest(matches, Spot(1, 5), back=True) == matches[0]
    assert nearest(matches, Spot(1, 0), back=True) == matches[2]
    assert nearest(matches, Spot(1, 5), back=False) == matches[2]
    assert nearest(matches, Spot(4, 0), back=False) == matches[0]
    assert nearest([], Spot(0, 0), back=True) is None


def test_a_word_is_what_one_would_copy() -> None:
    assert word_at("see https://example.org/a?b=1, then", 10) == (4, 28)
    assert word_at("cat ./src/main.py", 8) == (4, 16)
    assert word_at("a b", 1) == (1, 1)
    assert word_at("short", 30) == (30, 30)


def test_a_selection_is_in_the_order_of_reading() -> None:
    one, other = Spot(3, 8), Spot(1, 5)
    assert [selected_part(row, 20, one, other) for row in range(5)] == [None, (5, 20), (0, 20), (0, 9), None]


def test_marks_are_added_to_what_a_cell_has() -> None:
    line = (Span("ab", Pen(bold=True)), Span("c", Pen(inverse=True)))
    shown = marked(line, 4, [(1, 3, Pen(inverse=True))])
    assert [(text, pen.inverse, pen.bold) for text, pen in shown] == [
        ("a", False, True),
        ("b", True, True),
        ("c ", False, False),
    ]
