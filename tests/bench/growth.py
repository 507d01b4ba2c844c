"""Draws how figures grow with their data, both on scales of powers: a straight line up the middle is linear."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TIMES = 10
"""How much more data the second measurement has."""
WIDTH, ROW, TOP, LEFT, SIDE = 960, 34, 96, 330, 400
"""In the picture's own units; the plots stand right of the names."""
FONT = "font-family:'DejaVu Sans',Verdana,sans-serif"


@dataclass(frozen=True)
class Growth:
    """A figure with some data, and with ten times as much."""

    what: str
    unit: str
    """What there is ten times as much of."""
    before: int
    seconds: float
    """Of processor time, with that much."""
    then: float
    """With ten times as much."""

    @property
    def exponent(self) -> float:
        """0 where more data costs nothing, 1 where it costs as much more as there is more of it."""
        return math.log(self.then / self.seconds, TIMES)


def spoken(seconds: float) -> str:
    """A time in the unit that fits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.0f} ns"


def drawn(measured: Sequence[Growth]) -> str:
    """The picture, an SVG that loads nothing.

    Args:
        measured: In the order in which they are drawn.
    """
    height = TOP + ROW * len(measured) + 50
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" style="{FONT};font-size:13px">'
    return "\n".join((head, *_frame(height), *_rows(measured), "</svg>\n"))


def _frame(height: int) -> Iterator[str]:
    yield f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    yield _text(20, 32, f"What costs how much more with {TIMES} times the data", size=18)
    yield _text(20, 54, "The bar is the exponent of its growth: 0 is constant, 1 is linear. Processor time.")
    for exponent in (0.0, 0.5, 1.0):
        x = _x(exponent)
        colour = "#c33" if exponent == 1 else "#bbb"
        yield f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{height - 30}" stroke="{colour}"/>'
        yield _text(x - 8, height - 12, f"{exponent:g}")


def _rows(measured: Sequence[Growth]) -> Iterator[str]:
    for number, one in enumerate(measured):
        y, shown = TOP + ROW * number, max(0.0, one.exponent)
        yield _text(20, y + 10, one.what)
        yield _text(20, y + 24, f"{one.before:,} and {one.before * TIMES:,} {one.unit}", size=10)
        yield f'<rect x="{_x(0)}" y="{y}" width="{max(2.0, _x(shown) - _x(0)):.1f}" height="18" fill="#47a"/>'
        yield _text(_x(shown) + 8, y + 14, f"{spoken(one.seconds)} → {spoken(one.then)} ({one.exponent:.2f})", size=11)


def _x(exponent: float) -> float:
    return round(LEFT + SIDE * exponent, 1)


def _text(x: float, y: float, words: str, *, size: int = 13) -> str:
    return f'<text x="{x}" y="{y}" style="font-size:{size}px" fill="#222">{html.escape(words)}</text>'
