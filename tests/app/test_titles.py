"""The first line: what matters most is there at every width."""

import asyncio

from textual.app import App, ComposeResult

from app.widgets.titles import TitleBar


class One(App[None]):
    """Nothing but the line."""

    def compose(self) -> ComposeResult:
        """It."""
        yield TitleBar("Playbook", "release@3")


async def shown(width: int) -> str:
    app = One()
    async with app.run_test(size=(width, 3)):
        bar = app.query_one(TitleBar)
        bar.going_on("team away since 12:01", "3 to send", "recording and replays go on")
        bar.facts("active", "2 questions")
        return bar.render().plain


def test_how_it_stands_is_told_before_what_else_there_is_to_say_of_what_goes_on() -> None:
    told = {width: asyncio.run(shown(width)).partition("release@3")[2].strip() for width in (130, 90, 72, 60)}
    assert told == {
        130: "team away since 12:01 · 3 to send · recording and replays go on · active · 2 questions",
        90: "team away since 12:01 · 3 to send · active",
        72: "team away since 12:01 · 3 to send",
        60: "team away since 12:01",
    }
