"""Finds secrets in a terminal's bytes: line by line, and window by window where a line does not end."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

from capture.secrets.redaction_rules import NAMED, RuleSet

HELD_LIMIT = 4096
"""Bytes of an unfinished line that a stream holds back; longer lines are looked at in windows of this size."""
CONTEXT = 512
"""Bytes before such a window that are looked at again."""

CARRIED = 1024
"""Bytes of such a window that are looked at again, so that no secret is cut in two."""
KEY = "private-key"
"""The rule whose secret goes on over lines."""
NAMED_VALUE = "named-value"
"""The rule whose secret stands below its name."""
_CONTROLS = rb"\x08 \x08|\x1b\[[0-?]*+[ -/]*+[@-~]|\x1b\][^\x07\x1b]*+(?:\x07|\x1b\\)|\x1b[ -/]*+[0-Z\\^-~]|[\x08\x00]"
INVISIBLE = re.compile(_CONTROLS + rb"| \r(?!\n)")
# Where a wrapped line happens to break at a blank, the blank counts.
_BROKEN = re.compile(_CONTROLS + rb"|(?<= )\r(?!\n)")
# Where a line editor goes back to write the line anew, and what a program says beside the screen: a window's title.
_REDRAWN = re.compile(rb"\x08{2,}|(?<! )\r(?:\x1b\[[0-9]*C)*")
_BESIDE = re.compile(rb"\x1b[\]P_^X]([^\x07\x1b]{4,})")
_ESCAPED = re.compile(rb"[\x1b\x08\x00]|\r(?!\n|\Z)")
_NAMED = re.compile(NAMED.encode())
_NAMED_LINES = 4
"""So many lines behind its name a value is looked for."""
_SHORT, _REMEMBERED_LINES = 400, 16384
"""Bytes of a line that is remembered, and how many are."""
_VALUE = re.compile(
    rb"""\W{0,20}(?:value|default)["']?[ \t]*[:=][ \t]*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"']\S*))[ \t,\r]*$"""
)
_REFERENCE = re.compile(rb"(?i)[$<{/~*]|\[masked|(?:true|false|null|none|\d{1,4})$")
TOKEN_RUN = re.compile(rb"[\w.~+/=|%-]*+")
# What a listing, a diff or a quoted string puts around a line of a key.
_KEY_LINE = re.compile(rb"\W{0,8}\d{0,6}\W{0,12}(?:[A-Za-z0-9+/=]{20,}|[A-Z][A-Za-z-]+: [^\n]*)(?:\\[rn])*\W{0,8}")
_KEY_LAST = re.compile(rb"\W{0,20}[A-Za-z0-9+/=]{1,76}(?:\\[rn])*\W{0,8}")
_KEY_BYTES = re.compile(rb"[A-Za-z0-9+/=]{16,}")
_KEY_BLANK = re.compile(rb"\W{0,8}")
_KEY_END = re.compile(rb"^.*-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----")
_KEY_HERE = re.compile(
    rb"(?:(?:\\[rn]|\s)*[A-Za-z0-9+/=]{20,})*"
    rb"(?:(?:\\[rn]|\s|[A-Za-z0-9+/=])*-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----)?"
)


class Known(Protocol):
    """What a scan asks of a redactor."""

    @property
    def rules(self) -> RuleSet:
        """In force."""
        ...

    @property
    def learned(self) -> Any:
        """Matches what was given away already; None as long as nothing was."""
        ...

    def rule_of(self, learned: bytes) -> str:
        """What gave it away."""
        ...

    def is_shown(self, secret: bytes) -> bool:
        """Whether somebody said that this is no secret."""
        ...

    @property
    def looked_at(self) -> "dict[bytes, LookedAt]":
        """Where secrets stand in suspicious lines that came before, as long as that still holds."""
        ...


@dataclass(frozen=True)
class Span:
    """Where a secret stands in bytes."""

    start: int
    end: int
    rule: str
    goes_on: bool = False
    """It continues a secret that is masked already: nothing stands in its place."""

    @property
    def mask(self) -> bytes:
        """What stands in its place."""
        return b"" if self.goes_on else mask_of(self.rule).encode()


LookedAt = tuple[list[Span], bool]
"""Where secrets stand in a line, and whether it names the value on one of the next lines."""


