import pytest
from textual import events

from app.alt_keys import KeepingParser
from app.ghostty import Ghostty
from app.keystrokes import keystroke


def read(text: str) -> list[events.Key]:
    parser = KeepingParser()
    return [event for event in (*parser.feed(text), *parser.feed("")) if isinstance(event, events.Key)]


@pytest.mark.parametrize("behind", [":", ".", "a", "B", "b", "f", "1", "/", " ", "-", "\r", "\x7f", "<", "~"])
def test_an_escape_before_a_key_reaches_the_program_in_the_pane(behind: str) -> None:
    pane = Ghostty()
    sent = b"".join(pane.key(keystroke(key.key, key.character)) for key in read(f"\x1b{behind}wq"))
    assert sent == f"\x1b{behind}wq".encode()


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b[A", ["up"]),
        ("\x1bOP", ["f1"]),
        ("\x1b[1;3C", ["alt+right"]),
        ("\x1b", ["escape"]),
        ("\x1b\x1b", ["escape", "escape"]),
        ("a", ["a"]),
        ("\x1b\t", ["shift+tab"]),
    ],
)
def test_all_other_keys_are_what_they_were(sent: str, keys: list[str]) -> None:
    assert [key.key for key in read(sent)] == keys
