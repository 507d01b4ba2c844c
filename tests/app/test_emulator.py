from collections.abc import Iterator

import pytest

from app.cellwise import cells
from app.emulator import Cursor, CursorShape, Emulator, MouseAct, MouseStroke, Pen, Underline, Wheel, drawable
from app.ghostty import Ghostty
from app.keystrokes import keystroke


@pytest.fixture
def screen() -> Iterator[Ghostty]:
    made = Ghostty(20, 4)
    yield made
    made.close()


def shown(screen: Ghostty, row: int = 0) -> str:
    return "".join(text for text, _ in screen.line(row)).rstrip()


def fed(screen: Ghostty, text: str) -> frozenset[int]:
    screen.feed(text.encode())
    return screen.refresh()


def test_it_is_what_the_pane_needs(screen: Ghostty) -> None:
    assert isinstance(screen, Emulator)


@pytest.mark.parametrize("pieces", [("e", "\u0301"), ("e\r\n", "\x1b[1;2H\u0301")])
def test_a_mark_that_joins_a_drawn_cell_is_drawn(screen: Ghostty, pieces: tuple[str, str]) -> None:
    fed(screen, pieces[0])
    assert 0 in fed(screen, pieces[1])
    assert shown(screen) == "e\u0301"
    screen.feed("\u0302".encode()[:1])
    screen.refresh()
    screen.feed("\u0302".encode()[1:])
    assert 0 in screen.refresh()
    assert shown(screen) == "e\u0301\u0302"


def test_colours_come_out_as_truecolour(screen: Ghostty) -> None:
    fed(screen, "\x1b[38;2;1;2;3;48;5;200mx\x1b[0m\x1b[1;3;4;7;9mz")
    (first, first_pen), (second, second_pen) = screen.line(0)[:2]
    assert (first, first_pen) == ("x", Pen(foreground=(1, 2, 3), background=(255, 0, 215), background_index=200))
    lined = Underline.SINGLE
    assert (second, second_pen) == ("z", Pen(bold=True, italic=True, underline=lined, inverse=True, strike=True))


def test_underlines_keep_their_style_and_colour(screen: Ghostty) -> None:
    fed(screen, "\x1b[4:3;58:2::1:2:3ma\x1b[4:4;58:5:200mb\x1b[21;59mc\x1b[24;58:5:1md")
    assert [pen for _, pen in cells(screen.line(0))[:4]] == [
        Pen(underline=Underline.CURLY, underline_colour=(1, 2, 3)),
        Pen(underline=Underline.DOTTED, underline_colour=(255, 0, 215), underline_index=200),
        Pen(underline=Underline.DOUBLE),
        Pen(),
    ]


def test_a_cursor_has_the_shape_that_the_program_asked_for(screen: Ghostty) -> None:
    for shape in (*CursorShape, CursorShape.OWN):
        fed(screen, f"\x1b[{shape} q")
        assert screen.cursor.shape is shape
    fed(screen, "\x1b[6 q\x1bc")
    assert screen.cursor.shape is CursorShape.OWN


def test_erased_cells_keep_their_background(screen: Ghostty) -> None:
    fed(screen, "\x1b[48;2;9;8;7m\x1b[K")
    assert screen.line(0) == ((" " * 20, Pen(background=(9, 8, 7))),)


@pytest.mark.parametrize("text", ["漢字かな", "e\u0301a\u0308", "👩\u200d👩\u200d👧", "a\u202eb\u200bc", "\U000e0041x"])
def test_a_line_is_as_wide_as_the_screen_whatever_it_holds(screen: Ghostty, text: str) -> None:
    from rich.cells import cell_len  # noqa: PLC0415 - the yardstick of this one test

    fed(screen, text)
    line = "".join(piece for piece, _ in screen.line(0))
    assert cell_len(line) == 20
    assert not {"\u200d", "\u202e", "\u200b", "\U000e0041"} & set(line)


