"""Makes recorded text safe to show and plain to compare: what a program printed may not act on a terminal again."""

import re
from collections.abc import Iterator

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, without tab and newline
    "\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"  # zero width, bidi, separators
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # format controls of other planes, tags
    "\ud800-\udfff]"  # lone surrogates
)
_REPLACEMENT = "\ufffd"
_PICTURES = 0x2400
_PICTURE_OF_DELETE = "\u2421"

_ALTERNATE_SCREEN = re.compile("\x1b\\[\\?(?:47|1047|1049)([hl])")
_DROPPED = re.compile(
    "\x1b\\][^\x07\x1b\x18\x1a]*+(?:\x07|\x1b\\\\|[\x18\x1a])?"  # OSC, ended by BEL or ST
    "|\x1b[PX^_][^\x1b\x18\x1a]*+(?:\x1b\\\\|[\x18\x1a])?"  # DCS, SOS, PM, APC, ended by ST
    "|(?:\x1b\\[|\x9b)[0-?]*+(?:[ -/]++[@-~]?|[ABEFH-JL-OQ-WY-_a-~]|(?![@-~]))"  # CSI that edits no line
    "|\x1b(?!\\[)(?:[ -/]++[0-~]?|[0-~])?"  # character sets and single escapes
    "|[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f-\x9a\x9c-\x9f]"  # other controls
)
_EDIT = re.compile("(?:\x1b\\[|\x9b)([0-?]*)([@CDGKPX`])|\r|\x08")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Where none is, a text is what a screen would leave of it."""
_EDITS = ("\r", "\x08", "\x1b", "\x9b")
_ROW_LIMIT = 4096
_MOVE_LIMIT = 1000


def printable(text: str) -> str:
    """Recorded text, safe to hand to a terminal or a widget.

    Args:
        text: Anything, as it was recorded.

    Returns:
        The same with controls as pictures, invisible and bidirectional characters as escapes, and lone surrogates as
        U+FFFD. Newlines and tabs stay.
    """
    return _UNSAFE.sub(lambda match: _visible(ord(match[0])), text)


def _visible(code: int) -> str:
    if code < 0x20:  # noqa: PLR2004 -- the C0 block ends there
        return chr(_PICTURES + code)
    if code == 0x7F:  # noqa: PLR2004 -- DEL
        return _PICTURE_OF_DELETE
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 -- the surrogates
        return _REPLACEMENT
    if code < 0x100:  # noqa: PLR2004 -- one byte, as Python writes it
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 -- the basic plane


def plain_text(data: bytes) -> str:
    """What a screen of endless width would leave of terminal output.

    Escape sequences go, and so does what was drawn on the alternate screen; a carriage return starts the line over,
    a backspace steps back, and erasing erases. Takes time in proportion to its input.

    Args:
        data: Bytes as they came from the terminal; what is not UTF-8 becomes U+FFFD.

    Returns:
        Lines ended by a newline; the last one only if it was ended.
    """
    text = data.decode("utf-8", "replace")
    if _CONTROL.search(text) is None:
        return text
    text = _main_screen(text)
    text = _DROPPED.sub("", text).replace("\x0b", "\n").replace("\x0c", "\n")
    return "\n".join(_left_of(line.rstrip("\r")) for line in text.split("\n"))


def _main_screen(text: str) -> str:
    parts = _ALTERNATE_SCREEN.split(text)
    kept = parts[:1]
    kept += [shown for switch, shown in zip(parts[1::2], parts[2::2], strict=True) if switch == "l"]
    return "".join(kept)


def _left_of(line: str) -> str:
    if not any(edit in line for edit in _EDITS):
        return line
    row = _Row()
    for piece in _pieces(line):
        if isinstance(piece, str):
            row.write(piece)
        else:
            row.edit(piece)
    return row.text()


def _pieces(line: str) -> Iterator[str | re.Match[str]]:
    end = 0
    for edit in _EDIT.finditer(line):
        if edit.start() > end:
            yield line[end : edit.start()]
        yield edit
        end = edit.end()
    if end < len(line):
        yield line[end:]


class _Row:
    """One line while it is being overwritten."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self._at = 0
        self._blank = 0  # cells below it are known to be blank: erasing them again would cost quadratic time

    def text(self) -> str:
        return "" if self._blank >= len(self.cells) else "".join(self.cells)

    def write(self, text: str) -> None:
        if self._at > len(self.cells):
            self.cells.extend(" " * (self._at - len(self.cells)))
        self.cells[self._at : self._at + len(text)] = text
        self._blank = min(self._blank, self._at)
        self._at += len(text)

    def edit(self, match: re.Match[str]) -> None:
        if match[0] == "\r":
            self._at = 0
        elif match[0] == "\x08":
            self._at = max(0, self._at - 1)
        elif match[2] == "K":
            self._erase(match[1])
        else:
            self._move(match[2], _count(match[1]))

    def _erase(self, which: str) -> None:
        if which in ("", "0", "2"):
            del self.cells[self._at :]
        if which in ("1", "2"):
            end = min(self._at + 1, len(self.cells))
            self.cells[self._blank : end] = " " * max(0, end - self._blank)
            self._blank = max(self._blank, end)

    def _move(self, final: str, count: int) -> None:
        if final == "C":
            self._at += count
        elif final == "D":
            self._at = max(0, self._at - count)
        elif final in "G`":
            self._at = count - 1
        elif len(self.cells) <= _ROW_LIMIT and self._at < len(self.cells):
            self._shift(final, count)

    def _shift(self, final: str, count: int) -> None:
        blanks = " " * count
        self._blank = min(self._blank, self._at)
        if final == "@":
            self.cells[self._at : self._at] = blanks
        elif final == "P":
            del self.cells[self._at : self._at + count]
        else:
            end = min(self._at + count, len(self.cells))
            self.cells[self._at : end] = blanks[: end - self._at]


def _count(parameters: str) -> int:
    first = parameters.split(";", 1)[0]
    if not first.isdigit():
        return 1
    digits = first[-len(str(_MOVE_LIMIT)) - 1 :] if first.startswith("0") else first[: len(str(_MOVE_LIMIT)) + 1]
    return min(max(1, int(digits)), _MOVE_LIMIT)
