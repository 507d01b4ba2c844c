"""A real terminal whose other side the test reads: what reaches it is looked at byte by byte."""

import os
import re
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pexpect

from app.emulator import picture
from app.ghostty import Ghostty

PATIENCE_S = 60.0
REPEATS_S = 0.03
"""Between two characters of a key that is held down."""
COLUMNS, ROWS = 100, 30
_TOKEN = re.compile(
    rb"(?P<csi>\x1b\[[0-?]*[ -/]*[@-~])"
    rb"|(?P<text>[^\x00-\x1f\x7f\x1b]+)"
    rb"|(?P<control>[\r\n\t])"
    rb"|(?P<other>.)",
    re.DOTALL,
)
SGR = re.compile(rb"\x1b\[[0-9;:]*m")
TEXTUAL = re.compile(
    rb"\x1b\[(?:"
    rb"[0-9;:]*m"  # SGR
    rb"|[0-9;]*[ABCDHJK]"  # cursor, erase
    rb"|\?(?:7|25|1000|1003|1004|1006|1007|1015|1016|1049|2004|2026|2031|2048)[hl]"  # the modes of Textual's driver
    rb"|\?(?:2026|2048)\$p"  # asking whether there are two of them
    rb"|[<>=]\d*(?:;\d+)?u"  # kitty keyboard
    rb")"
)
"""All that Textual's driver and compositor write beside text."""
POINTER = re.compile(rb"\x1b\]22;(?:default|pointer|text)\x07")
"""The one OSC that Textual writes: the mouse pointer's shape, always one of these very words."""
PLAYING = re.compile(rb"\x1b\[(?:[0-9;]*m|\d+;\d+H|K|2J|\?25[hl]|\?1049[hl])")
"""All that `replaybook play` writes beside text."""


def foreign(data: bytes, allowed: re.Pattern[bytes] | None) -> list[bytes]:
    """What in a program's output to a terminal is neither text nor an allowed sequence.

    Args:
        data: All that it wrote.
        allowed: A whole CSI sequence of its own; None: no escape at all.

    Returns:
        Sequences, controls, C1 and bidi characters, with a little of what follows.
    """
    found = [data[match.start() : match.end() + 20] for match in _TOKEN.finditer(data) if not _fine(match, allowed)]
    text = data.decode("utf-8", "surrogateescape")
    found += [ascii(sign).encode() for sign in re.findall("[\x80-\x9f\u202a-\u202e\u2066-\u2069\udc80-\udcff]", text)]
    return found


def _fine(token: re.Match[bytes], allowed: re.Pattern[bytes] | None) -> bool:
    if token["csi"] is not None:
        return allowed is not None and allowed.fullmatch(token["csi"]) is not None
    return token["other"] is None


class Seen:
    """A program on a PTY; an emulator beside it knows what its screen says."""

    def __init__(self, argv: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str] | None = None) -> None:
        command, *arguments = map(str, argv)
        self.child: Any = pexpect.spawn(
            command,
            arguments,
            cwd=str(cwd),
            env={**os.environ, **(environment or {})},
            dimensions=(ROWS, COLUMNS),
            timeout=PATIENCE_S,
            maxread=65536,
        )
        self.child.delaybeforesend = None
        self.screen = Ghostty(COLUMNS, ROWS)
        self.written = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.child.close(force=True)
        self.screen.close()

    @property
    def text(self) -> str:
        return "\n".join(picture(self.screen).text)

    def press(self, keys: str) -> None:
        self.child.send(keys.encode())

    def until(self, *words: str, gone: bool = False) -> None:
        """Read until the screen says one of these, or none of them any more."""
        give_up = time.monotonic() + PATIENCE_S
        while any(one in self.text for one in words) is gone:
            assert time.monotonic() < give_up, f"{words} never came; the screen:\n{self.text}"
            assert self._read(), f"it ended before {words}; the screen:\n{self.text}"

    def hold(self, key: str, *, until: Callable[[], bool]) -> None:
        """Press a key again and again, as one that is held down does, until something is so."""
        give_up = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < give_up, f"{key!r} was held for nothing; the screen:\n{self.text}"
            self.press(key)
            if select.select([self.child], [], [], REPEATS_S)[0]:
                assert self._read(), f"it ended under {key!r}; the screen:\n{self.text}"

    def to_end(self) -> int:
        """Read until it ends; its exit code."""
        give_up = time.monotonic() + PATIENCE_S
        while self._read():
            if time.monotonic() > give_up:
                self.child.kill(signal.SIGKILL)
                raise AssertionError(f"it hangs; the screen:\n{self.text}")
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    def _read(self) -> bool:
        try:
            data = self.child.read_nonblocking(65536, timeout=1)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.written += data
        self.screen.feed(data)
        return True
