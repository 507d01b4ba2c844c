from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from app.ghostty import Ghostty
from app.widgets.terminal_pane import TerminalPane
from tests.app.driving import under_load

Border = Literal["none", "round"]


class PaneApp(App[None], inherit_bindings=False):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, border: Border = "none") -> None:
        super().__init__()
        self.emulator = Ghostty()
        self.pane = TerminalPane(self.emulator)
        self.typed = b""
        self.pane.styles.border = (border, "white")
        self.left = 0
        self.copied: list[str] = []
        self.sizes: list[tuple[int, int]] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_terminal_pane_typed(self, event: TerminalPane.Typed) -> None:
        self.typed += event.data

    def on_terminal_pane_copied(self, event: TerminalPane.Copied) -> None:
        self.copied.append(event.text)

    def on_terminal_pane_left(self) -> None:
        self.left += 1

    def on_terminal_pane_sized(self, event: TerminalPane.Sized) -> None:
        self.sizes.append((event.size.width, event.size.height))


@asynccontextmanager
async def showing(border: Border = "none") -> AsyncIterator[tuple[PaneApp, Pilot[None]]]:
    app = PaneApp(border)
    with under_load():
        async with app.run_test(size=(40, 10)) as pilot:
            app.pane.focus()
            await pilot.pause()
            yield app, pilot


async def test_the_emulator_has_the_size_of_the_pane_and_follows_it() -> None:
    async with showing() as (app, pilot):
        assert (app.emulator.columns, app.emulator.rows) == (40, 10)
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert (app.emulator.columns, app.emulator.rows) == (30, 8)
        assert app.sizes[-1] == (30, 8)


async def test_a_border_is_not_the_programs() -> None:
    async with showing(border="round") as (app, pilot):
        assert (app.emulator.columns, app.emulator.rows) == app.sizes[-1] == (38, 8)
        app.pane.feed(b"".join(b"line %d\r\n" % number for number in range(60)) + b"$ ")
        assert app.pane.render_line(7).text.startswith("$ ")
        app.pane.feed(b"\x1b[?1000h\x1b[?1006h")
        await pilot.mouse_down(app.pane, offset=(3, 2))
        assert app.typed == b"\x1b[<0;3;2M"


async def test_every_key_is_the_programs_except_the_one_that_leaves() -> None:
    async with showing() as (app, pilot):
        await pilot.press("l", "s", "enter", "ctrl+c", "ctrl+p", "ctrl+q", "tab", "escape", "up", "q")
        await pilot.press("ctrl+right_square_bracket")
        assert app.typed == b"ls\r\x03\x10\x11\t\x1b\x1b[Aq"
        assert app.left == 1


async def test_pasted_text_comes_in_one_piece() -> None:
    async with showing() as (app, pilot):
        app.pane.feed(b"\x1b[?2004h")
        app.pane.post_message(events.Paste("two\nlines"))
        await pilot.pause()
        assert app.typed == b"\x1b[200~two\rlines\x1b[201~"


async def test_cells_are_drawn_never_bytes() -> None:
    async with showing() as (app, _):
        app.pane.feed("\x1b[31mrot\x1b[0m \x1b]52;c;aGk=\x07[/] [@click=app.quit]x 漢字\u202e".encode())
        strip = app.pane.render_line(0)
        assert app.pane.text.startswith("rot [/] [@click=app.quit]x 漢字")
        assert not any(ord(character) < 32 or character == "\u202e" for character in strip.text)
        assert strip.cell_length == 40
        assert next(iter(strip)).style is not None


async def test_only_rows_that_changed_are_drawn_again() -> None:
    async with showing() as (app, _):
        app.pane.feed(b"one\r\ntwo\r\nthree")
        before = [app.pane.render_line(row) for row in range(4)]
        app.pane.feed(b"\x1b[2;1HTWO")
        after = [app.pane.render_line(row) for row in range(4)]
        assert [new is old for new, old in zip(after, before, strict=True)] == [True, False, False, True]
        assert after[1].text.startswith("TWO")


async def test_the_cursor_covers_a_wide_character_whole() -> None:
    async with showing() as (app, _):
        app.pane.feed("a漢b\x1b[1;2H".encode())
        marked = [segment.text for segment in app.pane.render_line(0) if segment.style and segment.style.reverse]
        assert marked == ["漢"]
        assert cell_len(app.pane.render_line(0).text) == 40


