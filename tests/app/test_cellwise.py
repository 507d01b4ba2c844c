"""What is drawn cell by cell ends as if all of it had been drawn."""

import random
from functools import partial

import pytest
from rich.color import ColorSystem

from app.cellwise import Hand, Paper, cells, move, switch
from app.emulator import Line, Pen, Span, Underline
from app.ghostty import Ghostty

COLUMNS, ROWS = 30, 8
PENS = (
    Pen(),
    Pen(),
    Pen(bold=True),
    Pen(foreground=(204, 102, 102), foreground_index=1),
    Pen(foreground=(1, 2, 3)),
    Pen(background=(4, 5, 6), inverse=True),
    Pen(faint=True, italic=True, underline=Underline.SINGLE, strike=True),
    Pen(underline=Underline.CURLY, underline_colour=(1, 2, 3)),
    Pen(underline=Underline.DOTTED, underline_colour=(204, 102, 102), underline_index=1),
    Pen(underline=Underline.DOUBLE, bold=True),
    Pen(link="https://example.org/"),
)
TEXTS = ("", " " * 9, " " * 20, "a", "words", "漢字", "e\u0301", "┌──┐", "the quick brown fox")


def some_line(chance: random.Random) -> Line:
    """Of the width that the terminal has, wide characters whole."""
    found = cells(tuple(Span(chance.choice(TEXTS), chance.choice(PENS)) for _ in range(chance.randrange(5))), COLUMNS)
    if COLUMNS and found[-1][0] and len(cells((Span(found[-1][0], Pen()),))) > 1:
        found[-1] = (" ", Pen())
    return tuple(Span(text, pen) for text, pen in found if text)


def some_picture(chance: random.Random, before: list[Line]) -> list[Line]:
    """Something new, or what was there with some rows moved and changed."""
    if chance.random() < 0.3:
        return [some_line(chance) for _ in range(ROWS)]
    by = chance.randrange(-3, 4)
    rows = [before[row + by] if 0 <= row + by < ROWS else some_line(chance) for row in range(ROWS)]
    for _ in range(chance.randrange(3)):
        rows[chance.randrange(ROWS)] = some_line(chance)
    return rows


def shown(terminal: Ghostty) -> list[list[tuple[str, Pen]]]:
    """Cell by cell; where nothing stands, only the background counts."""
    terminal.refresh()
    return [cells(terminal.line(row), COLUMNS) for row in range(ROWS)]


@pytest.mark.parametrize("seed", range(40))
def test_the_terminal_shows_what_it_is_to_show_whatever_it_showed(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    terminal, paper, at = Ghostty(COLUMNS, ROWS), Paper(COLUMNS, ROWS), None
    before = [some_line(chance) for _ in range(ROWS)]
    for _ in range(12):
        now = some_picture(chance, before)
        hand = Hand(ColorSystem.TRUECOLOR, at, lines=True)
        paper.move(hand, 0, before, now)
        for row, line in enumerate(now):
            paper.put(hand, 0, row, cells(line, COLUMNS))
        hand.go(chance.randrange(COLUMNS), chance.randrange(ROWS))
        terminal.feed(hand.done().encode())
        at, before = hand.at, now
        assert shown(terminal) == [cells(line, COLUMNS) for line in now]
        assert (terminal.cursor.column, terminal.cursor.row) == at


def drawn(paper: Paper, *lines: str, at: tuple[int, int] | None = (0, 0)) -> str:
    hand = Hand(ColorSystem.TRUECOLOR, at)
    rows: list[Line] = [(Span(text, Pen()),) for text in lines]
    for row, line in enumerate(rows):
        paper.put(hand, 0, row, cells(line, paper.size[0]))
    return hand.done()


def test_what_is_there_already_is_not_sent() -> None:
    paper = Paper(10, 2)
    drawn(paper, "one", "two")
    assert drawn(paper, "one", "two") == ""
    assert drawn(paper, "onE", "two", at=(2, 0)) == "E"
    assert drawn(paper, "on", "two", at=(2, 0)) == " "


def test_rows_that_only_moved_are_moved_by_the_terminal() -> None:
    paper = Paper(20, 6)
    before: list[Line] = [(Span(f"line {number}", Pen()),) for number in range(6)]
    drawn(paper, *(line[0].text for line in before))
    now = [*before[1:], (Span("line 6", Pen()),)]
    hand = Hand(ColorSystem.TRUECOLOR, None)
    paper.move(hand, 0, before, now)
    for row, line in enumerate(now):
        paper.put(hand, 0, row, cells(line, 20))
    assert hand.done() == "\x1b[1;6r\x1b[1S\x1b[r\x1b[6Hline 6"


def test_a_terminal_without_colours_is_sent_none() -> None:
    hand = Hand(None, None)
    Paper(10, 1).put(hand, 0, 0, cells((Span("red", Pen(foreground=(255, 0, 0), bold=True)),)))
    assert hand.done() == "\x1b[1Hred"


def test_few_colours_are_the_nearest_of_those() -> None:
    hand = Hand(ColorSystem.STANDARD, None)
    Paper(10, 1).put(hand, 0, 0, cells((Span("x", Pen(foreground=(250, 5, 5))),)))
    assert hand.done() in {"\x1b[1H\x1b[31mx\x1b[m", "\x1b[1H\x1b[91mx\x1b[m"}


@pytest.mark.parametrize(
    ("at", "spot", "way"),
    [
        (None, (3, 4), "\x1b[5;4H"),
        ((3, 4), (4, 4), "\x1b[C"),
        ((9, 4), (0, 4), "\r"),
        ((0, 4), (0, 5), "\x1b[B"),
        ((7, 4), (0, 5), "\r\n"),
        ((7, 4), (30, 9), "\x1b[10;31H"),
    ],
)
def test_the_cursor_takes_the_shortest_way(at: tuple[int, int] | None, spot: tuple[int, int], way: str) -> None:
    assert len(move(at, *spot)) == len(way)


def test_an_underline_of_a_style_is_a_plain_one_to_a_terminal_that_may_not_know_of_it() -> None:
    curly = Pen(underline=Underline.CURLY, underline_colour=(1, 2, 3), bold=True)
    plain = Pen(underline=Underline.SINGLE, bold=True)
    into = partial(switch, colours=ColorSystem.TRUECOLOR)
    assert into(Pen(), curly, lines=False) == into(Pen(), plain, lines=False) == "\x1b[1;4m"
    assert into(Pen(), curly, lines=True) == "\x1b[1;4m\x1b[4:3m\x1b[58:2::1:2:3m"
    assert into(plain, curly, lines=False) == ""
