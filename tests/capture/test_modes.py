"""What programs have switched on is known, however their output is cut, and can be undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.modes import Modes

SEQUENCES = st.sampled_from(
    [
        b"text",
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[?25l",
        b"\x1b[?25h",
        b"\x1b[?1000;1006h",
        b"\x1b[?1006l",
        b"\x1b[?2004h",
        b"\x1b[>1u",
        b"\x1b=",
        b"\x1b>",
        b"\x1b[2;9r",
        b"\x1b[r",
        b"\x1b[31m",
        b"\x1bc",
        b"\x1b",
    ]
)


def after(*pieces: bytes) -> Modes:
    modes = Modes()
    for piece in pieces:
        modes.feed(piece)
    return modes


@given(st.lists(SEQUENCES), st.integers(1, 7))
def test_cuts_change_nothing(sequences: list[bytes], size: int) -> None:
    whole = b"".join(sequences)
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert after(*pieces).on == after(whole).on


@given(st.lists(SEQUENCES))
def test_what_is_on_can_be_said_again_and_undone(sequences: list[bytes]) -> None:
    modes = after(*sequences)
    again = after(modes.on)
    assert again.alternate_screen is modes.alternate_screen
    assert sorted(again.on) == sorted(modes.on)
    switched_off = after(modes.on, modes.off)
    assert b"\x1b[?" not in switched_off.on


@pytest.mark.parametrize(
    ("switch", "undone"),
    [
        (b"\x1b[?1049h", b"\x1b[?1049l"),
        (b"\x1b[?25l", b"\x1b[?25h"),
        (b"\x1b[?1000;1006h", b"\x1b[?1000l\x1b[?1006l"),
        (b"\x1b[>1u", b"\x1b[<99u"),
        (b"\x1b[>4;2m", b"\x1b[>4m"),
        (b"\x1b=", b"\x1b>"),
        (b"\x1b[2;9r", b"\x1b7\x1b[r\x1b8"),
    ],
)
def test_each_switch_has_its_undoing(switch: bytes, undone: bytes) -> None:
    assert after(b"before", switch, b"behind").off == b"\x1b[0m\x0f" + undone


def test_a_plain_session_is_left_as_it_is() -> None:
    modes = after(b"\x1b[?2004h$ \x1b[?2004l\r\n", b"\x1b[31mred\x1b[0m")
    assert (modes.on, modes.off) == (b"", b"\x1b[0m\x0f")
