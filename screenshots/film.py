"""Films the main job: the real app, driven by keys over a real shell, frame by frame into an SVG that moves by itself.

Time in the film is the script's, not the machine's, so that the same program makes the same film.
"""

import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from rich.color import Color
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from app.emulator import HIDDEN, Colour, Line, Pen, Span
from app.formats.screens import Screen
from app.formats.svg import moving
from app.tui import ReplaybookApp
from app.widgets.terminal_pane import TerminalPane

SIZE = (92, 26)
TITLE = "replaybook: record, compile, meet a drift, repair, prove, promote"
KEYSTROKE_S, LOOK_S, READ_S = 0.07, 1.2, 2.6
"""How long a typed letter, a step and something to be read stand."""
CAPTION = Pen(foreground=(224, 175, 104), bold=True)
RECORDED = ("sort fruit.txt > sorted.txt", "wc -l sorted.txt")
PROMPT = "$ "
DRIFT = "mv fruit.txt fruits.txt"


class Photographer(Protocol):
    """Who drives the app."""

    app: ReplaybookApp
    pilot: Pilot[None]

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for the screen to come to something."""
        ...

    async def until_says(self, words: str) -> None:
        """Wait for words on the screen."""
        ...

    async def settle(self) -> None:
        """Wait until the screen stands still."""
        ...

    def type(self, text: str) -> None:
        """Type, as fast as it is taken."""
        ...


class Film:
    """The frames so far."""

    def __init__(self, photographer: Photographer, later: Callable[[float], None]) -> None:
        """Begin an empty one.

        Args:
            photographer: Drives the app.
            later: Moves the app's clock, in seconds.
        """
        self._photographer, self._later = photographer, later
        self._screens: list[Screen] = []
        self._at_us = 0
        self.caption = ""
        """What stands under the picture from now on."""

    async def press(self, *keys: str) -> None:
        """Press keys, past the time in which decisions are dead."""
        self._later(1.0)
        await self._photographer.pilot.press(*keys)

    async def until_says(self, words: str) -> None:
        """Wait for words on the screen."""
        await self._photographer.until_says(words)

    async def sees(self, words: str, *, for_s: float = LOOK_S) -> None:
        """Wait for words on the screen, and keep it for a while."""
        await self.until_says(words)
        await self.shoot(for_s)

    async def types(self, text: str) -> None:
        """Type into the pane, letter by letter."""
        for end, letter in enumerate(text, 1):
            self._photographer.type(letter)
            # Where the cursor stands tells of a blank as well.
            await self.until_at(PROMPT + text[:end])
            await self.shoot(KEYSTROKE_S)

    async def until_at(self, line: str) -> None:
        """Wait until the shell's cursor stands behind this, and nothing else is in its line."""
        pane = self._photographer.app.screen.query_one(TerminalPane)

        def there() -> bool:
            return pane.text.rpartition("\n")[2] == line.rstrip() and pane._emulator.cursor[0] == len(line)  # noqa: SLF001 - a pane has no need to say it

        await self._photographer.until(there)

    async def go_to_playbook(self, name: str, workspace: Path) -> None:
        """Open a playbook in place of the screen that is shown."""
        app = self._photographer.app
        await app.pop_screen()
        app.open_playbook(name, cwd=str(workspace))
        await self.until_says("needs")

    async def shoot(self, for_s: float) -> None:
        """Keep what is on the screen now."""
        await self._photographer.settle()
        lines = [line_of(strip) for strip in strips(self._photographer.app)]
        caption = (Span(f" {self.caption}".ljust(SIZE[0]), CAPTION),)
        self._screens.append(Screen(self._at_us, SIZE[0], SIZE[1] + 2, (*lines, (), caption), HIDDEN))
        self._at_us += round(for_s * 1_000_000)

    def developed(self) -> str:
        """The whole film."""
        return moving(self._screens, TITLE)


def strips(app: ReplaybookApp) -> list[Strip]:
    """The lines of the screen and of those under a dialog."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)  # noqa: SLF001 - Textual offers no other view of it
    return [Strip.join(parts) for parts in update.strips]  # type: ignore[union-attr] # a full one is of the whole layout


def line_of(strip: Strip) -> Line:
    """A line of the app as one of a terminal."""
    return tuple(
        Span(segment.text, pen_of(segment.style or Style()))
        for segment in strip
        if segment.text and not segment.control
    )


def pen_of(style: Style) -> Pen:
    """A style of Rich as a pen."""
    return Pen(
        foreground=_colour(style.color),
        background=_colour(style.bgcolor),
        bold=bool(style.bold),
        italic=bool(style.italic),
        underline=bool(style.underline),
        inverse=bool(style.reverse),
        strike=bool(style.strike),
        faint=bool(style.dim),
    )


def _colour(colour: Color | None) -> Colour | None:
    return None if colour is None or colour.is_default else tuple(colour.get_truecolor())


async def film(photographer: Photographer, later: Callable[[float], None], workspace: Path) -> str:
    """The main job from an empty library to an active version.

    Args:
        photographer: Drives an app over an empty library.
        later: Moves the app's clock, in seconds.
        workspace: Holds fruit.txt.

    Returns:
        An SVG document that moves.
    """
    made = Film(photographer, later)
    os.chdir(workspace)
    scenes: tuple[tuple[str, Callable[[Film], Awaitable[None]]], ...] = (
        ("r  Record: do the work once, in your own shell", _record),
        ("c  Compile: what was done becomes a playbook", _compile),
        (f"$ {DRIFT}    meanwhile, the world drifts", partial(_drift, workspace=workspace)),
        ("g  Replay: it stops where the world is no longer as recorded", _replay),
        ("y  Repair: nothing is applied that a person has not approved", _repair),
        ("v  Prove it in an isolated copy, P promote it", _promote),
    )
    await made.sees("No playbooks yet")
    for caption, scene in scenes:
        made.caption = caption
        await scene(made)
    return made.developed()


async def _record(made: Film) -> None:
    await made.shoot(LOOK_S)
    await made.press("r")
    await made.until_says("● recording")
    await made.until_at(PROMPT)
    await made.shoot(LOOK_S)
    for number, command in enumerate(RECORDED, 1):
        await made.types(command)
        await made.press("enter")
        await made.until_at(PROMPT)
        await made.sees(f"✓ {number} {command[:6]}")
    await made.press("ctrl+right_square_bracket")
    await made.until_says("x end session")
    await made.press("x")
    await made.sees("success · 2 steps", for_s=READ_S)


async def _compile(made: Film) -> None:
    await made.press("c")
    await made.sees("A name for the playbook")
    await made.press("enter")
    await made.sees("needs", for_s=READ_S)


async def _drift(made: Film, workspace: Path) -> None:
    (workspace / "fruit.txt").rename(workspace / "fruits.txt")
    await made.shoot(READ_S)
    # The same screen, over the folder as it is: where it is shown to be, it can't be replayed.
    await made.go_to_playbook("fruit", workspace)


async def _replay(made: Film) -> None:
    await made.press("g")
    await made.until_says("In which workspace?")
    await made.press("enter")
    await made.sees("Stands before step 1", for_s=LOOK_S)
    await made.press("c")
    await made.sees("your decision", for_s=READ_S)


async def _repair(made: Film) -> None:
    await made.shoot(READ_S)
    await made.press("y")
    await made.sees("✓ success", for_s=READ_S)


async def _promote(made: Film) -> None:
    await made.press("v")
    await made.sees("green", for_s=READ_S)
    await made.press("P")
    await made.sees("the active version?")
    await made.press("y")
    await made.sees("fruit@2 is active", for_s=READ_S)
