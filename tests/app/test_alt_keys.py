import pytest
from textual import events

from app.alt_keys import KeepingParser
from tests.app.test_terminal_pane import showing


def read(text: str) -> list[events.Key]:
    parser = KeepingParser()
    return [event for event in (*parser.feed(text), *parser.feed("")) if isinstance(event, events.Key)]


@pytest.mark.parametrize("behind", [":", ".", "a", "B", "b", "f", "1", "/", " ", "-", "\r", "\x7f", "<", "~"])
async def test_an_escape_before_a_key_reaches_the_program_in_the_pane(behind: str) -> None:
    async with showing() as (app, pilot):
        # As vim asks for it: keys are told in a newer way, in which alt is no escape.
        app.pane.feed(b"\x1b[>4;2m")
        for key in read(f"\x1b{behind}wq"):
            app.post_message(key)
        await pilot.pause()
        assert app.typed == f"\x1b{behind}wq".encode()


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


@pytest.mark.parametrize("size", [1, 2, 5, 7, 64])
def test_a_paste_is_one_piece_however_it_is_read(size: int) -> None:
    sent = "a\x1b[200~one\ntwo\x1b[201~b\x1b[200~\x1b[201~\x1b[200~three \x00four\x1b[201~\x1b[A"
    parser = KeepingParser()
    read = (sent[start : start + size] for start in range(0, len(sent), size))
    events_told = [event for piece in read for event in parser.feed(piece)]
    told = [event.text if isinstance(event, events.Paste) else getattr(event, "key", "") for event in events_told]
    assert [one for one in told if one] == ["a", "one\ntwo", "b", "three four", "up"]


def test_a_long_paste_comes_whole_when_it_ends() -> None:
    parser = KeepingParser()
    assert not [*parser.feed("\x1b[200~"), *parser.feed("x" * 100_000), *parser.feed("y" * 100_000)]
    (paste,) = parser.feed("\x1b[201~")
    assert isinstance(paste, events.Paste)
    assert paste.text == "x" * 100_000 + "y" * 100_000