@pytest.mark.parametrize(("text", "width"), [("\x1b", 1), ("ab", 1), ("", 2), ("漢", 1)])
def test_what_does_not_fit_its_cell_is_replaced(text: str, width: int) -> None:
    assert drawable(text, width).startswith("\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize("joining", [False, True])
@pytest.mark.parametrize(
    ("text", "shown_joined"),
    [
        ("👨\u200d👩\u200d👧", "👨|"),
        ("🇩🇪", "🇩🇪|"),
        ("👍🏽", "👍🏽|"),
        ("👩🏽\u200d🚀", "👩🏽|"),
        ("❤\ufe0f", "❤ |"),
        ("1\ufe0f\u20e3", "1 |"),
        ("🏽", "■ |"),
        ("e" + "\u0301" * 80, "e|"),
    ],
)
def test_a_joined_emoji_is_drawn_as_its_cells_hold_it_or_as_what_it_begins_with(
    screen: Ghostty, text: str, shown_joined: str, *, joining: bool
) -> None:
    fed(screen, ("\x1b[?2027h" if joining else "") + text + "|")
    assert "\N{REPLACEMENT CHARACTER}" not in shown(screen)
    assert shown(screen)[0] in (text[0], "■")
    assert len(cells(screen.line(0))) == 20
    if joining:
        assert shown(screen) == shown_joined


def test_only_changed_rows_are_told(screen: Ghostty) -> None:
    fed(screen, "one\r\ntwo\r\nthree")
    assert fed(screen, "\x1b[1;1HONE") <= {0, 2}
    assert shown(screen) == "ONE"
    assert fed(screen, "") == frozenset()


def test_a_character_may_be_cut_anywhere(screen: Ghostty) -> None:
    for byte in "ä\x1b[31m漢".encode():
        screen.feed(bytes([byte]))
    screen.refresh()
    assert shown(screen) == "ä漢"


def test_the_alternate_screen_gives_the_first_one_back(screen: Ghostty) -> None:
    fed(screen, "shell\x1b[?1049h\x1b[Hvim")
    assert (screen.alternate_screen, shown(screen).strip()) == (True, "vim")
    fed(screen, "\x1b[?1049l")
    assert (screen.alternate_screen, shown(screen)) == (False, "shell")


def test_queries_are_answered_only_where_an_answer_is_wanted() -> None:
    answers: list[bytes] = []
    live, recording = Ghostty(answer=answers.append), Ghostty()
    for screen in (live, recording):
        screen.feed(b"\x1b[6n\x1b[c\x1b]52;c;?\x07")
        screen.close()
    assert answers[0] == b"\x1b[1;1R"
    assert not any(b"52;c" in answer for answer in answers)


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", b"a"),
        ("A", "A", b"A"),
        ("ctrl+c", "\x03", b"\x03"),
        ("ctrl+at", None, b"\x00"),
        ("ctrl+space", None, b"\x00"),
        ("ctrl+backslash", None, b"\x1c"),
        ("alt+x", "x", b"\x1bx"),
        ("alt+enter", None, b"\x1b\r"),
        ("enter", "\r", b"\r"),
        ("tab", "\t", b"\t"),
        ("shift+tab", None, b"\x1b[Z"),
        ("escape", "\x1b", b"\x1b"),
        ("backspace", "\x7f", b"\x7f"),
        ("delete", None, b"\x1b[3~"),
        ("up", None, b"\x1b[A"),
        ("ctrl+left", None, b"\x1b[1;5D"),
        ("f5", None, b"\x1b[15~"),
        ("é", "é", "é".encode()),
        ("plus", "+", b"+"),
        ("question_mark", "?", b"?"),
    ],
)
def test_keys_are_sent_as_programs_expect_them(screen: Ghostty, key: str, character: str | None, sent: bytes) -> None:
    assert screen.key(keystroke(key, character)) == sent


def test_the_program_chooses_how_arrows_and_pastes_come(screen: Ghostty) -> None:
    assert screen.paste("a\nb") == b"a\rb"
    screen.feed(b"\x1b[?1h\x1b[?2004h")
    assert screen.key(keystroke("up", None)) == b"\x1bOA"
    assert screen.paste("a\x1b[201~b") == b"\x1b[200~a[201~b\x1b[201~"


def test_the_wheel_is_passed_on_only_when_asked_for(screen: Ghostty) -> None:
    turn = MouseStroke(MouseAct.PRESS, Wheel.UP, 3, 2)
    assert (screen.wants_mouse, screen.mouse(turn)) == (False, b"")
    screen.feed(b"\x1b[?1000h\x1b[?1006h")
    assert (screen.wants_mouse, screen.mouse(turn)) == (True, b"\x1b[<64;4;3M")


def test_scrolling_back_and_on(screen: Ghostty) -> None:
    fed(screen, "".join(f"line {number}\r\n" for number in range(50)))
    screen.scroll(-10)
    screen.refresh()
    assert (screen.scrolled_back, screen.cursor.visible, shown(screen)) == (True, False, "line 37")
    screen.scroll(None)
    screen.refresh()
    assert (screen.scrolled_back, screen.cursor) == (False, Cursor(0, 3, visible=True))


def test_a_resize_wraps_anew(screen: Ghostty) -> None:
    fed(screen, "0123456789abcdefghij")
    screen.resize(10, 4)
    screen.refresh()
    assert [shown(screen, row) for row in range(2)] == ["0123456789", "abcdefghij"]