class Scan:
    """Finds secrets in a text that comes in blocks of whole lines.

    Args:
        redactor: Knows the rules, and what was learned.
    """

    def __init__(self, redactor: Known) -> None:
        self._redactor = redactor
        self._in_key = False
        self._key_lines = 0
        self._coloured = False
        self._named_lines = 0

    def spans(self, block: bytes) -> list[Span]:
        """Where secrets stand.

        Args:
            block: What follows the last block.

        Returns:
            Spans in order, without overlap.
        """
        self._coloured = b"\x1b" in block
        found: list[Span] = []
        at = self._rest_of_key(block, 0, found) if self._in_key else 0
        while (hit := self._next_hit(block, at)) is not None:
            at = block.rfind(b"\n", at, hit[0]) + 1 or at
            last = block.find(b"\n", max(hit[1] - 1, at))
            last = len(block) if last < 0 else last
            # A line that holds nothing is looked at too: the loop around this one would else stand still at it.
            at = self._line(block, at, self._end(block, at, last), found)
            while at < last:
                at = self._line(block, at, self._end(block, at, last), found)
        return found

    @staticmethod
    def _end(block: bytes, at: int, last: int) -> int:
        end = block.find(b"\n", at, last)
        return last if end < 0 else end

    def _line(self, block: bytes, start: int, end: int, found: list[Span]) -> int:
        """Look at one line; returns where to go on."""
        spans = without_overlaps([shifted(span, start) for span in self._with_value(block[start:end])])
        found.extend(spans)
        if spans and spans[-1].rule == KEY and b"-----END" not in block[spans[-1].start : spans[-1].end]:
            self._in_key, self._key_lines = True, 0
            return self._rest_of_key(block, end + 1, found)
        return end + 1

    def _with_value(self, line: bytes) -> list[Span]:
        """As `line`, and the value that a line before has given a name."""
        spans, names = self._known(line) if len(line) <= _SHORT else self._looked_through(line)
        if len(line) > HELD_LIMIT or not (self._named_lines or names):
            return spans
        visible = INVISIBLE.sub(b"", line)
        if self._named_lines and (value := _VALUE.match(visible)):
            self._named_lines = 0
            start, end = value.span(value.lastindex or 0)
            if not spans and not _REFERENCE.match(visible, start) and not self._redactor.is_shown(visible[start:end]):
                offsets = _visible_offsets(line, INVISIBLE)
                return [Span(offsets[start], offsets[end - 1] + 1, NAMED_VALUE)]
        self._named_lines = _NAMED_LINES if names else max(self._named_lines - 1, 0)
        return spans

    def _known(self, line: bytes) -> "LookedAt":
        """As `_looked_through`, of a short line: those of a file come again and again."""
        known = self._redactor.looked_at
        if (found := known.get(line)) is None:
            found = self._looked_through(line)
            if len(known) >= _REMEMBERED_LINES:
                known.clear()
            known[line] = found
        return found

    def _looked_through(self, line: bytes) -> "LookedAt":
        """Where secrets stand in one line, and whether it names the value on one of the next lines."""
        return self.line(line), len(line) <= HELD_LIMIT and _NAMED.search(INVISIBLE.sub(b"", line)) is not None

    def _next_hit(self, block: bytes, at: int) -> tuple[int, int] | None:
        if at >= len(block):
            return None
        if self._named_lines:
            return at, at + 1
        rules, learned = self._redactor.rules, self._redactor.learned
        found = (rules.loose if self._coloured else rules.exact).search(block, at)
        known = None if learned is None else learned.search(block, at)
        spans: list[tuple[int, int]] = [hit.span() for hit in (found, known) if hit is not None]
        return min(spans, default=None)

    def _rest_of_key(self, block: bytes, at: int, found: list[Span]) -> int:
        """Lines of a private key, from the one behind its first; returns where other text begins."""
        while at < len(block):
            end = block.find(b"\n", at) + 1 or len(block)
            line = INVISIBLE.sub(b"", block[at:end]).rstrip()
            if over := _KEY_END.match(line):
                rest = bool(line[over.end() :])
                end = at + over.end() if rest and len(line) <= end - at else end
                found.append(Span(at, end, KEY, goes_on=True))
                self._in_key = False
                return end
            if _KEY_LINE.fullmatch(line):
                self._key_lines += 1
            elif self._key_lines and _KEY_LAST.fullmatch(line):
                self._key_lines = 0
            elif not _KEY_BLANK.fullmatch(line):
                self._in_key = False
                return at
            found.append(Span(at, end, KEY, goes_on=True))
            at = end
        return at

    def line(self, line: bytes) -> list[Span]:
        """Where secrets stand in one line, however long it is."""
        found: list[Span] = []
        at = 0
        while len(line) - at > HELD_LIMIT:
            window = self.window_at(line, at)
            cut = window_end(window, HELD_LIMIT)
            found.extend(shifted(span, at) for span in window if span.end <= cut)
            at += cut
            if window and window[-1].end == cut == HELD_LIMIT:
                run = TOKEN_RUN.match(line, at)
                end = run.end() if run else at
                if end > at:
                    found.append(Span(at, end, window[-1].rule, goes_on=True))
                at = end
        found.extend(shifted(span, at) for span in self.window_at(line, at))
        return found

    def window_at(self, line: bytes, at: int) -> list[Span]:
        """Where secrets stand in the next stretch of an over-long line, counted from its beginning.

        What stands before it is looked at too: a secret gets its meaning from there.
        """
        known = min(at, CONTEXT)
        spans = self.window(line[at - known : at + HELD_LIMIT])
        return [clipped(shifted(span, -known)) for span in spans if span.end > known]

    def is_plain(self, stretch: bytes) -> bool:
        """Whether it can be told at once that a stretch of an endless line holds no secret."""
        self._coloured = b"\x1b" in stretch
        return self._next_hit(stretch, 0) is None

    def window(self, raw: bytes) -> list[Span]:
        """Where secrets stand in a line, or a stretch of one: colours and wraps may stand inside a secret."""
        raw_end = len(raw.rstrip(b"\r\n"))
        if _ESCAPED.search(raw) is None:
            return self._visible(raw[:raw_end])
        readings = (INVISIBLE, _BROKEN) if b" \r" in raw else (INVISIBLE,)
        whole = [(0, raw_end), *_stretches(raw[:raw_end])]
        return without_overlaps(
            [
                shifted(span, start)
                for start, end in whole
                for hidden in readings
                for span in self._read(raw[start:end], hidden)
            ]
        )

    def _read(self, raw: bytes, hidden: re.Pattern[bytes]) -> list[Span]:
        """Where secrets stand once the hidden parts are taken out."""
        visible = hidden.sub(b"", raw)
        spans = self._visible(visible) if self._is_suspicious(visible) else []
        if not spans:
            return []
        offsets = _visible_offsets(raw, hidden)
        return [Span(offsets[span.start], offsets[span.end - 1] + 1, span.rule) for span in spans]

    def _is_suspicious(self, line: bytes) -> bool:
        learned = self._redactor.learned
        found = self._redactor.rules.exact.search(line) or (learned and learned.search(line))
        return found is not None

    def _visible(self, line: bytes) -> list[Span]:
        redactor = self._redactor
        found = [Span(start, end, rule.id) for rule in redactor.rules.matching(line) for start, end in rule.found(line)]
        if redactor.learned is not None:
            hits = redactor.learned.finditer(line)
            found += [Span(hit.start(), hit.end(), redactor.rule_of(hit.group())) for hit in hits]
        found = [_whole_key(line, span) if span.rule == KEY else span for span in found]
        return [span for span in without_overlaps(found) if not redactor.is_shown(line[span.start : span.end])]


