"""A recorded screen drawn again on another terminal is the same screen."""

from app.ghostty import Ghostty
from app.redraw import redrawn
from capture.events import Frame


def shown(data: bytes, columns: int, rows: int) -> tuple[list[str], tuple[int, int], bool]:
    screen = Ghostty(columns, rows)
    screen.feed(data)
    screen.refresh()
    lines = ["".join(span.text for span in screen.line(row)).rstrip() for row in range(rows)]
    return lines, screen.cursor[:2], screen.alternate_screen


def frames(*pieces: bytes | tuple[int, int]) -> list[Frame]:
    return [
        Frame(at_us=0, data=piece) if isinstance(piece, bytes) else Frame(at_us=0, data=b"", resize=piece)
        for piece in pieces
    ]


def test_lines_cursor_and_colours_come_back() -> None:
    data = b"".join(b"line %d\r\n" % number for number in range(30)) + b"\x1b[31mred\x1b[0m $ ls"
    again = redrawn(frames((40, 10), data), 40, 10)
    assert shown(again, 40, 10) == shown(data, 40, 10)
    assert b"38;5;1" in again


def test_a_full_screen_program_comes_back_with_its_modes() -> None:
    data = b"\x1b[?1049h\x1b[?1000h\x1b[?25l\x1b[2J\x1b[Htop\x1b[5;3Hmiddle"
    again = redrawn(frames((40, 10), b"$ vim\r\n", data), 40, 10)
    assert shown(again, 40, 10)[0] == shown(data, 40, 10)[0]
    assert shown(again, 40, 10)[2]
    assert b"\x1b[?1000h" in again
    assert b"\x1b[?25l" in again


def test_lines_are_wrapped_for_the_new_size() -> None:
    again = redrawn(frames((80, 24), b"x" * 70, (60, 24), b"y" * 10), 20, 5)
    assert shown(again, 20, 5)[0][:4] == ["x" * 20, "x" * 20, "x" * 20, "x" * 10 + "y" * 10]


def test_no_query_and_no_string_of_a_recording_reaches_the_new_terminal() -> None:
    hostile = b"\x1b[c\x1b[5n\x1b]52;c;cHduZWQ=\x07\x1b]0;title\x07\x1bP+q544e\x1b\\\x1b[18t\x05plain"
    again = redrawn(frames((40, 10), hostile), 40, 10)
    assert b"plain" in again
    for sequence in (b"\x1b]", b"\x1bP", b"[c", b"5n", b"18t", b"\x05"):
        assert sequence not in again


def test_an_empty_recording_is_an_empty_screen() -> None:
    assert shown(redrawn([], 20, 5), 20, 5)[0] == [""] * 5
