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