def _stretches(raw: bytes) -> list[tuple[int, int]]:
    """What of a line means something by itself: each time that it was drawn, and what went beside the screen."""
    redrawn = [match.span() for match in _REDRAWN.finditer(raw)]
    starts, ends = [0, *(end for _, end in redrawn)], [*(start for start, _ in redrawn), len(raw)]
    drawn = list(zip(starts, ends, strict=True)) if redrawn else []
    return drawn + [match.span(1) for match in _BESIDE.finditer(raw)]


def window_end(spans: list[Span], size: int) -> int:
    """How much of a window of an over-long line is settled; a secret that reaches its end may go on.

    Args:
        spans: Found in the window.
        size: Of the window.

    Returns:
        Where the next window begins.
    """
    cut = size - CARRIED
    for span in spans:
        if span.end > cut and span.start < cut:
            cut = span.start if span.start >= CARRIED else span.end
    return cut


def shifted(span: Span, by: int) -> Span:
    """The same span in a text that begins `by` bytes earlier."""
    return Span(span.start + by, span.end + by, span.rule, span.goes_on)


def clipped(span: Span) -> Span:
    """What of a span stands behind the beginning of the text."""
    return Span(max(span.start, 0), span.end, span.rule, span.goes_on)


def without_overlaps(found: list[Span]) -> list[Span]:
    """Spans in order; where several overlap, one that covers all of them, under the first one's rule."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = Span(kept[-1].start, span.end, kept[-1].rule)
    return kept


def replaced(data: bytes, spans: list[Span]) -> bytes:
    """The data with masks in place of secrets."""
    pieces: list[bytes] = []
    end = 0
    for span in spans:
        pieces += (data[end : span.start], span.mask)
        end = span.end
    return b"".join((*pieces, data[end:]))


def key_text(key: bytes) -> bytes:
    """What tells a private key from others, whatever stands around its lines.

    Args:
        key: From its first line on.

    Returns:
        Its encoded bytes, or all of it where there are none.
    """
    return b"".join(_KEY_BYTES.findall(INVISIBLE.sub(b"", key))) or key


def _whole_key(line: bytes, span: Span) -> Span:
    """A key may stand in one line whole, its line ends escaped."""
    here = _KEY_HERE.match(line, span.end)
    return Span(span.start, here.end() if here else span.end, span.rule)


def _visible_offsets(raw: bytes, hidden: re.Pattern[bytes]) -> list[int]:
    offsets: list[int] = []
    start = 0
    for match in hidden.finditer(raw):
        offsets.extend(range(start, match.start()))
        start = match.end()
    offsets.extend(range(start, len(raw)))
    return offsets


def mask_of(rule: str) -> str:
    """What stands in place of a secret."""
    return f"[masked:{rule}]"
