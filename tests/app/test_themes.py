"""Every theme can be read: contrast as WCAG 2.2 measures it, and nothing but signs where there is no colour."""

import re
from collections.abc import Iterator
from io import StringIO
from itertools import product

import pytest
from rich.console import Console
from rich.segment import Segments
from textual.color import Color

from app.settings.values import THEMES
from app.themes import OWN
from app.widgets.prose import STYLES
from tests.app.driving import driving
from tests.app.stand_in import StandIn, repair

ENOUGH = {"high-contrast": 7.0}
"""WCAG's AAA for text; all others have AA, 4.5."""
STATES = sorted({found for style in STYLES.values() for found in re.findall(r"\$([\w-]+)", style)})
"""The colours that text is written in, as theme variables."""
GROUNDS = ("background", "surface", "panel", "cursor-background", "cursor-blurred-background")
XTERM = {
    "black": "#000000", "red": "#cd0000", "green": "#00cd00", "yellow": "#cdcd00", "blue": "#0000ee",
    "magenta": "#cd00cd", "cyan": "#00cdcd", "white": "#e5e5e5", "bright_black": "#7f7f7f", "bright_red": "#ff0000",
    "bright_green": "#00ff00", "bright_yellow": "#ffff00", "bright_blue": "#5c5cff", "bright_magenta": "#ff00ff",
    "bright_cyan": "#00ffff", "bright_white": "#ffffff", "default": "#e5e5e5",
}  # fmt: skip
CONSOLE = {
    "black": "#000000", "red": "#aa0000", "green": "#00aa00", "yellow": "#aa5500", "blue": "#0000aa",
    "magenta": "#aa00aa", "cyan": "#00aaaa", "white": "#aaaaaa", "bright_black": "#555555", "bright_red": "#ff5555",
    "bright_green": "#55ff55", "bright_yellow": "#ffff55", "bright_blue": "#5555ff", "bright_magenta": "#ff55ff",
    "bright_cyan": "#55ffff", "bright_white": "#ffffff", "default": "#aaaaaa",
}  # fmt: skip
"""What XTerm and the Linux console make of the 16 colours."""
COLOUR = re.compile(r"\x1b\[[\d;]*\b(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])\b[\d;]*m")
"""An escape sequence that sets another colour than the terminal's own."""


def luminance(colour: Color) -> float:
    parts = [value / 255 for value in (colour.r, colour.g, colour.b)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def variables(theme: str) -> dict[str, str]:
    return OWN[theme].to_color_system().generate()


def ground(found: dict[str, str], name: str) -> Color:
    """What is behind the text; a line that is reversed is as legible as one that is not."""
    value = found["background"] if found.get(name, "transparent") == "transparent" else found[name]
    return Color.parse(value)


@pytest.mark.parametrize(("theme", "state"), list(product([name for name in THEMES if name != "ansi-dark"], STATES)))
def test_every_state_is_legible_on_every_ground(theme: str, state: str) -> None:
    found = variables(theme)
    for behind in (ground(found, name) for name in GROUNDS):
        assert contrast(Color.parse(found[state]), behind) >= ENOUGH.get(theme, 4.5), (behind, found[state])


@pytest.mark.parametrize("theme", [name for name in THEMES if name != "ansi-dark"])
def test_text_frames_in_focus_and_keys_are_legible(theme: str) -> None:
    found = variables(theme)
    for behind in (ground(found, name) for name in GROUNDS):
        assert contrast(Color.parse(found["foreground"]), behind) >= ENOUGH.get(theme, 4.5)
        assert contrast(Color.parse(found["text-muted"]), behind) >= ENOUGH.get(theme, 4.5)
    assert contrast(Color.parse(found["primary"]), ground(found, "background")) >= 3.0
    assert contrast(Color.parse(found["footer-key-foreground"]), ground(found, "panel")) >= ENOUGH.get(theme, 4.5)


@pytest.mark.parametrize(("palette", "state"), list(product([XTERM, CONSOLE], STATES)))
def test_the_16_colours_are_legible_on_a_dark_terminal(palette: dict[str, str], state: str) -> None:
    name, _, share = variables("ansi-dark")[state].removeprefix("ansi_").partition(" ")
    black, colour = Color.parse("#000000"), Color.parse(palette[name])
    if share:
        colour = black.blend(colour, float(share.rstrip("%")) / 100)
    assert contrast(colour, black) >= 4.5, (name, share)


@pytest.mark.parametrize("theme", THEMES)
async def test_the_line_under_the_cursor_shows_in_every_theme(theme: str) -> None:
    async with driving(StandIn(), size=(80, 24)) as driver:
        driver.app.theme = theme
        await driver.until_says("publish-notes")
        await driver.pilot.pause()
        rows = [list(strip) for strip in driver.app.screen._compositor.render_strips()]
        under = next(row for row in rows if "publish-notes" in "".join(piece.text for piece in row))
        looks = {(piece.style.bgcolor, piece.style.reverse) for piece in under if piece.style and piece.text.strip()}
        header = next(row for row in rows if "version" in "".join(piece.text for piece in row))
        plain = {(piece.style.bgcolor, piece.style.reverse) for piece in header if piece.style and piece.text.strip()}
        assert looks - plain


async def test_without_colour_no_colour_is_written_and_the_cursor_still_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driving(StandIn(waiting=[repair(1)], toml='theme = "light"'), size=(80, 24)) as driver:
        await driver.until_says("publish-notes")
        await driver.until(lambda: driver.app.in_force)
        assert not COLOUR.search("".join(written(driver.app)))
        assert "\x1b[1;7" in "".join(written(driver.app))
    monkeypatch.delenv("NO_COLOR")
    async with driving(StandIn(), size=(80, 24)) as driver:
        await driver.until_says("publish-notes")
        assert COLOUR.search("".join(written(driver.app)))


def written(app: object) -> Iterator[str]:
    """What a terminal would be sent of the screen."""
    screen = app.screen  # type: ignore[attr-defined] # any app
    for strip in screen._compositor.render_strips():
        out = StringIO()
        filtered = strip
        for one in app._filters:  # type: ignore[attr-defined] # as above
            filtered = filtered.apply_filter(one, Color.parse("#000000")) if one.enabled else filtered
        Console(file=out, force_terminal=True, color_system="truecolor", _environ={}).print(Segments(filtered), end="")
        yield out.getvalue()
