"""Long texts: taken in bit by bit, whatever they are long in, so that no key waits for them."""

from time import monotonic

import pytest
from textual import _time
from textual.app import App, ComposeResult

from app.widgets.lines import TEXT_AT_ONCE, Lines
from app.widgets.prose import Piece, parted, row
from tests.app.driving import all_done

LONG = "word " * 100_000


class Shown(App[None]):
    """One such text, on the whole screen."""

    def compose(self) -> ComposeResult:
        yield Lines(id="text")


async def test_one_endless_line_is_folded_in_parts_and_nothing_of_it_is_lost() -> None:
    app = Shown()
    async with app.run_test(size=(60, 10)) as pilot:
        lines = app.query_one(Lines)
        lines.show([row("first"), row(LONG), row("last")])
        assert sum(len(text) for part in lines._folded for text, _ in part) <= TEXT_AT_ONCE + len("first")
        assert not lines.whole_seen
        lines.add([row("added")])
        while lines._coming is not None:
            await pilot.pause(0.001)
        assert lines.text == f"first\n{LONG}\nlast\nadded"
        folded = "".join(text for part in lines._folded for text, _ in part)
        assert folded.replace(" ", "") == f"first{LONG}lastadded".replace(" ", "")
        lines.go_to(2)
        await pilot.pause()
        await all_done()
        assert lines.scroll_offset.y > len(LONG) // 60


def test_a_row_is_parted_by_its_characters() -> None:
    pieces = (Piece("$ "), Piece("abcdef"), Piece(""), Piece("gh"))
    assert [["".join(text for text, _ in part)][0] for part in parted(pieces, 4)] == ["$ abcd", "efgh"]
    assert list(parted((), 4)) == [()]


async def test_one_that_comes_while_the_process_is_held_up_is_taken_in_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Shown()
    async with app.run_test(size=(60, 10)) as pilot:
        lines = app.query_one(Lines)
        # Each look at the clock is ten milliseconds behind the one before, some hundred times over.
        late = iter(range(300))
        monkeypatch.setattr(_time, "get_time", lambda: monotonic() + next(late, 300) / 100)
        lines.show([row(LONG)])
        for _ in range(2000):
            if lines._coming is None:
                break
            await pilot.pause(0.001)
        assert lines._coming is None
