"""What programs have switched on in a terminal, so that it can be switched on in another one, or off when we leave."""

import re

_SWITCH = re.compile(rb"\x1b(?:\[\?([0-9;]{1,64})([hl])|(\[>[0-9;]*u)|(\[>4;[0-9]m)|(\[[0-9]*;[0-9]*r)|(=)|([>c]))")
_LONGEST = 72
_ON_BY_NATURE = frozenset({b"7", b"25"})
"""Wrapping and the cursor."""


class Modes:
    """Follows a program's output; `on` and `off` are bytes for a terminal in its natural state."""

    def __init__(self) -> None:
        self._standing: dict[bytes, bool] = {}
        self._others: dict[int, bytes] = {}
        self._rest = b""
        self._sequences = False

    def feed(self, data: bytes) -> None:
        """Take more output, cut anywhere."""
        self._sequences = self._sequences or b"\x1b" in data or b"\x0e" in data
        if not self._rest and b"\x1b" not in data:
            return
        data = self._rest + data
        end = 0
        for match in _SWITCH.finditer(data):
            end = match.end()
            self._note(match)
        start = data.rfind(b"\x1b", max(end, len(data) - _LONGEST))
        self._rest = data[start:] if start >= 0 else b""

    @property
    def alternate_screen(self) -> bool:
        """Whether a full-screen program is on."""
        return any(self._standing.get(mode, False) for mode in (b"1049", b"1047", b"47"))

    @property
    def on(self) -> bytes:
        """What brings a terminal in its natural state to where it stands."""
        switches = (b"\x1b[?%s%s" % (mode, b"h" if set_ else b"l") for mode, set_ in self._standing.items())
        return b"".join((*switches, *self._others.values()))

    @property
    def off(self) -> bytes:
        """What brings the terminal back to its natural state, the cursor where it is unless the screen changes."""
        if not self._sequences:
            # Plain text leaves nothing behind, and a terminal that takes no sequences gets none.
            return b""
        undone = b"\x1b[0m\x0f"
        if 5 in self._others:  # noqa: PLR2004 - a group of the pattern
            undone += b"\x1b7\x1b[r\x1b8"
        undone += b"".join(b"\x1b[?%s%s" % (mode, b"l" if set_ else b"h") for mode, set_ in self._standing.items())
        undone += b"".join(_UNDONE.get(group, b"") for group in self._others)
        return undone

    def _note(self, match: re.Match[bytes]) -> None:
        numbers, sign = match[1], match[2]
        if numbers is not None:
            for mode in numbers.split(b";"):
                if (sign == b"h") is (mode in _ON_BY_NATURE):
                    self._standing.pop(mode, None)
                else:
                    self._standing[mode] = sign == b"h"
        elif match[7] == b"c":
            self._standing.clear()
            self._others.clear()
        elif match[7]:
            self._others.pop(6, None)
        elif match[5] in (b"\x1b[r", b"\x1b[;r"):
            self._others.pop(5, None)
        else:
            group = match.lastindex or 0
            self._others[group] = match[0]


_UNDONE = {3: b"\x1b[<99u", 4: b"\x1b[>4m", 6: b"\x1b>"}
"""How the switches that are no modes are undone, by their group in the pattern."""
