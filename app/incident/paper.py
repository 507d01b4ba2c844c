"""What every part of a report is written with: shortened texts, lines of a diff, what is lit of two texts."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from app.incident.markup import Markup, element, joined

Pair = tuple[str, str]
CONTEXT = 3
"""Lines around a difference that are shown of what is the same."""
LONG = 34
"""Characters of a fact that takes a line of its own."""
SIGNS = {"+": "add", "-": "del", "@": "hunk"}


class Paper:
    """Writes texts of at most so many characters, and counts what it shortened."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.cut = 0
        """Texts that are not there whole."""

    def text(self, text: str, limit: int | None = None) -> str:
        """A text, its middle left out where it is too long; a line of its own says so."""
        most = limit or self._limit
        if most is None or len(text) <= most:
            return text
        self.cut += 1
        head, tail = text[: most * 2 // 3], text[-(most // 3) :]
        left = len(text) - len(head) - len(tail)
        return f"{head}\n… {left} characters left out; --full shows them …\n{tail}"

    def short(self, text: str, most: int) -> str:
        """The same of at most so many characters, unless everything is to be whole."""
        return text if self._limit is None else self.text(text, most)

    def pre(self, text: str, *, cls: str = "term") -> Markup:
        """What a terminal showed."""
        return element("pre", self.text(text.rstrip("\n")), cls=cls)

    def diff(self, text: str) -> Markup:
        """A unified diff, signs and colours both."""
        lines = self.text(text).splitlines()
        return element("pre", joined(*map(_diff_line, lines), between="\n"), cls="diff")


def _diff_line(line: str) -> Markup:
    return element("span", line, cls="hunk" if line.startswith(("---", "+++")) else SIGNS.get(line[:1]))


def lit(one: str, two: str) -> tuple[Markup, Markup]:
    """Two texts, and only what differs of them marked."""
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    end = 0
    while end < min(len(one), len(two)) - start and one[-1 - end] == two[-1 - end]:
        end += 1
    return _marked(one, start, len(one) - end), _marked(two, start, len(two) - end)


def _marked(text: str, start: int, end: int) -> Markup:
    middle = element("mark", text[start:end]) if start < end else ""
    return joined(text[:start], middle, text[end:])


def facts(pairs: Iterable[tuple[str, str | None]]) -> Markup:
    """Names and what they are, long ones last; those that are not known are left out."""
    known = sorted(((name, value) for name, value in pairs if value), key=lambda pair: len(pair[1]) >= LONG)
    rows = (
        element("div", element("dt", name), element("dd", value), cls="fact" if len(value) < LONG else "fact long")
        for name, value in known
    )
    return element("dl", *rows, cls="facts")


def section(name: str, title: str, *content: str) -> Markup:
    """A part of the page; none where it has nothing to say."""
    if not any(content):
        return Markup()
    return element("section", element("h2", title), *content, id=name)


def took(milliseconds: float | None) -> str:
    """How long, for a person."""
    if milliseconds is None:
        return ""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"  # noqa: PLR2004 - a second


def moment(at: str | datetime) -> str:
    """A moment of UTC, to the second."""
    when = datetime.fromisoformat(at) if isinstance(at, str) and at else at
    return f"{when:%Y-%m-%d %H:%M:%S} UTC" if isinstance(when, datetime) else ""


def near(same: Iterable[bool]) -> Iterator[tuple[int, int, bool]]:
    """Stretches [start, end) of lines that are shown, and those between them that are not.

    Args:
        same: By line, whether it is the same in both.
    """
    flags = list(same)
    shown = [any(not one for one in flags[max(0, at - CONTEXT) : at + CONTEXT + 1]) for at in range(len(flags))]
    start = 0
    for at in range(1, len(flags) + 1):
        if at == len(flags) or shown[at] != shown[start]:
            yield start, at, shown[start]
            start = at
