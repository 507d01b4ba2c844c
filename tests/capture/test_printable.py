import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.printable import plain_text, printable


def test_controls_become_pictures_and_text_stays() -> None:
    assert printable("a\tb\nc\x1b[31m\x07\x7f é 漢 🙂") == "a\tb\nc␛[31m␇␡ é 漢 🙂"


def test_what_is_invisible_or_turns_the_line_around_is_spelled_out() -> None:
    assert printable("a\u202eb\u200bc\x9bd\U000e0041") == "a\\u202eb\\u200bc\\x9bd\\U000e0041"
    assert printable("\ud800") == "\ufffd"


def test_no_format_character_survives_but_those_that_are_drawn() -> None:
    drawn = {0x0600, 0x0601, 0x0602, 0x0603, 0x0604, 0x0605, 0x06DD, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
    hieroglyph_joiners = range(0x13430, 0x13456)
    left = {
        code
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp") and chr(code) in printable(chr(code))
    }
    assert left - drawn - set(hieroglyph_joiners) == {0x09, 0x0A}


@given(st.text())
def test_printable_text_is_printable_already(text: str) -> None:
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (b"one\r\ntwo\r\n", "one\ntwo\n"),
        (b"no end", "no end"),
        (b"", ""),
        (b"\x1b[1;31mred\x1b[0m\x1b(B \x1b=plain", "red plain"),
        (b"\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1bP1$r0m\x1b\\c\x1b_apc\x1b\\d", "abcd"),
        (b"10%\r50%\r100%\r\n", "100%\n"),
        (b"abcdef\rXY\r\n", "XYcdef\n"),
        (b"downloading\r\x1b[Kdone\r\n", "done\n"),
        (b"gone\x1b[2K\r\nhere\r\n", "\nhere\n"),
        (b"passwort\x08d\r\n", "password\n"),
        (b"a\x1b[3Cb\x1b[2Dcd", "a  cd"),
        (b"abcdef\x1b[3G\x1b[2P", "abef"),
        (b"before\r\n\x1b[?1049h\x1b[Hfull screen\x1b[?1049lafter", "before\nafter"),
        (b"\xff\xc3", "\ufffd\ufffd"),
        ("naïve 漢字\r\n".encode(), "naïve 漢字\n"),
        (b"cut \x1b[31", "cut "),
        (b"cut \x1b]0;title", "cut "),
        (b"bell\x07 nul\x00", "bell nul"),
    ],
)
def test_what_a_screen_leaves(data: bytes, left: str) -> None:
    assert plain_text(data) == left


@given(st.binary())
def test_no_escape_survives(data: bytes) -> None:
    text = plain_text(data)
    assert not set(text) & {"\x1b", "\r", "\x08", "\x07", "\x9b"}
    assert plain_text(text.encode()) == text


@pytest.mark.parametrize(
    "piece", [b"\x1b[1K", b"\x1b[2K\x1b[C", b"x\r", b"\x1b[", b"\x1b]", b"\r", b"\x1b[P", b"\x1b[@"]
)
def test_hostile_lines_cost_no_more_than_their_length(piece: bytes) -> None:
    # Quadratic handling of these would take hours, not seconds.
    assert isinstance(plain_text(b"a" * 200_000 + piece * 200_000), str)
