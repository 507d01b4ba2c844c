"""Draws how figures grow with their data, both on scales of powers: a straight line up the middle is linear."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import linear_regression

WIDTH, ROW, TOP, LEFT, SIDE = 1080, 30, 96, 350, 400
"""In the picture's own units; the plots stand right of the names."""
FONT = "font-family:'DejaVu Sans',Verdana,sans-serif"
LIMIT = 1.1
"""An exponent up to here is linear: two measurements of one thing differ by as much."""


@dataclass(frozen=True)
class Growth:
    """A figure with ever more data."""

    what: str
    unit: str
    """What there is ever more of."""
    sizes: tuple[int, ...]
    """How many of those, rising."""
    costs: tuple[float, ...]
    """With so many: seconds, or bytes."""

    @property
    def exponent(self) -> float:
        """0 where more data costs nothing, 1 where it costs as much more as there is more: a least-squares slope."""
        return linear_regression([*map(math.log, self.sizes)], [*map(math.log, self.costs)]).slope

    @property
    def spoken(self) -> str:
        """The costs, with their unit."""
        return " → ".join(map(spoken, self.costs))


def spoken(cost: float) -> str:
    """A cost in the unit that fits it; there is none of a thousand seconds."""
    for unit, size in (("MB", 1e6), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if cost >= size:
            return f"{cost / size:.3g} {unit}"
    return f"{cost / 1e-9:.0f} ns"


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
    yield _text(20, 32, "What costs how much more with ten times the data", size=18)
    told = "The bar is the exponent of its growth, over three sizes: 0 is constant, 1 is linear."
    yield _text(20, 54, told)
    for exponent in (0.0, 0.5, 1.0):
        x = _x(exponent)
        colour = "#c33" if exponent == 1 else "#bbb"
        yield f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{height - 30}" stroke="{colour}"/>'
        yield _text(x - 8, height - 12, f"{exponent:g}")


def _rows(measured: Sequence[Growth]) -> Iterator[str]:
    for number, one in enumerate(measured):
        y, shown = TOP + ROW * number, max(0.0, one.exponent)
        colour = "#47a" if shown <= LIMIT else "#c33"
        yield _text(20, y + 8, one.what)
        yield _text(20, y + 20, f"{one.sizes[0]:,} to {one.sizes[-1]:,} {one.unit}", size=10)
        yield f'<rect x="{_x(0)}" y="{y}" width="{max(2.0, _x(shown) - _x(0)):.1f}" height="16" fill="{colour}"/>'
        yield _text(_x(shown) + 8, y + 12, f"{one.exponent:.2f}: {one.spoken}", size=11)


def _x(exponent: float) -> float:
    return round(LEFT + SIDE * exponent, 1)


def _text(x: float, y: float, words: str, *, size: int = 13) -> str:
    return f'<text x="{x}" y="{y}" style="font-size:{size}px" fill="#222">{html.escape(words)}</text>'