async def test_the_wheel_scrolls_back_until_a_key_is_typed() -> None:
    async with showing() as (app, pilot):
        app.pane.feed(b"".join(b"line %d\r\n" % number for number in range(60)))
        await pilot._post_mouse_events([events.MouseScrollUp], app.pane)
        assert app.emulator.scrolled_back
        assert app.typed == b""
        await pilot.press("x")
        assert not app.emulator.scrolled_back
        assert app.typed == b"x"


async def test_the_wheel_is_passed_on_to_programs() -> None:
    async with showing() as (app, pilot):
        app.pane.feed(b"\x1b[?1049h")
        await pilot._post_mouse_events([events.MouseScrollDown], app.pane)
        assert app.typed == b"\x1b[B" * 3
        app.typed = b""
        app.pane.feed(b"\x1b[?1000h\x1b[?1006h")
        await pilot._post_mouse_events([events.MouseScrollDown], app.pane, offset=(2, 1))
        assert app.typed == b"\x1b[<65;3;2M"


async def test_clicks_and_drags_are_passed_on_to_programs_that_asked() -> None:
    async with showing() as (app, pilot):
        await pilot.click(app.pane, offset=(2, 1))
        assert app.typed == b""
        app.pane.feed(b"\x1b[?1002h\x1b[?1006h")
        await pilot._post_mouse_events([events.MouseDown], app.pane, offset=(2, 1), button=1)
        await pilot._post_mouse_events([events.MouseMove], app.pane, offset=(5, 2), button=1)
        await pilot._post_mouse_events([events.MouseUp], app.pane, offset=(5, 2), button=1)
        assert app.typed == b"\x1b[<0;3;2M\x1b[<32;6;3M\x1b[<0;6;3m"
        app.typed = b""
        await pilot._post_mouse_events([events.MouseDown, events.MouseUp], app.pane, offset=(0, 0), button=3)
        assert app.typed == b"\x1b[<2;1;1M\x1b[<2;1;1m"


async def test_a_drag_selects_and_copies_and_the_next_key_takes_it_back() -> None:
    async with showing() as (app, pilot):
        app.pane.feed(b"one two\r\nthree four\r\n")
        await pilot._post_mouse_events([events.MouseDown], app.pane, offset=(4, 0), button=1)
        await pilot._post_mouse_events([events.MouseMove], app.pane, offset=(4, 1), button=1)
        await pilot._post_mouse_events([events.MouseUp], app.pane, offset=(4, 1), button=1)
        assert app.copied == ["two\nthree"]
        inverse = [part.text for part in app.pane.render_line(0) if part.style and part.style.reverse]
        assert inverse[0].startswith("two")
        await pilot.press("x")
        assert not any(part.style and part.style.reverse for part in app.pane.render_line(0))
        assert app.typed == b"x"


async def test_shift_selects_though_a_program_has_the_mouse() -> None:
    async with showing() as (app, pilot):
        app.pane.feed(b"one two\x1b[?1002h\x1b[?1006h")
        await pilot._post_mouse_events([events.MouseDown], app.pane, offset=(0, 0), button=1, shift=True)
        await pilot._post_mouse_events([events.MouseMove], app.pane, offset=(2, 0), button=1, shift=True)
        await pilot._post_mouse_events([events.MouseUp], app.pane, offset=(2, 0), button=1, shift=True)
        assert app.copied == ["one"]
        assert app.typed == b""


async def test_two_clicks_select_a_word_and_three_a_row() -> None:
    async with showing() as (app, pilot):
        app.pane.feed(b"cat ./src/main.py now\r\n")
        await pilot.click(app.pane, offset=(8, 0), times=2)
        assert app.copied[-1] == "./src/main.py"
        await pilot.click(app.pane, offset=(8, 0), times=3)
        assert app.copied[-1] == "cat ./src/main.py now"


async def test_a_program_that_asked_hears_of_the_focus() -> None:
    async with showing() as (app, pilot):
        app.screen.set_focus(None)
        await pilot.pause()
        assert app.typed == b""
        app.pane.feed(b"\x1b[?1004h")
        app.pane.focus()
        await pilot.pause()
        app.screen.set_focus(None)
        await pilot.pause()
        assert app.typed == b"\x1b[I\x1b[O"


async def test_text_is_folded_anew_when_the_size_changes() -> None:
    async with showing() as (app, pilot):
        app.pane.feed(b"0123456789" * 4 + b"0123456789")
        await pilot.resize_terminal(25, 10)
        await pilot.pause()
        assert app.pane.text.splitlines() == ["0123456789012345678901234", "5678901234567890123456789"]
