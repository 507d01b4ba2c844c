"""Tells the steps of another tool's recording apart: by our export's markers, or a shell integration's marks."""

import re
import shlex
from collections.abc import Iterator
from signal import Signals
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from capture.importers.foreign import Began, Ended, Happening, LeftOut, Marker, Moment, Moved, Printed
from capture.printable import plain_text, printable
from capture.tape.asciicast import label

LONGEST_MARK = 8 << 10
"""Bytes; a longer escape sequence that comes in pieces is no mark."""
_MARK = re.compile(
    rb"\x1b\](?:(?P<kind>133|633);(?P<letter>[A-EP])|(?P<place>7|1337;CurrentDir)(?=[;=]))"
    rb"(?P<rest>[^\x07\x1b]*)(?:\x07|\x1b\\)"
)
_BEGINNING = re.compile(rb"\x1b(?:\](?:[0-9]{0,4}(?:[;=][^\x07\x1b]*)?\x1b?)?)?\Z")
_END_LABEL = re.compile(r"(?:exit (?P<code>\d{1,9}|None)|(?P<signal>[A-Z0-9+]{1,20}))\)")
_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(\\))")
_STATUS = re.compile(rb";(\d{1,9})(?:;|\Z)")
_TYPED_LIMIT = 64 << 10
_SIGNALLED = 128


def by_markers(moments: Iterator[Moment], commands: tuple[str, ...], left_out: LeftOut) -> Iterator[Happening]:
    """Steps as the markers of our own export begin and end them.

    Args:
        moments: Of the recording.
        commands: Whole texts of the steps' commands, in order; may be missing.
        left_out: Hears of markers that are no step.

    Yields:
        The moments, without markers, and each step's begin and end.
    """
    open_label: str | None = None
    begun = 0
    for moment in moments:
        if not isinstance(moment, Marker):
            yield moment
        elif open_label is not None and (end := _ended(moment, open_label)) is not None:
            yield end
            open_label = None
        else:
            if open_label is not None:
                left_out.note("steps without an end marker have no exit code", printable(open_label)[:40])
                yield Ended(moment.at_us, None)
            open_label = moment.label
            whole = commands[begun] if begun < len(commands) else open_label
            begun += 1
            yield Began(moment.at_us, whole if label(whole) == open_label else open_label)


def _ended(marker: Marker, begun: str) -> Ended | None:
    """What an end marker of the step with that label tells; None for any other marker."""
    prefix = f"end: {begun} ("
    found = _END_LABEL.fullmatch(marker.label[len(prefix) :]) if marker.label.startswith(prefix) else None
    if found is None:
        return None
    if found["signal"] is None:
        return Ended(marker.at_us, None if found["code"] == "None" else int(found["code"]))
    known = found["signal"] in Signals.__members__
    return Ended(marker.at_us, _SIGNALLED + Signals[found["signal"]] if known else None)


class _Mark(NamedTuple):
    """A shell integration's mark; OSC 133, OSC 633, OSC 7, or iTerm2's directory."""

    letter: str
    """`A` prompt, `B` command line, `C` output, `D` its end, `E` the command's text, `P` the directory."""
    value: str | None


class Marks:
    """Steps as marks in the output begin and end them.

    No secret stands in such marks: a program may have printed them. They tell how to read a recording, nothing else.

    Args:
        left_out: Hears of commands whose text nothing tells.
    """

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self._carried = b""  # printed already; the beginning of what may become a mark
        self._typed: bytearray | None = None
        self._told: str | None = None
        self._open = False

    def read(self, moments: Iterator[Moment]) -> Iterator[Happening]:
        """The moments, output cut at the marks, and each step's begin and end."""
        for moment in moments:
            if isinstance(moment, Printed):
                yield from self._printed(moment)
            elif isinstance(moment, Marker):
                self._left_out.note("markers that are no step are left out", printable(moment.label)[:40])
            else:
                yield moment

    def _printed(self, moment: Printed) -> Iterator[Happening]:
        whole, shown = self._carried + moment.data, len(self._carried)
        done = shown
        for found in _MARK.finditer(whole):
            mark = _meaning(found)
            begin = max(done, found.start())
            yield from self._output(moment.at_us, whole[done:begin])
            if mark.letter == "D":
                yield from self._happened(moment.at_us, mark)
                yield from self._output(moment.at_us, whole[begin : found.end()], mark=True)
            else:
                yield from self._output(moment.at_us, whole[begin : found.end()], mark=True)
                yield from self._happened(moment.at_us, mark)
            done = found.end()
        yield from self._output(moment.at_us, whole[done:])
        beginning = _BEGINNING.search(whole, max(0, done if done > shown else 0, len(whole) - LONGEST_MARK))
        self._carried = whole[beginning.start() :] if beginning else b""

    def _output(self, at_us: int, data: bytes, *, mark: bool = False) -> Iterator[Happening]:
        if data:
            if self._typed is not None and not mark and len(self._typed) < _TYPED_LIMIT:
                self._typed += data
            yield Printed(at_us, data)

    def _happened(self, at_us: int, mark: _Mark) -> Iterator[Happening]:
        match mark.letter:
            case "A" | "B":
                if self._open:
                    yield Ended(at_us, None)
                self._open = False
                self._typed = bytearray() if mark.letter == "B" else None
            case "E":
                self._told = mark.value
            case "P" if mark.value:
                yield Moved(at_us, mark.value)
            case "C":
                yield from self._began(at_us, mark.value)
            case "D" if self._open:
                self._open = False
                yield Ended(at_us, None if mark.value is None else int(mark.value))
            case _:
                pass

    def _began(self, at_us: int, told: str | None) -> Iterator[Happening]:
        if self._open:
            yield Ended(at_us, None)
        typed = plain_text(bytes(self._typed or b"")).strip("\n")
        command = told or self._told or typed
        self._told = self._typed = None
        self._open = bool(command.strip())
        if self._open:
            yield Began(at_us, command)
        else:
            self._left_out.note("commands whose text the marks don't tell are no steps")


def _meaning(found: re.Match[bytes]) -> _Mark:
    rest = found["rest"].decode("utf-8", "replace")
    if found["place"] is not None:
        return _Mark("P", rest[1:] if found["place"] != b"7" else _path(rest[1:]))
    letter = found["letter"].decode()
    match letter:
        case "D":
            status = _STATUS.match(found["rest"])
            return _Mark(letter, status[1].decode() if status else None)
        case "E":
            return _Mark(letter, _unescaped(rest[1:].split(";", 1)[0]))
        case "P":
            name, _, value = rest[1:].partition("=")
            return _Mark(letter, _unescaped(value) if name == "Cwd" else None)
        case "C":
            return _Mark(letter, _command_line(rest[1:]))
    return _Mark(letter, None)


def _unescaped(text: str) -> str:
    r"""The value of an OSC 633 mark, where `\xAB` stands for a byte and `\\` for a backslash."""
    return _ESCAPED.sub(lambda found: "\\" if found[2] else chr(int(found[1], 16)), text)


def _command_line(rest: str) -> str | None:
    """What kitty and fish say of the command in the mark before its output."""
    for part in rest.split(";"):
        name, _, value = part.partition("=")
        if name == "cmdline_url":
            return unquote(value, errors="replace")
        if name == "cmdline":
            try:
                return " ".join(shlex.split(value)) or None
            except ValueError:
                return None
    return None


def _path(address: str) -> str | None:
    """The directory of a `file://host/path`."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return unquote_to_bytes(parts.path).decode("utf-8", "replace") if parts.scheme == "file" else None
